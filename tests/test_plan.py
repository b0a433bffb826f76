"""What a plan compiles of many rules at once is what each of them says alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import pytest

from emh_report.conditions import UNKNOWN, Clause, Condition, Fact, Row
from emh_report.plan import REPORT_SCOPE, Plan
from emh_report.rules import Rule
from tests.strategies import catalog

TEMPLATES: Final = sorted(template.id for template in catalog().templates)
THERE: Final = (UNKNOWN, Decimal(5), "2024-05")
Rows = dict[str, list[dict[str, Fact]]]


def clauses(condition: Condition | None) -> Iterator[Clause]:
    for part in condition.parts if condition else ():
        yield from clauses(part) if isinstance(part, Condition) else (part,)


def answer(clause: Clause, repeats: bool, chance: random.Random) -> Fact | None:
    """Return an answer that a clause looks for, or one near to it; None where it looks for none."""
    stated = chance.choice(clause.answers)
    if clause.operator == "exists":
        return chance.choice(THERE) if stated else None
    if isinstance(stated, Decimal):
        return stated + chance.choice((-1, 0, 1))
    return frozenset({stated}) if repeats and isinstance(stated, str) else stated


def rows_for(plan: Plan, rule: Rule, chance: random.Random) -> Rows:
    """Return answers that a rule looks for, about half of the time all of them, in two instances."""
    found: Rows = {"context": [{"focus": "patient"}]}
    for clause in clauses(rule.when):
        group_id = clause.group or rule.scope
        group = plan.template.groups.get(group_id)
        field = group.fields.get(clause.field) if group else None
        if field is None and group_id != "context":
            continue  # this template does not ask it
        for row in found.setdefault(group_id, [{}, {}]):
            value = answer(clause, bool(field and field.repeats), chance)
            if value is not None and chance.random() < 0.9:
                row[clause.field] = value
    return found


def says(rule: Rule, row: Row, facts: Rows) -> bool:
    """Whether a rule speaks, by its three-valued test alone."""
    truth = rule.test(row, facts)
    known = all(row.get(clause.field) is not None for clause in rule.needs)
    return truth is True or (rule.asks_on_unknown and known and truth is None)


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_the_rules_of_a_group_speak_together_as_each_does_alone(template_id: str) -> None:
    plan, chance = catalog().plan(template_id), random.Random(template_id)  # noqa: S311 - no secret
    for rule in plan.rules:
        for _ in range(3):
            facts = rows_for(plan, rule, chance)
            alone = [one for one in plan.rules if one.scope == REPORT_SCOPE and says(one, {}, facts)]
            assert plan.speaking({}, facts) == alone
            for group_id in facts.keys() & plan.groups.keys():
                group = plan.groups[group_id]
                for row in facts[group_id]:
                    _, _, together = group.examine(row, facts)
                    assert sorted(one.id for one in together) == sorted(
                        one.id for one in group.rules if says(one, row, facts)
                    )
