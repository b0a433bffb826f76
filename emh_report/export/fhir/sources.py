"""Resources of the context: they exist before the report and are created only where a receiver lacks them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from emh_report.context import Identifier, Organization, Practitioner, Series, Study, is_uid
from emh_report.export.fhir import fixed
from emh_report.export.fhir.answers import vocabulary_of
from emh_report.export.fhir.datatypes import Json, clean, coded, coding, identifier, search
from emh_report.export.fhir.identity import SEPARATOR, uuid_of
from emh_report.export.fhir.kinds import Kind
from emh_report.export.fhir.orders import ACCESSION, add_orders, orders_of
from emh_report.export.fhir.urls import DATA_ABSENT_EXTENSION, DICOM_UID, ROLES
from emh_report.export.fhir.writer import Tags, Writer, known_entry

STUDY_UID: Final = coded(fixed.STUDY_UID)
STAFF: Final = 1024
"""People and organizations that are kept ready; those of a department are some dozens."""

NOT_KNOWN: Final[Json] = {"extension": [{"url": DATA_ABSENT_EXTENSION, "valueCode": "unknown"}]}
"""Stands for a required element nobody knows: never a date or name of our own."""

NOT_KNOWN_WHO: Final[Json] = {**NOT_KNOWN, "display": "Not known"}
"""The same as a reference."""


def add_sources(writer: Writer) -> None:
    """Add patient, orders, studies, people and organization, and tell ``writer`` how to refer to them."""
    context = writer.report.context
    writer.subject = _subject(writer)
    add_orders(writer)
    studies = [_study(writer, study) for study in context.studies if study.study_instance_uid]
    writer.studies = [one for place, one in enumerate(studies) if one not in studies[:place]]
    writer.organization = _organization(writer, context.organization)
    people = dict.fromkeys(person for person in (context.author, context.supervisor) if person)
    writer.authors = [found for person in people if (found := _author(writer, person))]


def _subject(writer: Writer) -> Json:
    """Return the reference to the patient: looked up by the first identifier, or created where that is configured."""
    patient = writer.report.context.patient
    known = patient.identifiers[0] if patient.identifiers else Identifier()
    if writer.kind.closed or not (writer.options.create_patient or writer.kind.document):
        return _looked_up("Patient", known)
    body: Json = {
        "identifier": [identifier(one) for one in patient.identifiers if one.value],
        "name": _name(patient.family, patient.given),
        "gender": patient.sex.value,
        "birthDate": patient.birth_date,
    }
    if writer.kind.document:  # HL7 Europe Core asks for both
        body["name"] = body["name"] or [NOT_KNOWN]
        body["_birthDate"] = None if patient.birth_date else NOT_KNOWN
    return writer.add_known("Patient", known, {name: value for name, value in body.items() if value})


def _looked_up(type_: str, known: Identifier) -> Json:
    """Return the reference to a resource that the receiver finds by identifier."""
    return {"reference": f"{type_}?{search(known.system, known.value)}", "type": type_}


def _name(family: str, given: tuple[str, ...]) -> list[Json]:
    """Return a name; nothing where none is known."""
    found: Json = {"family": clean(family)} if family else {}
    names = [clean(name) for name in given if name]
    if names:
        found["given"] = names
    return [found] if found else []


def _study(writer: Writer, study: Study) -> Json:
    """Return the reference to an imaging study."""
    known = Identifier(DICOM_UID, f"urn:oid:{study.study_instance_uid}")
    number = identifier(known, STUDY_UID)
    if writer.companion:
        return {"type": "ImagingStudy", "identifier": number}
    body: Json = {
        "identifier": [number, *_accession(writer, study)],
        "status": "available",
        "modality": [_modality(writer, code) for code in study.modalities],
        **(_required(study) if writer.kind.closed else {}),
        "subject": writer.subject,
        "started": study.started,
        "basedOn": orders_of(writer, study),
        "description": clean(study.description),
        "series": [_series(writer, study, series) for series in study.series if is_uid(series.series_instance_uid)],
    }
    return writer.add_known("ImagingStudy", known, {name: value for name, value in body.items() if value})


def _accession(writer: Writer, study: Study) -> list[Json]:
    """Return the Accession Number of a study that is none of the orders' (R4 ImagingStudy, notes on identifiers)."""
    known = {order.accession.value for order in writer.report.context.orders}
    own = study.accession and study.accession not in known
    return [identifier(Identifier("", study.accession), ACCESSION)] if own else []


def _required(study: Study) -> Json:
    """Return what IHE IMR requires of a study where the context does not tell it: said to be unknown, never made up."""
    found: Json = {"endpoint": [NOT_KNOWN_WHO]}
    if not study.modalities:
        found["modality"] = [NOT_KNOWN]
    if not study.started:
        found["_started"] = NOT_KNOWN
    return found


def _series(writer: Writer, study: Study, series: Series) -> Json:
    modality = series.modality or (study.modalities[0] if len(study.modalities) == 1 else "")
    found: Json = {"uid": series.series_instance_uid}
    if series.number > 0:
        found["number"] = series.number
    found["modality"] = _modality(writer, modality) if modality else {"display": "not stated"}
    if series.description:
        found["description"] = clean(series.description)
    return found


def _modality(writer: Writer, code: str) -> Json:
    """Return a modality as the DICOM code of the vocabulary; as words when the vocabulary does not know it."""
    vocabulary = vocabulary_of(writer.report.template, "modality")
    term = vocabulary.terms.get(code) if vocabulary else None
    if term is None or not term.concept.codes:
        return {"display": clean(code)}
    return coding(term.concept.codes[0])


def _organization(writer: Writer, organization: Organization) -> Json | None:
    known = organization.identifier
    if writer.kind.closed:
        named: Json = {"display": clean(organization.name)} if organization.name else {}
        found = _looked_up("Organization", known) if known.value else {"type": "Organization", **NOT_KNOWN_WHO}
        return found | named
    if writer.companion or not _can_be_sent(writer, known, organization.name):
        return {"display": clean(organization.name)} if organization.name else None
    return writer.put_known(_organization_entry(writer.kind, writer.tags, organization))


@lru_cache(STAFF)
def _organization_entry(kind: Kind, tags: Tags, organization: Organization) -> Json:
    name: Json = {"name": clean(organization.name)} if organization.name else {}
    if kind.document and not name:
        name = {"_name": NOT_KNOWN}
    active: Json = {"_active": NOT_KNOWN} if kind.us_core else {}  # US Core asks; nobody told us
    known, body = _body(organization.identifier, organization.name, {**active, **name})
    return known_entry(kind, tags, "Organization", known, body)


def _can_be_sent(writer: Writer, known: Identifier, name: str) -> bool:
    """Whether a resource can be made: a server needs an identifier to find it by; in a document its name will do."""
    return bool(known.value or (writer.kind.document and name))


def _body(known: Identifier, name: str, body: Json) -> tuple[Identifier, Json]:
    """Return what a resource is known by, and its body with the identifier where it has one."""
    if known.value:
        return known, {"identifier": [identifier(known)], **body}
    return Identifier("", name), body


def practitioner(writer: Writer, person: Practitioner) -> Json | None:
    """Return the reference to a person; None where nobody is named."""
    known, words = person.identifier, _words(person)
    if writer.kind.closed and known.value:
        return _looked_up("Practitioner", known) | ({"display": words} if words else {})
    if writer.companion or writer.kind.closed or not _can_be_sent(writer, known, words):
        return {"display": words} if words else None
    return writer.put_known(_practitioner_entry(writer.kind, writer.tags, person))


@lru_cache(STAFF)
def _practitioner_entry(kind: Kind, tags: Tags, person: Practitioner) -> Json:
    words = _words(person)
    body: Json = {"name": _name(person.family, person.given)} if words else {}
    if kind.document and not words:
        body = {"name": [NOT_KNOWN]}
    return known_entry(kind, tags, "Practitioner", *_body(person.identifier, words, body))


def _words(person: Practitioner) -> str:
    return " ".join(clean(name) for name in (*person.given, person.family) if name)


def _author(writer: Writer, person: Practitioner) -> Json | None:
    """Return the reference to a person in the role the organization gave them; to the person where it is not named."""
    reference = practitioner(writer, person)
    organization = writer.report.context.organization.identifier
    carried = reference is not None and "reference" in reference and not writer.kind.closed
    if not carried or not organization.value or writer.organization is None:
        return reference
    return writer.put_known(_role_entry(writer.kind, writer.tags, person, writer.report.context.organization))


@lru_cache(STAFF)
def _role_entry(kind: Kind, tags: Tags, person: Practitioner, organization: Organization) -> Json:
    who, _ = _body(person.identifier, _words(person), {})
    where = organization.identifier
    named = Identifier("", SEPARATOR.join((who.system, who.value, where.system, where.value)))
    role = Identifier(ROLES, uuid_of("PractitionerRole", named))
    body: Json = {
        "identifier": [identifier(role)],
        "practitioner": {"reference": _practitioner_entry(kind, tags, person)["fullUrl"]},
        "organization": {"reference": _organization_entry(kind, tags, organization)["fullUrl"]},
    }
    return known_entry(kind, tags, "PractitionerRole", role, body)
