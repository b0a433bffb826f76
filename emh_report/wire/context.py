"""Context on the wire and in the domain: patient, orders, studies, authors, identity of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Final

from emh_report import limits
from emh_report.context import (
    Context,
    Focus,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Series,
    Sex,
    Study,
)
from emh_report.v1 import context_pb2 as pb
from emh_report.wire.guard import SuspiciousError, Texts

SEXES: Final[Mapping[pb.AdministrativeSex.ValueType, Sex]] = {
    pb.ADMINISTRATIVE_SEX_UNSPECIFIED: Sex.UNKNOWN,
    pb.ADMINISTRATIVE_SEX_MALE: Sex.MALE,
    pb.ADMINISTRATIVE_SEX_FEMALE: Sex.FEMALE,
    pb.ADMINISTRATIVE_SEX_OTHER: Sex.OTHER,
    pb.ADMINISTRATIVE_SEX_UNKNOWN: Sex.UNKNOWN,
}
FOCUSES: Final[Mapping[pb.Focus.ValueType, Focus]] = {
    pb.FOCUS_UNSPECIFIED: Focus.PATIENT,
    pb.FOCUS_PATIENT: Focus.PATIENT,
    pb.FOCUS_FETUS: Focus.FETUS,
}
STATUSES: Final[Mapping[pb.ReportStatus.ValueType, ReportStatus]] = {
    pb.REPORT_STATUS_UNSPECIFIED: ReportStatus.DRAFT,
    pb.REPORT_STATUS_DRAFT: ReportStatus.DRAFT,
    pb.REPORT_STATUS_PRELIMINARY: ReportStatus.PRELIMINARY,
    pb.REPORT_STATUS_FINAL: ReportStatus.FINAL,
    pb.REPORT_STATUS_CORRECTED: ReportStatus.CORRECTED,
    pb.REPORT_STATUS_APPENDED: ReportStatus.APPENDED,
    pb.REPORT_STATUS_CANCELLED: ReportStatus.CANCELLED,
    pb.REPORT_STATUS_ENTERED_IN_ERROR: ReportStatus.ENTERED_IN_ERROR,
}
_SEX_NUMBERS = {sex: number for number, sex in SEXES.items() if number}
_STATUS_NUMBERS = {status: number for number, status in STATUSES.items() if number}


def read_context(message: pb.Context, texts: Texts) -> Context:
    """Return the context. Raises SuspiciousError, or KeyError for a number that is not of its enum."""
    _count("Context.orders", message.orders)
    _count("Context.studies", message.studies)
    return Context(
        report=_report(message.report, texts) if message.HasField("report") else ReportIdentity(),
        patient=read_patient(message.patient, texts),
        focus=FOCUSES[message.focus],
        orders=tuple([_order(order, texts) for order in message.orders]),
        studies=tuple([_study(study, texts) for study in message.studies]),
        author=read_practitioner(message.author, texts),
        supervisor=read_practitioner(message.supervisor, texts) if message.HasField("supervisor") else None,
        organization=_organization(message.organization, texts),
        test_data=message.test_data,
    )


def _count(field: str, values: Sized) -> None:
    if len(values) > limits.PARTS[field]:
        raise SuspiciousError


def read_identifier(message: pb.Identifier, texts: Texts) -> Identifier:
    """Return an identifier."""
    texts.ids += (message.system, message.value)
    return Identifier(message.system, message.value)


def _report(message: pb.ReportIdentity, texts: Texts) -> ReportIdentity:
    texts.ids.append(message.issued)
    identifier = read_identifier(message.identifier, texts)
    return ReportIdentity(identifier, message.version, STATUSES[message.status], message.issued)


def read_patient(message: pb.Patient, texts: Texts) -> Patient:
    """Return a patient."""
    _count("Patient.identifiers", message.identifiers)
    _count("Patient.given", message.given)
    identifiers = tuple([read_identifier(identifier, texts) for identifier in message.identifiers])
    given = tuple(message.given)
    texts.ids += (message.family, *given, message.birth_date)
    return Patient(identifiers, message.family, given, message.birth_date, SEXES[message.sex])


def _order(message: pb.Order, texts: Texts) -> Order:
    texts.free += (message.description, message.reason)
    accession, placer = read_identifier(message.accession, texts), read_identifier(message.placer, texts)
    return Order(accession, placer, message.description, message.reason)


def _study(message: pb.Study, texts: Texts) -> Study:
    _count("Study.modalities", message.modalities)
    _count("Study.series", message.series)
    modalities = tuple(message.modalities)
    uid, started, description, accession = (
        message.study_instance_uid,
        message.started,
        message.description,
        message.accession,
    )
    texts.ids += (uid, *modalities, started, description, accession)
    series = tuple([_series(one, texts) for one in message.series])
    return Study(uid, modalities, started, description, accession, series)


def _series(message: pb.Series, texts: Texts) -> Series:
    texts.ids += (message.series_instance_uid, message.modality, message.description)
    return Series(message.series_instance_uid, message.number, message.modality, message.description)


def read_practitioner(message: pb.Practitioner, texts: Texts) -> Practitioner:
    """Return a person."""
    _count("Practitioner.given", message.given)
    given = tuple(message.given)
    texts.ids += (message.family, *given)
    return Practitioner(read_identifier(message.identifier, texts), message.family, given)


def _organization(message: pb.Organization, texts: Texts) -> Organization:
    texts.ids.append(message.name)
    return Organization(read_identifier(message.identifier, texts), message.name)


def write_context(context: Context) -> pb.Context:
    """Return ``context`` as a message. Raises ValueError for a number or text that protobuf cannot carry."""
    return pb.Context(
        report=write_report(context.report),
        patient=write_patient(context.patient),
        focus=pb.FOCUS_FETUS if context.focus is Focus.FETUS else pb.FOCUS_PATIENT,
        orders=[_write_order(order) for order in context.orders],
        studies=[_write_study(study) for study in context.studies],
        author=write_practitioner(context.author),
        supervisor=write_practitioner(context.supervisor) if context.supervisor else None,
        organization=pb.Organization(
            identifier=write_identifier(context.organization.identifier), name=context.organization.name
        ),
        test_data=context.test_data,
    )


def write_report(report: ReportIdentity) -> pb.ReportIdentity:
    """Return the identity of a report as a message."""
    return pb.ReportIdentity(
        identifier=write_identifier(report.identifier),
        version=report.version,
        status=_STATUS_NUMBERS[report.status],
        issued=report.issued,
    )


def write_patient(patient: Patient) -> pb.Patient:
    """Return a patient as a message."""
    return pb.Patient(
        identifiers=[write_identifier(identifier) for identifier in patient.identifiers],
        family=patient.family,
        given=patient.given,
        birth_date=patient.birth_date,
        sex=_SEX_NUMBERS[patient.sex],
    )


def write_identifier(identifier: Identifier) -> pb.Identifier:
    """Return an identifier as a message."""
    return pb.Identifier(system=identifier.system, value=identifier.value)


def _write_order(order: Order) -> pb.Order:
    return pb.Order(
        accession=write_identifier(order.accession),
        placer=write_identifier(order.placer),
        description=order.description,
        reason=order.reason,
    )


def _write_study(study: Study) -> pb.Study:
    return pb.Study(
        study_instance_uid=study.study_instance_uid,
        modalities=study.modalities,
        started=study.started,
        description=study.description,
        accession=study.accession,
        series=[
            pb.Series(
                series_instance_uid=series.series_instance_uid,
                number=series.number,
                modality=series.modality,
                description=series.description,
            )
            for series in study.series
        ],
    )


def write_practitioner(person: Practitioner) -> pb.Practitioner:
    """Return a person as a message."""
    return pb.Practitioner(identifier=write_identifier(person.identifier), family=person.family, given=person.given)
