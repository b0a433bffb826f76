"""Numbers: quantities, measurements of one to three axes, integers. Exact decimals, as entered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from emh_report.decimals import DecimalError, Unit, convert, read_decimal
from emh_report.draft import Integer, Measurement, Quantity, Value
from emh_report.report import Amount, Axes
from emh_report.template import Field
from emh_report.values.rejection import Checked, Checker, Rejected, without_value

MAX_AXES = 3
_COMMA_NOTE = "the decimal comma was read as a decimal point"


def quantity(field: Field) -> Checker:
    """Return the checker of a quantity. The fact is the number in the field's first unit."""
    units = field.units or {}

    def check(value: Value) -> Checked:
        if type(value) is not Quantity:
            return without_value(field, value)
        text, number, changed = _decimal(value.value, "quantity.value")
        unit = _unit(units, value.unit, "quantity.unit")
        size = _in_reference(field, number, unit)
        _within(field, size, "quantity.value")
        return Amount(text, unit, number), size, _COMMA_NOTE if changed else ""

    return check


def measurement(field: Field) -> Checker:
    """Return the checker of a measurement. The fact is its axes in the field's first unit."""
    units = field.units or {}

    def axis(text: str, unit: Unit, part: str) -> tuple[str, Decimal, Decimal, bool]:
        canonical, number, changed = _decimal(text, part)
        if number <= 0:
            raise Rejected("S06", f"{field.label}: an axis is larger than zero", ("> 0",), part)
        size = _in_reference(field, number, unit)
        _within(field, size, part)
        return canonical, number, size, changed

    def check(value: Value) -> Checked:
        if type(value) is not Measurement:
            return without_value(field, value)
        if not 1 <= len(value.axes) <= MAX_AXES:
            raise Rejected("S06", f"{field.label} takes one to three axes", ("1 to 3 axes",), "measurement.axes")
        unit = _unit(units, value.unit, "measurement.unit")
        read = [axis(text, unit, f"measurement.axes[{position}]") for position, text in enumerate(value.axes)]
        texts, numbers, sizes, changed = zip(*read, strict=True)
        return Axes(texts, unit, numbers), sizes, _COMMA_NOTE if any(changed) else ""

    return check


def integer(field: Field) -> Checker:
    """Return the checker of an integer."""

    def check(value: Value) -> Checked:
        if type(value) is not Integer:
            return without_value(field, value)
        _within(field, Decimal(value.value), "integer")
        return value, value.value, ""

    return check


def _decimal(text: str, part: str) -> tuple[str, Decimal, bool]:
    try:
        return read_decimal(text)
    except DecimalError as error:
        raise Rejected("not-a-decimal", str(error), ("a decimal such as 4.20",), part) from None


def _unit(units: Mapping[str, Unit], code: str, part: str) -> Unit:
    if not code:
        if len(units) > 1:  # mm or cm: never guessed
            raise Rejected("S06", "the unit is missing", tuple(units), part)
        return next(iter(units.values()))
    unit = units.get(code)
    if unit is None:
        raise Rejected("unit-not-accepted", "not a unit of this field (UCUM)", tuple(units), part)
    return unit


def _in_reference(field: Field, number: Decimal, unit: Unit) -> Decimal:
    reference = field.reference_unit
    return number if reference is None or unit is reference else convert(number, unit, reference)


def _within(field: Field, number: Decimal, part: str) -> None:
    bounds = field.bounds
    if bounds is not None and not bounds.low <= number <= bounds.high:
        raise Rejected("out-of-range", f"{field.label} is outside {bounds.text}", (bounds.text,), part)
