"""Answers as they were typed, in words of the template: what stands in the changes of a signed version is text.

Whatever does not read as an answer of its field stays as it was typed: nothing is guessed, nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from emh_report.draft import Absent
from emh_report.template import Field, Kind

REASONS: Final[Mapping[Absent, str]] = {
    Absent.NOT_EVALUABLE: "not evaluable",
    Absent.UNKNOWN: "unknown",
    Absent.NOT_APPLICABLE: "not applicable",
}
_ANNOTATION = re.compile(r".+\{[^}]+\}")


def unit_words(text: str, code: str, display: str) -> str:
    """Return the unit that follows the number ``text``: "mm", "week" for 1, "(SUVbw)" for an annotated one."""
    if _ANNOTATION.fullmatch(code):
        return f" ({display})"
    if text == "1" and len(display) > 3 and display.isalpha():  # noqa: PLR2004 - "ms" is no plural
        return f" {display.removesuffix('s')}"
    return display if display == "%" else f" {display}" if display else ""


def in_words(field: Field, typed: str) -> str:
    """Return an answer of ``field``, as `resolve.as_typed` writes it, in words."""
    found = _WORDS[field.kind](field, typed) if field.kind in _WORDS else typed
    return REASONS[Absent(typed)] if found == typed and typed in _ABSENT else found


def _coded(field: Field, typed: str) -> str:
    code, _, said = typed.partition(" ")
    term = field.vocabulary.terms.get(code) if field.vocabulary else None
    if term is None:
        return typed
    text = f"{said} ".removeprefix(f"{term.display} ").strip()  # whole words: "kidneys" has no display before it
    return f"{term.display} ({text})" if text else term.display


def _boolean(_: Field, typed: str) -> str:
    return {"True": "yes", "False": "no"}.get(typed, typed)


def _number(field: Field, typed: str) -> str:
    """One number or several axes, and their unit, which may be left out where the field has only one."""
    units, numbers = field.units or {}, typed.split(" ")
    unit = units.get(numbers[-1]) if len(numbers) > 1 else None
    if unit is not None:
        numbers.pop()
    elif len(units) == 1:
        unit = next(iter(units.values()))
    if unit is None or not all(_NUMBER.fullmatch(number) for number in numbers):
        return typed
    return " × ".join(numbers) + unit_words(numbers[-1], unit.code, unit.display)


def _levels(_: Field, typed: str) -> str:
    match typed.split(" "):
        case [upper, lower, *numbering] if len(numbering) < 2:  # noqa: PLR2004 - how levels are counted is one code
            levels = upper if upper == lower else f"{upper}–{lower}"
            said = [f"({_LEVEL.sub(lambda level: level[0].upper(), code.replace('-', ' '))})" for code in numbering]
            return " ".join([levels, *said])
        case _:
            return typed


_NUMBER = re.compile(r"[+-]?[\d.,]+", re.ASCII)
_LEVEL = re.compile(r"\b[a-z]\d+\b")
_ABSENT: Final = frozenset(Absent)
_WORDS: Final[Mapping[Kind, Callable[[Field, str], str]]] = {
    Kind.CODED: _coded,
    Kind.BOOLEAN: _boolean,
    Kind.QUANTITY: _number,
    Kind.MEASUREMENT: _number,
    Kind.LEVELS: _levels,
}
"""Answers of the other kinds are words already."""
