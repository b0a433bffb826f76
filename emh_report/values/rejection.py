"""What a checker answers: a resolved value and its fact, or a rejection."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from emh_report.conditions import Fact, Gap
from emh_report.draft import Absent, Value
from emh_report.report import ReportItem
from emh_report.template import Field
from emh_report.text import is_unsafe

MAX_ACCEPTED = 12
"""So many codes are listed as accepted; a vocabulary may have more."""

Checked = tuple[ReportItem, Fact, str]
"""The answer with its value resolved, a fact for conditions, and a note where it was normalised (else empty)."""

Checker = Callable[[Value], Checked]
"""Checks one answer to one field. Raises Rejected."""


class Rejected(Exception):  # noqa: N818 - a result of checking, not a failure of the program
    """An answer that is not accepted."""

    def __init__(self, rule_id: str, message: str, accepted: Iterable[str] = (), part: str = "") -> None:
        """Record rule, message, what would be accepted, and the part of the value it is about."""
        super().__init__(message)
        self.rule_id = rule_id
        self.message = message
        self.accepted = accepted
        self.part = part


_GAPS: Final[Mapping[Absent, Gap]] = {
    Absent.UNKNOWN: Gap.UNKNOWN,
    Absent.NOT_EVALUABLE: Gap.UNKNOWN,
    Absent.NOT_APPLICABLE: Gap.NOT_APPLICABLE,
}


def without_value(field: Field, value: Value) -> Checked:
    """Check an answer that is not of the field's type: an absent reason, or a mistake."""
    if type(value) is Absent:
        return ReportItem(field, value), _GAPS[value], ""
    message = f"{field.label} takes a value of kind {field.kind}"
    raise Rejected("wrong-type", message, (field.kind.value, *(reason.value for reason in Absent)))


def refuse_unsafe(text: str, part: str) -> None:
    """Reject control characters and bidirectional overrides."""
    if is_unsafe(text):
        raise Rejected("unsafe-text", "text has control characters or bidirectional overrides", (), part)


def nearest(text: str, names: Mapping[str, object]) -> Iterator[str]:
    """Yield the names closest to ``text``; a short list whole. Compared only when somebody iterates."""
    typed, folded = text[:80], text[:80].casefold()
    close = difflib.get_close_matches(typed, names, n=3)
    if not close and folded != typed:
        close = difflib.get_close_matches(folded, names)
    short = len(names) <= MAX_ACCEPTED
    yield from dict.fromkeys((*close, *names)) if short else close or islice(names, MAX_ACCEPTED)
