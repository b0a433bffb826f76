"""Quantities and measurements as text: number and unit in one line. A unit that was not typed is never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from emh_report.decimals import Unit
from emh_report.draft import Measurement, Quantity, Value
from emh_report.template import Field

_NUMBER = re.compile(r"([+-]?[\d.,]+)\s*(.*)", re.DOTALL)
_TIMES = re.compile(r"\s*(?:[x×*]|\bby\b)\s*", re.IGNORECASE)
_BETWEEN_AXES = re.compile(r"(?<=\d)\s*(?:[x×*]|by)\s*(?=[\d.,+-])", re.IGNORECASE)


def read_quantity(field: Field, text: str) -> Quantity:
    """Return "4,2 cm" as number and unit, both as typed where they are not what the field takes."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return Quantity(text)
    number, unit = found.groups()
    return Quantity(number, _code(field.units or {}, unit))


def read_measurement(field: Field, text: str) -> Measurement:
    """Return "32 x 21 mm" (or "32 mm x 21 mm") as axes and unit."""
    units = field.units or {}
    axes, named = [], []
    for part in _TIMES.split(_BETWEEN_AXES.sub(" x ", text)):
        found = _NUMBER.fullmatch(part)
        number, unit = found.groups() if found else (part, "")
        axes.append(number)
        if unit:
            named.append(_code(units, unit))
    if len(set(named)) > 1:  # 3 cm x 21 mm: not one unit, so the whole stays as typed
        return Measurement((text,))
    return Measurement(tuple(axes), named[0] if named else "")


def _code(units: Mapping[str, Unit], typed: str) -> str:
    """Return the UCUM code of a unit as typed: its code, its display, or its display in singular."""
    if not typed or typed in units:
        return typed
    folded = typed.casefold()
    alike = [code for code, unit in units.items() if folded in _spellings(unit)]
    return alike[0] if len(alike) == 1 else typed


def _spellings(unit: Unit) -> tuple[str, ...]:
    display = unit.display.casefold()
    return display, display.removesuffix("s"), unit.code.casefold()


def shown(field: Field, value: Value) -> str:
    """Return a quantity or measurement as text."""
    match value:
        case Quantity(number, unit):
            return _with_unit(field, number, unit)
        case Measurement(axes, unit):
            return _with_unit(field, " × ".join(axes), unit)
        case _:
            return str(value[0])


def _with_unit(field: Field, text: str, code: str) -> str:
    unit = (field.units or {}).get(code)
    name = unit.display if unit and _code(field.units or {}, unit.display) == code else code
    return f"{text} {name}" if name else text
