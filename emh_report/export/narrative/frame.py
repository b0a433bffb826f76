"""What stands around the sections of a report: state, patient, order and study lines, signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.context import Context, Focus, Identifier, Order, Patient, Practitioner, ReportStatus, Sex, Study
from emh_report.export.narrative.words import instant, lines
from emh_report.report import Report
from emh_report.text import visible

BANNERS: Final[Mapping[ReportStatus, str]] = {
    ReportStatus.DRAFT: "DRAFT: not released, not for clinical use",
    ReportStatus.PRELIMINARY: "PRELIMINARY REPORT: not signed, may be incomplete and may change",
    ReportStatus.CORRECTED: "CORRECTED REPORT: replaces the earlier version",
    ReportStatus.APPENDED: "APPENDED REPORT: adds to the earlier version",
    ReportStatus.CANCELLED: "CANCELLED REPORT",
    ReportStatus.ENTERED_IN_ERROR: "ENTERED IN ERROR: do not use this report",
}
TEST_DATA: Final = "TEST DATA: no real patient"
FETUS: Final = "The findings describe the fetus; the patient named here is the mother."

SIGNED: Final = ("Author", "Signed by")
"""Labels of author and supervisor. Where a supervisor is named only they sign (`emh_report.lifecycle.signer`)."""
SIGNED_ALONE: Final = ("Signed by", "")
UNSIGNED: Final[Mapping[ReportStatus, tuple[str, str]]] = dict.fromkeys(
    (ReportStatus.DRAFT, ReportStatus.PRELIMINARY), ("Author (not signed)", "Supervisor (not signed)")
)

Lines = list[tuple[str, str]]
"""Lines of a header or signature: label and text."""


def banners(report: Report) -> list[str]:
    """Return what a reader has to know before anything else, most important first."""
    context = report.context
    found = [BANNERS.get(context.report.status, ""), TEST_DATA if context.test_data else ""]
    return [banner for banner in found if banner]


def header(report: Report) -> Lines:
    """Return the lines that say who and what the report is about, and which report it is."""
    context = report.context
    mother = context.focus is Focus.FETUS
    found = [("Patient (mother)" if mother else "Patient", _patient(context.patient))]
    found += [("Subject", FETUS)] if mother else []
    found += [("Order", _order(order)) for order in context.orders]
    found += [("Study", _study(study)) for study in context.studies]
    found.append(("Report", _identity(context)))
    if context.organization.name or context.organization.identifier.value:
        found.append(("Organization", _joined(context.organization.name, _identifier(context.organization.identifier))))
    return found


def signature(report: Report) -> Lines:
    """Return who wrote and who signed, and when, as given."""
    context = report.context
    author, supervisor = UNSIGNED.get(context.report.status, ("Author", "Supervisor"))
    if report.complete:
        author, supervisor = SIGNED if context.supervisor else SIGNED_ALONE
    found = []
    if context.author != Practitioner():
        found.append((author, _practitioner(context.author)))
    if context.supervisor is not None:
        found.append((supervisor, _practitioner(context.supervisor)))
    if context.report.issued:
        found.append(("Date and time", instant(context.report.issued)))
    return found


def _joined(*parts: str) -> str:
    """Join what is there. A context comes from other systems: it is made visible, never trusted."""
    return "; ".join([part if part.isprintable() else lines(visible(part)) for part in parts if part.strip()])


def _identifier(identifier: Identifier) -> str:
    if not identifier.value:
        return ""
    return f"{identifier.value} ({identifier.system})" if identifier.system else identifier.value


def _name(family: str, given: tuple[str, ...]) -> str:
    return ", ".join(part for part in (family, " ".join(given)) if part)


def _patient(patient: Patient) -> str:
    name = _name(patient.family, patient.given) or "name not given"
    born = f"born {patient.birth_date}" if patient.birth_date else ""
    sex = "sex not known" if patient.sex is Sex.UNKNOWN else patient.sex.value
    return _joined(name, born, sex, *(_identifier(identifier) for identifier in patient.identifiers))


def _order(order: Order) -> str:
    accession, placer = _identifier(order.accession), _identifier(order.placer)
    return _joined(
        f"accession number {accession}" if accession else "",
        f"placer order {placer}" if placer else "",
        order.description,
        f"reason: {order.reason}" if order.reason else "",
    )


def _study(study: Study) -> str:
    return _joined(
        instant(study.started),
        ", ".join(study.modalities),
        study.description,
        f"accession number {study.accession}" if study.accession else "",
        f"Study Instance UID {study.study_instance_uid}",
    )


def _identity(context: Context) -> str:
    report = context.report
    return _joined(_identifier(report.identifier), f"version {report.version}", report.status.value)


def _practitioner(person: Practitioner) -> str:
    return _joined(_name(person.family, person.given), _identifier(person.identifier))
