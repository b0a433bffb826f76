"""FHIR primitives: JSON type and form of a value (R4 and R5 datatypes). Reasons never repeat the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from emh_report.intake.content import Json
from emh_report.text import is_unsafe

Check = Callable[[Json], str]
"""Returns what is wrong with a value; empty where nothing is."""

DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)", re.ASCII
)
TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.\d{1,9})?", re.ASCII)
BASE64: Final = re.compile(r"[0-9a-zA-Z+/\s]+={0,2}\s*", re.ASCII)
LONGEST: Final = 1024 * 1024
"""Characters of a string at most (R4 datatypes, string)."""
DIGITS: Final = 400
"""Characters of a decimal at most: its exponent may not blow it up."""


def exists(text: str) -> bool:
    """Whether a date, or date and time, of any precision is in the calendar."""
    match = DATE.fullmatch(text)
    moment = MOMENT.fullmatch(text)
    parts = match.groups("01") if match else None
    whole = "-".join(parts) if parts else (moment[1] if moment else "")
    try:
        datetime.fromisoformat(f"{whole}T{moment[2]}" if moment else whole)
    except ValueError:
        return False
    return True


def _text(value: Json) -> str:
    if not isinstance(value, str):
        return "a text is needed"
    if not value.strip():
        return "an empty text; leave the element out instead"
    if is_unsafe(value):
        return "text has control characters or bidirectional overrides"
    return "" if len(value) <= LONGEST else f"longer than {LONGEST} characters"


def _shaped(pattern: str, reason: str) -> Check:
    """Return the check of a text of some form."""
    form = re.compile(pattern, re.ASCII)

    def check(value: Json) -> str:
        return _text(value) or ("" if form.fullmatch(value) else reason)

    return check


def _dated(*forms: re.Pattern[str]) -> Check:
    def check(value: Json) -> str:
        fault = _text(value)
        if fault:
            return fault
        fits = any(form.fullmatch(value) for form in forms)
        return "" if fits and exists(value) else "not a date or time of FHIR that exists"

    return check


def _whole(low: int, high: int) -> Check:
    def check(value: Json) -> str:
        if type(value) is not int:
            return "a whole number is needed, not a text or a decimal"
        return "" if low <= value <= high else f"not a whole number from {low} to {high}"

    return check


def _decimal(value: Json) -> str:
    if type(value) is int:
        return "" if len(str(value)) <= DIGITS else "a number of too many digits"
    if not isinstance(value, Decimal):
        return "a number is needed, not a text"
    exponent = value.as_tuple().exponent
    small = isinstance(exponent, int) and abs(exponent) + len(value.as_tuple().digits) <= DIGITS
    return "" if small else "a number of too many digits"


def _boolean(value: Json) -> str:
    return "" if isinstance(value, bool) else "true or false is needed, not a text"


_URI: Final = _shaped(r"\S+", "an address has no white space")

CHECKS: Final[Mapping[str, Check]] = {
    "bool": _boolean,
    "Integer": _whole(-(2**31), 2**31 - 1),
    "PositiveInt": _whole(1, 2**31 - 1),
    "UnsignedInt": _whole(0, 2**31 - 1),
    "Integer64": lambda value: "" if isinstance(value, str | int) else "a whole number is needed",
    "Decimal": _decimal,
    "Id": _shaped(r"[A-Za-z0-9.\-]{1,64}", "an id is up to 64 letters, digits, hyphens and dots"),
    "Code": _shaped(r"[^\s]+( [^\s]+)*", "a code has no white space but single spaces inside"),
    "Uri": _URI,
    "Url": _URI,
    "Canonical": _URI,
    "Oid": _shaped(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+", "not an OID"),
    "UuidVersion": _shaped(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "not a UUID"),
    "EncodedBytes": lambda value: "" if isinstance(value, str) and BASE64.fullmatch(value) else "not base64",
    "Date": _dated(DATE),
    "DateTime": _dated(DATE, MOMENT),
    "Instant": _dated(MOMENT),
    "Time": _shaped(TIME.pattern, "not a time"),
}
"""By the primitive types of fhir.resources; any other is a text."""


def fault(type_: str, value: Json) -> str:
    """Return what is wrong with a value of a primitive type; empty where nothing is."""
    return CHECKS.get(type_, _text)(value)
