"""What a form page shows, worked out from a sheet and its review. No HTML here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from emh_report.phrases import Line
from emh_report.pipeline import Review
from emh_report.plan import Plan
from emh_report.template import GroupDefinition, Kind, Role
from emh_report.vocabulary import Term
from emh_report.web import bodymap, critical
from emh_report.web.messages import Message
from emh_report.web.questions import Question, question
from emh_report.web.sheet import KEEP, Entry, Sheet
from emh_report.web.typed import Words, marked

NAMING: Final = (
    Role.ORGAN,
    Role.CAUSE,
    Role.COMPLICATION,
    Role.RECOMMENDATION,
    Role.SITE,
    Role.LATERALITY,
    Role.LEVELS,
)
"""Roles whose answers name an entry, in order."""


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of a group with its questions."""

    key: str
    uid: str
    title: str
    summary: str
    repeats: bool
    opened: bool
    questions: tuple[Question, ...]
    messages: tuple[Message, ...] = ()

    @property
    def shown(self) -> tuple[Question, ...]:
        """The questions the page has: not those that are not asked, nor those that are only shown when wanted."""
        return tuple(question for question in self.questions if question.answered or self._open(question))

    def _open(self, question: Question) -> bool:
        return bool(question.messages) or not (question.off or (question.quiet and not self.opened))

    @property
    def missing(self) -> int:
        """How many required questions have no answer."""
        return sum(1 for question in self.questions if question.needed and not question.answered)

    @property
    def quiet(self) -> int:
        """How many questions are only shown when wanted."""
        return sum(1 for question in self.questions if question.quiet and not question.off)


@dataclass(frozen=True, slots=True)
class GroupView:
    """All entries of one group."""

    definition: GroupDefinition
    blocks: tuple[Block, ...]
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section of the form."""

    term: Term
    groups: tuple[GroupView, ...]

    @property
    def missing(self) -> int:
        """How many required questions of the section have no answer."""
        return sum(block.missing for group in self.groups for block in group.blocks)


@dataclass(frozen=True, slots=True)
class FormView:
    """The whole form."""

    plan: Plan
    sheet: Sheet
    review: Review
    messages: tuple[Message, ...]
    sections: tuple[SectionView, ...] = field(default_factory=tuple)
    focus: str = ""
    told: critical.Told = critical.Told.NOTHING

    def map(self, definition: GroupDefinition) -> bodymap.MapView | None:
        """Return the map of a group of lesions, None for any other group; made only where a page shows it."""
        return bodymap.view(self.sheet, definition, self.focus)

    @property
    def critical_lines(self) -> list[tuple[str, str]]:
        """Label and time of each critical finding."""
        return critical.lines(self.review.verdict.critical)

    @property
    def other_reasons(self) -> list[tuple[str, str]]:
        """Reasons whose warning is not there just now: until an answer is given they stay as stored."""
        asked = {message.keep for message in self.messages}
        named = ((f"{KEEP}{rule}.{uid}", reason) for (rule, uid), reason in self.sheet.reasons.items())
        return [(name, reason) for name, reason in named if reason.strip() and name not in asked]

    def counted(self, kind: str) -> int:
        """Return how many messages are of one kind: missing, error, warning, hint, kept."""
        return sum(1 for message in self.messages if message.kind == kind)


def view(
    plan: Plan, sheet: Sheet, review: Review, messages: Sequence[Message], words: Words, focus: str = ""
) -> FormView:
    """Return the form of a sheet; ``focus`` is the question or entry it opens at."""
    asked = {one.path if one.path != "draft.groups" else one.group_id: one for one in review.asked}
    by_target: dict[str, list[Message]] = {}
    for message in messages:
        by_target.setdefault(message.target, []).append(message)
    paths = _paths(sheet)

    def block(entry: Entry) -> Block:
        path = paths.get(entry.key, "")
        found = asked.get(path) or asked.get(entry.definition.id)
        unasked = found.unasked if found else frozenset()
        needed = found.needed if found else frozenset()
        questions = tuple(
            question(
                entry,
                definition,
                words,
                off=name in unasked,
                needed=name in needed,
                said=by_target,
                every=entry.uid in sheet.opened,
            )
            for name, definition in entry.definition.fields.items()
        )
        questions = _first(questions, entry.key, focus)
        own = tuple(by_target.get(entry.key, ()))
        title = f"{entry.definition.title} {entry.number}" if entry.definition.repeats else entry.definition.title
        opened = entry.uid in sheet.opened
        return Block(entry.key, entry.uid, title, summary(entry), entry.definition.repeats, opened, questions, own)

    def group(definition: GroupDefinition) -> GroupView:
        blocks = tuple(block(entry) for entry in sheet.of(definition.id))
        return GroupView(definition, blocks, tuple(by_target.get(f"group-{definition.id}", ())))

    sections = tuple(
        SectionView(term, tuple(group(one) for one in plan.template.groups.values() if one.section == term.code))
        for term in plan.template.sections
    )
    told = critical.told(sheet, words, messages)
    return FormView(plan, sheet, review, tuple(messages), sections, focus, told)


def _first(questions: tuple[Question, ...], key: str, focus: str) -> tuple[Question, ...]:
    """Mark the question that the page opens at: the one that is named, or the first of the entry that is."""
    if not focus.startswith(key):
        return questions
    shown = [question.name for question in questions if not (question.off or question.quiet)]
    wanted = focus if focus != key else next(iter(shown), "")
    return tuple(replace(question, first=question.name == wanted) for question in questions)


def _paths(sheet: Sheet) -> dict[str, str]:
    """Return the path in the draft of each entry that is in it, as `sheet.to_draft` numbers them."""
    there = [entry for entry in sheet.entries if entry.in_draft]
    return {entry.key: f"draft.groups[{number}]" for number, entry in enumerate(there)}


def summary(entry: Entry) -> str:
    """Return what an entry is about, from the answers that name it."""
    found = [text for role in NAMING for text in _texts(entry, role)]
    if entry.definition.role is Role.FINDING:
        found += [text for text in _measured(entry) if text.strip()]
    return Line(*found, between=" · ")


def _texts(entry: Entry, role: Role) -> Iterator[str]:
    for field_id, definition in entry.definition.fields.items():
        if definition.role is role:
            yield from (marked(definition, text.strip()) for text in entry.texts.get(field_id, ())[:1] if text.strip())
            return


def _measured(entry: Entry) -> Iterator[str]:
    for field_id, definition in entry.definition.fields.items():
        if definition.kind is Kind.MEASUREMENT:
            yield from (marked(definition, text) for text in entry.texts.get(field_id, ())[:1])
            return
