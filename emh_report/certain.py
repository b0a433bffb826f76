"""Conditions compiled for the questions most callers have: is it surely true, is it surely false?

`conditions` keeps three truths apart. A rule that is silent where it cannot know, and a question that
is required once it is surely asked, need only one of them: "unknown" and the opposite both mean "not
surely", so every part can be asked in two-valued logic, what is cheap first, and the first one that is
not sure ends it. All guards of a group become one plain Python function, compiled at load, that looks up
every answer once. Tests compare both readings over generated conditions.

Rule of this file: the source of a function has operators, numbered names and numbered literals only. What a
template author wrote takes the place of such a literal in the compiled code and is never part of the source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from types import FunctionType
from typing import Any, Final, TypeVar, cast

from emh_report.conditions import UNKNOWN, Answer, Clause, Condition, Fact, Facts, Row, Test, compile_clause

T = TypeVar("T")


class Source:
    """The source of one function: its constants, and the answers it looks up, each behind a name.

    ``single`` are fields whose fact is never a set of codes.
    """

    def __init__(self, single: Collection[str] = ()) -> None:
        self.single = single
        self.constants: dict[object, object] = {}
        self.sets: dict[frozenset[Answer], str] = {}
        self.functions: dict[str, object] = dict(_HELPERS)
        self.fields: dict[str, str] = {}
        self.shared: dict[Clause, str] = {}

    def constant(self, value: object) -> str:
        """Return a literal that stands for ``value``; equal sets share one."""
        if not isinstance(value, frozenset):
            return self._literal(value)
        if value not in self.sets:
            self.sets[value] = self._literal(value)
        return self.sets[value]

    def _literal(self, value: object) -> str:
        literal = f"c{len(self.constants)}"
        self.constants[literal] = value
        return repr(literal)

    def function(self, test: Test) -> str:
        """Return the name of a test."""
        name = f"t{len(self.functions)}"
        self.functions[name] = test
        return name

    def field(self, field_id: str) -> str:
        """Return the name of the answer to a question of the row; it is None where there is none."""
        return self.fields.setdefault(field_id, f"f{len(self.fields)}")

    def once(self, clause: Clause, expression: str) -> str:
        """Return an expression that finds the truth of a clause out when it is first asked for."""
        name = self.shared.setdefault(clause, f"s{len(self.shared)}")
        return f"({name} if {name} is not None else ({name} := {expression}))"


Guard = Callable[[Source], list[str]]
"""Writes the expressions that all hold where something is to be chosen."""


def surely(condition: Condition | None, *tests: Test, first: Clause | None = None) -> Guard:
    """Hold where ``condition`` and all of ``tests`` are surely true; ``first`` is the part to look at before others."""

    def write(source: Source) -> list[str]:
        parts = _together(condition, source, truth=True, first=first) if condition else []
        return parts + [f"{source.function(test)}(row, facts) is True" for test in tests]

    return write


def denied(condition: Condition) -> Guard:
    """Hold where ``condition`` is surely false."""
    return lambda source: _together(condition, source, truth=False)


def possibly(test: Test) -> Guard:
    """Hold where ``test`` is not surely false."""
    return lambda source: [f"{source.function(test)}(row, facts) is not False"]


def always(_: Source) -> list[str]:
    """Hold everywhere."""
    return []


def answered(field_id: str) -> Guard:
    """Hold where a question of the row has an answer."""
    return lambda source: [f"{source.field(field_id)} is not None"]


def unanswered(field_id: str) -> Guard:
    """Hold where a question of the row has no answer."""
    return lambda source: [f"{source.field(field_id)} is None"]


def some_answered(field_ids: Collection[str]) -> Guard:
    """Hold where one of several questions of the row has an answer."""
    return lambda source: [f"not asked.isdisjoint({source.constant(frozenset(field_ids))})"]


def opposite(guard: Guard) -> Guard:
    """Hold where ``guard`` does not."""
    return lambda source: [f"not ({_joined(guard(source))})"]


def both(*guards: Guard) -> Guard:
    """Hold where all of ``guards`` do."""
    return lambda source: [part for guard in guards for part in guard(source)]


def either(*guards: Guard) -> Guard:
    """Hold where one of ``guards`` does."""
    if len(guards) == 1:
        return guards[0]
    return lambda source: [" or ".join(f"({_joined(guard(source))})" for guard in guards)]


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(f"({part})" for part in parts) or "True"


def compile_choice(guarded: Iterable[tuple[Guard, T]], single: Collection[str] = ()) -> Callable[[Row, Facts], list[T]]:
    """Return a function that lists everything whose guard holds for a row, in order."""
    choose = compile_choices([guarded], single)
    return lambda row, facts: choose(row, facts)[0]


def compile_choices(
    lists: Iterable[Iterable[tuple[Guard, object]]], single: Collection[str] = ()
) -> Callable[[Row, Facts], tuple[list[Any], ...]]:
    """Return one function that does so for several lists, and looks up every answer once."""
    source = Source(single)
    found: list[str] = []
    body: list[str] = []
    for number, guarded in enumerate(lists):
        found.append(f"l{number}")
        leaves = [(guard(source), f"l{number}.append({source.constant(thing)})") for guard, thing in guarded]
        body += _nested(leaves, "    ")
    head = ["def choose(row, facts):", "    get = row.get", "    asked = row.keys()"]
    if source.fields:  # a loop in C looks them all up
        head += [f"    {', '.join(source.fields.values())}, = map(get, {source.constant(tuple(source.fields))})"]
    if source.shared:
        nothing = source.constant((None,) * len(source.shared))
        head += [f"    {', '.join(source.shared.values())}, = {nothing}"]
    head += [f"    {name} = []" for name in found]
    exec("\n".join([*head, *body, f"    return {', '.join(found)},"]), source.functions)  # noqa: S102 - see the rule above
    choose = cast("FunctionType", source.functions["choose"])
    constants = tuple(source.constants.get(constant, constant) for constant in choose.__code__.co_consts)
    choose.__code__ = choose.__code__.replace(co_consts=constants)
    return choose


DEEPEST: Final = 4 * 40
"""How far statements are indented; Python reads a hundred levels."""


def _nested(leaves: Iterable[tuple[Sequence[str], str]], indent: str) -> Iterator[str]:
    """Yield the statements, each behind its expressions; neighbours that begin with the same one share it."""
    for first, neighbours in groupby(leaves, lambda leaf: leaf[0][:1]):
        group = list(neighbours)
        if first and len(group) > 1 and len(indent) < DEEPEST:
            yield f"{indent}if {first[0]}:"
            yield from _nested([(parts[1:], statement) for parts, statement in group], f"{indent}    ")
        else:
            for parts, statement in group:
                yield f"{indent}if {_joined(parts)}:"
                yield f"{indent}    {statement}"


_JOIN: Final = {("all", True): " and ", ("any", True): " or ", ("all", False): " or ", ("any", False): " and "}
_OPPOSITE: Final = {"=": "!=", "!=": "="}


def _together(part: Condition, source: Source, *, truth: bool, first: Clause | None = None) -> list[str]:
    """Return the expressions that all have to hold for a condition to be surely what was asked for."""
    if len(part.parts) > 1 and (part.behavior == "all") is not truth:
        return [_expression(part, source, truth=truth)]
    pieces = sorted(part.parts, key=lambda piece: (piece != first, _cost(piece)))
    return [_expression(piece, source, truth=truth) for piece in pieces]


def _expression(part: Condition | Clause, source: Source, *, truth: bool) -> str:
    if isinstance(part, Condition):
        pieces = [_expression(piece, source, truth=truth) for piece in sorted(part.parts, key=_cost)]
        return f"({_JOIN[part.behavior, truth].join(pieces)})"
    if part.operator == "exists" and not part.group:
        there = (part.answers != (False,)) is truth
        return f"({source.field(part.field)} {'is not' if there else 'is'} None)"
    operator = part.operator if truth else _OPPOSITE.get(part.operator)
    if operator in _OPPOSITE:
        return (_across if part.group else _within)(part, source, equal=operator == "=")
    needed = f"{source.field(part.field)} is not None and " if _is_ordering(part) else ""
    return f"({needed}{source.function(compile_clause(part))}(row, facts) is {truth})"


def _is_ordering(clause: Clause) -> bool:
    """Whether an answer of the same row is compared by size, so that nothing is sure without one."""
    return not clause.group and clause.operator != "exists"


def _cost(part: Condition | Clause) -> int:
    """Return what a part roughly costs: a look at an answer is one, a call that goes through a group three."""
    if isinstance(part, Condition):
        return sum(map(_cost, part.parts))
    return 1 if not part.group and part.operator in ("=", "!=", "exists") else 3


def reaches_out(condition: Condition) -> bool:
    """Whether a condition looks at other groups, which costs more than to look whether a question is answered."""
    return _cost(condition) > len(condition.parts)


def _across(clause: Clause, source: Source, *, equal: bool) -> str:
    asked = "any_equals" if equal else "all_differ"
    key, answers = source.constant(clause.field), source.constant(frozenset(clause.answers))
    call = f"{asked}(facts.get({source.constant(clause.group)}), {key}, {answers})"
    return source.once(clause._replace(operator=asked), call)


def _within(clause: Clause, source: Source, *, equal: bool) -> str:
    fact, answers = source.field(clause.field), source.constant(frozenset(clause.answers))
    single = clause.field in source.single
    if equal:
        return f"({fact} in {answers})" if single else f"equals({fact}, {answers})"
    known = f"{fact} is not None and {fact} is not unknown"
    return f"({known} and {fact} not in {answers})" if single else f"differs({fact}, {answers})"


def _equals(fact: Fact | None, answers: Collection[Answer]) -> bool:
    return not fact.isdisjoint(answers) if type(fact) is frozenset else fact in answers


def _differs(fact: Fact | None, answers: Collection[Answer]) -> bool:
    if fact is None or fact is UNKNOWN:
        return False
    return fact.isdisjoint(answers) if type(fact) is frozenset else fact not in answers


def _any_equals(rows: Collection[Row] | None, name: str, answers: Collection[Answer]) -> bool:
    for row in rows or ():
        fact = row.get(name)
        if not fact.isdisjoint(answers) if type(fact) is frozenset else fact in answers:
            return True
    return False


def _all_differ(rows: Collection[Row] | None, name: str, answers: Collection[Answer]) -> bool:
    """Whether no row has one of ``answers``, surely: where there is no row, nothing is known."""
    for row in rows or ():
        fact = row.get(name)
        if fact is None or fact is UNKNOWN:
            return False
        if not fact.isdisjoint(answers) if type(fact) is frozenset else fact in answers:
            return False
    return bool(rows)


_HELPERS: Final[dict[str, object]] = {
    "__builtins__": {},
    "map": map,
    "any_equals": _any_equals,
    "all_differ": _all_differ,
    "equals": _equals,
    "differs": _differs,
    "unknown": UNKNOWN,
}
