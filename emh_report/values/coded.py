"""Choices from a vocabulary, and ranges of vertebral levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from emh_report.conditions import Span
from emh_report.draft import Coded, Levels
from emh_report.report import Choice, LevelRange, ReportItem
from emh_report.template import Field, Kind
from emh_report.values.rejection import Checked, Checker, Rejected, nearest, refuse_unsafe, without_value
from emh_report.vocabulary import Term, Vocabulary

DISC: Final = "a disc space is not a vertebral level: name the vertebra above it and the one below"
"""What L5/S1 is told: which of the two is meant, or both, is never guessed."""


@dataclass(frozen=True, slots=True)
class LevelTables:
    """The vocabularies that level ranges are read by."""

    levels: Vocabulary
    numberings: Vocabulary


def coded(field: Field) -> Checker:
    """Return the checker of a coded field."""
    vocabulary = field.vocabulary
    if vocabulary is None:  # the catalog refuses such a field
        raise TypeError(field.id)
    return lambda value: _choose(field, vocabulary, value) if type(value) is Coded else without_value(field, value)


def plain_codes(field: Field) -> Iterator[tuple[Coded, Checked]]:
    """Yield every choice that needs no words, with and without its display, and what the checker says to it."""
    for code, term in field.vocabulary.terms.items() if field.vocabulary and field.kind is Kind.CODED else ():
        if not term.needs_text:
            checked = _chosen(field, term, "")
            yield from ((Coded(code), checked), (Coded(code, term.display), checked))


def _choose(field: Field, vocabulary: Vocabulary, value: Coded) -> Checked:
    term = vocabulary.terms.get(value.code)
    if term is None:
        message = f"not a code of the vocabulary {vocabulary.id}"
        raise Rejected("S01", message, nearest(value.code, vocabulary.terms), "coded.code")
    if value.display and value.display != term.display:
        raise Rejected("wrong-display", "the display does not belong to the code", (term.display,), "coded.display")
    if term.needs_text and not value.text.strip():
        raise Rejected("S01", f"{term.display}: say what in text", (), "coded.text")
    refuse_unsafe(value.text, "coded.text")
    return _chosen(field, term, value.text)


def _chosen(field: Field, term: Term, text: str) -> Checked:
    return ReportItem(field, Choice(term, text)), frozenset((term.code,)) if field.repeats else term.code, ""


def levels(field: Field, tables: LevelTables) -> Checker:
    """Return the checker of a field for level ranges."""
    known, numberings = tables.levels.terms, tables.numberings.terms
    placed = {code: (term, level_position(term)) for code, term in known.items()}

    def level(code: str, part: str) -> tuple[Term, int]:
        if code not in placed:
            if "/" in code:
                raise Rejected("S04", DISC, tuple(known), part)
            raise Rejected("S04", "not a vertebral level", nearest(code.upper(), known), part)
        return placed[code]

    @lru_cache(maxsize=4096)
    def read(value: Levels) -> Checked:
        """Read a range; what is accepted holds codes of the catalog only, so nothing that was typed is kept."""
        upper, first = level(value.upper, "levels.upper")
        lower, last = level(value.lower, "levels.lower")
        numbering = numberings.get(value.numbering)
        if value.numbering and numbering is None:
            accepted = nearest(value.numbering, numberings)
            raise Rejected("S01", "not a way of counting levels", accepted, "levels.numbering")
        if first > last:
            raise Rejected("S04", "the upper level must be cranial to the lower one", (), "levels")
        span = Span(first, last, upper.group, lower.group)
        return ReportItem(field, LevelRange(upper, lower, numbering)), span, ""

    return lambda value: read(value) if type(value) is Levels else without_value(field, value)


def level_position(term: Term) -> int:
    """Return the position of a vertebral level, counted from C1 = 1 downwards."""
    return int(str(term.properties["order"]))
