"""What a report claims outside its answers: critical findings, identity, what is missing, warnings that were kept.

The reading side of notes.py and frame.py, which it does not use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from emh_report.context import Focus, Practitioner
from emh_report.critical.same import SAME
from emh_report.draft import Absent, Boolean, DateTime
from emh_report.export.narrative.readback.lesions import code_of, lesions_of, of_lesions, whereabouts
from emh_report.export.narrative.readback.openings import is_about_lesions, is_on_both, moved, place_of
from emh_report.export.narrative.readback.references import numbering_note
from emh_report.export.narrative.readback.spellings import spelled, squeezed
from emh_report.report import Amount, Choice, CriticalFinding, LevelRange, Report, ReportGroup
from emh_report.template import Role
from emh_report.text import visible

KINDS: Final = {"cat-1": "Critical finding", "cat-2": "Critical finding", "": "Critical or actionable finding"}
STATES: Final = {
    "draft": "DRAFT",
    "preliminary": "PRELIMINARY REPORT",
    "corrected": "CORRECTED REPORT",
    "appended": "APPENDED REPORT",
    "cancelled": "CANCELLED REPORT",
    "entered-in-error": "ENTERED IN ERROR",
}


PLACES: Final = {
    Role.FINDING: (Role.SITE, Role.LATERALITY, Role.LEVELS, Role.PRESENCE),
    Role.ORGAN: (Role.ORGAN, Role.LATERALITY),
    Role.COMPLICATION: (Role.COMPLICATION, Role.LATERALITY, Role.LEVELS, Role.PRESENCE),
}
"""By the role of a group: what a critical finding in it has to say besides the finding itself."""
POLAR_WORDS: Final = {"suspected": "suspected", "indeterminate": "indeterminate", "absent": "no"}

Note = tuple[str, ...]
"""Words that have to be said together in one paragraph, and nothing else with them."""


def notes(report: Report, section: str) -> list[Note]:
    """Return what has to be said in a section besides its answers."""
    if section == "impression":
        return critical_notes(report)
    if section != "findings":
        return []
    found = ["All findings refer to the fetus"] if report.context.focus is Focus.FETUS else []
    return [(words,) for words in (*found, numbering_note(report)) if words]


def critical_notes(report: Report) -> list[Note]:
    """Return what has to be said about critical findings, by rules and by the author."""
    phrases = {
        code: term.phrase
        for group in report.template.groups.values()
        for field in group.fields.values()
        if field.vocabulary and field.vocabulary.id == "urgency"
        for code, term in field.vocabulary.terms.items()
    }
    said = [(finding.urgency, finding.label) for finding in report.critical]
    said += [stated for group in report.in_role(Role.CRITICAL) for stated in _stated(group, report)]
    found = []
    for urgency in dict.fromkeys(urgency for urgency, _ in said):
        labels = dict.fromkeys(squeezed(label) for key, label in said if key == urgency)
        kind = f"{KINDS.get(urgency, 'Actionable finding')}{'s' if len(labels) > 1 else ''}"
        category = [phrases[urgency]] if urgency in phrases else []
        found.append((kind, *category, *sorted(labels, key=len, reverse=True)))
    if found and report.pending_reason:
        found.append(("Communication pending", squeezed(report.pending_reason)))
    return found


def unplaced(report: Report) -> Iterator[str]:
    """Yield the field of every side, level, place or doubt of a critical finding that its words do not have."""
    groups = {group.uid: group for group in report.groups}
    for finding in report.critical:
        group = groups[finding.group_uid]
        label = squeezed(finding.label).casefold()
        for field_id, words in _where(group, report):
            if not re.search(rf"(?<![\w–]){re.escape(squeezed(words).casefold())}(?![\w–])", label):
                yield f"{group.uid}/{field_id}"


def _where(group: ReportGroup, report: Report) -> Iterator[tuple[str, str]]:
    """Yield (field, words) of what tells one group instance from others, and of how sure it is."""
    role = group.definition.role
    alike = report.instances(group.definition.id)
    if role is Role.FINDING and len(alike) > 1:
        yield "number", f"{group.definition.title} {alike.index(group) + 1}"
    side = group.first(Role.LATERALITY)
    both = is_on_both(side.value if side else None) and any(group.first(part) for part in (Role.SITE, Role.ORGAN))
    for part in PLACES.get(role, ()):
        item = group.first(part)
        if item is None or isinstance(item.value, Absent):
            continue
        if part in (Role.SITE, Role.ORGAN) and both:
            yield item.field.id, place_of(group, part)
        elif part is Role.LATERALITY and (both or moved(group)):
            continue
        elif part is not Role.PRESENCE:
            value = item.value._replace(numbering=None) if isinstance(item.value, LevelRange) else item.value
            yield item.field.id, (moved(group) if part is Role.COMPLICATION else "") or spelled(value)
        elif isinstance(item.value, Choice) and item.value.term.code != "present":
            denied = role is Role.FINDING and item.value.term.code == "absent"
            yield item.field.id, "stated absent" if denied else POLAR_WORDS[item.value.term.code]


def _stated(group: ReportGroup, report: Report) -> Iterator[tuple[str, str]]:
    """Yield (urgency, label) of what the author stated; without a finding only where no rule says more."""
    choices = [
        item.value for item in group.items if item.field.role is Role.CRITICAL and isinstance(item.value, Choice)
    ]
    urgency = next((choice.term.code for choice in choices if choice.term.vocabulary_id == "urgency"), "")
    said_yes = any(item.field.role is Role.CRITICAL and item.value == Boolean(value=True) for item in group.items)
    stated = [choice for choice in choices if choice.term.vocabulary_id != "urgency"]
    for choice in stated:
        doubt = _doubt(choice, urgency, report)
        if doubt is not None:
            yield urgency, f"{doubt}{spelled(choice)}"
    if not stated and not report.critical and (urgency or said_yes):
        yield urgency, "marked by the author; see the impression"


def _doubt(choice: Choice, urgency: str, report: Report) -> str | None:
    """Return "suspected " or nothing for a stated finding; None where a finding of a rule says it as urgently."""
    where, presences = [], []
    for group in report.in_role(Role.COMPLICATION):
        what, presence = group.first(Role.COMPLICATION), group.first(Role.PRESENCE)
        if what is None or not isinstance(what.value, Choice) or what.value.term.code != choice.term.code:
            continue
        if choice.term.needs_text and what.value.text != choice.text:
            continue
        where.append(group.uid)
        presences += [presence.value.term.code] if presence and isinstance(presence.value, Choice) else []
    for rule in report.critical:
        about = rule.group_uid in where or _has(rule.label, spelled(choice)) or _is_same(rule, choice, report)
        if about and (urgency == "" or "" < rule.urgency <= urgency):
            return None
    return "suspected " if "suspected" in presences and "present" not in presences else ""


def _is_same(rule: CriticalFinding, choice: Choice, report: Report) -> bool:
    """Whether a rule found what a complication says by another answer: "optic nerve compressed"."""
    if (rule.rule_id, choice.term.code) == ("A12a", "mass-without-symptoms"):
        return True
    for field, value in next(group.items for group in report.groups if group.uid == rule.group_uid):
        if isinstance(value, Absent):
            continue
        code = value.term.code if isinstance(value, Choice) else "yes" if value == Boolean(value=True) else ""
        words = field.label if isinstance(value, Boolean) else spelled(value)
        number = isinstance(value, Amount) and value.text.strip("0.") != ""
        if (code or number) and choice.term.code in SAME.get((field.id, code), ()) and _has(rule.label, words):
            return True
    return False


def _has(label: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(words.casefold())}\b", label.casefold()) is not None


NAMED: Final = (Role.FINDING, Role.OTHER, Role.CAUSE, Role.MEDICATION, Role.COMPARISON)
"""Groups whose paragraph starts with their title; organs and complications start with what they are."""


def name(group: ReportGroup, report: Report) -> str:
    """Return what the paragraph of a group instance starts with; empty where its answers say that."""
    definition = group.definition
    if definition.role is Role.CRITICAL and report.critical and _denied(group):
        return "Marked by the author"
    if definition.role is Role.IMPRESSION:
        return of_lesions(group, report) if is_about_lesions(group) else ""
    organ = group.first(Role.ORGAN) if definition.role is Role.ORGAN else None
    if definition.role is Role.ORGAN and (organ is None or isinstance(organ.value, Absent)):
        return definition.title
    if definition.role not in NAMED or (definition.role is Role.COMPARISON and not definition.repeats):
        return ""
    alike = report.instances(definition.id)
    numbered = definition.role in (Role.FINDING, Role.OTHER) and len(alike) > 1
    return f"{definition.title} {[one.uid for one in alike].index(group.uid) + 1}" if numbered else definition.title


def _denied(group: ReportGroup) -> bool:
    return any(item.value == Boolean(value=False) for item in group.items)


def beside(group: ReportGroup, report: Report) -> str:
    """Return what a conclusion of "the findings" says of each lesion: its place, and how certain it is."""
    lesions = lesions_of(report) if group.definition.role is Role.IMPRESSION else []
    sure = [item.value if (item := one.first(Role.CERTAINTY)) else None for one in lesions]
    own = code_of(group, Role.CERTAINTY)
    alike = all(value.term.code == own for value in sure if isinstance(value, Choice))
    if not own or not is_about_lesions(group) or alike:
        return ""
    rated = [
        "not rated" if value is None else " ".join(value.split("-")) if isinstance(value, Absent) else spelled(value)
        for value in sure
    ]
    called = [name(one, report) for one in lesions]
    parts = [
        ", ".join(filter(None, (title[0].lower() + title[1:], *whereabouts(one))))
        for title, one in zip(called, lesions, strict=True)
    ]
    return f"({'; '.join(f'{part}: {said}' for part, said in zip(parts, rated, strict=True))})"


def around(report: Report) -> Iterator[tuple[str, str]]:
    """Yield (what it is, words) for everything that the whole document has to say around its sections."""
    context = report.context
    yield "title", report.title
    yield "state", STATES.get(context.report.status.value, "")
    yield "test data", "TEST DATA" if context.test_data else ""
    yield "fetus", "describe the fetus" if context.focus is Focus.FETUS else ""
    yield "version", f"version {context.report.version}"
    patient = context.patient
    for words in (patient.family, *patient.given, patient.birth_date, *(i.value for i in patient.identifiers)):
        yield "patient", words
    for order in context.orders:
        for words in (order.accession.value, order.placer.value, order.description, order.reason):
            yield "order", words
    for study in context.studies:
        moment = spelled(DateTime(study.started)) if study.started else ""
        for words in (study.study_instance_uid, study.description, study.accession, moment, *study.modalities):
            yield "study", words
    yield "organization", context.organization.name
    yield from _signature(report)
    yield from unfinished(report)


def _signature(report: Report) -> Iterator[tuple[str, str]]:
    context = report.context
    for who, person in (("author", context.author), ("supervisor", context.supervisor or Practitioner())):
        for words in (person.family, *person.given, person.identifier.value):
            yield who, words
    if context.report.issued:
        yield "time of release", spelled(DateTime(context.report.issued))


def unfinished(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what a report that is not complete has to say about itself, and the warnings that were kept."""
    for issue in report.issues:
        if issue.override_reason:
            yield "kept warning", issue.message
            yield "kept warning", issue.override_reason
    if report.complete:
        return
    for lost in report.unresolved:
        yield "answer that was not accepted", lost.label
        yield "answer that was not accepted", visible(lost.as_typed)
    for issue in report.missing:
        group = report.template.groups.get(issue.where.group_id)
        field = group.fields.get(issue.where.field_id) if group else None
        if group is not None and field is not None and not (field.id == group.key and not issue.where.group_uid):
            yield "missing answer", field.label
