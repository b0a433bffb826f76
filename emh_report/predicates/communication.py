"""Whether a critical finding was marked as such, and told to someone.

The predicates are two-valued on purpose: a question that was not answered, or answered with
"unknown", does not mark a finding and tells nobody.
"""

from __future__ import annotations

from typing import Final

from emh_report.conditions import UNKNOWN, Facts, Gap, Row, Test, Truth
from emh_report.predicates.parameters import Factory, Params, known, names, text

PENDING = "pending"


def unflagged(params: Params) -> Test:
    """Whether the report does not say that there is a critical finding."""
    known(params)

    def test(_: Row, facts: Facts) -> Truth:
        return not any(row.get("critical-present") is True for row in facts.get("critical", ()))

    return test


def untold(params: Params) -> Test:
    """Whether there is no communication at all, and none is pending with a reason."""
    known(params)

    def test(_: Row, facts: Facts) -> Truth:
        return not (facts.get("communication") or _pending(facts))

    return test


def unsaid(params: Params) -> Test:
    """Whether a communication has no value for ``field``, while none has one for all ``fields`` and none is pending."""
    known(params, "field", "fields")
    field, fields = text(params, "field"), names(params, "fields")

    def test(row: Row, facts: Facts) -> Truth:
        if _said(row, field) or _pending(facts):
            return False
        return not any(all(_said(other, name) for name in fields) for other in facts.get("communication", ()))

    return test


def _said(row: Row, field: str) -> bool:
    return not isinstance(row.get(field, UNKNOWN), Gap)


def _pending(facts: Facts) -> bool:
    """Whether a communication is pending with a reason."""
    return any(
        row.get("communication-status") == PENDING and isinstance(row.get("communication-pending-reason"), str)
        for row in facts.get("critical", ())
    )


PREDICATES: Final[dict[str, Factory]] = {"unflagged": unflagged, "unsaid": unsaid, "untold": untold}
