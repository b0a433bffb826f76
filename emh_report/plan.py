"""Everything a template needs at run time, compiled at load: checkers per field, rules per group."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from emh_report.conditions import Answer
from emh_report.rules import Rule
from emh_report.template import Field, GroupDefinition, Template
from emh_report.values import Checker, LevelTables, compile_checker

REPORT_SCOPE = "report"


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """One group with its fields and their checkers, and the rules asked for each of its instances."""

    definition: GroupDefinition
    readers: Mapping[str, tuple[Field, Checker]]
    rules: tuple[Rule, ...]
    always: tuple[Rule, ...]
    """Rules that have to be asked of every instance."""
    by_field: Mapping[str, tuple[Rule, ...]]
    """Rules that cannot fire unless this field has an answer."""
    by_answer: Mapping[tuple[str, Answer], tuple[Rule, ...]]
    """Rules that cannot fire unless this field has this answer. Every rule is in one of the three only."""
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
    return Plan(template, groups, report_rules, tuple(plan for plan in groups.values() if _obliges(plan.definition)))


def _group_plan(definition: GroupDefinition, rules: Sequence[Rule], tables: LevelTables) -> GroupPlan:
    by_field: dict[str, list[Rule]] = {}
    by_answer: dict[tuple[str, Answer], list[Rule]] = {}
    always: list[Rule] = []
    for rule in rules:
        if rule.asks_on_unknown or not rule.needs:
            always.append(rule)
        elif rule.equals:
            name = min(rule.equals, key=lambda name: _share(definition, name, rule.equals[name]))
            for answer in rule.equals[name]:
                by_answer.setdefault((name, answer), []).append(rule)
        else:
            by_field.setdefault(min(rule.needs), []).append(rule)
    return GroupPlan(
        definition=definition,
        readers={field_id: (field, compile_checker(field, tables)) for field_id, field in definition.fields.items()},
        rules=tuple(rules),
        always=tuple(always),
        by_field={name: tuple(chosen) for name, chosen in by_field.items()},
        by_answer={key: tuple(chosen) for key, chosen in by_answer.items()},
        order={field_id: position for position, field_id in enumerate(definition.fields)},
    )


def _share(definition: GroupDefinition, name: str, answers: Collection[Answer]) -> float:
    """Return the share of a field's possible answers that ``answers`` are: the smaller, the better an index."""
    field = definition.fields.get(name)
    possible = len(field.vocabulary.terms) if field and field.vocabulary else 2
    return len(answers) / possible


def _obliges(group: GroupDefinition) -> bool:
    return bool(group.at_least or group.required_keys or (group.demanding and not group.repeats))


def _concerns(rule: Rule, template: Template) -> bool:
    """Whether the template asks what the rule is about: its group, and the field it points at."""
    if rule.scope != REPORT_SCOPE and rule.scope not in template.groups:
        return False
    group_id, _, field_id = rule.target.rpartition(".")
    if not field_id:
        return True
    group = template.groups.get(group_id or rule.scope)
    return group is not None and field_id in group.fields
