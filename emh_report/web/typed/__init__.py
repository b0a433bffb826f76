"""Answers as one line of text each, the way a radiologist would say them: "T5-T11", "32 x 21 mm", "Absent", "?".

A form field is text and nothing else, so that it works without a script, for dictation and for macros.
`Words.shown` writes an answer, `Words.read` reads it. What is shown is read as the same answer; what cannot
be read stays as typed, and validation says what is wrong with it.
"""

from __future__ import annotations

from emh_report.catalog import Catalog
from emh_report.draft import Absent, Coded, Levels, Text, Value
from emh_report.template import Field, Kind
from emh_report.web.language import Figure, Moment
from emh_report.web.typed import dates, numbers, plain
from emh_report.web.typed.terms import Terms

__all__ = ["ABSENT", "Words", "marked", "settled"]

ABSENT = {reason: f"({reason.value.replace('-', ' ')})" for reason in Absent}
"""How a reason for having no value is written, in brackets: no term and no number looks like that."""

_SHORT = {"?": Absent.UNKNOWN, "n/e": Absent.NOT_EVALUABLE, "n/a": Absent.NOT_APPLICABLE}
_ABSENT = _SHORT | {text: reason for reason, text in ABSENT.items()}
_BARE = {text.strip("()"): reason for reason, text in ABSENT.items()}


def settled(field: Field, typed: str) -> str:
    """Return ``typed`` as the form goes on with it: dates and numbers as they are stored, anything else as it is."""
    match field.kind:
        case Kind.DATE:
            return dates.read_date(typed)
        case Kind.DATE_TIME:
            return dates.read_moment(typed)
        case Kind.QUANTITY | Kind.MEASUREMENT:
            return numbers.pointed(field, typed)
        case _:
            return typed


def marked(field: Field, text: str) -> str:
    """Return a settled answer as what a language may write its way: what that makes of it is settled as the same."""
    match field.kind:
        case Kind.DATE | Kind.DATE_TIME:
            return Moment(text)
        case Kind.QUANTITY | Kind.MEASUREMENT if numbers.pointed(field, numbers.with_comma(text)) == text:
            return Figure(text)
        case _:
            return text


class Words:
    """Reads and writes answers by the vocabularies of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        """Index the vocabularies when they are first needed."""
        self._terms = Terms(catalog.vocabularies)

    def read(self, field: Field, typed: str) -> Value:
        """Return the answer in ``typed``, which is not blank. Never raises."""
        text = typed.replace("\r\n", "\n")
        brief = text.strip()
        absent = _ABSENT.get(brief.casefold())
        if absent is not None or field.kind is Kind.TEXT:
            return absent or Text(text)
        value = self._value(field, text.lstrip() if field.kind is Kind.CODED else brief)
        return _BARE.get(brief.casefold(), value) if self._unread(field, value) else value

    def _value(self, field: Field, brief: str) -> Value:
        match field.kind:
            case Kind.CODED:
                return self._terms.read(field.vocabulary, brief)
            case Kind.LEVELS:
                return self._terms.read_levels(brief)
            case Kind.QUANTITY:
                return numbers.read_quantity(field, brief)
            case Kind.MEASUREMENT:
                return numbers.read_measurement(field, brief)
            case _:
                return plain.READ[field.kind](brief)

    def _unread(self, field: Field, value: Value) -> bool:
        """Whether ``value`` is no term of the field: only then can it be a reason for having no value."""
        known = field.vocabulary.terms if field.vocabulary else ()
        return not (isinstance(value, Coded) and value.code in known)

    def shown(self, field: Field, value: Value | None) -> str:
        """Return ``value`` as text that `read` reads as the same answer."""
        match value:
            case None:
                return ""
            case Absent():
                return ABSENT[value]
            case Coded():
                return self._terms.shown(field.vocabulary, value)
            case Levels():
                return self._terms.shown_levels(value)
            case _:
                return numbers.shown(field, value) if field.units else plain.shown(value)
