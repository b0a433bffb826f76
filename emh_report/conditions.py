"""Three-valued conditions compiled from data tables.

A condition is a table ``{ all | any = [ { field, operator, answer } ] }``; a flat one maps 1:1 to
FHIR enableWhen and enableBehavior. Truth is Kleene's: ``True``, ``False``, or ``None`` for "cannot
be known", because silence is not a negative finding.

Rule 1 of this file: a question that is unanswered, unknown or not evaluable never compares as false.
Rule 2: only ``exists`` looks at whether there is an answer; an answer "unknown" is an answer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple

from emh_report.dates import is_before


class Gap(Enum):
    """An answer without a value."""

    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


UNKNOWN: Final = Gap.UNKNOWN
NOT_APPLICABLE: Final = Gap.NOT_APPLICABLE
"""The gaps by a short way: looking a member up in its Enum class costs more than the comparison it is looked up for."""


class Span(NamedTuple):
    """A range of vertebral levels as positions from C1 = 1 downwards, and the regions of both ends."""

    upper: int
    lower: int
    upper_region: str
    lower_region: str


Fact = str | Decimal | int | bool | frozenset[str] | tuple[Decimal, ...] | Span | Gap
"""What conditions see of an answer: a code, a number in the field's first unit, codes of a multiple
choice, axes of a measurement, a span of levels, or a gap."""

Row = Mapping[str, Fact]
"""Facts of one group instance by field id; a question that was not answered is not in it."""

Facts = Mapping[str, Sequence[Row]]
"""Rows of every group; ``context`` has one row."""

Truth = bool | None
Test = Callable[[Row, Facts], Truth]
"""A compiled condition: (row it is asked for, all facts) → truth."""

_ORDERINGS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


Answer = str | bool | Decimal
"""What a clause compares with."""


class Clause(NamedTuple):
    """One comparison. ``group`` is empty for a field of the same row; ``answers`` are alternatives."""

    group: str
    field: str
    operator: str
    answers: tuple[Answer, ...]


class Condition(NamedTuple):
    """Clauses and nested conditions joined by ``all`` or ``any``."""

    behavior: str
    parts: tuple[Clause | Condition, ...]


def compile_condition(condition: Condition) -> Test:
    """Return ``condition`` as a function."""
    tests = tuple(
        compile_condition(part) if isinstance(part, Condition) else compile_clause(part) for part in condition.parts
    )
    return every(tests) if condition.behavior == "all" or len(tests) == 1 else _some(tests)


def every(tests: Sequence[Test]) -> Test:
    """Return a test that is true when all ``tests`` are, and false when one is."""

    def test(row: Row, facts: Facts) -> Truth:
        result: Truth = True
        for part in tests:
            truth = part(row, facts)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    return tests[0] if len(tests) == 1 else test


def _some(tests: Sequence[Test]) -> Test:
    def test(row: Row, facts: Facts) -> Truth:
        result: Truth = False
        for part in tests:
            truth = part(row, facts)
            if truth is True:
                return True
            if truth is None:
                result = None
        return result

    return test


def compile_clause(clause: Clause) -> Test:
    """Return one comparison as a function of the row it is asked for and all facts."""
    name, group = clause.field, clause.group
    if not group and clause.operator in ("=", "!="):
        return _local_equality(name, frozenset(clause.answers), wanted=clause.operator == "=")
    compare = _comparison(clause)
    if not group:
        return lambda row, _: compare(row.get(name))
    negated = clause.operator == "!=" or (clause.operator == "exists" and clause.answers == (False,))
    if negated:
        positive = _across(group, name, _comparison(_positive(clause)))

        def test(row: Row, facts: Facts) -> Truth:
            truth = positive(row, facts)
            return None if truth is None else not truth

        return test
    return _across(group, name, compare)


def _local_equality(name: str, answers: Collection[Answer], *, wanted: bool) -> Test:
    """Equality within a row, in one call: most conditions are this one."""

    def test(row: Row, _: Facts) -> Truth:
        fact = row.get(name)
        if fact is None or fact is UNKNOWN:
            return None
        if type(fact) is frozenset:
            return (not fact.isdisjoint(answers)) is wanted
        return (fact in answers) is wanted

    return test


def _positive(clause: Clause) -> Clause:
    if clause.operator == "exists":
        return clause._replace(answers=(True,))
    return clause._replace(operator="=")


def _across(group: str, name: str, compare: Callable[[Fact | None], Truth]) -> Test:
    """Any instance of a group: true when one is, unknown when none is known to be."""
    nothing = compare(None)

    def test(_: Row, facts: Facts) -> Truth:
        rows = facts.get(group)
        if not rows:
            return nothing
        if len(rows) == 1:
            return compare(rows[0].get(name))
        result: Truth = False
        for row in rows:
            truth = compare(row.get(name))
            if truth is True:
                return True
            if truth is None:
                result = None
        return result

    return test


def _comparison(clause: Clause) -> Callable[[Fact | None], Truth]:
    if clause.operator == "exists":
        wanted = clause.answers != (False,)
        return lambda fact: (fact is not None) is wanted
    if clause.operator in _ORDERINGS:
        return _ordering(clause.operator, clause.answers[0])
    return _equality(frozenset(clause.answers), wanted=clause.operator == "=")


def _equality(answers: Collection[Answer], *, wanted: bool) -> Callable[[Fact | None], Truth]:
    def compare(fact: Fact | None) -> Truth:
        if fact is None or fact is UNKNOWN:
            return None
        if type(fact) is frozenset:
            return (not fact.isdisjoint(answers)) is wanted
        return (fact in answers) is wanted

    return compare


def _ordering(name: str, answer: Answer) -> Callable[[Fact | None], Truth]:
    holds = _ORDERINGS[name]
    sides = _numbers if isinstance(answer, Decimal) else _days

    def compare(fact: Fact | None) -> Truth:
        if fact is None or fact is UNKNOWN:
            return None
        return False if fact is NOT_APPLICABLE else sides(fact, answer, holds)

    return compare


def _numbers(fact: Fact, answer: Answer, holds: Callable[[Any, Any], bool]) -> Truth:
    """Compare with a number; a measurement counts with its longest axis."""
    number = max(fact) if type(fact) is tuple else fact
    return holds(number, answer) if isinstance(number, _NUMBERS) else None


def _days(fact: Fact, answer: Answer, holds: Callable[[Any, Any], bool]) -> Truth:
    """Compare with a date, as far as the precision of both decides it."""
    if not isinstance(fact, str) or not isinstance(answer, str):
        return None
    before, after = is_before(fact, answer), is_before(answer, fact)
    return None if before is None or after is None else holds(after, before)


_NUMBERS: Final = (Decimal, int)
