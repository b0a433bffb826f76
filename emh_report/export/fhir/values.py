"""Observations of answers: one for a plain answer, several where an answer has parts.

Which parts: docs/fhir.md. Axes and the ends of a level range are Observations of their own, since IHE
IDR advises against components; the address of an image is the exception, its parts mean nothing alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from emh_report.codes import Code
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
from emh_report.export.fhir.urls import PARTS
from emh_report.export.fhir.writer import SEPARATOR, Writer
from emh_report.report import Amount, Axes, Choice, LevelRange, ReportGroup, Resolved
from emh_report.template import Field, Kind, Role
from emh_report.values import MAX_AXES
from emh_report.vocabulary import Term


@lru_cache(CACHED)
def _term_value(term: Term) -> Json:
    return {"valueCodeableConcept": term_concept(term)}


def _choice_value(value: Choice) -> Json:
    return {"valueCodeableConcept": choice(value)} if value.text else _term_value(value.term)


_BOOLEANS: Final[Mapping[bool, Json]] = {known: {"valueBoolean": known} for known in (True, False)}
_ABSENT: Final[Mapping[Absent, Json]] = {known: {"dataAbsentReason": ABSENT_REASONS[known]} for known in Absent}

SIMPLE: Final[Mapping[type, Callable[[Any], Json]]] = {
    Choice: _choice_value,
    Amount: lambda value: {"valueQuantity": quantity(value.number, value.unit)},
    Integer: lambda value: {"valueInteger": value.value},
    Boolean: lambda value: _BOOLEANS[value.value],
    Date: lambda value: {"valueDateTime": value.value},
    DateTime: lambda value: {"valueDateTime": value.value},
    Text: lambda value: {"valueString": value.value},
    Absent: _ABSENT.__getitem__,
    Image: lambda value: {"component": _image(value)},
}
"""Value of an Observation by the type of the answer; a table so that every answer has exactly one shape."""

IMAGE_PARTS: Final = (
    ("study-instance-uid", "Study Instance UID", "study_instance_uid"),
    ("series-instance-uid", "Series Instance UID", "series_instance_uid"),
    ("sop-class-uid", "SOP Class UID", "sop_class_uid"),
    ("sop-instance-uid", "SOP Instance UID", "sop_instance_uid"),
    ("series-number", "Series Number", "series_number"),
    ("instance-number", "Instance Number", "instance_number"),
)
"""Parts of an image address: own code, name of the DICOM attribute, attribute of the answer."""

AXES: Final = tuple((f"{SEPARATOR}axis-{n}".encode(), f"axis-{n}", f"axis {n}") for n in range(1, MAX_AXES + 1))
LEVELS: Final = tuple(
    (f"{SEPARATOR}{part}".encode(), part, label)
    for part, label in (("upper", "upper level"), ("lower", "lower level"), ("numbering", "numbering"))
)
"""Parts of several axes and of a level range in the order of the answer: name, own code, words."""

NOT_OF_THIS_EXAMINATION: Final = frozenset({"effectiveDateTime", "derivedFrom", "category"})
"""Elements that would date a laboratory value or an earlier size to this examination, and trace it to its images."""


REMARK: Final = Role.REMARK


class Members(NamedTuple):
    """The Observations of a group with the roles of their questions, and the remark as a note."""

    roles: list[Role]
    references: list[Json]
    note: Json


Shape = tuple[str, bytes, Json, Role, bool, bool]
"""What the Observations of one question have in common: id, name, code, role, whether acquired, whether it repeats."""


@lru_cache(CACHED)
def _shape(field: Field) -> Shape:
    earlier = field.role is Role.CHANGE and field.kind in (Kind.MEASUREMENT, Kind.QUANTITY)
    acquired = not earlier and field.role is not Role.HISTORY
    return field.id, field.id.encode(), field_concept(field), field.role, acquired, field.repeats


def members(writer: Writer, group: ReportGroup, base: Json, taken: frozenset[str] = frozenset()) -> Members:
    """Add an Observation for every answer of ``group`` but those of the fields in ``taken``.

    A remark becomes a note of the resource that stands for the group.
    """
    start = writer.name(group.uid, "")
    observe = writer.observe
    roles: list[Role] = []
    references: list[Json] = []
    notes: list[Json] = []
    ordinals: dict[str, int] = {}
    not_acquired: Json | None = None
    for field, value in group.items:
        field_id, own_name, code, role, acquired, repeats = _shape(field)
        if field_id in taken:
            continue
        if role is REMARK and type(value) is Text:
            notes.append({"text": value.value})
            continue
        name = start + own_name
        if repeats:
            name += _key(field_id, value, ordinals)
        own = base
        if not acquired:
            not_acquired = own = not_acquired or _not_acquired(base)
        simple = SIMPLE.get(type(value))
        if simple is not None:
            roles.append(role)
            references.append(observe(name, own, code, simple(value)))
            continue
        for part, part_code, part_value in _parts(field, value):
            roles.append(role)
            references.append(observe(name + part, own, part_code, part_value))
    return Members(roles, references, {"note": notes} if notes else {})


def _key(field_id: str, value: Resolved, ordinals: dict[str, int]) -> bytes:
    """Return what tells the answers of a repeating question apart: the code chosen, else their order."""
    if type(value) is Choice:
        return f"{SEPARATOR}{value.term.code}".encode()
    ordinals[field_id] = ordinal = ordinals.get(field_id, 0) + 1
    return f"{SEPARATOR}{ordinal}".encode()


def _not_acquired(base: Json) -> Json:
    return {name: value for name, value in base.items() if name not in NOT_OF_THIS_EXAMINATION}


def _parts(field: Field, value: Resolved) -> Iterator[tuple[bytes, Json, Json]]:
    """Yield name, code and value of the Observations of an answer with parts."""
    if isinstance(value, Axes):
        yield from _axes(field, value)
    elif isinstance(value, LevelRange):
        yield from _levels(field, value)
    else:
        raise TypeError(type(value).__name__)


def _axes(field: Field, value: Axes) -> Iterator[tuple[bytes, Json, Json]]:
    """Yield each axis in the order entered. A single axis answers the question itself.

    Nothing says which axis is the long one, so none is called so.
    """
    single = len(value.numbers) == 1
    for (name, part, label), number in zip(AXES, value.numbers, strict=False):
        code = field_concept(field) if single else part_concept(field, part, label)
        yield name, code, {"valueQuantity": quantity(number, value.unit)}


def _levels(field: Field, value: LevelRange) -> Iterator[tuple[bytes, Json, Json]]:
    for (name, part, label), term in zip(LEVELS, value, strict=True):
        if term is not None:
            yield name, part_concept(field, part, label), _term_value(term)


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
