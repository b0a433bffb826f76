"""Every rule: one draft that breaks it, one that passes, one where the answer is unknown (tests/rules/*.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any

import pytest

from emh_report import pipeline
from emh_report.issues import Issue, Severity
from emh_report.rules import Rule
from scripts import rules_table
from tests.rule_cases import RuleCase, catalog, context_of, draft_of, rule_cases

CASES = {case.rule_id: case for case in rule_cases()}
STRUCTURAL = {rule_id for rule_id, _, _ in rules_table.STRUCTURAL}
"""Rules that are enforced where answers are read, not asked afterwards (docs/rules.md)."""
EVIDENCE = {*(f"S{number:02}" for number in range(1, 22)), *(f"C{number:02}" for number in range(1, 38))}
"""Rules of the evidence pack; a letter behind the number is a part of one of them."""
NO_RULE = {"C13"}
OF_OUR_OWN = {*(f"S{number}" for number in range(22, 36)), "A14", "A15", "A16"}
"""Rules of design that the evidence does not number."""
READING = {"S01", "S04", "S06", "bad-date", "duplicate-answer", "empty-text", "no-value", "not-a-decimal"}
READING |= {"out-of-range", "unit-not-accepted", "unknown-field", "unknown-group", "wrong-display", "wrong-type"}
"""Issues of an answer that is not accepted."""
RULES = {rule.id: rule for rule in catalog().rules}


def issues_of(case: RuleCase, groups: Mapping[str, Any]) -> list[Issue]:
    """Return what is found in one draft of ``case`` about its rule."""
    verdict = pipeline.validate(catalog(), draft_of(case.template_id, groups), context_of(groups))
    return [issue for issue in verdict.issues if issue.rule_id == case.issue_id]


def test_every_rule_has_cases_and_every_case_a_rule() -> None:
    assert set(CASES) == set(RULES) | STRUCTURAL


def test_every_rule_of_the_evidence_is_there() -> None:
    families = {rule_id.rstrip(ascii_lowercase) for rule_id in CASES if rule_id[0] in "SC"}
    assert families - OF_OUR_OWN == EVIDENCE - NO_RULE


def test_every_row_of_the_table_of_complications_has_a_trigger() -> None:
    rows = {rule.id[:3] for rule in RULES.values() if rule.urgency}
    assert rows - OF_OUR_OWN == {f"A{number:02}" for number in range(1, 13)}


@pytest.mark.parametrize("rule_id", CASES)
def test_breaks(rule_id: str) -> None:
    case = CASES[rule_id]
    for groups in (case.breaks, *case.also_breaks):
        found = issues_of(case, groups)
        assert found, groups
        for issue in found:
            if rule_id in RULES:
                rule = RULES[rule_id]
                assert (issue.severity, issue.message) == (rule.severity, rule.message)
                assert issue.where.field_id == rule.target.rpartition(".")[2]
                assert issue.overridable == (rule.severity is Severity.WARNING)


@pytest.mark.parametrize("rule_id", CASES)
def test_passes(rule_id: str) -> None:
    case = CASES[rule_id]
    assert [groups for groups in (case.passes, *case.also_passes) if issues_of(case, groups)] == []


@pytest.mark.parametrize("rule_id", CASES)
def test_unknown(rule_id: str) -> None:
    case = CASES[rule_id]
    found = issues_of(case, case.unknown)
    asks = rule_id in RULES and RULES[rule_id].asks_on_unknown
    assert [issue.severity for issue in found] == ([Severity.INFORMATION] if asks else [])
    assert all(issue.message.startswith("could not be checked") for issue in found)


@pytest.mark.parametrize("rule_id", sorted(CASES))
def test_a_case_is_about_its_rule_and_nothing_else_that_is_refused(rule_id: str) -> None:
    case = CASES[rule_id]
    for groups in case.drafts:
        verdict = pipeline.validate(catalog(), draft_of(case.template_id, groups), context_of(groups))
        refused = {issue.rule_id for issue in verdict.issues if issue.rule_id in READING}
        assert refused <= ({case.issue_id} if groups is case.breaks else set()), groups


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.urgency], ids=lambda rule: rule.id)
def test_a_trigger_never_blocks_and_adds_a_critical_finding(rule: Rule) -> None:
    case = CASES[rule.id]
    verdict = pipeline.validate(catalog(), draft_of(case.template_id, case.breaks), context_of(case.breaks))
    assert rule.severity is Severity.INFORMATION
    assert rule.urgency in {"cat-1", "cat-2", "cat-3"}
    assert rule.id in {critical.rule_id for critical in verdict.critical}
    assert verdict.can_release_preliminary
