"""FHIR content as JSON text. 4.20 stays 4.20: a binary number would drop the zero, which states the precision."""

from __future__ import annotations

from decimal import Decimal

import orjson

from emh_report.export.fhir.datatypes import Json


def to_json(content: object) -> bytes:
    """Return FHIR content as JSON. Raises TypeError for what FHIR has no form of."""
    return orjson.dumps(content, default=_decimal)


def to_pretty_json(content: object) -> bytes:
    """Return the same laid out for people, two spaces a level."""
    return orjson.dumps(content, default=_decimal, option=orjson.OPT_INDENT_2)


def digits(number: Decimal) -> str:
    """Return a decimal as JSON, with the digits as entered."""
    text = str(number)
    return format(number, "f") if "E" in text else text


def _decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(digits(value))
    raise TypeError(type(value).__name__)


def fragment(content: Json) -> object:
    """Return content as text that stands for it wherever it is written."""
    return orjson.Fragment(to_json(content))


def members_of(content: Json) -> bytes:
    """Return the members of an object, without its braces; there is at least one."""
    return to_json(content)[1:-1]
