"""Whether a critical finding was marked as such, and told to someone.

Both predicates are two-valued on purpose: a question that was not answered, or answered with
"unknown", does not mark a finding and tells nobody.
"""

from __future__ import annotations

from typing import Final

from emh_report.conditions import UNKNOWN, Facts, Gap, Row, Test, Truth
from emh_report.predicates.parameters import Factory, Params, known, names

PENDING = "pending"


def unflagged(params: Params) -> Test:
    """Whether the report does not say that there is a critical finding."""
    known(params)

    def test(_: Row, facts: Facts) -> Truth:
        return not any(row.get("critical-present") is True for row in facts.get("critical", ()))

    return test


def untold(params: Params) -> Test:
    """Whether no communication has all of ``fields`` answered and none is pending with a reason."""
    known(params, "fields")
    fields = names(params, "fields")

    def complete(row: Row) -> bool:
        return all(not isinstance(row.get(field, UNKNOWN), Gap) for field in fields)

    def pending(row: Row) -> bool:
        reason = row.get("communication-pending-reason")
        return row.get("communication-status") == PENDING and isinstance(reason, str)

    def test(_: Row, facts: Facts) -> Truth:
        if any(pending(row) for row in facts.get("critical", ())):
            return False
        return not any(complete(row) for row in facts.get("communication", ()))

    return test


PREDICATES: Final[dict[str, Factory]] = {"unflagged": unflagged, "untold": untold}
