"""Every part of every rule matters: without it or a code of it, or with its limit moved, some case comes out otherwise.

A rule whose case would not notice that a comparison was lost could lose it, and nobody would know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import pytest

from emh_report import context as contexts
from emh_report.catalog.rule_tests import compile_tests
from emh_report.conditions import Clause, Condition, Facts, Row, Test, Truth
from emh_report.resolve import read
from emh_report.rules import Rule
from tests.rule_cases import RuleCase, catalog, context_of, draft_of, rule_cases

CASES: Final = {case.rule_id: case for case in rule_cases()}
BEYOND: Final = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
ELSEWHERE: Final = frozenset({"fields", "months", "sites"})
"""Lists that other tests hold: what a communication says, limits by age, regions of sites."""
SAME: Final[dict[str, frozenset[str]]] = {
    # The field accepts only what is above zero: "> 0" asks for a value; "exists" would take "does not apply".
    "C05a": frozenset({"spleen-length >= 0 instead of >", "spleen-volume >= 0 instead of >"}),
    "C05c": frozenset({"spleen-length >= 0 instead of >"}),
    "S03a": frozenset({"size-right >= 0 instead of >"}),
    "S03b": frozenset({"size-left >= 0 instead of >"}),
    "S16a": frozenset({"size >= 0 instead of >"}),
    "S16b": frozenset({"prior-size >= 0 instead of >"}),
    "S26b": frozenset({"gestational-age >= 0 instead of >"}),
    "S27k": frozenset({"kidney-length >= 0 instead of >"}),
    "S29b": frozenset(
        f"{field} >= 0 instead of >"
        for field in ("size-right", "size-left", "size-smallest", "size-largest", "lesion-volume")
    ),
    # The predicate looks for the number itself; the comparison spares asking it, and says what a finding is told by.
    **dict.fromkeys(
        ("A02b", "A02e", "A03e", "A04f", "C22c", "C22d"), frozenset({"without fluid-hematocrit exists True"})
    ),
    "A14c": frozenset({"without mca-psv-mom exists True"}),
    "C03": frozenset({"without spleen-length exists True"}),
}
"""Parts without which a rule says the same, by rule, and why."""


def _words(part: Clause | Condition) -> str:
    if isinstance(part, Condition):
        return f"{part.behavior} of {len(part.parts)}: {_words(part.parts[0])}"
    field = f"{part.group}.{part.field}" if part.group else part.field
    return f"{field} {part.operator} {', '.join(map(str, part.answers))}"


def _damaged(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """Yield ``condition`` without each of its parts and codes, and with each limit in or out where it was out or in."""
    for place, part in enumerate(condition.parts):
        before, after = condition.parts[:place], condition.parts[place + 1 :]
        if before or after:
            yield f"without {_words(part)}", condition._replace(parts=before + after)
        if isinstance(part, Condition):
            for what, inner in _damaged(part):
                yield what, condition._replace(parts=(*before, inner, *after))
        elif part.operator in BEYOND:
            moved = part._replace(operator=BEYOND[part.operator])
            yield f"{_words(moved)} instead of {part.operator}", condition._replace(parts=(*before, moved, *after))
        elif len(part.answers) > 1:
            for code in part.answers:
                fewer = part._replace(answers=tuple(other for other in part.answers if other != code))
                yield f"{_words(fewer)} without {code}", condition._replace(parts=(*before, fewer, *after))


def _moved(rule: Rule) -> Iterator[tuple[str, dict[str, str | list[str]]]]:
    """Yield the parameters of the predicate with each number one more and one less, and without each code of a list."""
    for name, value in rule.params.items():
        if isinstance(value, list) and len(value) > 1 and name not in ELSEWHERE:
            for code in value:
                yield f"{name} without {code}", {**rule.params, name: [other for other in value if other != code]}
        if isinstance(value, str) and _is_number(value):
            for other in (str(Decimal(value) + 1), str(Decimal(value) - 1)):
                yield f"{name} {other} instead of {value}", {**rule.params, name: other}


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def mutants(rule: Rule) -> Iterator[tuple[str, Test]]:
    """Yield ``rule`` with one mistake in it, and which."""
    assert rule.when is not None
    for what, condition in _damaged(rule.when):
        yield what, compile_tests(condition, rule.predicate, rule.params)[1]
    for what, params in _moved(rule):
        yield what, compile_tests(rule.when, rule.predicate, params)[1]


def asked(rule: Rule, case: RuleCase) -> list[tuple[Row, Facts]]:
    """Return everything the rule is asked about in the drafts of its case."""
    plan = catalog().plan(case.template_id)
    found: list[tuple[Row, Facts]] = []
    for groups in case.drafts:
        draft = draft_of(case.template_id, groups)
        facts: dict[str, list[Row]] = {"context": [contexts.facts(context_of(groups), draft.mode.value)]}
        for answered in read(plan, draft).groups:
            facts.setdefault(answered.definition.id, []).append(answered.row)
        rows: Sequence[Row] = [{}] if rule.scope == "report" else facts.get(rule.scope, ())
        found += [(row, facts) for row in rows]
    return found


def said(rule: Rule, test: Test, about: list[tuple[Row, Facts]]) -> list[Truth]:
    """Return what ``test`` says wherever the rule is asked; one that is silent on what is unknown fires or does not."""
    found = [test(row, facts) for row, facts in about]
    return found if rule.asks_on_unknown else [truth is True for truth in found]


@pytest.mark.parametrize("rule", catalog().rules, ids=lambda rule: rule.id)
def test_every_part_matters(rule: Rule) -> None:
    about = asked(rule, CASES[rule.id])
    right = said(rule, rule.test, about)
    unnoticed = {what for what, test in mutants(rule) if said(rule, test, about) == right}
    assert unnoticed == SAME.get(rule.id, frozenset())
