"""Answers to one question, one function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Image,
    Integer,
    Levels,
    Measurement,
    Quantity,
    Text,
    Value,
)
from emh_report.intake.answers import elements
from emh_report.intake.answers.elements import Found, Problems, Wrong, items, values
from emh_report.intake.content import Json
from emh_report.linkids import ABSENT, AXES, IMAGE, LEVELS, NO, UCUM, UNIT, YES, absent, only_unit, own_code, question
from emh_report.template import Field, Kind
from emh_report.values import LevelTables
from emh_report.vocabulary import Vocabulary

REASONS: Final = {(code.system, code.code): (reason, code.display) for reason, code in ABSENT.items()}
YES_NO: Final = {(code.system, code.code): (Boolean(value), code.display) for code, value in ((YES, True), (NO, False))}


class Asked(NamedTuple):
    """A question as it was asked."""

    group_id: str
    field: Field
    tables: LevelTables


Offered = Mapping[tuple[str, str], tuple[Any, str]]
"""What a list of answers offers: value and display by system and code."""


def plain(asked: Asked, found: Found, problems: Problems) -> Iterator[tuple[Value, str]]:
    """Yield the answers of a question that is one item, with their paths."""
    type_, read = _PLAIN[asked.field.kind]
    if asked.field.kind is Kind.QUANTITY and not only_unit(asked.field):
        type_, read = "Quantity", _quantity
    yield from values(found, type_, partial(read, asked), problems)


def composite(asked: Asked, found: Found, problems: Problems) -> Iterator[tuple[Value, str]]:
    """Yield the answer of a question that is a group of items, with its path; nothing for an empty one."""
    parts = _read_parts(asked, found, problems)
    if not parts:
        return
    reason = parts.pop("absent", None)
    if reason and parts:
        problems.add(found.path, "an answer and a reason for having none")
    elif reason:
        yield reason[0], found.path
    else:
        try:
            yield _COMPOSITE[asked.field.kind](asked, parts), found.path
        except Wrong as error:
            problems.add(found.path, str(error))


def partial_date(asked: Asked, found: Found, problems: Problems) -> Iterator[tuple[Value, str]]:
    """Yield a date of which only year or month is known, with its path."""
    made = Date if asked.field.kind is Kind.DATE else DateTime
    yield from values(found, "String", lambda value: made(elements.date(value)), problems)


def time(_: Asked, found: Found, problems: Problems) -> Iterator[tuple[Value, str]]:
    """Yield a date with its time of day, with its path."""
    yield from values(found, "DateTime", lambda value: DateTime(elements.date_time(value)), problems)


def reason(_: Asked, found: Found, problems: Problems) -> Iterator[tuple[Value, str]]:
    """Yield the reason for having no answer, with its path."""
    yield from values(found, "Coding", _reason, problems)


def _reason(value: Json) -> Absent:
    found: Absent = choose(value, REASONS)
    return found


def choose(value: Json, offered: Offered) -> Any:  # noqa: ANN401 - what the list offers
    """Return what a Coding stands for. Raises Wrong for one that was not offered."""
    system, code, display = elements.coding(value)
    known = offered.get((system, code))
    if known is None:
        raise Wrong("not one of the answers that are offered here")
    if display not in ("", known[1]):
        raise Wrong("the display does not belong to the code")
    return known[0]


@lru_cache(1 << 10)
def terms(vocabulary: Vocabulary) -> Offered:
    """Return the terms of a vocabulary as a list of answers."""
    codes = {code: own_code(term) for code, term in vocabulary.terms.items()}
    return {(own.system, own.code): (code, own.display) for code, own in codes.items()}


# --- plain answers ---------------------------------------------------------------------------------------------------


def _coded(asked: Asked, value: Json) -> Value:
    if asked.field.vocabulary is None:  # the catalog refuses such a field
        raise TypeError(asked.field.id)
    found: str | Absent = choose(value, {**terms(asked.field.vocabulary), **REASONS})
    return found if isinstance(found, Absent) else Coded(found)


def _boolean(_: Asked, value: Json) -> Value:
    found: Value = choose(value, {**YES_NO, **REASONS})
    return found


def _quantity(asked: Asked, value: Json) -> Value:
    found = elements.quantity(value)
    if found.unit not in (asked.field.units or {}):
        raise Wrong(f"not a unit of this question; those are {', '.join(asked.field.units or ())}")
    return found


_PLAIN: Final[Mapping[Kind, tuple[str, Callable[[Asked, Json], Value]]]] = {
    Kind.CODED: ("Coding", _coded),
    Kind.BOOLEAN: ("Coding", _boolean),
    Kind.QUANTITY: ("Decimal", lambda asked, value: Quantity(elements.decimal(value), only_unit(asked.field))),
    Kind.INTEGER: ("Integer", lambda _, value: Integer(elements.integer(value))),
    Kind.DATE: ("Date", lambda _, value: Date(elements.date(value))),
    Kind.DATE_TIME: ("Date", lambda _, value: DateTime(elements.date(value))),
    Kind.TEXT: ("String", lambda _, value: Text(elements.string(value))),
}


# --- answers with parts ----------------------------------------------------------------------------------------------

Parts = dict[str, list[Any]]
"""Values by the name of the part."""


def _read_parts(asked: Asked, found: Found, problems: Problems) -> Parts:
    known = {question(asked.group_id, asked.field.id, name): (name, *how) for name, how in _parts(asked).items()}
    known[absent(asked.group_id, asked.field.id)] = ("absent", "Coding", _reason)
    parts: Parts = {}
    before = len(problems.found)
    if "answer" in found.content:
        problems.add(f"{found.path}.answer", "a group has items, no answers")
    for item in items(found.content, found.path, problems):
        if item.link_id not in known:
            problems.unknown(item.path, item.link_id, known)
            continue
        name, type_, read = known[item.link_id]
        for value, path in values(item, type_, read, problems):
            parts.setdefault(name, []).append(value)
            if len(parts[name]) > 1 and name != "frame":
                problems.add(path, "takes one answer")
    return parts if len(problems.found) == before else {}


How = tuple[str, Callable[[Json], Any]]


def _parts(asked: Asked) -> Mapping[str, How]:
    """Return how each part of an answer is read."""
    match asked.field.kind:
        case Kind.LEVELS:
            tables = (asked.tables.levels, asked.tables.levels, asked.tables.numberings)
            return {name: ("Coding", _chooser(terms(one))) for (name, _), one in zip(LEVELS, tables, strict=True)}
        case Kind.MEASUREMENT:
            units = {(UCUM, code): (code, unit.display) for code, unit in (asked.field.units or {}).items()}
            axes: dict[str, How] = dict.fromkeys(AXES, ("Decimal", elements.decimal))
            return axes if only_unit(asked.field) else {**axes, UNIT: ("Coding", _chooser(units))}
        case _:
            readers = {"string": elements.string, "integer": elements.integer}
            return {part.name: (part.type.capitalize(), readers[part.type]) for part in IMAGE}


def _chooser(offered: Offered) -> Callable[[Json], Any]:
    return lambda value: choose(value, offered)


def _levels(_: Asked, parts: Parts) -> Value:
    if not {"upper", "lower"} <= parts.keys():
        raise Wrong("upper and lower level are needed; they may be the same")
    return Levels(parts["upper"][0], parts["lower"][0], parts.get("numbering", [""])[0])


def _measurement(asked: Asked, parts: Parts) -> Value:
    axes = [parts[axis][0] for axis in AXES if axis in parts]
    if any(axis not in parts for axis in AXES[: len(axes)]) or not axes:
        raise Wrong("axes are given from the first on")
    unit = only_unit(asked.field) or parts.get(UNIT, [""])[0]
    if not unit:
        raise Wrong("the unit is missing")
    return Measurement(tuple(axes), unit)


def _image(_: Asked, parts: Parts) -> Value:
    found: Parts = {part.attribute: parts[part.name] for part in IMAGE if part.name in parts}
    frames = tuple(found.pop("frames", ()))
    return Image(frames=frames, **{name: one for name, (one,) in found.items()})


_COMPOSITE: Final[Mapping[Kind, Callable[[Asked, Parts], Value]]] = {
    Kind.LEVELS: _levels,
    Kind.MEASUREMENT: _measurement,
    Kind.IMAGE: _image,
}
