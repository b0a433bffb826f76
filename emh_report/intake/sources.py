"""Resources of RIS and PACS as parts of a context: patient, order, study, person, organization."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from emh_report.codes import Code
from emh_report.context import Identifier, Order, Organization, Patient, Practitioner, Series, Sex, Study
from emh_report.export.fhir import fixed
from emh_report.export.fhir.urls import DICOM_UID
from emh_report.intake.content import Json
from emh_report.intake.tokens import token
from emh_report.intake.view import View

OID: Final = "urn:oid:"
OLD: Final = "old"
OUT_OF_USE: Final = frozenset({"old", "maiden", "temp"})
MEDICAL_RECORD: Final = Code(fixed.ACCESSION.system, "MR")
"""Type of the number that a hospital knows a patient by (HL7 table 0203)."""
BETWEEN: Final = "; "
"""Between several reasons of an order, which are one text in a context."""
ORGANIZATION: Final = "Organization"
PERSON: Final = "Practitioner"
ROLE: Final = "PractitionerRole"
NOT_STATED: Final = "not stated"
"""Modality of a series in words where nobody stated one (export/fhir/sources.py)."""


def identifier(element: Json) -> Identifier:
    """Return an Identifier."""
    return Identifier(element.get("system", ""), element.get("value", ""))


def named_by(reference: Json, type_: str) -> Identifier:
    """Return the identifier by which a reference names a ``type_`` or looks one up (FHIR R4, http, 3.1.0.11.3)."""
    return searched(reference, type_) or identifier(reference.get("identifier", {}))


def searched(reference: Json, type_: str) -> Identifier | None:
    """Return the identifier by which a reference looks up a ``type_``; None for any other reference."""
    place, _, search = reference.get("reference", "").partition("?")
    return token(search) if place == type_ else None


def identifiers(resource: Json) -> list[Identifier]:
    """Return the identifiers of a resource, those in use ahead of others."""
    return [identifier(one) for one in _in_use(_numbers(resource))]


def first_number(resource: Json) -> Identifier:
    """Return the first identifier of a resource that is in use."""
    return next(iter(identifiers(resource)), Identifier())


def _numbers(resource: Json) -> list[Json]:
    """Return the identifiers of a resource; one may have extensions in place of a value, and identifies nothing."""
    return [one for one in resource.get("identifier", ()) if one.get("value")]


def _in_use(elements: Iterable[Json]) -> list[Json]:
    """Return identifiers or names, those that are no longer in use behind the others."""
    return sorted(elements, key=lambda one: one.get("use") in OUT_OF_USE)


def patient(resource: Json) -> Patient:
    """Return a Patient, by the name that is used; the first identifier is the one that a report is filed by."""
    family, given = _name(resource)
    numbers = sorted(_in_use(_numbers(resource)), key=_rank)
    return Patient(
        identifiers=tuple(identifier(one) for one in numbers),
        family=family,
        given=given,
        birth_date=resource.get("birthDate", ""),
        sex=Sex(resource.get("gender", "unknown")),
    )


def _rank(element: Json) -> tuple[bool, int]:
    """Return where an identifier of a patient stands: medical record numbers, those without a type, any other."""
    codes = codes_of(element)
    return element.get("use") in OUT_OF_USE, 0 if MEDICAL_RECORD in codes else 2 if codes else 1


def _counted(resource: Json) -> list[Json]:
    """Return the identifiers of an order or study that are not old, temporary ones behind the others."""
    return [one for one in _in_use(_numbers(resource)) if one.get("use") != OLD]


def codes_of(element: Json) -> set[Code]:
    """Return the codes of the type of an identifier."""
    codings = element.get("type", {}).get("coding", ())
    return {Code(one.get("system", ""), one.get("code", "")) for one in codings}


def accessions(resource: Json) -> list[Identifier]:
    """Return the Accession Numbers of an order or study that are in use (HL7 table 0203, ACSN), each once."""
    found = (identifier(one) for one in _counted(resource) if fixed.ACCESSION in codes_of(one))
    return list(dict.fromkeys(found))


def order(resource: Json) -> Order:
    """Return a ServiceRequest: its numbers by their type, else the first one as that of the placer."""
    placers = [identifier(one) for one in _counted(resource) if fixed.PLACER in codes_of(one) or not codes_of(one)]
    code = resource.get("code", {})
    stated = [*resource.get("reasonCode", ()), *(one.get("concept", {}) for one in resource.get("reason", ()))]
    reasons = filter(None, [*map(_words, stated), *(one.get("display", "") for one in reason_references(resource))])
    accession, placer = (next(iter(found), Identifier()) for found in (accessions(resource), placers))
    return Order(accession, placer, _words(code.get("concept", code)), BETWEEN.join(reasons))


def reason_references(resource: Json) -> list[Json]:
    """Return what a ServiceRequest refers to as its reason (R4 reasonReference, R5 reason.reference)."""
    return [
        *resource.get("reasonReference", ()),
        *(one["reference"] for one in resource.get("reason", ()) if "reference" in one),
    ]


def _words(concept: Json) -> str:
    found: str = concept.get("text") or _display(concept)
    return found


def _display(concept: Json) -> str:
    return next((one["display"] for one in concept.get("coding", ()) if "display" in one), "")


def study(found: View, resource: Json) -> Study:
    """Return an ImagingStudy, with the Accession Number of the order it was made for where that is known."""
    return Study(
        study_instance_uid=next(iter(study_uids(resource)), ""),
        modalities=tuple(code for one in resource.get("modality", ()) if (code := _modality(one))),
        started=resource.get("started", ""),
        description=resource.get("description", ""),
        accession=_accession(found, resource),
        series=tuple(_series(one) for one in resource.get("series", ())),
    )


def study_uids(resource: Json) -> list[str]:
    """Return the Study Instance UIDs of a study that are in use, each once."""
    found = (one["value"].removeprefix(OID) for one in _counted(resource) if one.get("system") == DICOM_UID)
    return list(dict.fromkeys(found))


def _accession(found: View, resource: Json) -> str:
    """Return the Accession Number of a study, or of its orders; empty where they have several or none."""
    own = order(resource).accession.value
    if own:
        return own
    stated = [one for one in resource.get("basedOn", ()) if not _is_left_out(found, one, resource)]
    numbers = {_order_of(found, reference, resource).accession.value for reference in stated}
    return numbers.pop() if len(numbers) == 1 else ""


def _is_left_out(found: View, reference: Json, home: Json) -> bool:
    """Whether a reference leads to an order of the content that does not count (intake/voided.py)."""
    url, known = found.resolve(reference, home)
    return known is None and url in found.paths


def _order_of(found: View, reference: Json, home: Json) -> Order:
    _, known = found.resolve(reference, home)
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


def type_of(found: View, reference: Json, home: Json) -> str:
    """Return the type of what a reference leads to, as it is there or as the reference says; empty for none."""
    url, resource = found.resolve(reference, home)
    path, search, _ = url.partition("?")
    place = path if search else path.rpartition("/")[0]
    type_ = resource["resourceType"] if resource else reference.get("type") or place
    return str(type_).rpartition("/")[2]


def person(found: View, reference: Json, home: Json = None) -> Practitioner | None:
    """Return who a reference of the resource ``home`` leads to or names; None for nobody.

    It leads through the role of a person where it leads to one, and to nobody where it leads to an organization.
    """
    if type_of(found, reference, home) == ROLE:
        _, role = found.resolve(reference, home)
        if role is not None:
            reference, home = role.get("practitioner", {}), role
    if type_of(found, reference, home) not in ("", PERSON, ROLE):
        return None
    _, resource = found.resolve(reference, home)
    if resource is None:
        named = Practitioner(named_by(reference, PERSON), reference.get("display", ""))
        return named if named.identifier.value or named.family else None
    family, given = _name(resource)
    return Practitioner(first_number(resource), family, given)


def organization(found: View, reference: Json, home: Json = None) -> Organization | None:
    """Return the organization that a reference of the resource ``home`` leads to or names; None for none."""
    if type_of(found, reference, home) not in ("", ORGANIZATION):
        return None
    _, resource = found.resolve(reference, home)
    if resource is None:
        return Organization(named_by(reference, ORGANIZATION), reference.get("display", ""))
    return Organization(first_number(resource), resource.get("name", ""))


def used_name(resource: Json) -> Json:
    """Return the name of a person: one in use ahead of others, one in parts ahead of mere words, the official one."""

    def place(name: Json) -> tuple[bool, bool, bool]:
        return name.get("use") in OUT_OF_USE, not is_in_parts(name), name.get("use") != "official"

    return min(resource.get("name", ()), key=place, default={})


def is_in_parts(name: Json) -> bool:
    """Whether a HumanName says which of its words are the family name or given ones."""
    return "family" in name or "given" in name


def _name(resource: Json) -> tuple[str, tuple[str, ...]]:
    """Return family and given names. Mere words stand as they are as the family name: to part them would be a guess."""
    name = used_name(resource)
    family = name.get("family", "") if is_in_parts(name) else name.get("text", "")
    return family, tuple(one for one in name.get("given", ()) if one)  # null where one has extensions alone
