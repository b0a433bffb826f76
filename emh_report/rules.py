"""Clinical consistency rules: data, compiled to functions at load and asked in one pass.

A rule fires when its condition is true. Where the condition cannot be known it is silent, or says
that it could not be checked, as the rule itself states (``on_unknown``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emh_report.conditions import Clause, Condition, Test
from emh_report.issues import Issue, Severity, Where


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule: it fires where ``when`` and all of ``tests`` are true. ``target`` is the field an issue points at."""

    id: str
    severity: Severity
    scope: str
    title: str
    message: str
    target: str
    when: Condition | None
    predicate: str
    """Name of what a table of comparisons cannot say; ``params`` are its thresholds."""
    params: Mapping[str, str | list[str]]
    tests: tuple[Test, ...]
    test: Test
    """Whether the rule fires, in three truths."""
    needs: tuple[Clause, ...]
    """Comparisons within the same row without which the rule says nothing."""
    asks_on_unknown: bool
    urgency: str
    told: Condition | None
    """Of a trigger: the comparisons whose answers say what was found. None where only ``reads`` do."""
    reads: tuple[str, ...]
    """Of a trigger: further fields of the same row whose answers say it."""
    overridable: bool
    references: tuple[str, ...]


def fired(rule: Rule, where: Where) -> Issue:
    """Return the issue of a rule that fired."""
    return Issue(rule.id, rule.severity, where, rule.message, overridable=rule.overridable, references=rule.references)


def undecided(rule: Rule, where: Where) -> Issue:
    """Return the hint that a rule could not be checked."""
    message = f"could not be checked, since something it depends on is not answered: {rule.title}"
    return Issue(rule.id, Severity.INFORMATION, where, message, references=rule.references)
