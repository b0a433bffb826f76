"""Group instances in words: one paragraph each, composed clause by clause in the order of its layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from emh_report.draft import Absent
from emh_report.export.narrative.answers import DETERMINER, Said, say, say_all
from emh_report.export.narrative.layout import Layout, Part, Place
from emh_report.export.narrative.phrases import Form
from emh_report.export.narrative.words import capitalized, enumerate_words, label_inside
from emh_report.report import Amount, Axes, Choice, ReportItem
from emh_report.template import Field, Role
from emh_report.typed_answers import REASONS

Size: Final = Amount | Axes


EXAMINED: Final = "of the "
"""By what was examined a sentence goes on; without a modality before it, it needs a noun."""

WAITING: Final = frozenset({"by", "for", "if", "in", "of", "on", "pending", "said", "since", "started", "to", "with"})
"""Last words of labels that are no nouns."""


class Paragraph(NamedTuple):
    """One group instance in words. ``listed``: its sentences are lines of a list."""

    head: str
    sentences: Sequence[str]
    listed: bool = False


@dataclass(slots=True)
class Running:
    """A paragraph under construction."""

    head: str = ""
    sentences: list[str] = field(default_factory=list)
    clause: str = ""
    last: Field | None = None
    last_words: str = ""
    previous: Said | None = None
    """The clause before, as long as nothing went on from it."""
    absent: dict[Absent, list[str]] = field(default_factory=dict)

    def add(self, words: str, asked: Field | None = None) -> None:
        """Add a clause to the sentence."""
        self.clause = f"{self.clause}, {words}" if self.clause else words
        self.last, self.previous = asked, None

    def close(self) -> None:
        """End the sentence; the first one goes on from the head."""
        if self.clause:
            first = self.head and not self.sentences
            self.sentences.append(_stopped(self.clause if first else capitalized(self.clause)))
            self.clause = ""
        self.last = self.previous = None

    def say(self, said: Said) -> None:
        """Add what was said where its form puts it."""
        place, form, words, bare, _ = said
        if not words and form is Form.SENTENCE:
            return  # a no that needs no words
        if form is Form.CLAUSE:
            self.clause = self._joined(said) if self.clause else f"{_lead(self, words)}{words}"
            self.last, self.last_words, self.previous = place.field, words, said
        elif form is Form.SENTENCE:
            if self.clause:
                self.close()
            self.last = self.previous = None
            self.sentences.append(_stopped(words))
        elif form is Form.ABSENT:
            self.note_absent(said)
        elif self.clause and self.last is place.antecedent:
            if not (words == f"with {bare}" and bare in self.last_words.split(" ")):  # "MR of the spine" with MR
                self.clause = f"{self.clause} {words}"
                self.previous = None
        elif words.startswith(EXAMINED) and not (self.clause or self.sentences or self.head):
            self.clause, self.last, self.last_words, self.previous = f"examination {words}", place.field, words, None
        elif place.antecedent is None and self.head:
            self.head = f"{self.head} {words}"
        else:
            self.close()
            self.sentences.append(_stopped(f"{place.field.label}: {bare}"))

    def _joined(self, said: Said) -> str:
        """Return the sentence with one more clause; words that it shares with the clause before are said once."""
        before, after = shared(self.previous, said) if self.previous else ("", "")
        if before and is_again(self.previous, said):
            return f"{self.clause} ({said.bare})"
        clause = self.clause.removesuffix(after) if after else self.clause
        return f"{clause}, {said.words.removeprefix(before) if before else said.words}"

    def note_absent(self, said: Said) -> None:
        """Keep an absent reason for the end."""
        if isinstance(said.value, Absent):
            field, phrase = said.place.field, said.place.phrase
            whether = phrase.polar and field.role is Role.IMPRESSION
            label = f"presence of {phrase.subject}" if whether else label_inside(field.label)
            self.absent.setdefault(said.value, []).append(label)

    def end(self) -> list[str]:
        """Return all sentences, those about absent answers last."""
        self.close()
        for reason, every in self.absent.items():
            labels = [label for label in every if not _waits(label)]
            self.sentences += [f"{capitalized(label)}: {REASONS[reason]}." for label in every if _waits(label)]
            if not labels:
                continue
            first = self.head and not self.sentences
            named = first and len(labels) == 1 and f" {self.head}".casefold().endswith(f" {labels[0].casefold()}")
            words = REASONS[reason] if named else f"{enumerate_words(labels)} {REASONS[reason]}"
            self.sentences.append(f"{words if first else capitalized(words)}.")  # "Underlying cause: unknown."
        return self.sentences


def _waits(label: str) -> bool:
    """Whether a label is no noun, and waits for its answer behind a colon: "Known since: unknown."."""
    return label.rpartition(" ")[2].casefold() in WAITING


def _lead(running: Running, words: str) -> str:
    """Return the noun that a sentence needs which starts with what was done: "Examination performed on ..."."""
    return "examination " if not running.head and words.startswith("performed ") else ""


def is_again(one: Said | None, other: Said) -> bool:
    """Whether two quantities read alike, so that they are one in two units: "creatinine 0.8 mg/dL (71 µmol/L)"."""
    if one is None or one.place.phrase.one != other.place.phrase.one:
        return False
    return isinstance(one.value, Amount) and isinstance(other.value, Amount) and one.words.endswith(one.bare)


def shared(one: Said, other: Said) -> tuple[str, str]:
    """Return the words that two sizes start with ("measuring"), or that two adjectives stand before ("uptake")."""
    before, after = one.place.phrase.one
    if one.place.field.role is not other.place.field.role:
        return "", ""
    if other.place.phrase.one[0] != before:
        head = one.place.phrase.head
        return (f"{head} ", "") if head and head == other.place.phrase.head else ("", "")
    if before:
        return (before, "") if isinstance(one.value, Size) and isinstance(other.value, Size) else ("", "")
    alike = after and other.place.phrase.one == (before, after)
    denied = DETERMINER in (one.bare.split(" ", 1)[0], other.bare.split(" ", 1)[0])  # a "no" is of its own noun only
    whole = alike and not denied and one.words.endswith(after) and other.words.endswith(after)
    return ("", after) if whole and not one.place.phrase.polar and not other.place.phrase.polar else ("", "")


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def read_items(layout: Layout, items: Sequence[ReportItem]) -> tuple[dict[Role, Said], list[Said]]:
    """Return what opens the paragraph, by role, and what follows, in order."""
    opening: dict[Role, Said] = {}
    following: list[Said] = []
    places, ordered, rank = layout.places, True, (Part.DESCRIPTION, False)
    before: Place | None = None
    together: list[ReportItem] = []
    measured = layout.measured
    for item in items:
        place = places[item.field]
        if type(item.value) is Choice and item.value.term.phrase in measured and _is_measured(item, layout, items):
            continue
        if place is before:  # one more answer to the same question
            together.append(item)
            said = say_all(place, together)
            if place.opens is None:
                following[-1] = said
                continue
        else:
            said = say(place, item.value)
            before, together = (place, [item]) if place.joined else (None, together)
        if place.opens is not None:
            opening[place.opens] = said
            continue
        following.append(said)
        ordered, rank = ordered and place.rank >= rank, place.rank
    if not ordered:
        following.sort(key=_rank)
    return opening, following


def _is_measured(item: ReportItem, layout: Layout, items: Sequence[ReportItem]) -> bool:
    """Whether another answer says the same with a number: "midline shift" beside "midline shift 6 mm"."""
    if not isinstance(item.value, Choice) or item.value.text or layout.places[item.field].opens is not None:
        return False
    asked = layout.measured[item.value.term.phrase]
    return any(other.field is asked and isinstance(other.value, Amount) for other in items)


def _rank(said: Said) -> tuple[Part, bool]:
    return said.place.rank


def compose(running: Running, following: Sequence[Said], *, listed: bool) -> list[str]:
    """Return the sentences of a paragraph that was opened; a new rank is a new sentence, in a list everything is."""
    rank = (Part.DESCRIPTION, False)
    for said in following:
        if listed or said.place.rank != rank:
            running.close()
            rank = said.place.rank
        running.say(said)
    return running.end()
