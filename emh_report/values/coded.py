"""Choices from a vocabulary, and ranges of vertebral levels."""

from __future__ import annotations

from dataclasses import dataclass

from emh_report.conditions import Span
from emh_report.draft import Coded, Levels, Value
from emh_report.report import Choice, LevelRange
from emh_report.template import Field
from emh_report.values.rejection import Checked, Checker, Rejected, nearest, refuse_unsafe, without_value
from emh_report.vocabulary import Term, Vocabulary


@dataclass(frozen=True, slots=True)
class LevelTables:
    """The vocabularies that level ranges are read by."""

    levels: Vocabulary
    numberings: Vocabulary


def coded(field: Field) -> Checker:
    """Return the checker of a coded field. Plain codes, the usual answer, are looked up ready-made."""
    vocabulary = field.vocabulary
    if vocabulary is None:  # the catalog refuses such a field
        raise TypeError(field.id)
    plain: dict[str, Checked] = {
        code: (Choice(term), frozenset((code,)) if field.repeats else code, "")
        for code, term in vocabulary.terms.items()
        if not term.needs_text
    }

    def check(value: Value) -> Checked:
        if type(value) is not Coded:
            return without_value(field, value)
        code, display, text = value
        known = plain.get(code)
        if known is not None and not text and (not display or display == vocabulary.terms[code].display):
            return known
        return _choose(field, vocabulary, value)

    return check


def _choose(field: Field, vocabulary: Vocabulary, value: Coded) -> Checked:
    """Check a choice that is not a plain code."""
    term = vocabulary.terms.get(value.code)
    if term is None:
        message = f"not a code of the vocabulary {vocabulary.id}"
        raise Rejected("S01", message, nearest(value.code, vocabulary.terms), "coded.code")
    if value.display and value.display != term.display:
        raise Rejected("wrong-display", "the display does not belong to the code", (term.display,), "coded.display")
    if term.needs_text and not value.text.strip():
        raise Rejected("S01", f"{term.display}: say what in text", (), "coded.text")
    refuse_unsafe(value.text, "coded.text")
    return Choice(term, value.text), frozenset((term.code,)) if field.repeats else term.code, ""


def levels(field: Field, tables: LevelTables) -> Checker:
    """Return the checker of a field for level ranges."""
    known, numberings = tables.levels.terms, tables.numberings.terms

    def level(code: str, part: str) -> Term:
        term = known.get(code)
        if term is None:
            raise Rejected("S04", "not a vertebral level", nearest(code.upper(), known), part)
        return term

    def check(value: Value) -> Checked:
        if type(value) is not Levels:
            return without_value(field, value)
        upper = level(value.upper, "levels.upper")
        lower = level(value.lower, "levels.lower")
        numbering = numberings.get(value.numbering)
        if value.numbering and numbering is None:
            accepted = nearest(value.numbering, numberings)
            raise Rejected("S01", "not a way of counting levels", accepted, "levels.numbering")
        span = Span(level_position(upper), level_position(lower), upper.group, lower.group)
        if span.upper > span.lower:
            raise Rejected("S04", "the upper level must be cranial to the lower one", (), "levels")
        return LevelRange(upper, lower, numbering), span, ""

    return check


def level_position(term: Term) -> int:
    """Return the position of a vertebral level, counted from C1 = 1 downwards."""
    return int(str(term.properties["order"]))
