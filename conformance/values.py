"""Values: quantities with a unit of UCUM, nothing empty, periods that end after they start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from conformance.findings import Json
from conformance.references import Problem
from conformance.walk import elements

UCUM: Final = "http://unitsofmeasure.org"


def check(content: Json) -> Iterator[Problem]:
    """Yield empty elements, quantities that only a person can read, and reversed periods."""
    for element in elements(content):
        value = element.value
        if value in ([], {}, "") or value is None:
            yield element.where, "is empty"
        if isinstance(value, Mapping):
            yield from ((element.where, message) for message in (*_quantity(value), *_period(value)))


def _quantity(value: Json) -> Iterator[str]:
    if "value" not in value or not {"unit", "code"} & set(value):
        return
    if isinstance(value["value"], str):
        yield "the number is text"
    if "code" in value and value.get("system") != UCUM:
        yield "a unit code without the system of UCUM"
    if "unit" in value and "code" not in value:
        yield "a unit in words only"


def _period(value: Json) -> Iterator[str]:
    start, end = value.get("start"), value.get("end")
    if isinstance(start, str) and isinstance(end, str):
        same = min(len(start), len(end))  # partial dates compare as far as both go
        if start[:same] > end[:same]:
            yield "ends before it starts"


def units(content: Json) -> set[str]:
    """Return every unit code of UCUM in ``content``."""
    return {
        str(element.value["code"])
        for element in elements(content)
        if isinstance(element.value, Mapping) and element.value.get("system") == UCUM and "code" in element.value
    }
