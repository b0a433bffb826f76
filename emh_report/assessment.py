"""Everything that one pass over a draft found out, and what may be done with the draft."""

from __future__ import annotations

from dataclasses import dataclass, field

from emh_report.conditions import Row
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.issues import Issue, Severity
from emh_report.plan import Plan
from emh_report.report import CriticalFinding
from emh_report.resolve import Reading

PENDING_FIELDS = ("critical", "communication-status", "communication-pending-reason")
"""Group and fields by which a report says that a critical result is still to be communicated."""


@dataclass(slots=True)
class Assessment:
    """Everything that one pass found out about a draft."""

    plan: Plan
    draft: Draft
    context: Context
    reading: Reading
    issues: list[Issue] = field(default_factory=list)
    critical: list[CriticalFinding] = field(default_factory=list)
    not_asked: set[tuple[str, str]] = field(default_factory=set)
    required: int = 0
    required_answered: int = 0

    @property
    def can_release_preliminary(self) -> bool:
        """Whether there is a template to read the draft by and a patient to file it under."""
        return not any(issue.blocking for issue in self.issues)

    @property
    def can_finalize(self) -> bool:
        """Whether a complete report may be signed: no errors at all."""
        return not any(issue.severity is Severity.ERROR for issue in self.issues)

    @property
    def communication_pending(self) -> bool:
        """Whether a critical result is still to be communicated, whether the draft says why or not."""
        return bool(self._pending())

    @property
    def pending_reason(self) -> str:
        """Why the communication of a critical result is still open; empty when it is not, or nobody said why."""
        given = next((row.get(PENDING_FIELDS[2]) for row in self._pending()), "")
        return given if isinstance(given, str) else ""

    def _pending(self) -> list[Row]:
        group_id, status, _ = PENDING_FIELDS
        rows = [answered.row for answered in self.reading.groups if answered.definition.id == group_id]
        return [row for row in rows if row.get(status) == "pending"]
