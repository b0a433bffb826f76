"""What an installation may decide about the FHIR output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of an installation; the defaults suit a receiver that keeps its own patients.

    ``create_patient``: send the patient, for receivers without a patient index. By default the patient
    is only looked up by identifier, and a receiver that does not know it refuses the bundle.
    ``pdf``: the report on paper, to be presented beside the HTML; empty where nobody asked for it.
    """

    create_patient: bool = False
    pdf: bytes = b""
