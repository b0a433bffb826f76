"""Both readings of a condition agree: surely true in two-valued logic is exactly "true" of three."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from emh_report.certain import compile_choice, denied, surely
from emh_report.conditions import Clause, Condition, Fact, Facts, Gap, Row, Test, compile_condition, every

FIELDS = ("a", "b", "c")
CODES = ("x", "y", "z")

facts_of_one: st.SearchStrategy[Fact] = st.one_of(
    st.sampled_from(CODES),
    st.booleans(),
    st.sampled_from(tuple(Gap)),
    st.frozensets(st.sampled_from(CODES), min_size=1),
    st.integers(-2, 2).map(Decimal),
    st.lists(st.integers(1, 9).map(Decimal), min_size=1, max_size=3).map(tuple),
)
rows = st.dictionaries(st.sampled_from(FIELDS), facts_of_one)
facts = st.dictionaries(st.sampled_from(("g", "h")), st.lists(rows, max_size=3))
groups = st.sampled_from(("", "g", "h"))
clauses = st.one_of(
    st.builds(
        Clause,
        groups,
        st.sampled_from(FIELDS),
        st.sampled_from(("=", "!=")),
        st.lists(st.one_of(st.sampled_from(CODES), st.booleans()), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Clause, groups, st.sampled_from(FIELDS), st.just("exists"), st.booleans().map(lambda yes: (yes,))),
    st.builds(
        Clause,
        groups,
        st.sampled_from(FIELDS),
        st.sampled_from((">", "<", ">=", "<=")),
        st.integers(-2, 2).map(lambda number: (Decimal(number),)),
    ),
)
behaviors = st.sampled_from(("all", "any"))
conditions = st.recursive(
    st.builds(Condition, behaviors, st.lists(clauses, min_size=1, max_size=3).map(tuple)),
    lambda inner: st.builds(Condition, behaviors, st.lists(inner | clauses, min_size=1, max_size=3).map(tuple)),
    max_leaves=6,
)


def is_certain(condition: Condition, row: Row, known: Facts, *tests: Test) -> bool:
    """Return whether ``condition`` and all of ``tests`` are surely true."""
    return compile_choice([(surely(condition, *tests), "held")])(row, known) == ["held"]


def is_denied(condition: Condition, row: Row, known: Facts) -> bool:
    """Return whether ``condition`` is surely false."""
    return compile_choice([(denied(condition), "held")])(row, known) == ["held"]


@given(conditions, rows, facts)
def test_surely_true_is_true(
    condition: Condition, row: dict[str, Fact], known: dict[str, list[dict[str, Fact]]]
) -> None:
    assert is_certain(condition, row, known) is (compile_condition(condition)(row, known) is True)


@given(conditions, rows, facts)
def test_surely_false_is_false(
    condition: Condition, row: dict[str, Fact], known: dict[str, list[dict[str, Fact]]]
) -> None:
    assert is_denied(condition, row, known) is (compile_condition(condition)(row, known) is False)


@given(conditions, conditions, rows, facts)
def test_a_condition_and_a_test_are_surely_true_together(
    condition: Condition, other: Condition, row: dict[str, Fact], known: dict[str, list[dict[str, Fact]]]
) -> None:
    tests = compile_condition(condition), compile_condition(other)
    assert is_certain(condition, row, known, tests[1]) is (every(tests)(row, known) is True)


def test_what_an_author_writes_is_never_part_of_the_source() -> None:
    hostile = "x') or __import__('os').abort() or ('"
    clause = Clause("", hostile, "=", (hostile,))
    condition = Condition("all", (clause, Clause(hostile, hostile, "!=", (hostile,))))
    assert is_certain(condition, {hostile: hostile}, {hostile: [{hostile: "other"}]}) is True
    assert is_certain(condition, {hostile: "other"}, {}) is False


@given(st.lists(conditions, max_size=6), rows, facts)
def test_of_many_conditions_those_hold_that_hold_alone_in_their_order(
    many: list[Condition], row: dict[str, Fact], known: dict[str, list[dict[str, Fact]]]
) -> None:
    many = [*many, *many]  # neighbours that begin alike share what they begin with
    choose = compile_choice([(surely(condition), place) for place, condition in enumerate(many)])
    alone = [place for place, condition in enumerate(many) if compile_condition(condition)(row, known) is True]
    assert choose(row, known) == alone


def test_conditions_alike_for_longer_than_python_indents_share_what_they_can() -> None:
    clauses = tuple(Clause("", f"f{number}", "=", ("x",)) for number in range(150))
    row: dict[str, Fact] = {clause.field: "x" for clause in clauses}
    choose = compile_choice([(surely(Condition("all", clauses)), "one"), (surely(Condition("all", clauses)), "other")])
    assert choose(row, {}) == ["one", "other"]
    assert choose({**row, "f149": "y"}, {}) == []
