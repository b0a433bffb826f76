"""Resources of RIS and PACS as the context of a report that is yet to be made. What would be a guess stays empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from emh_report.context import Context, Identifier, Organization, Patient, Practitioner
from emh_report.intake import subjects
from emh_report.intake.caveats import caveats
from emh_report.intake.content import Json
from emh_report.intake.faults import error
from emh_report.intake.sources import (
    ORGANIZATION,
    PERSON,
    ROLE,
    identifiers,
    order,
    organization,
    patient,
    person,
    study,
)
from emh_report.intake.versions import reach
from emh_report.intake.view import View
from emh_report.intake.voided import leave_out
from emh_report.issues import Issue, Severity, Where

ABOUT: Final = ("ServiceRequest", "ImagingStudy")
"""Types of resources that are about the patient."""
PEOPLE: Final = (PERSON, ROLE)
"""Types of resources that are, or lead to, who reads the images."""
USED: Final = frozenset({*ABOUT, *PEOPLE, "Patient", ORGANIZATION})

SENT_BY: Final = (
    ("ServiceRequest", ("requester",)),
    ("ImagingStudy", ("referrer",)),
    ("Patient", ("generalPractitioner",)),
)
"""Elements that name who sent the patient: nobody who answers for the report, unless it is also said to read."""
MADE_BY: Final = (*SENT_BY, ("ImagingStudy", ("series", "performer", "actor")))
"""Elements that name who does not read the images."""
READ_BY: Final = (("ServiceRequest", ("performer",)), ("ImagingStudy", ("interpreter",)))
"""Elements that name who is to read the images, or did."""

OTHER_PATIENT: Final = (
    "not known to be about the patient of this content",
    ("a reference to the Patient of this content", "one of its identifiers"),
)
OTHER_SUBJECT: Final = (
    "not known to be about the same patient as the order or study before it",
    ("the same reference or identifier", "the Patient beside them"),
)
"""Why an order or study is refused, with and without a Patient in the content, and what is accepted."""


def gather(found: View) -> tuple[Context | None, list[Issue]]:
    """Return the context, and what is not in it.

    There is none where it would be about more than one patient, or about a record that was replaced.
    """
    patients = list(found.of_type("Patient"))
    people, organizations = _people(found), _organizations(found)  # an order that does not count says who sent it, too
    noted = [*leave_out(found), *caveats(found)]
    strangers = [*_several(found, patients), *_strangers(found, patients)]
    refused = [*strangers, *(one for one in noted if one.severity is Severity.ERROR)]
    if refused:
        return None, refused
    context = Context(
        patient=patient(patients[0][1]) if patients else _told(found),
        orders=tuple(order(one) for _, one in found.of_type("ServiceRequest")),
        studies=tuple(study(found, one) for _, one in found.of_type("ImagingStudy")),
        author=people[0] if len(people) == 1 else Practitioner(),
        organization=organizations[0] if len(organizations) == 1 else Organization(),
    )
    return context, [*noted, *_open(found, len(people), len(organizations)), *_not_used(found)]


def _told(found: View) -> Patient:
    """Return the patient whom orders and studies tell of where there is no Patient beside them, as fully as any."""
    about = [one for type_ in ABOUT for _, one in found.of_type(type_)]
    told = [subjects.stated_patient(found, one, one.get("subject", {})) or Patient() for one in about]
    return max(told, key=lambda one: len([part for part in one.__slots__ if getattr(one, part)]), default=Patient())


def _several(found: View, patients: list[tuple[str, Json]]) -> Iterator[Issue]:
    for url, _ in patients[1:]:
        yield error("fhir-ambiguous", found.paths[url], "a report is about one patient; this is another one")


def _strangers(found: View, patients: list[tuple[str, Json]]) -> Iterator[Issue]:
    """Yield every order and study of somebody else, or of nobody known: filed together one reaches the wrong record."""
    known = subjects.person(*patients[0]) if patients else None
    for type_ in ABOUT:
        for url, resource in found.of_type(type_):
            about = subjects.subject(found, resource, resource.get("subject", {}))
            if known is not None and not about.agrees(known):
                message, accepted = OTHER_PATIENT if patients else OTHER_SUBJECT
                yield error("fhir-ambiguous", f"{found.paths[url]}.subject", message, accepted)
            elif not patients:
                known = about.and_(known) if known else about


def _people(found: View) -> list[Practitioner]:
    """Return everyone who is there and may be the author, each once; a role may contain its person."""
    names = _names(found, PERSON)
    others, readers = (
        {_key(names, person(found, *one)) for one in _named(found, paths)} for paths in (MADE_BY, READ_BY)
    )
    every = dict.fromkeys(person(found, {"reference": url}) for type_ in PEOPLE for url, _ in found.of_type(type_))
    return [one for one in every if one is not None and _key(names, one) not in others - readers]


def _organizations(found: View) -> list[Organization]:
    """Return every organization that is there and may be the responsible one; one that a role is of goes with it."""
    names = _names(found, ORGANIZATION)
    others, readers = (
        {_key(names, organization(found, *_organized(found, *one))) for one in _named(found, paths)}
        for paths in (SENT_BY, READ_BY)
    )
    every = [organization(found, {"reference": url}) for url, _ in found.of_type(ORGANIZATION)]
    return [one for one in every if one is not None and _key(names, one) not in others - readers]


def _organized(found: View, reference: Json, home: Json) -> tuple[Json, Json]:
    """Return what names an organization: the reference of a role where one leads to that, else the reference itself."""
    _, role = found.resolve(reference, home)
    leads = role is not None and role["resourceType"] == ROLE
    return (role.get("organization", {}), role) if leads else (reference, home)


def _names(found: View, type_: str) -> dict[Identifier, Identifier]:
    """Return for every identifier of these resources one that stands for all that the same resource has."""
    records = (*found.resources.values(), *found.contained.values())
    every = [identifiers(one) for one in records if one["resourceType"] == type_]
    names: dict[Identifier, Identifier] = {}
    for numbers in sorted(every, key=len, reverse=True):  # those of one that has more are told apart no more
        known = next((names[one] for one in numbers if one in names), None)
        names |= {one: known or numbers[0] for one in numbers if one not in names}
    return names


def _key(names: Mapping[Identifier, Identifier], one: Practitioner | Organization | None) -> object:
    """Return what tells somebody from others: an identifier, or all that is known where there is none."""
    return names.get(one.identifier, one.identifier) if one and one.identifier.value else one


def _named(found: View, paths: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[tuple[Json, Json]]:
    """Yield the references at these elements, each with the resource it stands in."""
    for type_, path in paths:
        for _, resource in found.of_type(type_):
            yield from ((reference, resource) for reference in reach(resource, path))


def _open(found: View, people: int, organizations: int) -> Iterator[Issue]:
    for types, count, what in ((PEOPLE, people, "author"), ((ORGANIZATION,), organizations, "organization")):
        if count > 1:
            message = f"several of type {types[0]}: which is the {what} of the report is not said, so none was taken"
            first = next(path for type_ in types for path in _paths(found, type_))
            yield Issue("fhir-ambiguous", Severity.WARNING, Where(first), message)


def _paths(found: View, type_: str) -> Iterator[str]:
    return (found.paths[url] for url, _ in found.of_type(type_))


def _not_used(found: View) -> Iterator[Issue]:
    for url, resource in found.resources.items():
        type_ = resource["resourceType"]
        if type_ not in USED:
            yield Issue("fhir-not-read", Severity.WARNING, Where(found.paths[url]), f"{type_} is no part of a context")
