"""Three truths: silence is not a negative finding. Kleene's tables, and what happens when answers go away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report import pipeline
from emh_report.catalog.files import RuleFile
from emh_report.conditions import Clause, Condition, Facts, Gap, Truth, compile_condition
from emh_report.draft import Absent, Draft, Item
from tests.rule_cases import RuleCase, catalog, context_of, draft_of, rule_cases
from tests.test_certain import is_certain
from tests.test_rule_data import RULES, clauses

TRUTHS: tuple[Truth, ...] = (True, False, None)
AND = {pair: min(pair, key=lambda t: (t is True) + (t is not False)) for pair in itertools.product(TRUTHS, repeat=2)}
OR = {pair: max(pair, key=lambda t: (t is True) + (t is not False)) for pair in itertools.product(TRUTHS, repeat=2)}
SAYS = {True: {"yes"}, False: {"no"}, None: set[str]()}


def row_of(**truths: Truth) -> dict[str, Any]:
    """Return answers for which each ``name = yes`` has the truth given."""
    return {name: next(iter(SAYS[truth])) for name, truth in truths.items() if SAYS[truth]}


def asked(name: str, operator: str = "=", group: str = "") -> Clause:
    return Clause(group, name, operator, ("yes",))


@pytest.mark.parametrize("pair", AND)
def test_all_and_any_are_those_of_kleene(pair: tuple[Truth, Truth]) -> None:
    parts, row = (asked("a"), asked("b")), row_of(a=pair[0], b=pair[1])
    assert compile_condition(Condition("all", parts))(row, {}) is AND[pair]
    assert compile_condition(Condition("any", parts))(row, {}) is OR[pair]


@pytest.mark.parametrize("pair", OR)
def test_any_instance_of_a_group_and_none_of_them(pair: tuple[Truth, Truth]) -> None:
    facts: Facts = {"g": [row_of(a=truth) for truth in pair]}
    some = OR[pair]
    assert compile_condition(Condition("all", (asked("a", group="g"),)))({}, facts) is some
    none = compile_condition(Condition("all", (asked("a", "!=", "g"),)))({}, facts)
    assert none is (None if some is None else not some)


@pytest.mark.parametrize("operator", ["=", "!=", "<", ">", "<=", ">="])
@pytest.mark.parametrize("row", [{}, {"a": Gap.UNKNOWN}], ids=["unanswered", "unknown"])
def test_what_is_not_known_compares_as_unknown(operator: str, row: Mapping[str, Gap]) -> None:
    for group, facts in (("", {}), ("g", {"g": [row]}), ("g", {})):
        condition = Condition("all", (Clause(group, "a", operator, (Decimal(1),)),))
        assert compile_condition(condition)({} if group else row, facts) is None


def test_exists_is_the_only_question_about_the_answer_itself() -> None:
    for fact, there in ((None, False), (Gap.UNKNOWN, True), (Gap.NOT_APPLICABLE, True), ("yes", True)):
        row = {} if fact is None else {"a": fact}
        for wanted in (True, False):
            assert compile_condition(Condition("all", (Clause("", "a", "exists", (wanted,)),)))(row, {}) is (
                there is wanted
            )


def test_not_applicable_compares_as_false() -> None:
    row = {"a": Gap.NOT_APPLICABLE}
    assert [compile_condition(Condition("all", (asked("a", op),)))(row, {}) for op in ("=", "!=")] == [False, True]


NAMES, CODES, NUMBERS = ("a", "b"), ("x", "y", "z"), tuple(map(Decimal, (1, 2, 3)))
CODED = st.builds(
    Clause,
    st.sampled_from(["", "g"]),
    st.sampled_from(NAMES),
    st.sampled_from(["=", "!="]),
    st.lists(st.sampled_from(CODES), min_size=1).map(tuple),
)
MEASURED = st.builds(
    Clause,
    st.sampled_from(["", "g"]),
    st.just("n"),
    st.sampled_from(["<", ">", "<=", ">="]),
    st.sampled_from(NUMBERS).map(lambda n: (n,)),
)
EXISTS = st.builds(
    Clause, st.sampled_from(["", "g"]), st.sampled_from(NAMES), st.just("exists"), st.booleans().map(lambda b: (b,))
)


def trees(leaf: st.SearchStrategy[Clause]) -> st.SearchStrategy[Condition]:
    """Return conditions of up to three levels."""
    behavior = st.sampled_from(["all", "any"])
    flat = st.builds(Condition, behavior, st.lists(leaf, min_size=1, max_size=3).map(tuple))
    return st.recursive(
        flat,
        lambda inner: st.builds(Condition, behavior, st.lists(inner | leaf, min_size=1, max_size=3).map(tuple)),
        max_leaves=6,
    )


CODE = st.sampled_from(CODES) | st.frozensets(st.sampled_from(CODES), min_size=1) | st.sampled_from(Gap)
NUMBER = st.sampled_from(NUMBERS) | st.sampled_from(Gap)
ROW = st.fixed_dictionaries({}, optional={"a": CODE, "b": CODE, "n": NUMBER})
ROWS = st.lists(ROW, max_size=3)


@given(trees(CODED | MEASURED), ROW, ROWS, st.data())
def test_an_answer_that_goes_away_only_makes_a_condition_unknown(
    condition: Condition, row: dict[str, Any], rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    def less(full: dict[str, Any]) -> dict[str, Any]:
        kept = {name: fact for name, fact in full.items() if data.draw(st.booleans())}
        return {name: Gap.UNKNOWN if data.draw(st.booleans()) else fact for name, fact in kept.items()}

    test = compile_condition(condition)
    full, partial = test(row, {"g": rows}), test(less(row), {"g": [less(one) for one in rows]})
    assert partial is None or partial is full


@given(trees(CODED | MEASURED | EXISTS), ROW, ROWS)
def test_surely_true_is_true_in_three_truths(
    condition: Condition, row: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    facts = {"g": rows}
    assert is_certain(condition, row, facts) is (compile_condition(condition)(row, facts) is True)


TWO_VALUED = {
    "some-there": "a lesion whose presence is not known may be there",
    "unflagged": "an unanswered critical question marks nothing",
    "hematocrit-ratio-unflagged": "as unflagged",
    "untold": "an unanswered communication tells nobody",
    "not-stated": "asks what was not said",
    "has-cause-not-stated-nor-elsewhere": "as not-stated; what is unknown may be the region of the spleen",
    "undocumented": "asks what is documented",
    "no-dated-study": "asks what is documented",
    "no-record-nor-organ": "an organ without a pattern is not listed as involved",
    "unanswered": "asks what was not said",
    "unsaid": "asks what a communication does not say",
    "answers-none": "what is unknown denies nothing",
    "not-ruled-out": "what is unknown rules nothing out",
    "other-side-only": "an entry that is not answered may be on either side, and silences it",
    "answers-none-nor-settled": "as answers-none: what is unknown settles nothing",
    "exceeds": "compares where the author did not",
    "unplaced": "a lesion without a site could be anywhere",
    "answers-none-nor-said": "as answers-none",
    "without-value": "asks what was not said",
    "said-elsewhere-at-large": "as said-elsewhere",
    "said-elsewhere-not-listed": "as said-elsewhere",
    "said-elsewhere": "a denial that names no side or levels is one of all, and is printed so",
}
"""Predicates that ask about the record itself, where a missing answer is the point; with the reason."""


def asks_for_silence(rule: RuleFile) -> bool:
    """Whether a rule is about something that is not said."""
    missing = any(clause.operator == "exists" and clause.answer is False for clause in clauses(rule.when))
    return missing or rule.predicate in TWO_VALUED


def fired(draft: Draft, groups: Mapping[str, Any]) -> set[str]:
    """Return the rules that fire for a draft; those that could not be checked do not."""
    verdict = pipeline.validate(catalog(), draft, context_of(groups))
    return {issue.rule_id for issue in verdict.issues if not issue.message.startswith("could not be checked")}


def weaker(draft: Draft, *, unknown: bool) -> Iterator[Draft]:
    """Yield the draft with one question less answered, or answered with unknown, for every question of it.

    The status of a cause stays: a cause without one is taken as it is written.
    """
    for number, group in enumerate(draft.groups):
        for field_id in {item.field_id for item in group.items} - {"cause-status"}:
            items = tuple(item for item in group.items if item.field_id != field_id)
            other = (Item(field_id, Absent.UNKNOWN),) if unknown else ()
            changed = group._replace(items=items + other)
            yield draft._replace(groups=(*draft.groups[:number], changed, *draft.groups[number + 1 :]))


CASES = list(rule_cases())
MONOTONE = {rule.id for rule in RULES.values() if not asks_for_silence(rule)}
OPEN = {rule.id for rule in RULES.values() if rule.predicate not in {*TWO_VALUED, "only-causes"}}
"""Rules that an answer "unknown" leaves open; a cause answered so is a cause that is not known."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule_id)
def test_no_rule_fires_because_an_answer_went_away(case: RuleCase) -> None:
    for groups in (case.breaks, case.passes, case.unknown):
        draft = draft_of(case.template_id, groups)
        before = fired(draft, groups)
        for less in weaker(draft, unknown=False):
            assert fired(less, groups) & MONOTONE <= before
        for less in weaker(draft, unknown=True):
            assert fired(less, groups) & OPEN <= before
