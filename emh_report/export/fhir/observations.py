"""Groups of answers as Observations: one root for each instance, its answers as members, one level deep."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from emh_report.codes import Concept
from emh_report.context import Focus
from emh_report.draft import Absent
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import ABSENT_REASONS, CACHED, Json, choice, coded, concept, field_concept
from emh_report.export.fhir.values import Members, levels_text, members
from emh_report.export.fhir.writer import FETUS, Writer
from emh_report.own_codes import GROUPS, NOT_ANSWERED
from emh_report.report import Choice, LevelRange, ReportGroup
from emh_report.template import Field, GroupDefinition, Role

STATED: Final = frozenset(
    {
        Role.HISTORY,
        Role.CAUSE,
        Role.MEDICATION,
        Role.COMPARISON,
        Role.RECOMMENDATION,
        Role.COMMUNICATION,
        Role.CRITICAL,
    }
)
"""Groups whose answers were not obtained from the images of this examination."""

PLACING: Final = (Role.LATERALITY, Role.LEVELS)
"""Questions whose answers join the words of a place."""

NOT_STATED: Final[Json] = {"dataAbsentReason": coded(fixed.UNKNOWN, NOT_ANSWERED, text="Not answered")}
"""Nobody answered; the answer "unknown" is another one, and has no second code."""


@lru_cache(CACHED)
def group_concept(definition: GroupDefinition) -> Json:
    """Return what the root Observation of a group is about."""
    return concept(Concept(GROUPS, definition.id, definition.title))


def base_of(writer: Writer, group: ReportGroup) -> Json:
    """Return what all Observations of a group share."""
    if group.definition.role not in STATED:
        return writer.acquired
    # What is stated about a fetus must not read as a statement about the mother.
    of_fetus = group.definition.role is Role.CAUSE and writer.report.context.focus is Focus.FETUS
    return {**writer.stated, "focus": [FETUS]} if of_fetus else writer.stated


def add_root(writer: Writer, group: ReportGroup, base: Json, found: Members, code: Json) -> Json:
    """Add the root Observation of a group with its members and its remark, and make it a result."""
    extra = {**found.note, "hasMember": found.references} if found.references else found.note
    reference = writer.observe(
        writer.name(group.uid), base, code, extra, writer.instance(group.definition.id, group.uid)
    )
    writer.roots[group.uid] = reference
    writer.groups.setdefault(group.uid, reference)
    writer.result(group.definition.section, reference)
    return reference


def panel(writer: Writer, group: ReportGroup) -> None:
    """Add a group without a shape of its own: a root without a value, every answer a member."""
    base = base_of(writer, group)
    add_root(writer, group, base, members(writer, group, base), group_concept(group.definition))


def located(writer: Writer, group: ReportGroup, role: Role) -> tuple[Json, frozenset[str]]:
    """Return what the Observations of a lesion or organ share, and the field that says where it is.

    The codes of ``bodySite`` are those of the place; side and levels join its text and are members too,
    because R4 has one body site and no element for either.
    """
    item = group.first(role)
    if item is None or not isinstance(item.value, Choice):
        return writer.acquired, frozenset()
    return writer.acquired_with({"bodySite": _body_site(group, item.value)}), frozenset({item.field.id})


def _body_site(group: ReportGroup, place: Choice) -> Json:
    known = choice(place)
    asked = _placing(group.definition)
    words = []
    for value in [value for field, value in group.items if field in asked]:
        if isinstance(value, Choice):
            words.append(value.term.phrase)
        elif isinstance(value, LevelRange):
            words.append(levels_text(value))
    return {"coding": known["coding"], "text": ", ".join((str(known["text"]), *words))} if words else known


@lru_cache(CACHED)
def _placing(definition: GroupDefinition) -> frozenset[Field]:
    return frozenset(field for field in definition.fields.values() if field.role in PLACING)


def organ(writer: Writer, group: ReportGroup) -> None:
    """Add an organ: a root with the organ as body site."""
    base, taken = located(writer, group, Role.ORGAN)
    found = members(writer, group, base, taken)
    add_root(writer, group, base, found, group_concept(group.definition))


def presence_first(writer: Writer, group: ReportGroup, base: Json, found: Members) -> Members:
    """Return the members with the presence of the lesion at their head.

    Where it is not answered it is said to be unknown: a root without it would read as a lesion that is there.
    """
    roles, references, note = found.roles, found.references, found.note
    if Role.PRESENCE in roles:
        place = roles.index(Role.PRESENCE)
        reference = references.pop(place)
        roles.pop(place)
    else:
        field = next((field for field in group.definition.fields.values() if field.role is Role.PRESENCE), None)
        if field is None:
            return found
        reference = writer.observe(writer.name(group.uid, field.id), base, field_concept(field), NOT_STATED)
    return Members([Role.PRESENCE, *roles], [reference, *references], note)


def complication(writer: Writer, group: ReportGroup) -> None:
    """Add a complication: what it is as the code, whether it is there as the value, the rest as members."""
    named, present = group.first(Role.COMPLICATION), group.first(Role.PRESENCE)
    if named is None or not isinstance(named.value, Choice):
        panel(writer, group)
        return
    taken = frozenset({named.field.id, present.field.id} if present else {named.field.id})
    value = NOT_STATED
    if present is not None and isinstance(present.value, Choice):
        value = {"valueCodeableConcept": choice(present.value)}
    elif present is not None and isinstance(present.value, Absent):
        value = {"dataAbsentReason": ABSENT_REASONS[present.value]}
    found = members(writer, group, writer.acquired, taken)
    add_root(writer, group, {**writer.acquired, **value}, found, choice(named.value))
