"""What an installation may decide about the FHIR output, and what it has beside the report."""

from __future__ import annotations

from dataclasses import dataclass

from emh_report.context import Practitioner


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of an installation; the defaults suit a receiver that keeps its own patients.

    ``create_patient``: send the patient, for receivers without a patient index. By default the patient
    is only looked up by identifier, and a receiver that does not know it refuses the bundle.
    ``pdf``: the report on paper, to be presented beside the HTML; empty where nobody asked for it.
    ``signature``: the detached JWS of a stored version (RFC 7515, appendix F), carried along in a Provenance.
    ``actor``: who made that version. Reports name who writes and who signs, but not who cancels or withdraws.
    """

    create_patient: bool = False
    pdf: bytes = b""
    signature: str = ""
    actor: Practitioner | None = None
