"""What is known to cause the disease. A cause that was excluded is not a cause.

A cause listed without a status counts as one: who writes it down without a comment means it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.conditions import Fact, Facts, Gap, Row, Test, Truth
from emh_report.predicates.parameters import Factory, Params, any_of, known, names

GROUP, CAUSE, STATUS = "cause", "cause", "cause-status"
EXCLUDED, OPEN = "excluded", "unknown"


def _stated(facts: Facts) -> Iterator[Fact | None]:
    """Every cause that is not excluded; None or a gap where its name is not known."""
    for row in facts.get(GROUP, ()):
        if row.get(STATUS) != EXCLUDED:
            yield row.get(CAUSE)


def has_cause(params: Params) -> Test:
    """Whether one of ``causes`` is a cause; unknown while none is listed or work-up is open (``open``)."""
    known(params, "causes", "open")
    causes, undecided = names(params, "causes"), names(params, "open", (OPEN,))

    def of(cause: Fact | None) -> Truth:
        return True if cause in causes else None if cause in undecided or not isinstance(cause, str) else False

    def test(_: Row, facts: Facts) -> Truth:
        return any_of(of(cause) for cause in _stated(facts)) if facts.get(GROUP) else None

    return test


def only_causes(params: Params) -> Test:
    """Whether every cause is one of ``causes``; unknown while none is listed.

    An answer "unknown" counts as the cause of that name.
    """
    known(params, "causes")
    causes = names(params, "causes")

    def test(_: Row, facts: Facts) -> Truth:
        result: Truth = None
        unnamed = False
        for cause in _stated(facts):
            name = OPEN if cause is Gap.UNKNOWN else cause
            if not isinstance(name, str):
                unnamed = True
            elif name not in causes:
                return False
            else:
                result = True
        return None if unnamed else result

    return test


PREDICATES: Final[dict[str, Factory]] = {"has-cause": has_cause, "only-causes": only_causes}
