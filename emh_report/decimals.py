"""Exact decimals as typed, and the units they come in.

A number is text from wire to export: 4.20 mm is a statement about precision. Units are a closed
table (templates/units.toml) of UCUM codes with their dimension and exact factor.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

MAX_DIGITS = 18
"""FHIR asks receivers to keep 18 digits of a decimal (R4 datatypes, decimal)."""

_CANONICAL = re.compile(r"(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?", re.ASCII)
"""What nearly everybody types: at most 18 digits, nothing to normalise."""

_PLAIN = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d{1,18},\d{1,18}", re.ASCII)
_GROUPED = re.compile(r"[+-]?(?!0+,)\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
"""What may be thousands; a whole part of zeros groups nothing, so 0,850 is a decimal."""

WEEKS_AND_DAYS = re.compile(r"(\d{1,2})\+([0-6])", re.ASCII)
_WEEK, _DAY = "wk", "d"


class Unit(NamedTuple):
    """A UCUM unit: what is shown, its dimension, and its size in the dimension's reference unit."""

    code: str
    display: str
    dimension: str
    factor: Decimal


class DecimalError(ValueError):
    """A text that is not one decimal number. The message never repeats the text."""


def read_decimal(text: str) -> tuple[str, Decimal, bool]:
    """Return (canonical text, number, changed) of a decimal as typed.

    A decimal comma becomes a point and ``changed`` is true. Digits are kept as typed, trailing
    zeros included. Raises DecimalError for exponents, NaN, infinities, grouping separators,
    anything of more than 18 digits, and the ambiguous ``4,200``.
    """
    if _CANONICAL.fullmatch(text):
        return text, Decimal(text), False
    if _PLAIN.fullmatch(text):
        changed = False
    elif _GROUPED.fullmatch(text):
        msg = (
            "ambiguous: a comma before three digits may group thousands; write the decimal point or leave the comma out"
        )
        raise DecimalError(msg)
    elif _COMMA.fullmatch(text):
        text, changed = text.replace(",", "."), True
    else:
        msg = "not a decimal number: digits with at most one decimal point, no exponent, no grouping"
        raise DecimalError(msg)
    canonical = _canonical(text)
    if len(canonical) > MAX_DIGITS and sum(character.isdigit() for character in canonical) > MAX_DIGITS:
        msg = f"more than {MAX_DIGITS} digits"
        raise DecimalError(msg)
    return canonical, Decimal(canonical), changed


def counts_weeks_and_days(units: Collection[str]) -> bool:
    """Whether a question is asked as a pregnancy is dated: in weeks or days (UCUM), and in nothing else."""
    return {*units} == {_WEEK, _DAY}


def in_days(text: str, unit: str, units: Collection[str]) -> tuple[str, str]:
    """Return completed weeks and days, "27+3" without unit or in wk, as whole days: ("192", "d"). Else as given.

    Only where `counts_weeks_and_days`: elsewhere a plus between two numbers does not say what it adds.
    """
    found = WEEKS_AND_DAYS.fullmatch(text) if unit in {"", _WEEK} else None
    if found is None or not counts_weeks_and_days(units):
        return text, unit
    return str(7 * int(found[1]) + int(found[2])), _DAY


def in_weeks(days: str, unit: str, units: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return whole days as completed weeks and days: (("27", "wk"), ("3", "d")) for 192 d. Else nothing.

    The way back from `in_days`, for people; the quantity stays what it is.
    """
    if unit != _DAY or not counts_weeks_and_days(units) or not days.isdecimal():
        return ()
    weeks, rest = divmod(int(days), 7)
    return (str(weeks), _WEEK), (str(rest), _DAY)


def with_point(text: str) -> str:
    """Return a decimal as typed, with a point for its decimal comma; what is no decimal as it is."""
    try:
        _, _, changed = read_decimal(text)
    except DecimalError:
        return text
    return text.replace(",", ".") if changed else text


def _canonical(text: str) -> str:
    """Drop a plus sign and leading zeros, which JSON numbers do not have; keep everything else."""
    if text[0] not in "+-0":
        return text
    sign = "-" if text[0] == "-" else ""
    whole, point, fraction = text.lstrip("+-").partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{point}{fraction}"


def convert(number: Decimal, unit: Unit, target: Unit) -> Decimal:
    """Return ``number`` of ``unit`` in ``target``; both of one dimension."""
    return number if unit is target else number * unit.factor / target.factor
