"""Answers of a draft as items of a response, one function for each kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from emh_report.dates import is_partial_date, is_partial_date_time
from emh_report.decimals import DecimalError, Unit, in_days, read_decimal
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
from emh_report.export.questionnaire.datatypes import Json, coding, quantity, unit_coding
from emh_report.linkids import (
    ABSENT,
    AXES,
    CHOICES,
    COMPOSITE,
    DATES,
    IMAGE,
    LEVELS,
    NO,
    UNIT,
    YES,
    absent,
    only_unit,
    own_code,
    partial,
    question,
    speaking,
    time,
    words_of,
)
from emh_report.template import Field, Kind
from emh_report.text import is_unsafe
from emh_report.values import LevelTables
from emh_report.vocabulary import Vocabulary

FULL_DATE: Final = len("YYYY-MM-DD")


class CannotCarryError(ValueError):
    """An answer that a response has no place for. The message never repeats the answer."""


class Given(NamedTuple):
    """The answers to one question of a group."""

    group_id: str
    field: Field
    values: Sequence[Value]
    tables: LevelTables

    @property
    def link_id(self) -> str:
        """Link id of the question."""
        return question(self.group_id, self.field.id)


def items_of(given: Given) -> Iterator[Json]:
    """Yield the items of one question in the order of the Questionnaire. Raises CannotCarryError."""
    reason = _reason(given)
    field = given.field
    if field.kind in COMPOSITE:
        yield from _composite(given, reason)
    elif reason is not None and field.kind not in CHOICES:
        yield item(absent(given.group_id, field.id), "", "Coding", [coding(ABSENT[reason])])
    else:
        kind, read = _PLAIN[field.kind]
        answers = [coding(ABSENT[reason])] if reason else [read(given, value) for value in given.values]
        if field.kind in DATES:
            yield from _dates(given, answers)
            return
        yield item(given.link_id, field.label, "Quantity" if _has_units(field) else kind, answers)
        yield from _words_of(given)


def item(link_id: str, text: str, kind: str, answers: Sequence[object]) -> Json:
    """Return an item with answers."""
    found: Json = {"linkId": link_id, **({"text": text} if text else {})}
    return {**found, "answer": [{f"value{kind}": answer} for answer in answers]}


def beside(given: Given) -> list[tuple[str, str, str]]:
    """Return (field, code, words) of every term with words that it does not ask for."""
    asking = {term.code for term in speaking(given.field)}
    return [
        (given.field.id, value.code, value.text)
        for value in given.values
        if isinstance(value, Coded) and value.text and value.code not in asking
    ]


def plain_text(text: str) -> str:
    """Return ``text``. Raises CannotCarryError for one that FHIR cannot carry."""
    if not text:
        raise CannotCarryError("is empty; leave the item out instead")
    if is_unsafe(text):
        raise CannotCarryError("has control characters or bidirectional overrides")
    return text


def _reason(given: Given) -> Absent | None:
    """Return the absent reason that stands alone; None where there are values."""
    reasons = [value for value in given.values if isinstance(value, Absent)]
    if reasons and len(given.values) > 1:
        raise CannotCarryError("an absent reason stands alone")
    if len(given.values) > 1 and not given.field.repeats:
        raise CannotCarryError("this question takes one answer")
    codes = [value.code for value in given.values if isinstance(value, Coded)]
    if len(set(codes)) < len(codes):
        raise CannotCarryError("the same answer is given twice")
    if not reasons and any(type(value) is not _TYPES[given.field.kind] for value in given.values):
        raise CannotCarryError(f"takes a value of kind {given.field.kind}")
    return reasons[0] if reasons else None


_TYPES: Final[Mapping[Kind, type]] = {
    Kind.CODED: Coded,
    Kind.QUANTITY: Quantity,
    Kind.INTEGER: Integer,
    Kind.BOOLEAN: Boolean,
    Kind.DATE: Date,
    Kind.DATE_TIME: DateTime,
    Kind.TEXT: Text,
    Kind.LEVELS: Levels,
    Kind.MEASUREMENT: Measurement,
    Kind.IMAGE: Image,
}


def _dates(given: Given, dates: Sequence[object]) -> Iterator[Json]:
    """Yield dates by what is known: a day, less than a day, a day with its time."""
    group_id, field_id = given.group_id, given.field.id
    whole = [one for one in dates if len(str(one)) == FULL_DATE]
    less = [one for one in dates if len(str(one)) < FULL_DATE]
    more = [one for one in dates if len(str(one)) > FULL_DATE]
    places = ((given.link_id, "Date", whole), (partial(group_id, field_id), "String", less))
    for link_id, kind, found in (*places, (time(group_id, field_id), "DateTime", more)):
        if found:
            yield item(link_id, "", kind, found)


def _words_of(given: Given) -> Iterator[Json]:
    texts = {value.code: value.text for value in given.values if isinstance(value, Coded)}
    for term in speaking(given.field):
        if texts.get(term.code):
            link_id = words_of(given.group_id, given.field.id, term.code)
            yield item(link_id, "", "String", [plain_text(texts[term.code])])


def _has_units(field: Field) -> bool:
    return field.kind is Kind.QUANTITY and not only_unit(field)


# --- plain answers ---------------------------------------------------------------------------------------------------


def _coded(given: Given, value: Coded) -> Json:
    if given.field.vocabulary is None:  # the catalog refuses such a field
        raise TypeError(given.field.id)
    return _term(given.field.vocabulary, value.code, value.display)


def _term(vocabulary: Vocabulary, code: str, display: str = "") -> Json:
    term = vocabulary.terms.get(code)
    if term is None:
        raise CannotCarryError(f"not a code of the vocabulary {vocabulary.id}")
    if display and display != term.display:
        raise CannotCarryError("the display does not belong to the code")
    return coding(own_code(term))


def _number(text: str) -> Decimal:
    try:
        return Decimal(read_decimal(text)[0])
    except DecimalError as error:
        raise CannotCarryError(str(error)) from None


def _unit(field: Field, code: str) -> Unit:
    unit = (field.units or {}).get(code or only_unit(field))
    if unit is None:
        raise CannotCarryError("not a unit of this question (UCUM)" if code else "the unit is missing")
    return unit


def _quantity(given: Given, value: Quantity) -> object:
    text, code = in_days(*value, given.field.units or {})
    number, unit = _number(text), _unit(given.field, code)
    return quantity(number, unit) if _has_units(given.field) else number


def _date(_: Given, value: Date) -> str:
    if not is_partial_date(value.value):
        raise CannotCarryError("not a date that exists")
    return value.value


def _date_time(_: Given, value: DateTime) -> str:
    if not is_partial_date_time(value.value):
        raise CannotCarryError("not a date, or date and time with time zone, that exists")
    return value.value


_PLAIN: Final[Mapping[Kind, tuple[str, Callable[[Given, Any], object]]]] = {
    Kind.CODED: ("Coding", _coded),
    Kind.BOOLEAN: ("Coding", lambda _, value: coding(YES if value.value else NO)),
    Kind.QUANTITY: ("Decimal", _quantity),
    Kind.INTEGER: ("Integer", lambda _, value: value.value),
    Kind.DATE: ("Date", _date),
    Kind.DATE_TIME: ("Date", _date_time),
    Kind.TEXT: ("String", lambda _, value: plain_text(value.value)),
}


# --- answers with parts ----------------------------------------------------------------------------------------------


def _composite(given: Given, reason: Absent | None) -> Iterator[Json]:
    head: Json = {"linkId": given.link_id, "text": given.field.label}
    if reason is not None:
        yield {**head, "item": [item(absent(given.group_id, given.field.id), "", "Coding", [coding(ABSENT[reason])])]}
        return
    for value in given.values:
        parts = _PARTS[given.field.kind](given, value)
        yield {
            **head,
            "item": [item(f"{given.link_id}.{name}", "", kind, found) for name, kind, found in parts if found],
        }


Parts = list[tuple[str, str, list[Any]]]
"""Name, FHIR type and answers of each part; one without answers is left out."""


def _levels(given: Given, value: Levels) -> Parts:
    tables = (given.tables.levels, given.tables.levels, given.tables.numberings)
    codes = (value.upper, value.lower, value.numbering)
    return [
        (part, "Coding", [_term(vocabulary, code)] if code or part != LEVELS[-1][0] else [])
        for (part, _), vocabulary, code in zip(LEVELS, tables, codes, strict=True)
    ]


def _measurement(given: Given, value: Measurement) -> Parts:
    if not 1 <= len(value.axes) <= len(AXES):
        raise CannotCarryError("takes one to three axes")
    unit = _unit(given.field, value.unit)
    parts: Parts = [(axis, "Decimal", [_number(text)]) for axis, text in zip(AXES, value.axes, strict=False)]
    return parts if only_unit(given.field) else [*parts, (UNIT, "Coding", [unit_coding(unit)])]


def _image(_: Given, value: Image) -> Parts:
    parts: Parts = []
    for name, _label, attribute, type_ in IMAGE:
        part = getattr(value, attribute)
        found = list(part) if isinstance(part, tuple) else [part] if part else []
        parts.append((name, type_.capitalize(), [plain_text(one) if isinstance(one, str) else one for one in found]))
    if not any(found for _, _, found in parts):
        raise CannotCarryError("says nothing")
    return parts


_PARTS: Final[Mapping[Kind, Callable[[Given, Any], Parts]]] = {
    Kind.LEVELS: _levels,
    Kind.MEASUREMENT: _measurement,
    Kind.IMAGE: _image,
}
