"""One instance of a group of questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.draft import Absent, Coded, Group, Item, Value
from emh_report.intake.answers import elements, questions
from emh_report.intake.answers.elements import Found, Problems, items
from emh_report.intake.answers.questions import Asked
from emh_report.issues import Issue, Severity, Where
from emh_report.linkids import (
    CHOICES,
    COMPOSITE,
    DATES,
    WORDS_PARTS,
    absent,
    partial,
    question,
    speaking,
    time,
    uid,
    words,
    words_of,
)
from emh_report.resolve import UID
from emh_report.template import Field, GroupDefinition, Kind
from emh_report.values import LevelTables


class Part(Enum):
    """What an item of a group is."""

    UID = auto()
    PLAIN = auto()
    COMPOSITE = auto()
    PARTIAL = auto()
    TIME = auto()
    REASON = auto()
    TEXT = auto()
    WORDS = auto()


class Known(NamedTuple):
    """An item that may be in a group; ``code`` is the term that words belong to."""

    part: Part
    field: Field | None = None
    code: str = ""


class Words(NamedTuple):
    """Words that go with a term, and where they stand."""

    text: str
    path: str


class Instance:
    """What was read of one instance."""

    def __init__(self, definition: GroupDefinition, tables: LevelTables, problems: Problems) -> None:
        """Start without any answer."""
        self.definition = definition
        self.tables = tables
        self.problems = problems
        self.uid = ""
        self.values: dict[str, list[tuple[Value, str]]] = {}
        self.words: dict[tuple[str, str], Words] = {}

    def read(self, found: Found) -> None:
        """Read every item."""
        known = _known(self.definition)
        if "answer" in found.content:
            self.problems.add(f"{found.path}.answer", "a group has items, no answers")
        for item in items(found.content, found.path, self.problems):
            if item.link_id in known:
                self._read(known[item.link_id], item)
            else:
                self.problems.unknown(item.path, item.link_id, known)

    def group(self, notes: list[Issue]) -> Group | None:
        """Return what was read as a group of a draft; None where nothing was answered."""
        found = [
            Item(field_id, self._with_words(field_id, value))
            for field_id in self.definition.fields
            for value in self._several(field_id)
        ]
        for (field_id, _), left in self.words.items():
            message = "words beside an answer that is not given are left out"
            notes.append(Issue("words-left-out", Severity.WARNING, self._where(left.path, field_id), message))
        return Group(self.definition.id, self.uid, tuple(found)) if found or self.uid else None

    def _where(self, path: str, field_id: str) -> Where:
        return Where(path, self.definition.id, self.uid, field_id)

    def _several(self, field_id: str) -> Iterator[Value]:
        """Yield the answers to one question, as many as it takes."""
        values = self.values.get(field_id, [])
        alone = not self.definition.fields[field_id].repeats or any(isinstance(one, Absent) for one, _ in values)
        for _, path in values[1:] if alone else ():
            self.problems.add(path, "one answer is taken here, and a reason for having none stands alone")
        yield from (value for value, _ in values)

    def _with_words(self, field_id: str, value: Value) -> Value:
        if not isinstance(value, Coded):
            return value
        found = self.words.pop((field_id, value.code), None)
        return value._replace(text=found.text) if found else value

    def _read(self, known: Known, item: Found) -> None:
        if known.part is Part.UID:
            for text, path in self._texts(item):
                self.uid = text
                if not UID.fullmatch(text):
                    self.problems.add(path, "letters, digits, dot, underscore or hyphen, at most 64")
        elif known.field is None:
            self._read_words(item)
        elif known.part is Part.TEXT:
            for text, path in self._texts(item):
                self.words[known.field.id, known.code] = Words(text, path)
        else:
            asked = Asked(self.definition.id, known.field, self.tables)
            answers = self.values.setdefault(known.field.id, [])
            answers += _READ[known.part](asked, item, self.problems)

    def _texts(self, item: Found) -> Iterator[tuple[str, str]]:
        yield from elements.values(item, "String", elements.string, self.problems)

    def _read_words(self, found: Found) -> None:
        link_ids = {f"{words(self.definition.id)}.{part}": part for part in WORDS_PARTS}
        parts: dict[str, str] = {}
        for item in items(found.content, found.path, self.problems):
            if item.link_id in link_ids:
                parts.update((link_ids[item.link_id], text) for text, _ in self._texts(item))
            else:
                self.problems.unknown(item.path, item.link_id, link_ids)
        if parts.keys() == set(WORDS_PARTS) and parts["field"] in self.definition.fields:
            self.words[parts["field"], parts["code"]] = Words(parts["text"], found.path)
        else:
            self.problems.add(found.path, f"{', '.join(WORDS_PARTS)} of an answer are needed")


_READ: Final = {
    Part.PLAIN: questions.plain,
    Part.COMPOSITE: questions.composite,
    Part.PARTIAL: questions.partial_date,
    Part.TIME: questions.time,
    Part.REASON: questions.reason,
}


@lru_cache(1 << 10)
def _known(definition: GroupDefinition) -> Mapping[str, Known]:
    """Return every item of a group by its link id."""
    found = {uid(definition.id): Known(Part.UID), words(definition.id): Known(Part.WORDS)}
    for field in definition.fields.values():
        part = Part.COMPOSITE if field.kind in COMPOSITE else Part.PLAIN
        found[question(definition.id, field.id)] = Known(part, field)
        for term in speaking(field):
            found[words_of(definition.id, field.id, term.code)] = Known(Part.TEXT, field, term.code)
        if field.kind in DATES:
            found[partial(definition.id, field.id)] = Known(Part.PARTIAL, field)
        if field.kind is Kind.DATE_TIME:
            found[time(definition.id, field.id)] = Known(Part.TIME, field)
        if field.kind not in CHOICES | COMPOSITE:
            found[absent(definition.id, field.id)] = Known(Part.REASON, field)
    return found
