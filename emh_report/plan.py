"""Everything a template needs at run time, compiled at load: checkers per field, rules per group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import groupby, islice
from typing import NamedTuple, cast

from emh_report.certain import (
    Guard,
    always,
    answered,
    both,
    compile_choice,
    compile_choices,
    denied,
    either,
    opposite,
    possibly,
    reaches_out,
    some_answered,
    surely,
    unanswered,
)
from emh_report.conditions import Clause, Condition, Facts, Row
from emh_report.draft import Item
from emh_report.rules import Rule
from emh_report.template import Field, GroupDefinition, Template
from emh_report.values import MAX_ACCEPTED, Checked, Checker, LevelTables, compile_checker, plain_codes

REPORT_SCOPE = "report"


Reader = tuple[Field, Checker]
"""A question and how its answers are read."""

Examined = tuple[list["Demand"], list[Mapping[str, Field]], list[Rule]]
"""What is wrong with a group instance: missing answers, questions that are not asked though some of them have an
answer (by the condition they share), rules that speak."""

Questions = tuple[list[str], list[Mapping[str, Field]]]
"""Of a group instance: the questions that surely need an answer, and those that are surely not asked."""


class Demand(NamedTuple):
    """A question that needs an answer, and what is said when it has none."""

    field_id: str
    message: str
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """One group with its fields and their checkers, and what is asked of each of its instances."""

    definition: GroupDefinition
    readers: Mapping[str, Reader]
    chosen: Mapping[Item, Checked]
    """Every choice of a code that needs no words, with and without its display, checked at load."""
    alone: Mapping[str, frozenset[str]]
    """For every question with several answers: the codes that exclude any other."""
    rules: tuple[Rule, ...]
    demanded: frozenset[str]
    """Questions that need an answer, always or under a condition."""
    examine: Callable[[Row, Facts], Examined]
    """Says what is wrong with an instance; rules in the order of the answers they hinge on."""
    missing: Callable[[Row, Facts], list[Demand]]
    """Says only what is missing."""
    order: Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """A template ready to validate drafts. What it does with each group is compiled when it is first used."""

    template: Template
    rules: tuple[Rule, ...]
    tables: LevelTables

    @cached_property
    def groups(self) -> Mapping[str, GroupPlan]:
        """Every group of the template, compiled."""
        return {
            group_id: _group_plan(definition, [rule for rule in self.rules if rule.scope == group_id], self.tables)
            for group_id, definition in self.template.groups.items()
        }

    @cached_property
    def speaking(self) -> Callable[[Row, Facts], list[Rule]]:
        """Rules about the report as a whole that have something to say."""
        return compile_choice([(_speaks(rule), rule) for rule in self.rules if rule.scope == REPORT_SCOPE])

    @cached_property
    def obliging(self) -> tuple[GroupPlan, ...]:
        """Groups that ask something even of a draft without any instance of them."""
        return tuple(plan for plan in self.groups.values() if _obliges(plan))

    def compile(self) -> None:
        """Compile everything now, so that no request has to wait for it."""
        _ = self.speaking, self.obliging


def compile_plan(template: Template, rules: Sequence[Rule], tables: LevelTables) -> Plan:
    """Return the plan of ``template`` with those of ``rules`` that concern it."""
    return Plan(template, tuple(rule for rule in rules if _concerns(rule, template)), tables)


def _group_plan(definition: GroupDefinition, rules: Sequence[Rule], tables: LevelTables) -> GroupPlan:
    fields = definition.fields
    single, demanding = _single(definition), _demanding(definition)
    missing = [(both(unanswered(field.id), _needed(field)), _demand(field)) for field in demanding]
    unasked = [(_answered_unasked(when, asked), asked) for when, asked in _by_condition(definition).items()]
    speaking = list(_speaking(rules, definition))
    return GroupPlan(
        definition=definition,
        readers={field_id: (field, compile_checker(field, tables)) for field_id, field in fields.items()},
        chosen={Item(field.id, value): checked for field in fields.values() for value, checked in plain_codes(field)},
        alone={field_id: codes for field_id, field in fields.items() if (codes := _alone(field))},
        rules=tuple(rules),
        demanded=frozenset(field.id for field in demanding),
        examine=cast("Callable[[Row, Facts], Examined]", compile_choices([missing, unasked, speaking], single)),
        missing=compile_choice(missing, single),
        order={field_id: position for position, field_id in enumerate(fields)},
    )


def _by_condition(definition: GroupDefinition) -> Mapping[Condition, Mapping[str, Field]]:
    found: dict[Condition, dict[str, Field]] = {}
    for field_id, field in definition.fields.items():
        if field.when:
            found.setdefault(field.when, {})[field_id] = field
    return found


def _answered_unasked(when: Condition, asked: Mapping[str, Field]) -> Guard:
    """Hold where a question that shares a condition is answered though none of them is asked; what costs less first."""
    there, unasked = some_answered(asked), denied(when)
    return both(there, unasked) if reaches_out(when) else both(unasked, there)


def _alone(field: Field) -> frozenset[str]:
    terms = field.vocabulary.terms.values() if field.vocabulary and field.repeats else ()
    return frozenset(term.code for term in terms if term.stands_alone)


def _demand(field: Field) -> Demand:
    message = f"{field.label} needs an answer (unknown and not evaluable are answers)"
    accepted = tuple(islice(field.vocabulary.terms, MAX_ACCEPTED)) if field.vocabulary else (field.kind.value,)
    return Demand(field.id, message, accepted)


def _needed(field: Field) -> Guard:
    """Hold where a question surely needs an answer: asked and required, or required now and not surely unasked."""
    required, when, required_when = field.required, field.when, field.required_when
    needed: list[Guard] = []
    if required and when:
        needed.append(surely(when))
    if required_when and not (required and when is None):
        needed.append(both(surely(required_when), opposite(denied(when))) if when else surely(required_when))
    return either(*needed) if needed else always


@lru_cache(maxsize=1024)
def compile_questions(definition: GroupDefinition) -> Callable[[Row, Facts], Questions]:
    """Return a function that says of an instance which questions surely need an answer, and which are not asked."""
    needed = [(_needed(field), field.id) for field in _demanding(definition)]
    unasked = [(denied(when), asked) for when, asked in _by_condition(definition).items()]
    return cast("Callable[[Row, Facts], Questions]", compile_choices([needed, unasked], _single(definition)))


def _demanding(definition: GroupDefinition) -> list[Field]:
    return [field for field in definition.fields.values() if field.required or field.required_when]


def _single(definition: GroupDefinition) -> frozenset[str]:
    return frozenset(field_id for field_id, field in definition.fields.items() if not field.repeats)


def _speaks(rule: Rule, hinge: Clause | None = None) -> Guard:
    """Hold where a rule fires, or cannot be decided and says so; ``hinge`` is the answer to look at first."""
    if rule.asks_on_unknown:
        return both(*(answered(clause.field) for clause in rule.needs), possibly(rule.test))
    return surely(rule.when, *rule.tests, first=hinge)


def _speaking(rules: Sequence[Rule], definition: GroupDefinition) -> Iterator[tuple[Guard, Rule]]:
    """Yield the rules that can speak about a group, in the order of the answers they hinge on.

    Those that hinge on the same question stand behind one look whether it has an answer.
    """
    asked = [rule for rule in rules if all(clause.field in definition.fields for clause in rule.needs)]
    hinges = [(_hinge(rule, definition), rule) for rule in asked]
    order = {field_id: position for position, field_id in enumerate(definition.fields)}
    hinges.sort(key=lambda pair: (order.get(_field(pair[0]), -1), _is_choice(pair[0]), repr(pair[0])))
    for field_id, group in groupby(hinges, lambda pair: _field(pair[0])):
        there = answered(field_id) if field_id else always
        yield from ((both(there, _speaks(rule, hinge)), rule) for hinge, rule in group)


def _hinge(rule: Rule, definition: GroupDefinition) -> Clause | None:
    """Return the rarest answer that a rule needs, else any answer."""
    choices = [clause for clause in rule.needs if _is_choice(clause)]
    if choices:
        return min(choices, key=lambda clause: len(clause.answers) / _possible(definition, clause.field))
    return next(iter(rule.needs), None)


def _field(hinge: Clause | None) -> str:
    return hinge.field if hinge else ""


def _is_choice(clause: Clause | None) -> bool:
    return clause is not None and clause.operator == "=" and not isinstance(clause.answers[0], Decimal)


def _possible(definition: GroupDefinition, name: str) -> int:
    field = definition.fields.get(name)
    return len(field.vocabulary.terms) if field and field.vocabulary else 2


def _obliges(plan: GroupPlan) -> bool:
    group = plan.definition
    return bool(group.at_least or group.required_keys or (plan.demanded and not group.repeats))


def _concerns(rule: Rule, template: Template) -> bool:
    """Whether the template asks what the rule is about: its group, and the field it points at."""
    if rule.scope != REPORT_SCOPE and rule.scope not in template.groups:
        return False
    group_id, _, field_id = rule.target.rpartition(".")
    if not field_id:
        return True
    group = template.groups.get(group_id or rule.scope)
    return group is not None and field_id in group.fields
