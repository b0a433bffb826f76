"""Answers in the words of their question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.decimals import in_weeks
from emh_report.draft import Absent, Boolean, Date, DateTime, Text
from emh_report.export.narrative.layout import Place
from emh_report.export.narrative.phrases import POLARITY, Form
from emh_report.export.narrative.words import (
    changed,
    dated,
    ended,
    enumerate_answers,
    inside,
    lines,
    sentence,
    to_words,
    unrepeated,
)
from emh_report.report import Amount, Choice, ReportItem, Resolved
from emh_report.template import Field, Role
from emh_report.typed_answers import REASONS, unit_words

DETERMINER: Final = "no"
"""The phrase of terms such as "none", which needs a noun after it."""


CERTAIN: Final[Mapping[str, str]] = {
    "may-represent": "this {certainty} {subject}",
    "unlikely": "{subject} is {certainty}",
    "very-unlikely": "{subject} is {certainty}",
}
"""How certainties read that are no adjective of what they are about."""


ON_SIDE: Final[Mapping[str, str]] = {
    "left": "on the left",
    "right": "on the right",
    "bilateral": "on both sides",
    "midline": "in the midline",
}
"""A side that goes on from what is on it."""


class Said(NamedTuple):
    """One question and what was answered to it: ``words`` in the phrase of the question, ``bare`` without it."""

    place: Place
    form: Form
    words: str
    bare: str
    value: Resolved

    @property
    def code(self) -> str:
        """The code that was chosen; empty when none was."""
        return self.value.term.code if isinstance(self.value, Choice) else ""


def say(place: Place, value: Resolved) -> Said:
    """Return one answer in words."""
    kind = type(value)
    if kind is Boolean or kind is Absent or (kind is Choice and not value.text):  # type: ignore[union-attr]
        return _from_data(place, value)
    phrase, bare = place.phrase, to_words(value)
    before, after = phrase.one
    if isinstance(value, Amount) and before == f"{value.unit.display} ":
        bare = value.text  # "INR 1.2" has said its unit
    if isinstance(value, Amount):
        before, bare = changed(before, _in_weeks(place.field, value) or bare)
    if isinstance(value, Date | DateTime):
        before = dated(before, value.value)
    if isinstance(value, Text):
        bare = unrepeated(before, bare)
    if isinstance(value, Choice) and not value.term.needs_text:
        words = _polar(place, value) if phrase.polar else _framed(place, value, value.term.phrase)
        return Said(place, phrase.form, f"{words}{remarked(value)}", bare, value)
    if phrase.free:
        return Said(place, phrase.form, f"{before}{ended(bare) if before else sentence(bare)}", bare, value)
    return Said(place, phrase.form, f"{before}{bare}{after}", bare, value)


def _in_weeks(field: Field, amount: Amount) -> str:
    """Return the age of a pregnancy as it is dated, "27 weeks 3 days"; empty for any other quantity."""
    units = field.units or {}
    counted = in_weeks(amount.text, amount.unit.code, units)
    return " ".join([f"{number}{unit_words(number, code, units[code].display)}" for number, code in counted])


@lru_cache(maxsize=32768)
def _from_data(place: Place, value: Resolved) -> Said:
    """Return an answer whose words all come from the catalog: nothing that was typed is kept here."""
    field, phrase = place.field, place.phrase
    if isinstance(value, Absent):
        if value is Absent.UNKNOWN and field.says.unknown:
            return Said(place, Form.SENTENCE, field.says.unknown, REASONS[value], value)
        return Said(place, Form.ABSENT, "", REASONS[value], value)
    if isinstance(value, Boolean):
        return Said(place, Form.SENTENCE, _yes_no(field, value=value.value), "", value)
    bare = to_words(value)
    if bare == DETERMINER and isinstance(value, Choice) and not phrase.noun_follows:
        bare = inside(value.term.display)
    words = _polar(place, value) if phrase.polar and isinstance(value, Choice) else _framed(place, value, bare)
    return Said(place, phrase.form, words, bare, value)


def _polar(place: Place, value: Choice) -> str:
    return POLARITY[value.term.code].format(place.phrase.subject)


def _framed(place: Place, value: Resolved, bare: str) -> str:
    before, after = place.phrase.one
    if place.field.role is Role.CERTAINTY and isinstance(value, Choice) and value.term.code in CERTAIN and not before:
        return CERTAIN[value.term.code].format(certainty=bare, subject=after.strip()).strip()
    if place.field.role is Role.LATERALITY and before == "(" and isinstance(value, Choice):
        return ON_SIDE.get(value.term.code) or f"{before}{bare}{after}"
    return f"{before}{bare}{after}"


def remarked(value: Resolved) -> str:
    """Return what was written beside a choice, in brackets; empty when nothing was."""
    return f" ({lines(value.text)})" if isinstance(value, Choice) and value.text else ""


def say_all(place: Place, items: Sequence[ReportItem]) -> Said:
    """Return several answers to one question in words, as an enumeration."""
    words = list(dict.fromkeys([to_words(item.value) for item in items]))
    bare, (before, after) = enumerate_answers(words), place.phrase.many if len(words) > 1 else place.phrase.one
    return Said(place, place.phrase.form, f"{before}{bare}{after}", bare, items[0].value)


def _yes_no(field: Field, *, value: bool) -> str:
    if field.says.quiet and not value:
        return ""
    clause = field.says.true if value else field.says.false
    return clause or f"{field.label}: {'yes' if value else 'no'}."
