"""Conditions compiled for the question most callers have: is it surely true?

`conditions` keeps three truths apart. A rule that is silent where it cannot know, and a question that
is required once it is surely asked, need only one of them: "unknown" and "false" both mean "not surely",
so every part can be asked in two-valued logic and the first one that is not sure ends it. Tests compare
both readings over generated conditions and facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from emh_report.conditions import Answer, Clause, Condition, Facts, Gap, Row, Test, compile_clause

Certain = Callable[[Row, Facts], bool]
"""A compiled condition: (row it is asked for, all facts) → whether it is surely true."""


def compile_certain(condition: Condition) -> Certain:
    """Return ``condition`` as a function that says whether it is surely true."""
    parts = tuple(compile_certain(part) if isinstance(part, Condition) else _clause(part) for part in condition.parts)
    if len(parts) == 1:
        return parts[0]
    return _every(*parts) if condition.behavior == "all" else _some(*parts)


def certain(test: Test) -> Certain:
    """Return whether a three-valued test is surely true."""
    return lambda row, facts: test(row, facts) is True


def both(first: Certain, second: Certain) -> Certain:
    """Return whether two conditions are surely true, asking the second only if need be."""
    return lambda row, facts: first(row, facts) and second(row, facts)


def _every(first: Certain, second: Certain, *others: Certain) -> Certain:
    if not others:
        return both(first, second)
    rest = _every(second, *others)
    return lambda row, facts: first(row, facts) and rest(row, facts)


def _some(first: Certain, second: Certain, *others: Certain) -> Certain:
    if not others:
        return lambda row, facts: first(row, facts) or second(row, facts)
    rest = _some(second, *others)
    return lambda row, facts: first(row, facts) or rest(row, facts)


def _clause(clause: Clause) -> Certain:
    if clause.operator == "=":
        answers = frozenset(clause.answers)
        return _across(clause.group, clause.field, answers) if clause.group else _equals(clause.field, answers)
    if clause.operator == "!=" and not clause.group:
        return _differs(clause.field, frozenset(clause.answers))
    if clause.operator == "exists" and not clause.group:
        name, wanted = clause.field, clause.answers != (False,)
        return lambda row, _: (name in row) is wanted
    return certain(compile_clause(clause))


def _equals(name: str, answers: Collection[Answer]) -> Certain:
    def test(row: Row, _: Facts) -> bool:
        fact = row.get(name)
        return not fact.isdisjoint(answers) if type(fact) is frozenset else fact in answers

    return test


def _differs(name: str, answers: Collection[Answer]) -> Certain:
    def test(row: Row, _: Facts) -> bool:
        fact = row.get(name)
        if fact is None or fact is Gap.UNKNOWN:
            return False
        return fact.isdisjoint(answers) if type(fact) is frozenset else fact not in answers

    return test


def _across(group: str, name: str, answers: Collection[Answer]) -> Certain:
    def test(_: Row, facts: Facts) -> bool:
        for row in facts.get(group, ()):
            fact = row.get(name)
            if not fact.isdisjoint(answers) if type(fact) is frozenset else fact in answers:
                return True
        return False

    return test
