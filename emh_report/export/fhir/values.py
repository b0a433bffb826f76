"""Observations of answers: one for a plain answer, several where an answer has parts.

Which parts: docs/fhir.md. Axes and the ends of a level range are Observations of their own, since IHE
IDR advises against components; the address of an image is the exception, its parts mean nothing alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from emh_report.codes import Code
from emh_report.decimals import Unit
from emh_report.draft import Absent, Boolean, Date, DateTime, Image, Integer, Text
from emh_report.export.fhir.datatypes import (
    ABSENT_REASONS,
    CACHED,
    Json,
    choice,
    coded,
    field_concept,
    part_concept,
    quantity,
    term_concept,
)
from emh_report.export.fhir.identity import SEPARATOR
from emh_report.export.fhir.json_text import digits
from emh_report.export.fhir.said import Content, Measured, Said, Told
from emh_report.export.fhir.writer import Writer
from emh_report.own_codes import PARTS
from emh_report.report import Amount, Axes, Choice, LevelRange, ReportGroup, ReportItem, Resolved
from emh_report.template import Field, GroupDefinition, Kind, Role
from emh_report.values import MAX_AXES

_BOOLEANS: Final[Mapping[bool, Json]] = {known: {"valueBoolean": known} for known in (True, False)}
_ABSENT: Final[Mapping[Absent, Json]] = {known: {"dataAbsentReason": ABSENT_REASONS[known]} for known in Absent}

SIMPLE: Final[Mapping[type, Callable[[Any], Json]]] = {
    Choice: lambda value: {"valueCodeableConcept": choice(value)},
    Integer: lambda value: {"valueInteger": value.value},
    Boolean: lambda value: _BOOLEANS[value.value],
    Date: lambda value: {"valueDateTime": value.value},
    DateTime: lambda value: {"valueDateTime": value.value},
    Text: lambda value: {"valueString": value.value},
    Absent: _ABSENT.__getitem__,
    Image: lambda value: {"component": _image(value)},
}
"""Value of an Observation by the type of the answer; numbers and answers with parts have functions of their own."""

KNOWN: Final = frozenset({LevelRange, Boolean, Absent})
"""Answers that have nothing in them but the catalog, as a choice has without words of its own."""
REPEATED: Final = frozenset({Absent})
"""The same of questions with several answers: others are told apart by their number, a reason stands alone."""

HOLE: Final = "\ue000"
GAP: Final = f'"value":"{HOLE}"'.encode()
"""Where the digits of a number go. Words cannot look like it, whatever they say: quotation marks are escaped there."""

IMAGE_PARTS: Final = (
    ("study-instance-uid", "Study Instance UID", "study_instance_uid"),
    ("series-instance-uid", "Series Instance UID", "series_instance_uid"),
    ("sop-class-uid", "SOP Class UID", "sop_class_uid"),
    ("sop-instance-uid", "SOP Instance UID", "sop_instance_uid"),
    ("series-number", "Series Number", "series_number"),
    ("instance-number", "Instance Number", "instance_number"),
)
"""Parts of an image address: own code, name of the DICOM attribute, attribute of the answer."""

AXES: Final = tuple((f"{SEPARATOR}axis-{n}", f"axis-{n}", f"axis {n}") for n in range(1, MAX_AXES + 1))
LEVELS: Final = tuple(
    (f"{SEPARATOR}{part}", part, label)
    for part, label in (("upper", "upper level"), ("lower", "lower level"), ("numbering", "numbering"))
)
"""Parts of several axes and of a level range in the order of the answer: name, own code, words."""

NOT_OF_THIS_EXAMINATION: Final = frozenset({"effectiveDateTime", "derivedFrom", "category"})
"""Elements that would date a laboratory value or an earlier size to this examination, and trace it to its images."""


REMARK: Final = Role.REMARK


class Members:
    """The Observations of a group with the roles of their questions, and the remark as a note."""

    __slots__ = ("note", "references", "roles")

    def __init__(self, roles: list[Role], references: list[Json], note: Json) -> None:
        """Take roles and references, one for one, and the note."""
        self.roles = roles
        self.references = references
        self.note = note


Statement = tuple[str, Content]
"""One Observation of an answer: what its name ends in, and its content."""

_kept: Final[dict[ReportItem, tuple[Told, ...]]] = {}
"""Observations of answers that have nothing in them but the catalog, with their text; of no other answer."""


@lru_cache(CACHED)
def _has_undated(definition: GroupDefinition) -> bool:
    """Whether a group asks for anything that is not of this examination."""
    return not all(_is_acquired(field) for field in definition.fields.values())


def _is_acquired(field: Field) -> bool:
    earlier = field.role is Role.CHANGE and field.kind in (Kind.MEASUREMENT, Kind.QUANTITY)
    return not earlier and field.role is not Role.HISTORY


def members(writer: Writer, group: ReportGroup, base: Json, taken: frozenset[str] = frozenset()) -> Members:
    """Add an Observation for every answer of ``group`` but those of the fields in ``taken``.

    A remark becomes a note of the resource that stands for the group.
    """
    items = [item for item in group.items if item[0].id not in taken] if taken else group.items
    found: list[Told] = []
    notes: list[Json] = []
    ordinals: dict[str, int] = {}
    for item, told in zip(items, map(_kept.get, items), strict=True):
        found += told or _told(item, ordinals, notes)
    undated = _not_acquired(base) if _has_undated(group.definition) else base
    references = writer.answer(writer.name(group.uid, ""), base, undated, found)
    return Members([told[0] for told in found], references, {"note": notes} if notes else {})


def _told(item: ReportItem, ordinals: dict[str, int], notes: list[Json]) -> tuple[Told, ...]:
    """Return the Observations of an answer; a remark has none and joins ``notes``."""
    field, value = item
    role, acquired = field.role, _is_acquired(field)
    if role is REMARK and type(value) is Text:
        notes.append({"text": value.value})
        return ()
    found = _statements(item, ordinals)
    if not _is_known(item):
        return tuple([(role, name, acquired, said) for name, said in found])
    told = tuple([(role, name, acquired, Said(said.code, said.value, said.as_text())) for name, said in found])
    if len(_kept) >= CACHED:
        _kept.clear()
    _kept[item] = told
    return told


def _is_known(item: ReportItem) -> bool:
    """Whether an answer has nothing in it but the catalog."""
    field, value = item
    return not value.text if type(value) is Choice else type(value) in (REPEATED if field.repeats else KNOWN)


def _not_acquired(base: Json) -> Json:
    return {name: value for name, value in base.items() if name not in NOT_OF_THIS_EXAMINATION}


def _statements(item: ReportItem, ordinals: dict[str, int]) -> Iterable[Statement]:
    """Return the Observations of an answer. ``ordinals``: so many were given to each question that repeats."""
    field, value = item
    name = field.id
    if field.repeats:
        name += _key(field.id, value, ordinals)
    if type(value) is Axes:
        return _axes(name, field, value)
    if type(value) is LevelRange:
        return _levels(name, field, value)
    if type(value) is Amount:
        return ((name, measured(field, "", "", value.number, value.unit)),)
    return ((name, Said(field_concept(field), SIMPLE[type(value)](value))),)


def _key(field_id: str, value: Resolved, ordinals: dict[str, int]) -> str:
    """Return what tells the answers of a repeating question apart: the code chosen, else their order."""
    if type(value) is Choice:
        return f"{SEPARATOR}{value.term.code}"
    ordinals[field_id] = ordinal = ordinals.get(field_id, 0) + 1
    return f"{SEPARATOR}{ordinal}"


def _axes(name: str, field: Field, value: Axes) -> Iterator[Statement]:
    """Yield each axis in the order entered. A single axis answers the question itself.

    Nothing says which axis is the long one, so none is called so.
    """
    single = len(value.numbers) == 1
    for (suffix, part, label), number in zip(AXES, value.numbers, strict=False):
        yield name + suffix, measured(field, "" if single else part, label, number, value.unit)


def _levels(name: str, field: Field, value: LevelRange) -> Iterator[Statement]:
    for (suffix, part, label), term in zip(LEVELS, value, strict=True):
        if term is not None:
            yield name + suffix, Said(part_concept(field, part, label), {"valueCodeableConcept": term_concept(term)})


def measured(field: Field, part: str, label: str, number: Decimal, unit: Unit) -> Measured:
    """Return a number that answers a question, or one part of it."""
    code, before, after = _around(field, part, label, unit)
    return Measured(code, number, unit, b'%b"value":%b%b' % (before, digits(number).encode(), after))


@lru_cache(CACHED)
def _around(field: Field, part: str, label: str, unit: Unit) -> tuple[Json, bytes, bytes]:
    """Return what a number is about, and the text before and after its digits."""
    code = part_concept(field, part, label) if part else field_concept(field)
    before, after = Said(code, {"valueQuantity": {**quantity(Decimal(0), unit), "value": HOLE}}).as_text().split(GAP)
    return code, before, after


def _image(value: Image) -> list[Json]:
    """Return the address of an image as components."""
    found: list[Json] = []
    for code, label, attribute in IMAGE_PARTS:
        part = getattr(value, attribute)
        if part:
            kind = "valueInteger" if isinstance(part, int) else "valueString"
            found.append({"code": coded(Code(PARTS, code, label), text=label), kind: part})
    frame = coded(Code(PARTS, "frame-number", "Frame Number"), text="Frame Number")
    return found + [{"code": frame, "valueInteger": number} for number in value.frames]


def levels_text(value: LevelRange) -> str:
    """Return a level range in words."""
    ends = (value.upper.display, value.lower.display)
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
