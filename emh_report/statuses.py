"""The states of a report and what each standard calls them: one table, one row for a state.

The life of a report, which leads from state to state, stands in lifecycle.py.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.context import ReportStatus


class Hl7v2(NamedTuple):
    """Codes of HL7 v2.5.1: tables 0123 (OBR-25), 0085 (OBX-11), 0271 (TXA-17), 0273 (TXA-19) and 0038 (ORC-5).

    ``txa_17`` is empty where the document keeps that of the version before. ``orc_5`` is empty where a report says
    nothing about its order, as a companion report never does (lifecycle.finalizes_order).
    """

    obr_25: str
    obx_11: str
    txa_17: str
    txa_19: str
    orc_5: str = ""


class DicomSr(NamedTuple):
    """Flags of the SR Document General Module (PS3.3 C.17.2).

    ``completion_flag`` is PARTIAL where required answers are missing. VERIFIED needs COMPLETE and the Verifying
    Observer Sequence. Every version after the first names the one before it in the Predecessor Documents Sequence.
    """

    preliminary_flag: str
    completion_flag: str
    verification_flag: str


class Status(NamedTuple):
    """One state. An empty Composition status means that no Composition leaves in that version.

    ``statements``: whether what the report says besides its observations (causes, medication, advice,
    messages) leaves as resources of its own. ``withdrawn``: everything is entered in error.
    ``relates``: how a later version relates to the one before it (relatesTo of the Composition).
    Without ``dicom`` the state has no SR document.
    """

    diagnostic_report: str
    observation: str
    composition_r4: str
    composition_r5: str
    questionnaire_response: str
    v2: Hl7v2
    dicom: DicomSr | None = None
    statements: bool = True
    withdrawn: bool = False
    relates: str = ""


_ERROR: Final = "entered-in-error"
_SIGNED: Final = DicomSr("FINAL", "COMPLETE", "VERIFIED")
_CORRECTION: Final = Hl7v2("C", "C", "LA", "AV", "CM")

STATUSES: Final = {
    ReportStatus.PRELIMINARY: Status(
        *("preliminary", "preliminary", "preliminary", "preliminary", "in-progress"),
        Hl7v2("P", "P", "PA", "AV", "IP"),
        DicomSr("PRELIMINARY", "COMPLETE", "UNVERIFIED"),
    ),
    ReportStatus.FINAL: Status(
        *("final", "final", "final", "final", "completed"), Hl7v2("F", "F", "LA", "AV", "CM"), _SIGNED
    ),
    ReportStatus.CORRECTED: Status(
        *("corrected", "corrected", "amended", "corrected", "amended"), _CORRECTION, _SIGNED, relates="replaces"
    ),
    ReportStatus.APPENDED: Status(
        *("appended", "amended", "amended", "appended", "amended"), _CORRECTION, _SIGNED, relates="appends"
    ),
    ReportStatus.CANCELLED: Status(
        *("cancelled", "cancelled", "", "cancelled", "stopped"), Hl7v2("X", "X", "PA", "CA"), statements=False
    ),
    ReportStatus.ENTERED_IN_ERROR: Status(
        *(_ERROR, _ERROR, _ERROR, _ERROR, _ERROR), Hl7v2("C", "W", "", "CA"), withdrawn=True
    ),
}
"""Value sets diagnostic-report-status, observation-status, composition-status and questionnaire-answers-status of R4
4.0.1 and R5 5.0.0; tables of HL7 v2.5.1; PS3.3 of DICOM.

Those of reports, observations and responses are the same in both versions of FHIR. R4 compositions know no corrected,
appended or cancelled; both changes are amended there. HL7 v2.5.1 has no code for an addendum: the whole report is sent
again as corrected. No code of OBR-25 says entered in error: it is corrected, and every OBX says wrong.
A draft has no row: it does not leave the house.
"""
