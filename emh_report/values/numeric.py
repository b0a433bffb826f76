"""Numbers: quantities, measurements of one to three axes, integers. Exact decimals, as entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from emh_report.decimals import DecimalError, Unit, convert, in_days, read_decimal
from emh_report.draft import Integer, Measurement, Quantity, Value
from emh_report.report import Amount, Axes, ReportItem
from emh_report.template import Bounds, Field
from emh_report.values.rejection import Checked, Checker, Rejected, without_value

MAX_AXES = 3
_AXES = tuple(f"measurement.axes[{position}]" for position in range(MAX_AXES))
_ZERO = Decimal(0)
_UNBOUNDED = Bounds(Decimal("-Infinity"), Decimal("Infinity"), "")
COMMA_NOTE = "the decimal comma was read as a decimal point"
WEEKS_NOTE = "weeks and days were read as {days} days"


def quantity(field: Field) -> Checker:
    """Return the checker of a quantity. The fact is the number in the field's first unit."""
    units, measure = field.units or {}, _measure(field)

    def check(value: Value) -> Checked:
        if type(value) is not Quantity:
            return without_value(field, value)
        typed, code = in_days(*value, units) if "+" in value.value else value
        try:
            text, number, changed = read_decimal(typed)
        except DecimalError as error:
            raise _not_a_decimal(error, "quantity.value") from None
        unit = units.get(code) or _unit(units, code, "quantity.unit")
        size = measure(number, unit, "quantity.value")
        note = WEEKS_NOTE.format(days=text) if typed != value.value else COMMA_NOTE if changed else ""
        return ReportItem(field, Amount(text, unit, number)), size, note

    return check


def measurement(field: Field) -> Checker:
    """Return the checker of a measurement. The fact is its axes in the field's first unit."""
    units, measure = field.units or {}, _measure(field)

    def check(value: Value) -> Checked:
        if type(value) is not Measurement:
            return without_value(field, value)
        axes, code = value
        if not 1 <= len(axes) <= MAX_AXES:
            raise Rejected("S06", f"{field.label} takes one to three axes", ("1 to 3 axes",), "measurement.axes")
        texts, numbers, note = [], [], ""
        for typed, part in zip(axes, _AXES):  # noqa: B905 - one to three
            try:
                text, number, changed = read_decimal(typed)
            except DecimalError as error:
                raise _not_a_decimal(error, part) from None
            if number <= _ZERO:
                raise Rejected("S06", f"{field.label}: an axis is larger than zero", ("> 0",), part)
            texts.append(text)
            numbers.append(number)
            note = COMMA_NOTE if changed else note
        unit = units.get(code) or _unit(units, code, "measurement.unit")  # what is no number lacks no unit
        sizes = tuple([measure(number, unit, part) for number, part in zip(numbers, _AXES)])  # noqa: B905 - as above
        return ReportItem(field, Axes(tuple(texts), unit, tuple(numbers))), sizes, note

    return check


def integer(field: Field) -> Checker:
    """Return the checker of an integer."""
    measure = _measure(field)

    def check(value: Value) -> Checked:
        if type(value) is not Integer:
            return without_value(field, value)
        measure(Decimal(value.value), None, "integer")
        return ReportItem(field, value), value.value, ""

    return check


def _not_a_decimal(error: DecimalError, part: str) -> Rejected:
    return Rejected("not-a-decimal", str(error), ("a decimal such as 4.20",), part)


def _unit(units: Mapping[str, Unit], code: str, part: str) -> Unit:
    """Return the only unit of a field for a number without one. Any other code is none of its units."""
    if code:
        raise Rejected("unit-not-accepted", "not a unit of this field (UCUM)", tuple(units), part)
    if len(units) > 1:  # mm or cm: never guessed
        raise Rejected("S06", "the unit is missing", tuple(units), part)
    return next(iter(units.values()))


def _measure(field: Field) -> Callable[[Decimal, Unit | None, str], Decimal]:
    """Return what puts a number into the field's first unit, and refuses one that is outside its limits."""
    reference = field.reference_unit
    low, high, limits = field.bounds or _UNBOUNDED

    def measure(number: Decimal, unit: Unit | None, part: str) -> Decimal:
        size = number if unit is reference or unit is None or reference is None else convert(number, unit, reference)
        if not low <= size <= high:
            raise Rejected("out-of-range", f"{field.label} is outside {limits}", (limits,), part)
        return size

    return measure
