"""The states of a report and what each target calls them: one table, one row for a state."""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.context import ReportStatus


class Status(NamedTuple):
    """One state in FHIR R4. An empty Composition status means that no Composition leaves.

    ``statements``: whether what the report says besides its observations (causes, medication, advice,
    messages) leaves as resources of its own. ``withdrawn``: everything is entered in error.
    """

    diagnostic_report: str
    composition: str
    observation: str
    statements: bool = True
    withdrawn: bool = False


STATUSES: Final = {
    ReportStatus.PRELIMINARY: Status("preliminary", "preliminary", "preliminary"),
    ReportStatus.FINAL: Status("final", "final", "final"),
    ReportStatus.CORRECTED: Status("corrected", "amended", "corrected"),
    ReportStatus.APPENDED: Status("appended", "amended", "amended"),
    ReportStatus.CANCELLED: Status("cancelled", "", "cancelled", statements=False),
    ReportStatus.ENTERED_IN_ERROR: Status("entered-in-error", "entered-in-error", "entered-in-error", withdrawn=True),
}
"""Value sets diagnostic-report-status, composition-status and observation-status of R4 4.0.1.

R4 compositions know no corrected, appended or cancelled; both changes are amended there. A draft has
no row: it does not leave the house.
"""
