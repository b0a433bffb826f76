"""Dates with the precision that is known, as FHIR date and dateTime (R4 datatypes, section 2.24.0.1).

Everything works on text: a date typed as ``2019-01`` stays a month and is never padded to a day.
"""

from __future__ import annotations

import re
from datetime import date, datetime

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})")
_LENGTH_OF_DAY = len("YYYY-MM-DD")
_YEARS = range(1800, 2200)
"""Years that can occur in a report; the century of a typing error is caught, not guessed."""


def is_partial_date(text: str) -> bool:
    """Whether ``text`` is YYYY, YYYY-MM or YYYY-MM-DD and exists in the calendar."""
    match = _PARTIAL.fullmatch(text)
    if match is None or not text.isascii():
        return False
    try:
        first = date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return first.year in _YEARS


def is_instant(text: str) -> bool:
    """Whether ``text`` is a full RFC 3339 date and time with time zone that exists."""
    return _instant(text) is not None


def _instant(text: str) -> datetime | None:
    """Return the point in time that a full RFC 3339 date and time with time zone is; None for anything else."""
    if len(text) <= _LENGTH_OF_DAY or not text.isascii() or _INSTANT.fullmatch(text) is None:
        return None
    hours, minutes = (text[-5:-3], text[-2:]) if text[-1] != "Z" else ("00", "00")
    # FHIR bounds offsets to 14:00 (regex of dateTime).
    if int(hours) * 60 + int(minutes) > 14 * 60 or int(minutes) > 59:  # noqa: PLR2004
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.year in _YEARS else None


def is_partial_date_time(text: str, *, date_only: bool = False) -> bool:
    """Whether ``text`` is a partial date or (unless ``date_only``) a full date and time with time zone."""
    return is_partial_date(text) if date_only or len(text) <= _LENGTH_OF_DAY else is_instant(text)


def bounds(text: str) -> tuple[date, date] | None:
    """First and last day that a date of limited precision can mean."""
    day_part = text[:10]
    if len(day_part) == _LENGTH_OF_DAY:
        try:
            exact = date.fromisoformat(day_part)
        except ValueError:
            return None
        return (exact, exact) if exact.year in _YEARS else None
    match = _PARTIAL.fullmatch(day_part)
    if match is None or not is_partial_date(day_part):
        return None
    year, month, _ = match.groups()
    first = date(int(year), int(month or 1), 1)
    following = date(int(year) + 1, 1, 1) if not month or month == "12" else date(int(year), int(month) + 1, 1)
    return first, date.fromordinal(following.toordinal() - 1)


def is_before(earlier: str, later: str) -> bool | None:
    """Whether one date lies before another; ``None`` where the precision does not decide it.

    Two instants are compared as points in time, everything else by calendar day.
    """
    before, after = _instant(earlier), _instant(later)
    if before is not None and after is not None:
        return before < after
    first, second = bounds(earlier), bounds(later)
    if first is None or second is None:
        return None
    if first[1] < second[0]:
        return True
    if first[0] >= second[1]:
        return False
    return None


def same_date(one: str, other: str) -> bool:
    """Whether two dates of any precision can mean the same day: a year fits every day in it."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def age(start: str, end: str) -> tuple[int | None, int | None]:
    """Return (whole days, completed years) from ``start`` to ``end``; ``None`` where the precision does not decide.

    Years are below zero wherever ``end`` is surely before ``start``.
    """
    first, second = bounds(start), bounds(end)
    if first is None or second is None:
        return None, None
    days = (second[0] - first[0]).days if first[0] == first[1] and second[0] == second[1] else None
    fewest, most = _years(first[1], second[0]), _years(first[0], second[1])
    return days, fewest if fewest == most or most < 0 else None


def _years(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
