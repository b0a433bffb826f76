"""The functions of a rule, made from its data."""

from __future__ import annotations

from emh_report.conditions import Condition, Test, compile_condition, every
from emh_report.predicates import PREDICATES, Params


def compile_tests(condition: Condition | None, predicate: str, params: Params) -> tuple[tuple[Test, ...], Test]:
    """Return what a rule tests besides its condition, and whether it fires as a whole.

    Raises KeyError, ValueError or ArithmeticError for parameters that the predicate cannot use.
    """
    tests = (PREDICATES[predicate](params),) if predicate else ()
    return tests, every([*([compile_condition(condition)] if condition else []), *tests])
