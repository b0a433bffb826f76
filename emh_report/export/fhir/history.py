"""Causes and medication: what is stated of the patient, not seen on the images."""

from __future__ import annotations

from typing import Final

from emh_report.export.fhir import fixed
from emh_report.export.fhir.answers import add_statement, date
from emh_report.export.fhir.datatypes import Json, choice, coded
from emh_report.export.fhir.observations import panel
from emh_report.export.fhir.writer import Writer
from emh_report.report import Choice, ReportGroup, ReportItem
from emh_report.template import Role
from emh_report.vocabulary import Term

DRUG_STATUS: Final = "drug-status"
DRUG_START: Final = "drug-start"

NO_DISORDER: Final = frozenset({"unknown", "idiopathic"})
"""Terms of vocabulary cause that say that no disorder is known."""
DRUG: Final = "drug"
"""Property kind of a cause that is a drug."""

CATEGORY: Final = [coded(fixed.ENCOUNTER_DIAGNOSIS)]
VERIFICATION: Final = {status: coded(code) for status, code in fixed.VERIFICATION.items()}
UNCONFIRMED: Final = coded(fixed.UNCONFIRMED)

TAKING: Final = {"current": "active", "recent": "completed", "stopped": "completed", "planned": "intended"}
"""MedicationStatement.status (R4) by the term of vocabulary drug-status; anything else is unknown.

R4 completed is "no longer being taken", R4 stopped is halted before time; that is not what was asked. The term
itself goes as an Observation beside the statement.
"""


def cause(writer: Writer, group: ReportGroup) -> None:
    """Add a cause as a Condition: what it is, how sure it is, and the other answers as its evidence.

    A drug, and the statement that no cause is known, are no conditions of the patient and stay observations.
    No clinicalStatus: nobody was asked. R4 needs one for problem list items only (con-3), and it must not
    be there for what was entered in error (con-5).
    """
    named = group.first(Role.CAUSE)
    if named is None or not isinstance(named.value, Choice) or not _is_disorder(named.value.term):
        panel(writer, group)
        return
    status = group.first(Role.CAUSE_STATUS)
    stated = _verification(status)
    withdrawn = writer.status.withdrawn
    verification = VERIFICATION["entered-in-error"] if withdrawn else stated or UNCONFIRMED
    body: Json = {
        "verificationStatus": verification,
        "category": CATEGORY,
        "code": choice(named.value),
        "subject": writer.subject,
    }
    # Words typed beside the status, and the status of what is withdrawn, have no other place than an Observation.
    plain = status is not None and isinstance(status.value, Choice) and not status.value.text
    used = {named.field.id: ("", True), status.field.id if status else "": ("", stated and plain and not withdrawn)}
    add_statement(writer, group, "Condition", body, "evidence", used)


def _is_disorder(term: Term) -> bool:
    return term.code not in NO_DISORDER and term.properties.get("kind") != DRUG


def _verification(status: ReportItem | None) -> Json | None:
    """Return the verification status that the status of a cause stands for (property of its term)."""
    if status is None or not isinstance(status.value, Choice):
        return None
    return VERIFICATION.get(str(status.value.term.properties.get("verification", "")))


def medication(writer: Writer, group: ReportGroup) -> None:
    """Add a drug as a MedicationStatement."""
    named = group.first(Role.MEDICATION)
    if named is None or not isinstance(named.value, Choice):
        panel(writer, group)
        return
    start = date(group, DRUG_START)
    body: Json = {
        "status": writer.state(TAKING.get(group.code(DRUG_STATUS), "unknown")),
        "medicationCodeableConcept": choice(named.value),
        "subject": writer.subject,
    }
    elements = {
        named.field.id: ("", True),
        DRUG_START: ("effectivePeriod", {"start": start} if start else None),
    }
    add_statement(writer, group, "MedicationStatement", body, "derivedFrom", elements)
