"""What FHIR has no name for and this service offers: OperationDefinition and SearchParameter of our own."""

from __future__ import annotations

from typing import Final

from emh_report import __version__
from emh_report.codes import CANONICAL
from emh_report.export.terminology import head
from emh_report.fhir_http.releases import FhirRelease
from emh_report.intake.content import Json

HL7: Final = "http://hl7.org/fhir/SearchParameter"
HL7_OPERATION: Final = "http://hl7.org/fhir/OperationDefinition"
DOCUMENT: Final = "diagnostic-report-document"
ACCESSION: Final = "diagnostic-report-accession"
DOCUMENT_URL: Final = f"{CANONICAL}/OperationDefinition/{DOCUMENT}"
ACCESSION_URL: Final = f"{CANONICAL}/SearchParameter/{ACCESSION}"


def resources(release: FhirRelease) -> list[Json]:
    """Return the definitions for a FHIR release."""
    return [_document(), _accession(release)]


def _document() -> Json:
    title = "Report as a document"
    words = (
        "The released report as a document of HL7 Europe Imaging Report: everything that was said, and everything "
        "that it refers to. Refused where a state or mode of a report has no document."
    )
    return {
        **_head("OperationDefinition", DOCUMENT, title, words),
        "kind": "operation",
        "affectsState": False,
        "code": "document",
        "resource": ["DiagnosticReport"],
        "system": False,
        "type": False,
        "instance": True,
        "parameter": [{"name": "return", "use": "out", "min": 1, "max": "1", "type": "Bundle"}],
    }


def _accession(release: FhirRelease) -> Json:
    title = "Accession Number of a report"
    words = "Accession Number of an order that the report is based on, or of a study that it is about."
    head_ = _head("SearchParameter", ACCESSION, title, words)
    if release.name == "R4":
        del head_["title"]  # which came with R5
    found = {
        **head_,
        "code": "accession",
        "base": ["DiagnosticReport"],
        "type": "token",
        "expression": "DiagnosticReport.basedOn.identifier",
    }
    return found | ({"xpathUsage": "normal"} if release.name == "R4" else {"processingMode": "normal"})


def _head(type_: str, id_: str, title: str, words: str) -> Json:
    return head(type_, id_, __version__, title, words)
