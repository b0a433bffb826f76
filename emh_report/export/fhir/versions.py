"""What differs between FHIR R4 (4.0.1) and R5 (5.0.0), in one table.

Writers make one body for both: an element goes by its name of R4; what R4 lacks goes by its name of R5. Each row
says what becomes of an element in a version; what has no row is the same in both, as all Observations are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from emh_report.codes import Code
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, coded
from emh_report.export.fhir.urls import ADHERENCE, ATTESTATION, COMPOSITION_VERSION, REPORT_COMPOSITION
from emh_report.statuses import Status


class Version(StrEnum):
    """A FHIR version. The value is that of the media type parameter fhirVersion."""

    R4 = "4.0"
    R5 = "5.0"


def composition_status(status: Status, version: Version) -> str:
    """Return the status of the Composition; empty where that version has none for this state."""
    return status.composition_r4 if version is Version.R4 else status.composition_r5


Form = Callable[[Any], Json]
"""From the content of an element to the elements that stand for it in a version."""


class Row(NamedTuple):
    """One difference. No form: the element stays as it is."""

    type: str
    element: str
    r4: Form | None = None
    r5: Form | None = None


TAKEN: Final = {
    "active": Code(ADHERENCE, "taking", "Taking"),
    "completed": Code(ADHERENCE, "not-taking", "Not Taking"),
    "intended": Code(ADHERENCE, "not-taking", "Not Taking"),
    "unknown": Code(ADHERENCE, "unknown", "Unknown"),
}
"""R5 MedicationStatement.adherence for the status of R4: R5 keeps whether a drug is taken apart from the record."""


def _renamed(name: str) -> Form:
    return lambda content: {name: content}


def _extension(url: str, kind: str) -> Form:
    return lambda content: {"extension": [{"url": url, kind: content}]}


def _listed(name: str) -> Form:
    return lambda content: {name: [content]}


def _concept(name: str) -> Form:
    """Return the form of a CodeableConcept that became a CodeableReference."""
    return lambda content: {name: {"concept": content}}


def _concepts(name: str) -> Form:
    return lambda content: {name: [{"concept": one} for one in content]}


def _references(name: str) -> Form:
    """Return the form of references that became CodeableReferences."""
    return lambda content: {name: [{"reference": one} for one in content]}


def _modality(content: Json) -> Json:
    """Return a Coding as CodeableConcept; one without a code becomes words."""
    return {"coding": [content]} if "code" in content else {"text": content["display"]}


def _taken(status: str) -> Json:
    """Return the R5 status of a record about a drug, and beside it whether the drug is taken."""
    if status == "entered-in-error":
        return {"status": status}
    return {"status": "recorded", "adherence": {"code": coded(TAKEN[status])}}


TABLE: Final = (
    Row("DiagnosticReport", "imagingStudy", r5=_renamed("study")),
    Row("DiagnosticReport", "composition", r4=_extension(REPORT_COMPOSITION, "valueReference")),
    Row(
        "DiagnosticReport",
        "presentedForm",  # Attachment.size became an integer64, which JSON carries as text
        r5=lambda forms: {"presentedForm": [{**form, "size": str(form["size"])} for form in forms]},
    ),
    Row("Composition", "identifier", r5=_listed("identifier")),
    Row("Composition", "version", r4=_extension(COMPOSITION_VERSION, "valueString")),
    Row("Composition", "subject", r5=_listed("subject")),
    Row(
        "Composition",
        "attester",
        r5=lambda attesters: {
            "attester": [
                {**one, "mode": {"coding": [{"system": ATTESTATION, "code": one["mode"]}]}} for one in attesters
            ]
        },
    ),
    Row(
        "Composition",
        "relatesTo",
        r5=lambda related: {
            "relatesTo": [
                {"type": one["code"], "resourceReference": {"identifier": one["targetIdentifier"]}} for one in related
            ]
        },
    ),
    Row(
        "Condition",
        "verificationStatus",  # R5 asks for a clinicalStatus, and has a code for: nobody was asked
        r5=lambda status: {"clinicalStatus": coded(fixed.CLINICAL_UNKNOWN), "verificationStatus": status},
    ),
    Row(
        "Condition",
        "evidence",
        r5=lambda evidence: {"evidence": [{"reference": one} for part in evidence for one in part["detail"]]},
    ),
    Row("MedicationStatement", "status", r5=_taken),
    Row("MedicationStatement", "medicationCodeableConcept", r5=_concept("medication")),
    Row("ServiceRequest", "code", r5=_concept("code")),
    Row("ServiceRequest", "reasonCode", r5=_concepts("reason")),
    Row("ServiceRequest", "reasonReference", r5=_references("reason")),
    Row("ServiceRequest", "supportingInfo", r5=_references("supportingInfo")),
    Row(
        "ServiceRequest",
        "orderDetail",
        r5=lambda details: {
            "orderDetail": [
                {"parameter": [{"code": {"text": "Detail"}, "valueCodeableConcept": one} for one in details]}
            ]
        },
    ),
    Row("Procedure", "performedDateTime", r5=_renamed("occurrenceDateTime")),
    Row("Procedure", "performedPeriod", r5=_renamed("occurrencePeriod")),
    Row("Communication", "reasonReference", r5=_references("reason")),
    Row(
        "Communication",
        "payload",  # R5 has no string here
        r5=lambda parts: {"payload": [{"contentCodeableConcept": {"text": one["contentString"]}} for one in parts]},
    ),
    Row("Task", "reasonReference", r5=lambda content: {"reason": [{"reference": content}]}),
    Row("Task", "statusReason", r5=_concept("statusReason")),
    Row("ImagingStudy", "modality", r5=lambda codes: {"modality": [_modality(one) for one in codes]}),
    Row(
        "ImagingStudy",
        "series",
        r5=lambda all_: {"series": [{**one, "modality": _modality(one["modality"])} for one in all_]},
    ),
)
"""Source: StructureDefinitions of hl7.fhir.r4.core 4.0.1 and hl7.fhir.r5.core 5.0.0."""


def _forms(version: Version) -> Mapping[str, Mapping[str, Form]]:
    found: dict[str, dict[str, Form]] = {}
    for row in TABLE:
        form = row.r4 if version is Version.R4 else row.r5
        if form is not None:
            found.setdefault(row.type, {})[row.element] = form
    return found


FORMS: Final = {version: _forms(version) for version in Version}


def in_version(version: Version, type_: str, body: Json) -> Json:
    """Return the body of a resource as a version has it."""
    forms = FORMS[version].get(type_)
    if forms is None or forms.keys().isdisjoint(body):
        return body
    found: Json = {}
    for name, content in body.items():
        if name not in forms and name not in found:
            found[name] = content
            continue
        for element, value in (forms[name](content) if name in forms else {name: content}).items():
            earlier = found.get(element)
            found[element] = [*earlier, *value] if isinstance(earlier, list) and isinstance(value, list) else value
    return found
