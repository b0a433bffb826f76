"""What somebody has to be told: critical findings that were recognized, held against what the report says of them."""

from __future__ import annotations

from emh_report.assessment import Assessment
from emh_report.conditions import Fact, Facts
from emh_report.issues import Issue, Severity, Where

GROUP, PRESENT, CATEGORY = "critical", "critical-present", "critical-category"
"""Group and fields in which the author says that there is a critical or actionable finding, and how urgent it is."""

WORDS = {"cat-1": "category 1, minutes", "cat-2": "category 2, hours", "cat-3": "category 3, days"}
"""Categories of the ACR Actionable Reporting Work Group (R36), most urgent first."""


def check_urgency(found: Assessment, facts: Facts) -> None:
    """Find recognized findings that the report does not call critical, denies, or calls less urgent."""
    if not found.critical:
        return
    worst = min(finding.urgency for finding in found.critical)
    said = _answers(facts, PRESENT)
    if True in said:
        if any(isinstance(category, str) and category > worst for category in _answers(facts, CATEGORY)):
            message = f"the category answered is less urgent than what was recognized ({WORDS[worst]})"
            found.issues.append(Issue("critical-understated", Severity.ERROR, _place(found, CATEGORY), message))
    elif worst == "cat-1":
        message = f"a critical finding ({WORDS[worst]}) was recognized and is not marked: answer yes and record the"
        _unflagged(found, Severity.ERROR, f"{message} communication, or say why it is pending")
    elif worst == "cat-2" or False in said:
        message = f"an actionable finding ({WORDS[worst]}) was recognized and the report does not say so"
        _unflagged(found, Severity.WARNING, message)


def _answers(facts: Facts, name: str) -> list[Fact]:
    return [row[name] for row in facts.get(GROUP, ()) if name in row]


def _unflagged(found: Assessment, severity: Severity, message: str) -> None:
    overridable = severity is Severity.WARNING
    where = _place(found, PRESENT)
    found.issues.append(Issue("critical-unflagged", severity, where, message, overridable=overridable))


def _place(found: Assessment, name: str) -> Where:
    answered = next((group for group in found.reading.groups if group.definition.id == GROUP), None)
    return answered.where(name) if answered else Where("draft.groups", GROUP, "", name)
