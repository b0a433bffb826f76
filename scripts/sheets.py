"""Drafts filled in from a template alone: questions asked by settling their conditions, answers its fields accept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, NamedTuple

from emh_report.conditions import Clause, Condition
from emh_report.context import Context, Focus
from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Draft,
    Group,
    Image,
    Integer,
    Item,
    Levels,
    Measurement,
    Quantity,
    Text,
    Value,
)
from emh_report.template import Field, Kind, Template


class Seed(NamedTuple):
    """A draft with one mistake, and its twin without it.

    Expected is an issue of rule ``rule_id`` at ``path`` (and group and field) in the one, and none in the twin.
    """

    draft: Draft
    twin: Draft
    context: Context
    rule_id: str
    path: str
    group_id: str = ""
    field_id: str = ""


@dataclass(slots=True)
class Sheet:
    """A draft being filled in: one instance per group, answers by field."""

    template: Template
    answers: dict[str, dict[str, list[Value]]] = field(default_factory=dict)
    context: Context = field(default_factory=Context)

    def answer(self, group_id: str, field_id: str, *values: Value) -> None:
        """Give the answers of one question."""
        self.answers.setdefault(group_id, {})[field_id] = list(values)

    def satisfy(self, condition: Condition | None, group_id: str) -> None:
        """Answer so that ``condition`` holds."""
        if condition is not None:
            for part in condition.parts if condition.behavior == "all" else condition.parts[:1]:
                self._settle(part, group_id, holds=True)

    def falsify(self, condition: Condition, group_id: str) -> None:
        """Answer so that ``condition`` does not hold."""
        for part in condition.parts if condition.behavior == "any" else condition.parts[:1]:
            self._settle(part, group_id, holds=False)

    def _settle(self, part: Clause | Condition, group_id: str, *, holds: bool) -> None:
        if isinstance(part, Condition):
            (self.satisfy if holds else self.falsify)(part, group_id)
            return
        group = part.group or group_id
        if group == "context":
            self.context = replace(self.context, focus=_focus(part, holds=holds))
            return
        question = self.template.groups[group].fields[part.field]
        self.satisfy(question.when, group)
        value = _answer_for(question, part, holds=holds)
        if value is not None and not (holds and self._already(group, part)):
            self.answer(group, part.field, value)

    def _already(self, group_id: str, clause: Clause) -> bool:
        """Whether an earlier answer makes the clause true, so that settling one condition does not undo another."""
        given = self.answers.get(group_id, {}).get(clause.field, ())
        return clause.operator == "=" and any(isinstance(one, Coded) and one.code in clause.answers for one in given)

    def ask(self, group_id: str, field_id: str) -> Field:
        """Make sure that a question is asked, and return it."""
        question = self.template.groups[group_id].fields[field_id]
        self.satisfy(question.when, group_id)
        self.answers.setdefault(group_id, {})
        return question

    def seed(
        self, rule_id: str, group_id: str, field_id: str, *wrong: Value, part: str = "", right: Value | None
    ) -> Seed:
        """Return the draft in which a field is answered ``wrong``, and its twin in which it is answered ``right``.

        The issue is expected at the last wrong answer, or at the group where there is none.
        """
        self.answer(group_id, field_id, *(() if right is None else (right,)))
        twin = self.draft()
        self.answer(group_id, field_id, *wrong)
        draft = self.draft()
        position = [group.group_id for group in draft.groups].index(group_id)
        places = [place for place, item in enumerate(draft.groups[position].items) if item.field_id == field_id]
        path = f"draft.groups[{position}]" + (f".items[{places[-1]}]" if places else "") + (f".{part}" if part else "")
        return Seed(draft, twin, self.context, rule_id, path, group_id, field_id)

    def draft(self) -> Draft:
        """Return what was filled in."""
        groups = tuple(
            Group(
                group_id,
                f"{group_id}-1",
                tuple(Item(name, value) for name, values in given.items() for value in values),
            )
            for group_id, given in self.answers.items()
        )
        return Draft(self.template.id, self.template.version, groups)


def _focus(clause: Clause, *, holds: bool) -> Focus:
    if clause.field != "focus":
        message = f"no way to settle context.{clause.field}"
        raise NotImplementedError(message)
    wanted = (clause.operator == "=") is holds
    return next(focus for focus in Focus if (focus.value in clause.answers) is wanted)


def _answer_for(question: Field, clause: Clause, *, holds: bool) -> Value | None:
    """Return an answer for which the clause holds or not; None where it has to stay unanswered."""
    if clause.operator == "exists":
        return sample(question) if (clause.answers != (False,)) is holds else None
    if clause.operator not in ("=", "!="):
        message = f"no way to settle {clause.operator}"
        raise NotImplementedError(message)
    wanted = (clause.operator == "=") is holds
    if question.kind is Kind.BOOLEAN:
        return Boolean((clause.answers[0] is True) is wanted)
    terms = question.vocabulary.terms if question.vocabulary else {}
    codes = (code for code, term in terms.items() if (code in clause.answers) is wanted and not term.needs_text)
    code = next(codes, None)
    return Absent.NOT_APPLICABLE if code is None else Coded(code)  # "not applicable" is none of the codes


SAMPLES: Final[Mapping[Kind, Value]] = {
    Kind.BOOLEAN: Boolean(value=True),
    Kind.DATE: Date("2024-05-02"),
    Kind.DATE_TIME: DateTime("2024-05-02"),
    Kind.TEXT: Text("a remark"),
    Kind.LEVELS: Levels("T5", "T8"),
    Kind.IMAGE: Image(sop_instance_uid="1.2.3.4"),
}


def sample(question: Field) -> Value:
    """Return an answer that a field accepts."""
    if question.vocabulary:
        return Coded(next(code for code, term in question.vocabulary.terms.items() if not term.needs_text))
    number = question.bounds.low if question.bounds else Decimal(1)
    return number_of(question, number) or SAMPLES[question.kind]


def number_of(question: Field, number: Decimal) -> Value | None:
    """Return a number as an answer; None where the field takes none."""
    if question.kind is Kind.INTEGER:
        return Integer(int(number))
    unit = question.reference_unit.code if question.reference_unit else ""
    if question.kind is Kind.MEASUREMENT:
        return Measurement((str(number),), unit)
    return Quantity(str(number), unit) if question.kind is Kind.QUANTITY else None
