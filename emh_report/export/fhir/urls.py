"""Canonical URLs and code system URIs of the FHIR output, and what differs between FHIR versions.

One definition for each URL. A further version or guide (R5, HL7 Europe document, IHE IMR) adds a row
here and a writer beside bundle.py; the writers of resources stay as they are.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.codes import CANONICAL

UCUM: Final = "http://unitsofmeasure.org"
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

GROUPS: Final = f"{CANONICAL}/CodeSystem/group"
"""Own codes of groups of questions: what a root Observation is about."""
PARTS: Final = f"{CANONICAL}/CodeSystem/observable-part"
"""Own codes of the parts of one answer: an axis, an end of a level range, a part of an image address."""
ABSENT: Final = f"{CANONICAL}/CodeSystem/absent-reason"
"""Own absent reasons for which HL7 has no code."""
RULES: Final = f"{CANONICAL}/CodeSystem/rule"
"""Own codes of consistency rules: which one recognised an actionable finding, or gave a warning."""
STATEMENTS: Final = f"{CANONICAL}/CodeSystem/statement"
"""Own codes of statements about the report itself, and of warnings that no rule gives."""
MODES: Final = f"{CANONICAL}/CodeSystem/report-mode"
"""Own tag of resources that accompany a report made elsewhere."""

DATA_ABSENT_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


class Version(NamedTuple):
    """What one FHIR version calls things. Extensions stand in for elements that it lacks."""

    fhir: str
    report_study: str
    composition_version: str
    report_composition: str


R4: Final = Version(
    fhir="4.0.1",
    report_study="imagingStudy",
    composition_version="http://hl7.org/fhir/5.0/StructureDefinition/extension-Composition.version",
    report_composition="http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.composition",
)
