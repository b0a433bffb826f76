from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.decimals import MAX_DIGITS, DecimalError, Unit, convert, in_days, read_decimal, with_point

MM = Unit("mm", "mm", "length", Decimal(1))
CM = Unit("cm", "cm", "length", Decimal(10))


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [("4.20", "4.20"), ("0", "0"), ("-12", "-12"), ("+3.5", "3.5"), ("007.10", "7.10"), ("-0.5", "-0.5"),
     ("-123456789.123456789", "-123456789.123456789"), ("0001234567890.12345678", "1234567890.12345678")],
)  # fmt: skip
def test_digits_stay_as_typed(typed: str, canonical: str) -> None:
    text, number, changed = read_decimal(typed)
    assert (text, str(number), changed) == (canonical, canonical, False)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [("4,2", "4.2"), ("12,50", "12.50"), ("0,1234", "0.1234"), ("0,850", "0.850"), ("-00,125", "-0.125")],
)
def test_a_decimal_comma_is_read_and_reported(typed: str, canonical: str) -> None:
    assert read_decimal(typed) == (canonical, Decimal(canonical), True)


@pytest.mark.parametrize(
    "typed",
    ["", " 4", "4 ", "4.", ".5", "1e3", "1E-2", "NaN", "Infinity", "-inf", "1 234", "1,234", "1.234,5", "1,234.5",
     "12,345,678", "0,345,678", "010,345", "\u0664", "\uff14", "4.2mm", "--4", "4.2.1", "1_000", "0x10", "½",
     "9" * (MAX_DIGITS + 1), "1234567890.123456789", "1234567890,123456789"],
)  # fmt: skip
def test_anything_else_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(DecimalError) as caught:
        read_decimal(typed)
    assert not typed.strip() or typed not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("4,20", "4.20"), ("+4,20", "+4.20"), ("4.20", "4.20"), ("1,234", "1,234"), ("4,2 mm", "4,2 mm")],
)
def test_only_the_comma_of_a_decimal_becomes_a_point(typed: str, shown: str) -> None:
    assert with_point(typed) == shown


@pytest.mark.parametrize(
    ("typed", "unit", "units", "read"),
    [
        ("27+3", "", ("wk", "d"), ("192", "d")),
        ("27+3", "wk", ("wk", "d"), ("192", "d")),
        ("27+0", "wk", ("d", "wk"), ("189", "d")),
        ("27+7", "wk", ("wk", "d"), ("27+7", "wk")),  # no week has a day 7
        ("27+3", "d", ("wk", "d"), ("27+3", "d")),
        ("27.5+3", "wk", ("wk", "d"), ("27.5+3", "wk")),
        ("+27", "wk", ("wk", "d"), ("+27", "wk")),
        ("27+3", "wk", ("d", "wk", "mo"), ("27+3", "wk")),  # after birth, it may count from conception
        ("27+3", "", ("mm",), ("27+3", "")),
    ],
)
def test_weeks_and_days_are_days_where_a_pregnancy_is_dated(
    typed: str, unit: str, units: tuple[str, ...], read: tuple[str, str]
) -> None:
    assert in_days(typed, unit, units) == read


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_every_plain_decimal_comes_back_exactly(number: Decimal) -> None:
    text, read, changed = read_decimal(format(number, "f"))
    assert read == number
    assert Decimal(text) == number
    assert not changed


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        canonical, number, _ = read_decimal(text)
    except DecimalError:
        return
    assert number.is_finite()
    assert str(number) == canonical or Decimal(canonical) == number


def test_conversion_is_exact() -> None:
    assert convert(Decimal("9.5"), CM, MM) == Decimal("95.0")
    assert convert(Decimal("9.5"), MM, MM) == Decimal("9.5")
