"""What is known to cause the disease. A cause that was excluded is not a cause.

A cause listed without a status counts as one: who writes it down without a comment means it.
"""

from __future__ import annotations

from typing import Final

from emh_report.conditions import UNKNOWN, Fact, Facts, Row, Test, Truth
from emh_report.predicates.parameters import Factory, Params, known, names

GROUP, CAUSE, STATUS = "cause", "cause", "cause-status"
EXCLUDED, OPEN = "excluded", "unknown"


def _stated(facts: Facts) -> list[Fact | None]:
    """Every cause that is not excluded; None or a gap where its name is not known."""
    return [row.get(CAUSE) for row in facts.get(GROUP, ()) if row.get(STATUS) != EXCLUDED]


def has_cause(params: Params) -> Test:
    """Whether one of ``causes`` is a cause; unknown while none is listed or work-up is open (``open``)."""
    known(params, "causes", "open")
    causes, undecided = names(params, "causes"), names(params, "open", (OPEN,))

    def test(_: Row, facts: Facts) -> Truth:
        stated = _stated(facts)
        if not causes.isdisjoint(stated):
            return True
        named = facts.get(GROUP) and all(isinstance(cause, str) and cause not in undecided for cause in stated)
        return False if named else None

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
            name = OPEN if cause is UNKNOWN else cause
            if not isinstance(name, str):
                unnamed = True
            elif name not in causes:
                return False
            else:
                result = True
        return None if unnamed else result

    return test


PREDICATES: Final[dict[str, Factory]] = {"has-cause": has_cause, "only-causes": only_causes}
