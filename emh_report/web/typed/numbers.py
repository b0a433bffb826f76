"""Quantities and measurements as text: number and unit in one line. A unit that was not typed is never guessed.

A comma is a decimal comma in every language, except before three digits: 1,234 may be one and a bit or more than a
thousand, so it stays as typed, and validation refuses it. Weeks and days, 27+3, stay as typed too: reading says how
many days they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from emh_report.decimals import DecimalError, Unit, counts_weeks_and_days, read_decimal
from emh_report.draft import Measurement, Quantity, Value
from emh_report.template import Field, Kind

_NUMBER = re.compile(r"([+-]?[\d.,]+)\s*(.*)", re.DOTALL)
_TIMES = re.compile(r"\s*(?:[x×*]|\b(?:by|mal)\b)\s*", re.IGNORECASE)
_COMMA = re.compile(r"(?<=\d),(?=\d)", re.ASCII)
_POINT = re.compile(r"(?<=\d)\.(?=\d)", re.ASCII)
_GROUP = re.compile(r"(?<![\d.,])(?!0+\.)\d{1,3}\.\d{3}(?![\d.,])", re.ASCII)
_PREGNANCY = re.compile(
    r"(?P<weeks>\d{1,2})\s*(?:\+\s*(?P<days>[0-6])\s*(?P<unit>w|wk|weeks?|ssw)?"
    r"|(?:w|wk|weeks?|wochen)\s*\+?\s*(?P<more>[0-6])\s*(?:d|days?|tage?)?)",
    re.ASCII | re.IGNORECASE,
)
"""27+3, 27 + 3 weeks, 27w3d, 27+3 SSW. "27 SSW" is none: it may be the 27th week, which is 26 completed ones."""
_BETWEEN_AXES = re.compile(r"(?<=\d)\s*(?:[x×*]|by|mal)\s*(?=[\d.,+-])", re.IGNORECASE)

_SHORT: Final[Mapping[str, tuple[str, ...]]] = {
    "d": ("tag", "tage"),
    "wk": ("w", "wks", "woche", "wochen"),
    "mo": ("monat", "monate"),
    "a": ("y", "yr", "yrs", "jahr", "jahre"),
    "10*9/L": ("10e9/l", "g/l", "/nl"),
    "10*3/uL": ("10e3/ul", "k/ul", "tsd/ul", "tsd./ul"),
}
"""What people write for a unit, beside its code and display. m is none: it may be a month or a metre."""
_FOLDED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻\u03bc", "0123456789-u", " \u00a0^*×")
"""What a keyboard lacks: ×10⁹/L is typed as x10^9/L, pasted as x109/L. Folding made a Greek mu of the micro sign."""


def read_quantity(field: Field, text: str) -> Quantity:
    """Return "4,2 cm" as number and unit, both as typed where they are not what the field takes."""
    units = field.units or {}
    weeks = _PREGNANCY.fullmatch(text) if counts_weeks_and_days(units) else None
    if weeks:
        return Quantity(f"{weeks['weeks']}+{weeks['days'] or weeks['more']}", "wk" if weeks["unit"] else "")
    found = _NUMBER.fullmatch(text)
    if found is None:
        return Quantity(text)
    number, unit = found.groups()
    return Quantity(number, _code(units, unit))


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


def pointed(field: Field, text: str) -> str:
    """Return a quantity or measurement with decimal points for its decimal commas; what cannot be read as it is."""
    if "," not in text:
        return text
    numbers, unit = _parts(field, text)
    made = _COMMA.sub(".", text)
    settled = ([number.replace(",", ".") for number in numbers], unit)
    known = not unit or unit in (field.units or {})
    return made if known and all(map(_is_decimal, numbers)) and _parts(field, made) == settled else text


def with_comma(text: str) -> str:
    """Return a text with decimal commas for its decimal points."""
    return _POINT.sub(",", text)


def looks_grouped(text: str) -> bool:
    """Whether a number with a decimal point looks like thousands to those who write a decimal comma: 1.234."""
    return _GROUP.search(text) is not None


def _parts(field: Field, text: str) -> tuple[list[str], str]:
    brief = text.strip()
    if field.kind is Kind.QUANTITY:
        quantity = read_quantity(field, brief)
        return [quantity.value], quantity.unit
    measurement = read_measurement(field, brief)
    return list(measurement.axes), measurement.unit


def _is_decimal(text: str) -> bool:
    try:
        read_decimal(text)
    except DecimalError:
        return False
    return True


def _code(units: Mapping[str, Unit], typed: str) -> str:
    """Return the UCUM code of a unit as typed: its code, its display, or its display in singular."""
    if not typed or typed in units:
        return typed
    folded = _folded(typed)
    alike = [code for code, unit in units.items() if folded in _spellings(unit)]
    return alike[0] if len(alike) == 1 else typed


def _spellings(unit: Unit) -> tuple[str, ...]:
    display = _folded(unit.display)
    return display, display.removesuffix("s"), _folded(unit.code), *_SHORT.get(unit.code, ())


def _folded(unit: str) -> str:
    return unit.casefold().translate(_FOLDED).removeprefix("x")


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
