"""Codes that do not depend on an answer: fixed by a profile, or part of FHIR itself.

Those of outside systems are read once from templates/vocabulary/fixed.toml and diagnosis.toml, which
name their sources. Those that HL7 publishes with FHIR are constants of the format and stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from emh_report.catalog.files import File, SystemsFile, VocabularyFile
from emh_report.catalog.reading import load
from emh_report.catalog.source import builtin_root
from emh_report.codes import Code, Concept
from emh_report.errors import CatalogError
from emh_report.vocabulary import CORE_MAP, concept_of

EMH_TERM = ("diagnosis", "extramedullary-hematopoiesis")
"""Vocabulary and term of the condition that reports are about."""


class FixedCodeFile(File):
    """One code that a profile fixes."""

    key: str
    system: str
    code: str
    display: str = ""
    source: str


class FixedFile(File):
    """templates/vocabulary/fixed.toml."""

    fixed: list[FixedCodeFile]


_FOLDER = builtin_root() / "vocabulary"


def _systems() -> Mapping[str, str]:
    return {system.alias: system.uri for system in load(_FOLDER / "systems.toml", SystemsFile).system}


def _fixed() -> Mapping[str, Code]:
    rows = load(_FOLDER / "fixed.toml", FixedFile).fixed
    systems = _systems()
    for row in rows:
        if row.system not in systems:
            raise CatalogError("fixed.toml", row.key, f"{row.system!r} is not in systems.toml")
    return MappingProxyType({row.key: Code(systems[row.system], row.code, row.display) for row in rows})


def _condition() -> Concept:
    vocabulary, code = EMH_TERM
    terms = load(_FOLDER / f"{vocabulary}.toml", VocabularyFile).term
    term = next((term for term in terms if term.code == code), None)
    if term is None:
        raise CatalogError(f"{vocabulary}.toml", code, "the FHIR export needs this term")
    systems = _systems()
    emitted = tuple(
        Code(systems[coding.system], coding.code, coding.display)
        for coding in term.coding
        if coding.verified and coding.match == "equivalent" and coding.map == CORE_MAP
    )
    return concept_of(vocabulary, code, term.display, emitted)


FIXED: Final[Mapping[str, Code]] = _fixed()
"""Codes by key. A missing key is a defect of the data files and fails the import."""

EMH: Final = _condition()
"""Extramedullary hematopoiesis with its verified, equivalent codes."""

PRESENCE: Final = FIXED["presence"]
IMAGING_ORDER: Final = FIXED["imaging-procedure"]
RADIOLOGY: Final = FIXED["category-radiology"]
IMAGING: Final = FIXED["observation-imaging"]
IMAGING_REPORT: Final = FIXED["category-imaging-report"]
STUDY_SECTION: Final = FIXED["section-imaging-study"]
ORDER_SECTION: Final = FIXED["section-order"]
STUDY_UID: Final = FIXED["study-instance-uid"]
ACCESSION: Final = FIXED["identifier-accession"]
APPLICATION: Final = FIXED["audit-application"]
UNKNOWN: Final = FIXED["absent-unknown"]
NOT_APPLICABLE: Final = FIXED["absent-not-applicable"]
UNAVAILABLE: Final = FIXED["empty-unavailable"]
VERIFICATION: Final[Mapping[str, Code]] = {
    status: FIXED[f"condition-{status}"] for status in ("confirmed", "provisional", "refuted", "entered-in-error")
}

# FHIR R4 4.0.1, code systems published with the standard; read in hl7.fhir.r4.core and hl7.terminology.r4 7.3.0.
_THO = "http://terminology.hl7.org/CodeSystem"
CLINICAL_UNKNOWN: Final = Code(f"{_THO}/condition-clinical", "unknown", "Unknown")
AUTHOR: Final = Code(f"{_THO}/provenance-participant-type", "author", "Author")
ATTESTER: Final = Code(f"{_THO}/provenance-participant-type", "attester", "Attester")
PERFORMER: Final = Code(f"{_THO}/provenance-participant-type", "performer", "Performer")
CREATED: Final = Code(f"{_THO}/v3-DataOperation", "CREATE", "create")
REVISED: Final = Code(f"{_THO}/v3-DataOperation", "UPDATE", "revise")
CANCELLED: Final = Code(f"{_THO}/v3-DataOperation", "CANCEL", "cancel")
NULLIFIED: Final = Code(f"{_THO}/v3-DataOperation", "NULLIFY", "nullify")
LEGALLY_AUTHENTICATED: Final = Code(f"{_THO}/v3-DocumentCompletion", "LA", "legally authenticated")
VERIFICATION_SIGNATURE: Final = Code("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.5", "Verification Signature")
UNCONFIRMED: Final = Code(f"{_THO}/condition-ver-status", "unconfirmed", "Unconfirmed")
ENCOUNTER_DIAGNOSIS: Final = Code(f"{_THO}/condition-category", "encounter-diagnosis", "Encounter Diagnosis")
TEMPORARILY_UNKNOWN: Final = Code(f"{_THO}/data-absent-reason", "temp-unknown", "Temporarily Unknown")
TEST_DATA: Final = Code(f"{_THO}/v3-ActReason", "HTEST", "test health data")
PLACER: Final = Code(f"{_THO}/v2-0203", "PLAC", "Placer Identifier")

_DIAGNOSTIC_SERVICES = f"{_THO}/v2-0074"
SERVICES: Final[Mapping[str, Code]] = {
    modality: Code(_DIAGNOSTIC_SERVICES, code, display)
    for code, display, modalities in (
        ("CT", "CAT Scan", ("CT",)),
        ("NMR", "Nuclear Magnetic Resonance", ("MR",)),
        ("NMS", "Nuclear Medicine Scan", ("NM",)),
        ("RUS", "Radiology Ultrasound", ("US",)),
        ("RX", "Radiograph", ("CR", "DX")),
    )
    for modality in modalities
}
"""HL7 table 0074 by DICOM modality. It has no code for PET or mammography, so those get none."""
