"""What the communication of a critical finding lacks is told at the question that lacks it."""

from __future__ import annotations

import pytest

from tests.test_validation import URGENT, check

TOLD: dict[str, object] = {
    "communicated-by": "Dr A",
    "communicated-to": "Dr B",
    "recipient-role": "hematologist",
    "communication-method": "telephone",
    "communication-time": "2024-05-02",
    "communication-content": "cord compression",
    "read-back": True,
}


@pytest.mark.parametrize("field", TOLD)
def test_a_communication_that_lacks_something_is_told_where_it_does(field: str) -> None:
    said = {"critical-present": True, "communication-status": "communicated"}
    whole = check({**URGENT, "critical": said, "communication": TOLD}, "emh-mri-spine")
    assert not [issue for issue in whole.issues if issue.where.group_id == "communication"]
    without = {name: value for name, value in TOLD.items() if name != field}
    for record in (without, {**without, field: "?unknown"}):
        found = check({**URGENT, "critical": said, "communication": record}, "emh-mri-spine")
        about = [issue for issue in found.issues if issue.where.group_id == "communication"]
        assert [issue.where.field_id for issue in about] == [field]
        assert not found.can_finalize


@pytest.mark.parametrize("reason", [None, "?unknown", "nobody answers"])
def test_a_communication_is_pending_whether_somebody_said_why_or_not(reason: str | None) -> None:
    """A preliminary report leaves without a reason; its result is still to be communicated."""
    why: dict[str, object] = {"communication-pending-reason": reason} if reason else {}
    said = {"critical-present": True, "communication-status": "pending", **why}
    found = check({**URGENT, "critical": said}, "emh-mri-spine")
    assert found.communication_pending
    told = {"critical-present": True, "communication-status": "communicated", **why}
    assert not check({**URGENT, "critical": told}, "emh-mri-spine").communication_pending
