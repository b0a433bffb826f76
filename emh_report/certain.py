"""Conditions compiled for the question most callers have: is it surely true?

`conditions` keeps three truths apart. A rule that is silent where it cannot know, and a question that
is required once it is surely asked, need only one of them: "unknown" and "false" both mean "not surely",
so every part can be asked in two-valued logic and the first one that is not sure ends it. That makes a
condition one Python expression, compiled at load. Tests compare both readings over generated conditions.

Rule of this file: the source of an expression has operators and numbered names only. What a template
author wrote is a constant behind a name and is never part of the source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from emh_report.conditions import Answer, Clause, Condition, Fact, Facts, Gap, Row, Test, compile_clause

Certain = Callable[[Row, Facts], bool]
"""A compiled condition: (row it is asked for, all facts) → whether it is surely true."""


def compile_certain(condition: Condition) -> Certain:
    """Return ``condition`` as a function that says whether it is surely true."""
    constants: dict[str, object] = {"any_of": _any_of, "differs": _differs, "frozenset": frozenset, "type": type}
    source = f"lambda row, facts: {_expression(condition, constants)}"
    function: Certain = eval(source, {"__builtins__": {}, **constants})  # noqa: S307 - see the rule of this file
    return function


def certain(test: Test) -> Certain:
    """Return whether a three-valued test is surely true."""
    return lambda row, facts: test(row, facts) is True


def both(first: Certain, second: Certain) -> Certain:
    """Return whether two conditions are surely true, asking the second only if need be."""
    return lambda row, facts: first(row, facts) and second(row, facts)


_JOIN: Final = {"all": " and ", "any": " or "}


def _expression(part: Condition | Clause, constants: dict[str, object]) -> str:
    if isinstance(part, Condition):
        return f"({_JOIN[part.behavior].join(_expression(piece, constants) for piece in part.parts)})"
    return _comparison(part, lambda value: _name(constants, value))


def _name(constants: dict[str, object], value: object) -> str:
    name = f"c{len(constants)}"
    constants[name] = value
    return name


def _comparison(clause: Clause, name: Callable[[object], str]) -> str:
    """Return the source of one comparison; anything but the common ones asks the three-valued test."""
    key = name(clause.field)
    if clause.operator == "=":
        answers = name(frozenset(clause.answers))
        if clause.group:
            return f"any_of(facts.get({name(clause.group)}, ()), {key}, {answers})"
        fact = key.replace("c", "f")
        single = f"{fact} in {answers}"
        return f"(not {fact}.isdisjoint({answers}) if type({fact} := row.get({key})) is frozenset else {single})"
    if not clause.group and clause.operator == "!=":
        return f"differs(row.get({key}), {name(frozenset(clause.answers))})"
    if not clause.group and clause.operator == "exists":
        return f"({key} not in row)" if clause.answers == (False,) else f"({key} in row)"
    return f"({name(compile_clause(clause))}(row, facts) is True)"


def _differs(fact: Fact | None, answers: Collection[Answer]) -> bool:
    if fact is None or fact is Gap.UNKNOWN:
        return False
    return fact.isdisjoint(answers) if type(fact) is frozenset else fact not in answers


def _any_of(rows: Collection[Row], name: str, answers: Collection[Answer]) -> bool:
    for row in rows:
        fact = row.get(name)
        if not fact.isdisjoint(answers) if type(fact) is frozenset else fact in answers:
            return True
    return False
