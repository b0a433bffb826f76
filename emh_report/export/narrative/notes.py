"""What has to be said besides the answers: critical findings, what is missing, warnings that were kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from emh_report.critical.same import implies
from emh_report.draft import Boolean
from emh_report.export.narrative.paragraphs import Paragraph
from emh_report.export.narrative.phrases import POLARITY
from emh_report.export.narrative.words import (
    capitalized,
    ended,
    label_inside,
    lines,
    sentence,
    to_words,
)
from emh_report.issues import Issue, Where
from emh_report.report import Choice, CriticalFinding, Report, ReportGroup
from emh_report.template import Role, Template
from emh_report.text import visible

URGENCY: Final = "urgency"
"""Vocabulary of the ACR categories."""
HEADINGS: Final[Mapping[str, str]] = {
    "": "Critical or actionable finding",
    "cat-1": "Critical finding",
    "cat-2": "Critical finding",
}
"""ACR categories 1 (minutes) and 2 (hours) are critical; every other one is actionable (R36)."""
STATED: Final = "marked by the author; see the impression"
SUSPECTED: Final = "suspected"
PRESENT: Final = "present"
MISSING: Final = "Without an answer"
NOT_ACCEPTED: Final = "Not accepted, as typed"
NOTED: Final = "Noted"

Names = Mapping[str, str]
"""What each group instance is called, by uid."""


def critical_paragraphs(report: Report) -> list[Paragraph]:
    """Return the critical findings by urgency, those the rules found and those the author stated."""
    found: dict[str, list[str]] = {}
    for finding in report.critical:
        found.setdefault(finding.urgency, []).append(finding.label)
    for group in report.in_role(Role.CRITICAL):
        urgency, labels, anything = _stated(group, report)
        for label in labels or ([STATED] if anything and not found else []):
            found.setdefault(urgency, []).append(label)
    if not found:
        return []
    terms = _urgencies(report.template)
    paragraphs = []
    for urgency, said in sorted(found.items(), key=lambda entry: entry[0] or "~"):
        listed = list(dict.fromkeys(said))
        several = "s" if len(listed) > 1 else ""
        heading = f"{HEADINGS.get(urgency, 'Actionable finding')}{several}{_bracket(terms.get(urgency, urgency))}"
        paragraphs.append(Paragraph(heading, [sentence("; ".join(listed))]))
    if report.pending_reason:
        paragraphs.append(Paragraph("Communication pending", [ended(report.pending_reason)]))
    return paragraphs


def _bracket(text: str) -> str:
    return f" ({text})" if text else ""


@lru_cache(maxsize=64)
def _urgencies(template: Template) -> Names:
    fields = (field for group in template.groups.values() for field in group.fields.values())
    found = next((field.vocabulary for field in fields if field.vocabulary and field.vocabulary.id == URGENCY), None)
    return {code: term.phrase for code, term in found.terms.items()} if found else {}


def _stated(group: ReportGroup, report: Report) -> tuple[str, list[str], bool]:
    """Return urgency and findings that the author stated, and whether anything was stated."""
    urgency, said = "", False
    choices: list[Choice] = []
    for field, value in group.items:
        if field.role is not Role.CRITICAL:
            continue
        if isinstance(value, Choice):
            said = True
            if value.term.vocabulary_id == URGENCY:
                urgency = value.term.code
            else:
                choices.append(value)
        said = said or value == Boolean(value=True)
    labels = [label for choice in choices if (label := _stated_label(choice, urgency, report))]
    return urgency, labels, said


def _stated_label(stated: Choice, urgency: str, report: Report) -> str:
    """Return a stated finding, with "suspected" where its complication is; empty where a rule says it as urgently."""
    name = to_words(stated)
    alike = [group for group in report.in_role(Role.COMPLICATION) if _is_of(group, stated)]
    uids = {group.uid for group in alike}
    for finding in report.critical:
        if urgency and not "" < finding.urgency <= urgency:
            continue
        named = finding.group_uid in uids or re.search(rf"\b{re.escape(name)}\b", finding.label, re.IGNORECASE)
        if named or implies(finding, _group_of(finding, report), stated.term.code):
            return ""
    presences = [item.value for group in alike if (item := group.first(Role.PRESENCE))]
    codes = {value.term.code for value in presences if isinstance(value, Choice)}
    return capitalized(POLARITY[SUSPECTED].format(name) if SUSPECTED in codes and PRESENT not in codes else name)


def _group_of(finding: CriticalFinding, report: Report) -> ReportGroup:
    return next(group for group in report.groups if group.uid == finding.group_uid)


def _is_of(group: ReportGroup, stated: Choice) -> bool:
    item = group.first(Role.COMPLICATION)
    if item is None or not isinstance(item.value, Choice) or item.value.term is not stated.term:
        return False
    return not stated.term.needs_text or item.value.text == stated.text


def incomplete_paragraphs(report: Report, names: Names) -> list[Paragraph]:
    """Return what is missing from a report that does not claim to be complete, by label and as typed."""
    if report.complete:
        return []
    missing = [_missing(report.template, issue, names) for issue in report.missing]
    typed = [
        f"{_place(report.template, lost.where, names)}{lost.label}: {lines(visible(lost.as_typed)) or 'empty'}"
        for lost in report.unresolved
    ]
    found = [Paragraph(MISSING, tuple(dict.fromkeys(missing)), listed=True)] if missing else []
    found += [Paragraph(NOT_ACCEPTED, tuple(typed), listed=True)] if typed else []
    return found


def _place(template: Template, where: Where, names: Names) -> str:
    """Return the name of the group that ``where`` points into, as the start of a line."""
    named = names.get(where.group_uid, "")
    group = template.groups.get(where.group_id)
    named = named or (group.title if group else "")
    return f"{named}, " if named else ""


def _missing(template: Template, issue: Issue, names: Names) -> str:
    where = issue.where
    group = template.groups.get(where.group_id)
    field = group.fields.get(where.field_id) if group else None
    if group is None or field is None:
        return group.title if group else visible(issue.message)
    label = label_inside(field.label)
    if not where.group_uid and field.id == group.key and field.vocabulary and issue.accepted:
        terms = field.vocabulary.terms
        label = ", ".join(terms[code].phrase for code in issue.accepted if code in terms)
    place = _place(template, where, names)
    return place.removesuffix(", ") if place.casefold() == f"{label}, ".casefold() else f"{place}{label}"


def override_paragraphs(report: Report) -> list[Paragraph]:
    """Return the warnings that the author decided to keep, each with the reason."""
    return [Paragraph(NOTED, tuple(_overridden(issue))) for issue in report.issues if issue.override_reason]


def _overridden(issue: Issue) -> Iterator[str]:
    yield sentence(f"{issue.message} ({issue.rule_id})")
    yield sentence(f"Reason given: {visible(issue.override_reason)}")
