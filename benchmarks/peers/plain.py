"""The limit of this language: code for one form as a programmer would write it by hand, with the same bytes as output.

Everything that is the same for every report of this shape is a constant: the text of the bundle with holes for
resource ids, codes, numbers and words. A call checks every answer (question, type, code, display, unit, digits, range,
characters), computes the ids and joins the pieces. It knows no other template, no condition, no rule, no missing
answer, and no second shape of report; where a lesion is and when the examination was made are constants too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from unittest import mock

import orjson
from uuid_utils import UUID

from benchmarks.peers.case import Case
from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.context import Context
from emh_report.draft import Boolean, Coded, Date, DateTime, Draft, Integer, Item, Levels, Measurement, Quantity, Text
from emh_report.export import fhir
from emh_report.export.fhir import identity
from emh_report.export.fhir import writer as writers
from emh_report.export.fhir.datatypes import term_concept
from emh_report.template import Field
from emh_report.text import is_unsafe

DIGITS = re.compile(r"(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?", re.ASCII).fullmatch
HOLE = "\ue000{}\ue000"

Check = Callable[[Any], tuple[bytes, ...]]
"""Checks one answer and returns the JSON of its parts. Raises ValueError."""

Places = dict[tuple[str, str], tuple[int, str]]
"""By group and question: the number of the first part of its answer, and the element it goes to."""


def _refuse(type_: type) -> None:
    message = f"not an answer of type {type_.__name__}"
    raise ValueError(message)


def _coded(field: Field) -> Check:
    terms = field.vocabulary.terms if field.vocabulary else {}
    table = {code: (term.display, (orjson.dumps(term_concept(term)),)) for code, term in terms.items()}

    def check(value: Coded) -> tuple[bytes, ...]:
        if type(value) is not Coded or value.code not in table:
            _refuse(Coded)
        display, found = table[value.code]
        if value.display and value.display != display:
            _refuse(Coded)
        return found

    return check


def _numbers(field: Field, type_: type[Quantity | Measurement], parts: Callable[[Any], tuple[str, ...]]) -> Check:
    low, high = (field.bounds.low, field.bounds.high) if field.bounds else (Decimal("-Infinity"), Decimal("Infinity"))
    unit = next(iter(field.units)) if field.units else ""

    def check(value: Any) -> tuple[bytes, ...]:  # noqa: ANN401 - Quantity or Measurement
        if not isinstance(value, type_) or value.unit not in (unit, ""):
            _refuse(type_)
        texts = parts(value)
        for text in texts:
            if DIGITS(text) is None or not low <= Decimal(text) <= high:
                _refuse(type_)
        return tuple([text.encode() for text in texts])

    return check


def _levels(tables: tuple[dict[str, bytes], dict[str, bytes]], order: dict[str, int]) -> Check:
    levels, numberings = tables

    def check(value: Levels) -> tuple[bytes, ...]:
        if type(value) is not Levels or order[value.upper] > order[value.lower]:
            _refuse(Levels)
        return levels[value.upper], levels[value.lower], numberings[value.numbering]

    return check


def _words(value: Text | Date | DateTime) -> tuple[bytes, ...]:
    if type(value) not in (Text, Date, DateTime) or not value.value.strip() or is_unsafe(value.value):
        _refuse(Text)
    return (orjson.dumps(value.value),)


def _whole(value: Boolean | Integer) -> tuple[bytes, ...]:
    if type(value) not in (Boolean, Integer):
        _refuse(Boolean)
    return (orjson.dumps(value.value),)


def _check(catalog: Catalog, field: Field, item: Item) -> Check:
    if isinstance(item.value, Quantity):
        return _numbers(field, Quantity, lambda value: (value.value,))
    if isinstance(item.value, Measurement):
        return _numbers(field, Measurement, lambda value: value.axes)
    if isinstance(item.value, Levels):
        levels, numberings = (catalog.vocabulary(name).terms for name in ("vertebral-level", "level-numbering"))
        ready = [
            {code: orjson.dumps(term_concept(term)) for code, term in terms.items()} for terms in (levels, numberings)
        ]
        return _levels((ready[0], {"": b"", **ready[1]}), {code: n for n, code in enumerate(levels)})
    if isinstance(item.value, Coded):
        return _coded(field)
    return _words if isinstance(item.value, Text | Date | DateTime) else _whole


class Form:
    """The constants of one shape of report. Raises ValueError where its output is not that of the package."""

    def __init__(self, catalog: Catalog, case: Case) -> None:
        template = catalog.plan(case.draft.template_id).template
        self.groups = [
            (group.group_id, [(item.field_id, _check(catalog, fields[item.field_id], item)) for item in group.items])
            for group in case.draft.groups
            for fields in (template.groups[group.group_id].fields,)
        ]
        names: dict[str, tuple[str, bool]] = {}
        made = identity.uuid_named  # which names the ids of this report come from
        ours = identity.space_of(case.context.report.identifier)

        def recorded(name: str, space: UUID = identity.EVERYWHERE) -> str:
            names[found := made(name, space)] = name, space == ours
            return found

        patched = (mock.patch.object(module, "uuid_named", recorded) for module in (identity, writers))
        with next(patched), next(patched):
            bundle = fhir.transaction(pipeline.release(catalog, case.draft, case.context).report)
        expected = fhir.to_json(bundle)
        self.names = list(names.values())
        _dig(bundle, names, _places(case.draft, self.groups))
        self._cut(fhir.to_json(bundle), list(names))
        if self.transaction(case.draft, case.context) != expected:
            raise ValueError("the output differs from that of the package")

    def _cut(self, text: bytes, ids: list[str]) -> None:
        """Cut the text at its holes: even pieces are constant, the others come from answers or are ids."""
        holes = re.compile(rf'"\ue000(\d+)\ue000"|({"|".join(ids)})')
        numbers = {known: number for number, known in enumerate(ids)}
        self.pieces: list[bytes] = []
        self.answers: list[tuple[int, int]] = []
        self.ids: list[tuple[int, int]] = []
        for position, piece in enumerate(_pieces(holes, text.decode())):
            self.pieces.append(piece if isinstance(piece, bytes) else b"")
            if isinstance(piece, re.Match):
                answer, known = piece.groups()
                (self.answers if answer else self.ids).append((position, int(answer) if answer else numbers[known]))

    def transaction(self, draft: Draft, context: Context) -> bytes:
        """Return the transaction of a report of this shape. Raises ValueError for an answer that is not accepted."""
        values: list[bytes] = []
        for group, (group_id, checks) in zip(draft.groups, self.groups, strict=True):
            if group.group_id != group_id:
                raise ValueError("not a report of this shape")
            for (field_id, value), (expected, check) in zip(group.items, checks, strict=True):
                if field_id != expected:
                    raise ValueError("not a report of this shape")
                values += check(value)
        everywhere, here = identity.EVERYWHERE, identity.space_of(context.report.identifier)
        ids = [identity.uuid_named(name, here if ours else everywhere).encode() for name, ours in self.names]
        out = self.pieces.copy()
        for position, number in self.answers:
            out[position] = values[number]
        for position, number in self.ids:
            out[position] = ids[number]
        return b"".join(out)


def _pieces(holes: re.Pattern[str], text: str) -> Iterator[bytes | re.Match[str]]:
    start = 0
    for found in holes.finditer(text):
        yield text[start : found.start()].encode()
        yield found
        start = found.end()
    yield text[start:].encode()


def _places(draft: Draft, groups: list[tuple[str, list[tuple[str, Check]]]]) -> Places:
    """Return where the answers go that are the only one to their question."""
    places: Places = {}
    number = 0
    for group, (_, checks) in zip(draft.groups, groups, strict=True):
        asked = [item.field_id for item in group.items]
        for item, (field_id, check) in zip(group.items, checks, strict=True):
            if asked.count(field_id) == 1:
                places[group.uid, field_id] = number, ELEMENTS.get(type(item.value), "")
            number += len(check(item.value))
    return places


ELEMENTS = {
    Coded: "valueCodeableConcept",
    Levels: "valueCodeableConcept",
    Text: "valueString",
    Date: "valueDateTime",
    DateTime: "valueDateTime",
    Boolean: "valueBoolean",
    Integer: "valueInteger",
}
PARTS = {"axis-1": 0, "axis-2": 1, "axis-3": 2, "upper": 0, "lower": 1, "numbering": 2}


def _dig(bundle: dict[str, Any], names: dict[str, tuple[str, bool]], places: Places) -> None:
    """Put holes where the bundle has answers."""
    for entry in bundle["entry"]:
        name, ours = names.get(entry["fullUrl"].removeprefix("urn:uuid:"), ("", False))
        known = name if ours else ""
        uid, field_id, *part = [*known.split(identity.SEPARATOR), "", ""][:3]
        if (uid, field_id) not in places:
            continue
        number, element = places[uid, field_id]
        hole = HOLE.format(number + PARTS.get(part[0], 0))
        resource = entry["resource"] = dict(entry["resource"])
        if element in resource:
            resource[element] = hole
        elif "valueQuantity" in resource:
            resource["valueQuantity"] = {**resource["valueQuantity"], "value": hole}
