"""Resources of RIS and PACS as parts of a context: patient, order, study, person, organization."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from emh_report.context import Identifier, Order, Organization, Patient, Practitioner, Series, Sex, Study
from emh_report.export.fhir import fixed
from emh_report.export.fhir.urls import DICOM_UID
from emh_report.intake.content import Json
from emh_report.intake.view import View

OID: Final = "urn:oid:"
OUT_OF_USE: Final = frozenset({"old", "maiden", "temp"})
NOT_STATED: Final = "not stated"
"""Modality of a series in words where nobody stated one (export/fhir/sources.py)."""


def identifier(element: Json) -> Identifier:
    """Return an Identifier."""
    return Identifier(element.get("system", ""), element.get("value", ""))


def first_number(resource: Json) -> Identifier:
    """Return the first identifier of a resource that is in use."""
    return identifier(next(iter(_in_use(resource.get("identifier", ()))), {}))


def _in_use(elements: Iterable[Json]) -> list[Json]:
    """Return identifiers or names, those that are no longer in use behind the others."""
    return sorted(elements, key=lambda one: one.get("use") in OUT_OF_USE)


def patient(resource: Json) -> Patient:
    """Return a Patient, by the first name."""
    family, given = _name(resource)
    return Patient(
        identifiers=tuple(identifier(one) for one in _in_use(resource.get("identifier", ()))),
        family=family,
        given=given,
        birth_date=resource.get("birthDate", ""),
        sex=Sex(resource.get("gender", "unknown")),
    )


def order(resource: Json) -> Order:
    """Return a ServiceRequest: its numbers by their type, else the first one as that of the placer."""
    accession = placer = Identifier()
    for one in _in_use(resource.get("identifier", ())):
        codes = {coding.get("code") for coding in one.get("type", {}).get("coding", ())}
        if fixed.ACCESSION.code in codes:
            accession = identifier(one)
        elif fixed.PLACER.code in codes or not codes:
            placer = placer if placer.value else identifier(one)
    code = resource.get("code", {})
    stated = [*resource.get("reasonCode", ()), *(one.get("concept", {}) for one in resource.get("reason", ()))]
    reasons = (_words(one) for one in stated)
    return Order(accession, placer, _words(code.get("concept", code)), next(reasons, ""))


def _words(concept: Json) -> str:
    found: str = concept.get("text") or _display(concept)
    return found


def _display(concept: Json) -> str:
    return next((one["display"] for one in concept.get("coding", ()) if "display" in one), "")


def study(found: View, resource: Json) -> Study:
    """Return an ImagingStudy, with the Accession Number of the order it was made for where that is known."""
    numbers = resource.get("identifier", ())
    uids = (one.get("value", "").removeprefix(OID) for one in numbers if one.get("system") == DICOM_UID)
    return Study(
        study_instance_uid=next(uids, ""),
        modalities=tuple(_modality(one) for one in resource.get("modality", ())),
        started=resource.get("started", ""),
        description=resource.get("description", ""),
        accession=_accession(found, resource),
        series=tuple(_series(one) for one in resource.get("series", ())),
    )


def _accession(found: View, resource: Json) -> str:
    """Return the Accession Number of a study, or of its orders; empty where they have several or none."""
    own = order(resource).accession.value
    if own:
        return own
    numbers = {_order_of(found, reference).accession.value for reference in resource.get("basedOn", ())}
    return numbers.pop() if len(numbers) == 1 else ""


def _order_of(found: View, reference: Json) -> Order:
    _, known = found.resolve(reference)
    return order(known or {"identifier": [reference["identifier"]] if "identifier" in reference else []})


def _series(element: Json) -> Series:
    modality = _modality(element.get("modality", {}))
    return Series(
        series_instance_uid=element.get("uid", ""),
        number=element.get("number", 0),
        modality="" if modality == NOT_STATED else modality,
        description=element.get("description", ""),
    )


def _modality(element: Json) -> str:
    """Return a modality: a Coding in R4, a CodeableConcept in R5; words where it has no code."""
    coding = next(iter(element.get("coding", ())), element)
    found: str = coding.get("code") or coding.get("display", "") or element.get("text", "")
    return found


def person(found: View, reference: Json) -> Practitioner | None:
    """Return who a reference leads to, through the role of a person where it leads to one; None for nobody."""
    _, resource = found.resolve(reference)
    if resource is not None and resource["resourceType"] == "PractitionerRole":
        return person(found, resource.get("practitioner", {}))
    if resource is None:
        return Practitioner(family=reference["display"]) if reference.get("display") else None
    family, given = _name(resource)
    return Practitioner(first_number(resource), family, given)


def organization(resource: Json) -> Organization:
    """Return an Organization."""
    return Organization(first_number(resource), resource.get("name", ""))


def _name(resource: Json) -> tuple[str, tuple[str, ...]]:
    """Return family and given names of the first name of a person that is in use, an official one ahead of others."""
    names = sorted(_in_use(resource.get("name", ())), key=lambda name: name.get("use") != "official")
    name: Json = next(iter(names), {})
    return name.get("family", ""), tuple(name.get("given", ()))
