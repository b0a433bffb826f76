"""The states of a report and what each target calls them: one table, one row for a state."""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.context import ReportStatus
from emh_report.export.fhir.versions import Version


class Status(NamedTuple):
    """One state. An empty Composition status means that no Composition leaves in that version.

    ``statements``: whether what the report says besides its observations (causes, medication, advice,
    messages) leaves as resources of its own. ``withdrawn``: everything is entered in error.
    ``relates``: how a later version relates to the one before it (relatesTo of the Composition).
    """

    diagnostic_report: str
    observation: str
    composition_r4: str
    composition_r5: str
    statements: bool = True
    withdrawn: bool = False
    relates: str = ""

    def composition(self, version: Version) -> str:
        """Return the status of the Composition; empty where that version has none for this state."""
        return self.composition_r4 if version is Version.R4 else self.composition_r5


_ERROR = "entered-in-error"

STATUSES: Final = {
    ReportStatus.PRELIMINARY: Status("preliminary", "preliminary", "preliminary", "preliminary"),
    ReportStatus.FINAL: Status("final", "final", "final", "final"),
    ReportStatus.CORRECTED: Status("corrected", "corrected", "amended", "corrected", relates="replaces"),
    ReportStatus.APPENDED: Status("appended", "amended", "amended", "appended", relates="appends"),
    ReportStatus.CANCELLED: Status("cancelled", "cancelled", "", "cancelled", statements=False),
    ReportStatus.ENTERED_IN_ERROR: Status(_ERROR, _ERROR, _ERROR, _ERROR, withdrawn=True),
}
"""Value sets diagnostic-report-status, observation-status and composition-status of R4 4.0.1 and R5 5.0.0.

Those of reports and observations are the same in both. R4 compositions know no corrected, appended or cancelled;
both changes are amended there. A draft has no row: it does not leave the house.
"""
