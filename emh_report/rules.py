"""Clinical consistency rules: data, compiled to functions at load and asked in one pass.

A rule fires when its condition is true. Where the condition cannot be known it is silent, or says
that it could not be checked, as the rule itself states (``on_unknown``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emh_report.certain import Certain
from emh_report.conditions import Answer, Facts, Row, Test
from emh_report.issues import Issue, Severity, Where


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule. ``target`` is the field an issue points at; ``needs`` are fields without which it cannot fire."""

    id: str
    severity: Severity
    scope: str
    title: str
    message: str
    target: str
    test: Test
    fires: Certain
    """Whether ``test`` is surely true."""
    needs: frozenset[str]
    equals: Mapping[str, frozenset[Answer]]
    """Answers of the same row, one of which the rule needs: what it is indexed by."""
    asks_on_unknown: bool
    urgency: str
    overridable: bool
    references: tuple[str, ...]


def ask(rule: Rule, row: Row, facts: Facts) -> bool | None:
    """Return whether ``rule`` fires for ``row``; None where it cannot be known and the rule says so."""
    return rule.test(row, facts) if rule.asks_on_unknown else rule.fires(row, facts)


def fired(rule: Rule, where: Where) -> Issue:
    """Return the issue of a rule that fired."""
    return Issue(rule.id, rule.severity, where, rule.message, overridable=rule.overridable, references=rule.references)


def undecided(rule: Rule, where: Where) -> Issue:
    """Return the hint that a rule could not be checked."""
    message = f"could not be checked, since something it depends on is not answered: {rule.title}"
    return Issue(rule.id, Severity.INFORMATION, where, message, references=rule.references)
