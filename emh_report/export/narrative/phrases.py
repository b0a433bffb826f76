"""How the answers to a field read, compiled once from its ``phrase``, ``says`` and ``label``.

What a template author can rely on:
a phrase that starts with a capitalized word, or free text alone or after a colon, is a sentence of its own;
a phrase that starts with a preposition or a bracket continues the clause of the question before it;
"in" or "on" before a date becomes what the date needs; "changed by" a number is "decreased by" or "increased by" it;
``{s}`` is the plural s where several answers are given; a field without a phrase reads "Label: value.";
two sizes after one another that start alike, and two adjectives before one noun, say those words once;
so do answers of one head ("known since", "known for"); of one quantity in two units the second is in brackets;
what else makes one phrase with the answer before it is in compounds.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from emh_report.export.narrative.words import capitalized, is_word, label_inside
from emh_report.template import Field, Kind, Role

CONTINUES: Final = frozenset({"after", "at", "by", "from", "in", "of", "on", "over", "relative", "to", "up", "with"})
"""First words by which a phrase continues the clause before it."""

PREPOSITIONS: Final = frozenset({"for", "in", "since"})
"""Words by which two answers with one head go on: "known since 1983, for 41 years"."""

POLARITY: Final[Mapping[str, str]] = {
    "present": "{}",
    "yes": "{}",
    "absent": "no {}",
    "no": "no {}",
    "suspected": "suspected {}",
    "indeterminate": "{} indeterminate",
    "equivocal": "{} equivocal",
}
"""How answers of a vocabulary that only says whether something is there read; {} is what it is about."""


class Form(Enum):
    """What an answer becomes in the running text."""

    CLAUSE = "clause"
    CONTINUATION = "continuation"
    SENTENCE = "sentence"
    ABSENT = "absent"


class Phrase(NamedTuple):
    """The compiled wording of one field: what stands before and after one value, and after several.

    ``head``: the word before a preposition, "known" for 41 years.
    ``polar``: the vocabulary only says whether ``subject`` is there. ``free``: free text with its own full stop.
    """

    form: Form
    one: tuple[str, str]
    many: tuple[str, str]
    polar: bool
    free: bool
    subject: str
    head: str

    @property
    def noun_follows(self) -> bool:
        """Whether the value stands before a noun: "no" enlargement."""
        return self.one[1].startswith(" ")


def compile_phrase(field: Field) -> Phrase:
    """Compile the wording of one field."""
    named = not field.phrase or (field.role is Role.DIFFERENTIAL and field.phrase == "{value}")
    before, _, after = (f"{field.label}: {{value}}" if named else field.phrase).partition("{value}")
    polar = field.vocabulary is not None and field.vocabulary.terms.keys() <= POLARITY.keys()
    free = field.kind is Kind.TEXT and not after and (not before or before.endswith(": "))
    if named and polar:
        before = ""
    subject = "" if named else f"{before.strip().removesuffix(':')}{after}".strip()
    form = _form(before, named=named and not polar, free=free)
    if form is Form.SENTENCE and before:
        before = capitalized(before)
    return Phrase(
        form,
        (before.replace("{s}", ""), after.replace("{s}", "")),
        (before.replace("{s}", "s"), after.replace("{s}", "s")),
        polar,
        free,
        subject or label_inside(field.label),
        _head(before) if form is Form.CLAUSE else "",
    )


def _head(before: str) -> str:
    words = before.split()
    return words[0] if words and PREPOSITIONS.issuperset(words[1:]) else ""


def _form(before: str, *, named: bool, free: bool) -> Form:
    head = before.split(" ", 1)[0].replace("{s}", "")
    if named or free or is_word(head):
        return Form.SENTENCE
    return Form.CONTINUATION if head in CONTINUES or head.startswith("(") else Form.CLAUSE
