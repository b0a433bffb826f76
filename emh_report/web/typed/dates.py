"""Dates as people write them: 3.4.2025, 04.2025, 3 Apr 2025. What may mean two days is read as none of them.

A date of dots begins with the day and a month that is named is a month, in every language; 04/2025 has no day.
03/04/2025 is the third of April to some and the fourth of March to others, so it stays as typed, and validation says
what would be read.
"""

from __future__ import annotations

import re
from typing import Final

from emh_report.dates import is_instant, is_partial_date

_MONTHS: Final = (
    ("jan", "january", "januar", "jänner"),
    ("feb", "february", "februar", "feber"),
    ("mar", "march", "mär", "mrz", "märz"),
    ("apr", "april"),
    ("may", "mai"),
    ("jun", "june", "juni"),
    ("jul", "july", "juli"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("oct", "october", "okt", "oktober"),
    ("nov", "november"),
    ("dec", "december", "dez", "dezember"),
)
_NUMBER: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}

_NAME = r"(?P<name>[^\W\d_]{3,9})\.?"
_DAY = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4})"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"(?:{_DAY}\. ?)?(?P<month>[0-9]{{1,2}})\. ?{_YEAR}",
        rf"(?P<month>[0-9]{{1,2}})/{_YEAR}",
        rf"(?:{_DAY}\.? )?{_NAME} {_YEAR}",
        rf"{_NAME} {_DAY},? {_YEAR}",
    )
)
_TIMED: Final = re.compile(r"(.+?)[T ]+([0-9]{1,2}):([0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)? ?(Z|[+-][0-9]{2}:[0-9]{2})")


def read_date(text: str) -> str:
    """Return a date as typed in the form of FHIR, with the precision it has; what is no date as it is."""
    found = next(filter(None, (form.fullmatch(text.strip()) for form in _FORMS)), None)
    if found is None:
        return text
    parts = found.groupdict()
    month = int(parts.get("month") or _NUMBER.get(parts.get("name", "").casefold(), 0))
    day = f"-{int(parts['day']):02}" if parts.get("day") else ""
    date = f"{parts['year']}-{month:02}{day}"
    return date if is_partial_date(date) else text


def read_moment(text: str) -> str:
    """Return a date, or a date with time and zone, in the form of FHIR; anything else as it is."""
    found = _TIMED.fullmatch(text.strip())
    if found is None:
        return read_date(text)
    day, hour, minute, seconds, zone = found.groups()
    instant = f"{read_date(day)}T{int(hour):02}:{minute}{seconds or ':00'}{zone}"
    return instant if is_instant(instant) else text
