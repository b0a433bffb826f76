from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.dates import (
    age,
    is_before,
    is_instant,
    is_partial_date,
    is_partial_date_time,
    same_date,
)


@pytest.mark.parametrize("text", ["2024", "2024-02", "2024-02-29", "1900-01-01"])
def test_partial_dates(text: str) -> None:
    assert is_partial_date(text)
    assert is_partial_date_time(text)


@pytest.mark.parametrize(
    "text",
    ["", "24", "2024-13", "2023-02-29", "2024-2-1", "2024-02-30", "2024/02/01", "0000", "3024", "2024-02-01T10:00:00Z",
     "\u0662\u0660\u0662\u0664", "2024-02-01 "],
)  # fmt: skip
def test_dates_that_do_not_exist(text: str) -> None:
    assert not is_partial_date(text)


@pytest.mark.parametrize("text", ["2024-02-29T23:59:59Z", "2024-01-01T00:00:00.123+05:30", "2024-01-01T00:00:00-14:00"])
def test_instants(text: str) -> None:
    assert is_instant(text)
    assert is_partial_date_time(text)
    assert not is_partial_date_time(text, date_only=True)


@pytest.mark.parametrize(
    "text",
    ["2024-02-30T10:00:00Z", "2024-01-01T10:00:00", "2024-01-01T24:00:00Z", "2024-01-01T10:00Z",
     "2024-01-01T10:00:00+14:30", "2024-01-01T10:00:00-15:00", "2024-01-01T10:00:00+10:75", "2024-01-01T10:00:61Z",
     "1024-01-01T10:00:00Z", "2224-01-01T10:00:00Z"],
)  # fmt: skip
def test_instants_that_do_not_exist(text: str) -> None:
    assert not is_instant(text)


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ("2023", "2024", True),
        ("2024", "2024-06", None),
        ("2024-01-15", "2024", None),
        ("2024-06", "2024-06-30", None),
        ("1024-01-01", "2024-01-01", None),
        ("2024", "2025-01-01", True),
        ("2024-12", "2025-01-01", True),
        ("2024-05", "2024-06-01", True),
        ("2024-05-31", "2024-06", True),
        ("2024-06-01", "2024-06", None),
        ("2024-06-30", "2024-06-30", False),
        ("2024-07-01", "2024-06", False),
        ("2024-01-01T00:30:00+02:00", "2023-12-31T23:00:00Z", True),
        ("2024-01-01T00:30:00+02:00", "2024-01-02", True),
        ("2024-01-01", "2024-01-02T00:30:00+02:00", True),
        ("nonsense", "2024", None),
        ("2024", "nonsense", None),
    ],
)
def test_order_is_unknown_where_the_precision_does_not_decide_it(
    earlier: str, later: str, expected: bool | None
) -> None:
    assert is_before(earlier, later) is expected


@pytest.mark.parametrize(
    ("born", "exam", "days", "years"),
    [
        ("1980-06-15", "2024-06-14", 16070, 43),
        ("1980-06-15", "2024-06-15T08:00:00Z", 16071, 44),
        ("2024-01-01", "2024-02-01", 31, 0),
        ("1980", "2024-06-15", None, None),
        ("1980", "2024", None, None),
        ("1980-05", "2024-07-01", None, 44),
        ("1980-06-15", "2024-06", None, None),
        ("1980-06-15", "2024-07", None, 44),
        ("2025", "2024-07-01", None, -2),
        ("2024", "2024-07-01", None, None),
        ("nonsense", "2024-07-01", None, None),
        ("2024-07-01", "nonsense", None, None),
        ("2024-02-30", "2024-07-01", None, None),
    ],
)
def test_age_needs_enough_precision(born: str, exam: str, days: int | None, years: int | None) -> None:
    assert age(born, exam) == (days, years)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 40_000))
def test_days_agree_with_the_calendar(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    if end.year < 2200:
        assert age(start.isoformat(), end.isoformat())[0] == days
        assert is_before(start.isoformat(), end.isoformat()) is (days > 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("1988", "1988-04-02", True), ("1988-04-02", "1988-04", True), ("1988-04", "1988-05-02", False),
     ("1988", "1989", False), ("", "1988", True), ("1988-04-02", "1988-04-02", True)],
)  # fmt: skip
def test_a_partial_date_is_the_same_as_a_day_in_it(one: str, other: str, same: bool) -> None:
    assert same_date(one, other) is same
