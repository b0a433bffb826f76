"""Texts of white space only, which are no value (FHIR R4 datatypes, string: non-whitespace content), wherever they are.

Works on any tree of frozen dataclasses, tuples and texts; what has no such text comes back as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

T = TypeVar("T")


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of every text and the text, in the order of the fields."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for position, one in enumerate(value):
            yield from texts(one, f"{path}[{position}]")
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)


def blanks(value: object) -> Iterator[str]:
    """Yield the path of every text of white space only, in the order of the fields."""
    return (path for path, text in texts(value) if text.isspace())


def without_blanks(value: T) -> T:
    """Return ``value`` with every such text empty, and without it where it is one of several."""
    return cast("T", _cleared(value))


def _cleared(value: object) -> object:
    if isinstance(value, str):
        return "" if value.isspace() else value
    if isinstance(value, tuple):
        return tuple(_cleared(one) for one in value if not (isinstance(one, str) and one.isspace()))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _cleared(getattr(value, field.name)) for field in fields(value)})
    return value
