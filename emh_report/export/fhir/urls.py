"""Canonical URLs and code system URIs of the FHIR output: one definition for each.

The code systems of the project stand in own_codes.py, what differs between FHIR versions in versions.py, the kinds of
bundles in kinds.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from emh_report.codes import CANONICAL

UCUM: Final = "http://unitsofmeasure.org"
LOINC: Final = "http://loinc.org"
DICOM_UID: Final = "urn:dicom:uid"
"""System of an Identifier whose value is ``urn:oid:`` and a DICOM UID (R4 ImagingStudy, notes on identifiers)."""
URI: Final = "urn:ietf:rfc:3986"
"""System of an Identifier whose value is itself a URI."""
XHTML: Final = "http://www.w3.org/1999/xhtml"

ITEMS: Final = f"{CANONICAL}/report-item"
"""System of the identifiers of what is born in a report; the values are UUIDs.

Not ``urn:uuid:``: servers that replace the URNs of a transaction by their own ids replace them in identifiers too.
"""
INSTANCES: Final = f"{CANONICAL}/group-instance"
"""System of the last identifier of what stands for a group instance: ``<UUID of the report>/<group>/<uid>``.

The UUIDs of ITEMS cannot be read backwards; this one says which lesion, organ or prior a resource is about.
"""
ROLES: Final = f"{CANONICAL}/practitioner-role"
"""System of the identifiers of a person's role in an organization; the values are UUIDs."""

DATA_ABSENT_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

ATTESTATION: Final = "http://hl7.org/fhir/composition-attestation-mode"
"""R5 code system of how a document is attested; a plain code in R4."""
ADHERENCE: Final = "http://hl7.org/fhir/CodeSystem/medication-statement-adherence"
"""R5 code system of whether a drug is taken."""

XVER: Final = "http://hl7.org/fhir/5.0/StructureDefinition"
"""Extensions that stand in R4 for elements of R5 (hl7.fhir.uv.xver-r5.r4, snapshot 2)."""
COMPOSITION_VERSION: Final = f"{XVER}/extension-Composition.version"
REPORT_COMPOSITION: Final = f"{XVER}/extension-DiagnosticReport.composition"
EVENT_BASED_ON: Final = "http://hl7.org/fhir/StructureDefinition/event-basedOn"
COMPOSITION_REPORT: Final = "http://hl7.eu/fhir/extensions/StructureDefinition/composition-diagnosticReportReference"
"""Refers from a document to its report, which would else be out of reach of a reader who starts at the Composition."""
NOTE: Final = "http://hl7.org/fhir/StructureDefinition/note"

US_CORE_NOTE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-diagnosticreport-note"


class Link(NamedTuple):
    """An extension that refers to resources of these types; of any type where none is named."""

    url: str
    types: frozenset[str] = frozenset()


class Guide(NamedTuple):
    """Profiles that a kind of bundle claims: for itself, and by type for what it carries.

    ``born`` is what the report gives rise to, ``known`` what exists before it. A ServiceRequest is both: the profile
    of orders is not one of recommendations.
    """

    bundle: str = ""
    documents: Mapping[str, str] = MappingProxyType({})
    born: Mapping[str, str] = MappingProxyType({})
    known: Mapping[str, str] = MappingProxyType({})
    sections: Mapping[str, Link] = MappingProxyType({})
    """By section: the extension of the DiagnosticReport that refers to what the section is made of."""
    region: str = ""
    """Extension of the DiagnosticReport that says which region of the body was examined."""


def _europe(guide: str, base: str) -> Guide:
    """Return HL7 Europe Imaging Report 1.0.0-ballot and HL7 Europe Core 2.0.0, whose R4 and R5 differ in the root."""
    profile, core = f"{guide}/StructureDefinition", f"{base}/StructureDefinition"
    return Guide(
        bundle=f"{profile}/BundleReportEuImaging",
        documents={
            "Composition": f"{profile}/CompositionEuImaging",
            "DiagnosticReport": f"{profile}/DiagnosticReportEuImaging",
        },
        born={
            "Observation": f"{profile}/ObservationFindingEuImaging",
            "Procedure": f"{profile}/ProcedureEuImaging",
        },
        known={
            "Patient": f"{core}/patient-eu-core",
            "Practitioner": f"{core}/practitioner-eu-core",
            "PractitionerRole": f"{core}/practitionerRole-eu-core",
            "Organization": f"{core}/organization-eu-core",
            "ImagingStudy": f"{profile}/ImagingStudyEuImaging",
            "ServiceRequest": f"{profile}/ServiceRequestOrderEuImaging",
        },
        sections={
            "clinical": Link(f"{profile}/HL7IDRPatientHistory"),
            "procedure": Link(f"{profile}/HL7IDRImagingProcedure", frozenset({"Procedure"})),
            "comparison": Link(f"{profile}/HL7IDRComparisonStudy", frozenset({"ImagingStudy"})),
            "findings": Link(f"{profile}/HL7IDRFinding", frozenset({"Observation"})),
            "impression": Link(f"{profile}/HL7IDRImpression", frozenset({"Observation"})),
            "recommendation": Link(f"{profile}/HL7IDRRecommendation", frozenset({"ServiceRequest"})),
            "communication": Link(f"{profile}/HL7IDRCommunication"),
        },
        region=f"{profile}/AnatomicalRegionExtension",
    )


NO_GUIDE: Final = Guide()
EUROPE_R4: Final = _europe("http://hl7.eu/fhir/imaging", "http://hl7.eu/fhir/base")
EUROPE_R5: Final = _europe("http://hl7.eu/fhir/imaging-r5", "http://hl7.eu/fhir/base-r5")

_IMR = "https://profiles.ihe.net/RAD/IMR/StructureDefinition"
IMR: Final = Guide(
    bundle=f"{_IMR}/imr-store-multimedia-report-bundle",
    documents={"DiagnosticReport": f"{_IMR}/imr-diagnosticreport"},
    known={"ServiceRequest": f"{_IMR}/imr-servicerequest", "ImagingStudy": f"{_IMR}/imr-imagingstudy"},
)
"""IHE RAD Interactive Multimedia Report 1.1.0."""
