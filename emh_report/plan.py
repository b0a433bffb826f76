"""Everything a template needs at run time, compiled at load: checkers per field, rules per group."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from emh_report.certain import Certain, compile_certain, compile_denied
from emh_report.conditions import Answer
from emh_report.draft import Value
from emh_report.rules import Rule
from emh_report.template import Field, GroupDefinition, Template
from emh_report.values import MAX_ACCEPTED, Checked, Checker, LevelTables, compile_checker, usual_answers

REPORT_SCOPE = "report"


class Reader(NamedTuple):
    """How answers to one question are read. ``ready`` are answers of type ``kind`` that were checked at load."""

    field: Field
    kind: type
    ready: Mapping[Value, Checked]
    check: Checker


class Listeners(NamedTuple):
    """Rules that one field is asked for: whatever its answer is, and for one answer each."""

    to_any: tuple[Rule, ...]
    to_one: Mapping[Answer, tuple[Rule, ...]]


class Demand(NamedTuple):
    """A question that needs an answer, always or where ``needed`` holds, and what is said when it has none."""

    field_id: str
    needed: Certain | None
    message: str
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """One group with its fields and their checkers, and the rules asked for each of its instances."""

    definition: GroupDefinition
    readers: Mapping[str, Reader]
    unasked: Mapping[str, Certain]
    """For every question with a condition: whether it is surely not asked."""
    demands: tuple[Demand, ...]
    alone: Mapping[str, frozenset[str]]
    """For every question with several answers: the codes that exclude any other."""
    rules: tuple[Rule, ...]
    always: tuple[Rule, ...]
    """Rules that have to be asked of every instance."""
    by_field: Mapping[str, Listeners]
    """Rules that say nothing unless this field has an answer. Every rule is in one of the two only."""
    order: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A template ready to validate drafts."""

    template: Template
    groups: Mapping[str, GroupPlan]
    report_rules: tuple[Rule, ...]
    obliging: tuple[GroupPlan, ...]
    """Groups that ask something even of a draft without any instance of them."""


def compile_plan(template: Template, rules: Sequence[Rule], tables: LevelTables) -> Plan:
    """Return the plan of ``template`` with those of ``rules`` that concern it."""
    concerned = [rule for rule in rules if _concerns(rule, template)]
    groups = {
        group_id: _group_plan(definition, [rule for rule in concerned if rule.scope == group_id], tables)
        for group_id, definition in template.groups.items()
    }
    report_rules = tuple(rule for rule in concerned if rule.scope == REPORT_SCOPE)
    return Plan(template, groups, report_rules, tuple(plan for plan in groups.values() if _obliges(plan)))


def _group_plan(definition: GroupDefinition, rules: Sequence[Rule], tables: LevelTables) -> GroupPlan:
    fields = definition.fields
    denied = {when: compile_denied(when) for when in {field.when for field in fields.values() if field.when}}
    return GroupPlan(
        definition=definition,
        readers={field_id: _reader(field, tables) for field_id, field in fields.items()},
        unasked={field_id: denied[field.when] for field_id, field in fields.items() if field.when},
        demands=tuple(_demand(field) for field in fields.values() if field.required or field.required_when),
        alone={field_id: codes for field_id, field in fields.items() if (codes := _alone(field))},
        rules=tuple(rules),
        always=tuple(rule for rule in rules if not rule.needs),
        by_field=_index(definition, rules),
        order={field_id: position for position, field_id in enumerate(fields)},
    )


def _reader(field: Field, tables: LevelTables) -> Reader:
    check = compile_checker(field, tables)
    ready = {value: check(value) for value in usual_answers(field)}
    return Reader(field, type(next(iter(ready), None)), ready, check)


def _alone(field: Field) -> frozenset[str]:
    terms = field.vocabulary.terms.values() if field.vocabulary and field.repeats else ()
    return frozenset(term.code for term in terms if term.stands_alone)


def _demand(field: Field) -> Demand:
    message = f"{field.label} needs an answer (unknown and not evaluable are answers)"
    accepted = tuple(islice(field.vocabulary.terms, MAX_ACCEPTED)) if field.vocabulary else (field.kind.value,)
    return Demand(field.id, _needed(field), message, accepted)


def _needed(field: Field) -> Certain | None:
    """Whether a question surely needs an answer: asked and required, or required now and not surely unasked."""
    required, when, required_when = field.required, field.when, field.required_when
    if when is None:
        return None if required or required_when is None else compile_certain(required_when)
    if required_when is None:
        return compile_certain(when)
    asked, denied, now = compile_certain(when), compile_denied(when), compile_certain(required_when)
    return lambda row, facts: (required and asked(row, facts)) or (now(row, facts) and not denied(row, facts))


def _index(definition: GroupDefinition, rules: Sequence[Rule]) -> Mapping[str, Listeners]:
    """List every rule under the field that is least likely to have an answer the rule needs."""
    to_any: dict[str, list[Rule]] = {}
    to_one: dict[str, dict[Answer, list[Rule]]] = {}
    for rule in rules:
        if rule.equals:
            name = min(rule.equals, key=lambda name: _share(definition, name, rule.equals[name]))
            for answer in rule.equals[name]:
                to_one.setdefault(name, {}).setdefault(answer, []).append(rule)
        elif rule.needs:
            to_any.setdefault(min(rule.needs), []).append(rule)
    return {
        name: Listeners(
            tuple(to_any.get(name, ())), {answer: tuple(some) for answer, some in to_one.get(name, {}).items()}
        )
        for name in (*to_any, *to_one)
    }


def _share(definition: GroupDefinition, name: str, answers: Collection[Answer]) -> float:
    """Return the share of a field's possible answers that ``answers`` are: the smaller, the better an index."""
    field = definition.fields.get(name)
    possible = len(field.vocabulary.terms) if field and field.vocabulary else 2
    return len(answers) / possible


def _obliges(plan: GroupPlan) -> bool:
    group = plan.definition
    return bool(group.at_least or group.required_keys or (plan.demands and not group.repeats))


def _concerns(rule: Rule, template: Template) -> bool:
    """Whether the template asks what the rule is about: its group, and the field it points at."""
    if rule.scope != REPORT_SCOPE and rule.scope not in template.groups:
        return False
    group_id, _, field_id = rule.target.rpartition(".")
    if not field_id:
        return True
    group = template.groups.get(group_id or rule.scope)
    return group is not None and field_id in group.fields
