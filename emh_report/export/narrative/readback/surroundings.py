"""What a report claims outside its answers: critical findings, identity, what is missing, warnings that were kept.

The reading side of notes.py and frame.py, which it does not use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from emh_report.context import Focus, Practitioner
from emh_report.draft import Absent, Boolean, DateTime
from emh_report.export.narrative.readback.spellings import spelled, squeezed
from emh_report.report import Choice, Report, ReportGroup
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


class Note(NamedTuple):
    """Words that have to be said together, and those that may be said with them."""

    needed: tuple[str, ...]
    allowed: tuple[str, ...] = ()


def notes(report: Report, section: str) -> list[Note]:
    """Return what has to be said in a section besides its answers."""
    if section == "findings" and report.context.focus is Focus.FETUS:
        return [Note(("All findings refer to the fetus",))]
    return critical_notes(report) if section == "impression" else []


def critical_notes(report: Report) -> list[Note]:
    """Return what has to be said about critical findings, by rules and by the author."""
    phrases = {
        code: term.phrase
        for group in report.template.groups.values()
        for field in group.fields.values()
        if field.vocabulary and field.vocabulary.id == "urgency"
        for code, term in field.vocabulary.terms.items()
    }
    names = {group.uid: _names(group, report) for group in report.groups}
    places: dict[tuple[str, str], list[str]] = {}
    for finding in report.critical:
        places.setdefault((finding.urgency, finding.label), []).extend(names.get(finding.group_uid, ()))
    for group in report.in_role(Role.CRITICAL):
        for urgency, label in _stated(group, report):
            places.setdefault((urgency, label), [])
    found = []
    for urgency in dict.fromkeys(urgency for urgency, _ in places):
        labels = {label: where for (key, label), where in places.items() if key == urgency}
        kind = f"{KINDS.get(urgency, 'Actionable finding')}{'s' if len(labels) > 1 else ''}"
        category = [phrases[urgency]] if urgency in phrases else []
        allowed = [name for where in labels.values() for name in where]
        found.append(Note((kind, *category, *map(squeezed, labels)), tuple(sorted(allowed, key=len, reverse=True))))
    if found and report.pending_reason:
        found.append(Note(("Communication pending", squeezed(report.pending_reason))))
    return found


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
        yield urgency, "stated by the author"


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
        about = rule.group_uid in where or rule.label.casefold() == spelled(choice).casefold()
        if about and (urgency == "" or "" < rule.urgency <= urgency):
            return None
    return "suspected " if "suspected" in presences and "present" not in presences else ""


NAMED: Final = (Role.FINDING, Role.OTHER, Role.CAUSE, Role.MEDICATION, Role.COMPARISON)
"""Groups whose paragraph starts with their title; organs and complications start with what they are."""


def name(group: ReportGroup, report: Report) -> str:
    """Return what the paragraph of a group instance starts with; empty where its answers say that."""
    definition = group.definition
    organ = group.first(Role.ORGAN) if definition.role is Role.ORGAN else None
    if definition.role is Role.ORGAN and (organ is None or isinstance(organ.value, Absent)):
        return definition.title
    if definition.role not in NAMED or (definition.role is Role.COMPARISON and not definition.repeats):
        return ""
    alike = report.instances(definition.id)
    numbered = definition.role in (Role.FINDING, Role.OTHER) and len(alike) > 1
    return f"{definition.title} {alike.index(group) + 1}" if numbered else definition.title


def _names(group: ReportGroup, report: Report) -> list[str]:
    """Return the words by which something refers to a group instance."""
    role = group.definition.role
    items = (group.first(role), group.first(Role.LATERALITY)) if role in (Role.ORGAN, Role.COMPLICATION) else ()
    words = [spelled(item.value) for item in items if item and not isinstance(item.value, Absent)]
    presence = group.first(Role.PRESENCE)
    doubt = presence.value.term.code if presence and isinstance(presence.value, Choice) else ""
    named = name(group, report) or group.definition.title
    return [named, doubt, "no", *(f"{word}{ending}" for word in words for ending in ("s", "e", ""))]


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
