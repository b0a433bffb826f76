"""Conditions compiled for the questions most callers have: is it surely true, is it surely false?

`conditions` keeps three truths apart. A rule that is silent where it cannot know, and a question that
is required once it is surely asked, need only one of them: "unknown" and the opposite both mean "not
surely", so every part can be asked in two-valued logic, what is cheap first, and the first one that is
not sure ends it. That makes a condition one Python expression, compiled at load. Tests compare both
readings over generated conditions.

Rule of this file: the source of an expression has operators and numbered names only. What a template
author wrote is a constant behind a name and is never part of the source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from emh_report.conditions import UNKNOWN, Answer, Clause, Condition, Fact, Facts, Row, Test, compile_clause

Certain = Callable[[Row, Facts], bool]
"""A compiled condition: (row it is asked for, all facts) → whether it is surely what was asked for."""


def compile_certain(condition: Condition | None, *tests: Test) -> Certain:
    """Return a function that says whether ``condition`` and all of ``tests`` are surely true."""
    constants: dict[str, object] = {}
    parts = [_expression(condition, constants, truth=True)] if condition else []
    parts += [f"{_name(constants, test)}(row, facts) is True" for test in tests]
    return _compile(" and ".join(parts), constants)


def compile_denied(condition: Condition) -> Certain:
    """Return a function that says whether ``condition`` is surely false."""
    constants: dict[str, object] = {}
    return _compile(_expression(condition, constants, truth=False), constants)


def _compile(expression: str, constants: dict[str, object]) -> Certain:
    """Return the function; constants are defaults of its parameters, the fastest way to reach them."""
    parameters = ", ".join(("row", "facts", *(f"{name}={name}" for name in constants)))
    source = f"lambda {parameters}: {expression}"
    function: Certain = eval(source, _HELPERS, constants)  # noqa: S307 - see the rule of this file
    return function


def _name(constants: dict[str, object], value: object) -> str:
    name = f"c{len(constants)}"
    constants[name] = value
    return name


_JOIN: Final = {("all", True): " and ", ("any", True): " or ", ("all", False): " or ", ("any", False): " and "}
_OPPOSITE: Final = {"=": "!=", "!=": "="}


def _expression(part: Condition | Clause, constants: dict[str, object], *, truth: bool) -> str:
    if isinstance(part, Condition):
        pieces = [_expression(piece, constants, truth=truth) for piece in sorted(part.parts, key=_cost)]
        return f"({_JOIN[part.behavior, truth].join(pieces)})"
    if part.operator == "exists" and not part.group:
        there = (part.answers != (False,)) is truth
        return f"({_name(constants, part.field)} {'in' if there else 'not in'} row)"
    operator = part.operator if truth else _OPPOSITE.get(part.operator)
    if operator in _OPPOSITE:
        return (_across if part.group else _within)(part, constants, equal=operator == "=")
    return f"({_name(constants, compile_clause(part))}(row, facts) is {truth})"


def _cost(part: Condition | Clause) -> int:
    """Return what a part roughly costs: a look into the row is one, a call that goes through a group three."""
    if isinstance(part, Condition):
        return sum(map(_cost, part.parts))
    return 1 if not part.group and part.operator in ("=", "!=", "exists") else 3


def _across(clause: Clause, constants: dict[str, object], *, equal: bool) -> str:
    key, answers = _name(constants, clause.field), _name(constants, frozenset(clause.answers))
    asked = "any_equals" if equal else "all_differ"
    return f"{asked}(facts.get({_name(constants, clause.group)}, ()), {key}, {answers})"


def _within(clause: Clause, constants: dict[str, object], *, equal: bool) -> str:
    key, answers = _name(constants, clause.field), _name(constants, frozenset(clause.answers))
    if not equal:
        return f"differs(row.get({key}), {answers})"
    fact = key.replace("c", "f")
    single = f"{fact} in {answers}"
    return f"(not {fact}.isdisjoint({answers}) if type({fact} := row.get({key})) is frozenset else {single})"


def _differs(fact: Fact | None, answers: Collection[Answer]) -> bool:
    if fact is None or fact is UNKNOWN:
        return False
    return fact.isdisjoint(answers) if type(fact) is frozenset else fact not in answers


def _any_equals(rows: Collection[Row], name: str, answers: Collection[Answer]) -> bool:
    for row in rows:
        fact = row.get(name)
        if not fact.isdisjoint(answers) if type(fact) is frozenset else fact in answers:
            return True
    return False


def _all_differ(rows: Collection[Row], name: str, answers: Collection[Answer]) -> bool:
    """Whether no row has one of ``answers``, surely: where there is no row, nothing is known."""
    for row in rows:
        if not _differs(row.get(name), answers):
            return False
    return bool(rows)


_HELPERS: Final[dict[str, object]] = {
    "__builtins__": {},
    "any_equals": _any_equals,
    "all_differ": _all_differ,
    "differs": _differs,
    "frozenset": frozenset,
    "type": type,
}
