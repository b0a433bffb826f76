"""Bytes from outside as JSON: bounded before anything is read, exact, and nothing in it guessed.

The parser is jiter (docs/adr/0024): decimals keep their digits, keys given twice and NaN are refused, depth is bounded.
"""

from __future__ import annotations

import re
from typing import Any, Final

import jiter

from emh_report import limits
from emh_report.errors import InputError, LimitError

Json = Any
"""What a JSON parser returns; numbers with a point or an exponent are Decimal."""

_BOM: Final = b"\xef\xbb\xbf"
_PLACE: Final = re.compile(r" at (line \d+ column \d+)$")

REASONS: Final = (
    ("duplicate key", "an object has a key twice"),
    ("recursion limit", "nested too deeply"),
    ("number out of range", "a number of too many digits"),
    ("unicode", "not UTF-8"),
    ("control character", "a control character in a text"),
    ("surrogate", "half of a surrogate pair is not a character"),
    ("hex escape", "half of a surrogate pair is not a character"),
    ("EOF", "the content ends too early"),
)
"""What the parser says, and what is said of it: its own words may repeat the content."""


def read_json(content: bytes) -> Json:
    """Return what ``content`` says. Raises LimitError, and InputError with line and column."""
    if len(content) > limits.INTAKE_BYTES:
        reason = f"the content has {len(content)} bytes, at most {limits.INTAKE_BYTES} are accepted"
        raise LimitError([("", reason)])
    text = content.removeprefix(_BOM)
    if text.lstrip()[:1] == b"<":
        raise InputError([("", "this is XML; FHIR JSON is accepted (application/fhir+json)")])
    try:
        return jiter.from_json(text, allow_inf_nan=False, float_mode="decimal", catch_duplicate_keys=True)
    except ValueError as error:
        raise InputError([_violation(str(error))]) from None


def _violation(words: str) -> tuple[str, str]:
    place = _PLACE.search(words)
    reason = next((reason for sign, reason in REASONS if sign in words), "not JSON")
    return place[1].replace(" column", ", column") if place else "", reason
