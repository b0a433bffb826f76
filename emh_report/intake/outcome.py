"""Issues as an OperationOutcome, for answers over HTTP (the resource is the same in R4 and R5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from emh_report.intake.content import Json
from emh_report.intake.faults import OUTCOME_CODES
from emh_report.issues import Issue

BUSINESS_RULE: Final = "business-rule"


def operation_outcome(issues: Sequence[Issue]) -> Json:
    """Return ``issues`` as an OperationOutcome; without any it says that all is well. Nothing in it is patient data."""
    listed = [_issue(issue) for issue in issues]
    if not listed:
        listed = [{"severity": "information", "code": "informational", "diagnostics": "nothing is wrong"}]
    return {"resourceType": "OperationOutcome", "issue": listed}


def _issue(issue: Issue) -> Json:
    accepted = f"; accepted: {', '.join(issue.accepted)}" if issue.accepted else ""
    found = {
        "severity": issue.severity.value,
        "code": OUTCOME_CODES.get(issue.rule_id, BUSINESS_RULE),
        "details": {"text": issue.rule_id},
        "diagnostics": f"{issue.message}{accepted}",
    }
    return {**found, "expression": [issue.where.path]} if issue.where.path else found
