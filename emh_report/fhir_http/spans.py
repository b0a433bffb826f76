"""Dates of searches as spans of time, and how prefixes compare them (R4 search, section 3.1.1.4.5).

What states no time zone means the calendar of whatever it is compared with: a report of 00:30 in Vienna is of that day.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

_FORM: Final = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]{1,6})[0-9]*)?)?"
    r"(?P<zone>Z|[+ -][0-9]{2}:[0-9]{2})?)?)?)?"
)
_YEARS: Final = range(1, 10_000)
"""Those of a date of FHIR: 0001 and 9999 stand for no beginning and no end."""
_LAST: Final = datetime.max  # noqa: DTZ901 - in any time zone


class Span(NamedTuple):
    """From ``start`` up to, without, ``end``; in the time zone that was stated, naive where none was."""

    start: datetime
    end: datetime

    def seen_with(self, other: Span) -> Span:
        """Return this span so that it can be compared with ``other``: in UTC where both know their time zone."""
        if self.start.tzinfo and other.start.tzinfo:
            return Span(_in_utc(self.start), _in_utc(self.end))
        return Span(self.start.replace(tzinfo=None), self.end.replace(tzinfo=None))


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the calendar ends there
        return moment.replace(tzinfo=UTC)


def span(text: str) -> Span | None:
    """Return the span that a date of any precision means; None for what is no date."""
    match = _FORM.fullmatch(text) if text.isascii() else None
    if match is None or int(match["year"]) not in _YEARS:
        return None
    try:
        return _span(match)
    except ValueError:  # the calendar has no such day, the day no such time
        return None


def _span(match: re.Match[str]) -> Span:
    names = ("year", "month", "day", "hour", "minute", "second")
    given = [int(match[name]) for name in names if match[name]]
    fraction = (match["part"] or "").ljust(6, "0")
    numbers = [*given, 1, 1][: max(3, len(given))]
    start = datetime(*numbers, microsecond=int(fraction or 0))  # type: ignore[arg-type, misc]  # noqa: DTZ001 - below
    length = _length(start, len(given), match["part"])
    end = start + length if start <= _LAST - length else _LAST
    zone = (match["zone"] or "").replace(" ", "+").replace("Z", "+00:00")  # a plus may arrive as a space
    if zone:
        known = datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo
        start, end = start.replace(tzinfo=known), end.replace(tzinfo=known)
    return Span(start, end)


def _length(start: datetime, parts: int, fraction: str | None) -> timedelta:
    if fraction:
        return timedelta(seconds=10.0 ** -min(len(fraction), 6))
    if parts == 1:
        return timedelta(days=366 if calendar.isleap(start.year) else 365)
    if parts == 2:  # noqa: PLR2004 - year and month
        return timedelta(days=calendar.monthrange(start.year, start.month)[1])
    return {3: timedelta(days=1), 5: timedelta(minutes=1), 6: timedelta(seconds=1)}[parts]


def _equal(found: Span, asked: Span) -> bool:
    return asked.start <= found.start and found.end <= asked.end


PREFIXES: Final[Mapping[str, Callable[[Span, Span], bool]]] = {
    "eq": _equal,
    "ne": lambda found, asked: not _equal(found, asked),
    "gt": lambda found, asked: found.end > asked.end,
    "lt": lambda found, asked: found.start < asked.start,
    "ge": lambda found, asked: found.end > asked.end or _equal(found, asked),
    "le": lambda found, asked: found.start < asked.start or _equal(found, asked),
    "sa": lambda found, asked: found.start >= asked.end,
    "eb": lambda found, asked: found.end <= asked.start,
}
"""Prefix → whether what was found fits what was asked. ``ap`` has no meaning that all agree on, and is refused."""


class Asked(NamedTuple):
    """One value of a date parameter."""

    prefix: str
    span: Span


def asked(text: str) -> Asked | None:
    """Return a value with its prefix; None where it is none."""
    prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
    found = span(rest)
    return Asked(prefix, found) if found else None


def fits(found: str, wanted: Asked) -> bool:
    """Whether a date that a resource states fits; one that it does not state fits nothing."""
    stated = span(found)
    if stated is None:
        return False
    seen = wanted.span.seen_with(stated)
    return PREFIXES[wanted.prefix](stated.seen_with(wanted.span), seen)
