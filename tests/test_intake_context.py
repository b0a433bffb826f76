"""Resources of RIS and PACS as a context: what is taken, what is left open rather than guessed, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emh_report import import_context
from emh_report.cli.exits import Exit
from emh_report.client import Client
from emh_report.context import Context, Identifier, Order, Organization, Patient, Practitioner, Series, Sex, Study
from emh_report.wire.draft_file import read_draft_file
from tests.cli_program import run
from tests.service import address
from tests.strategies import catalog

Json = Any
BASE = "https://fhir.hospital.test/r4"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
UID = "2.25.261090351710384535162556254898270703804"


def kind(code: str) -> Json:
    return {"coding": [{"system": V2, "code": code}]}


def resources(version: str) -> dict[str, Json]:
    """What a RIS answers to a search, as its server wrote it: relative references, several names and numbers."""
    modality = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "MR"}
    words = {"text": "MR spine"}
    reason = {"text": "Weakness of both legs"}
    r5 = version == "5.0"
    return {
        "Patient": {
            "identifier": [
                {"use": "old", "system": "urn:x:mrn", "value": "OLD-1"},
                {"use": "official", "system": "urn:x:mrn", "value": "MRN-1"},
            ],
            "name": [
                {"use": "maiden", "family": "Before"},
                {"family": "Everyday", "given": ["E"]},
                {"use": "official", "family": "Example", "given": ["Eva", "Maria"]},
            ],
            "gender": "female",
            "birthDate": "1980-01-31",
        },
        "ServiceRequest": {
            "identifier": [
                {"type": kind("PLAC"), "system": "urn:x:order", "value": "ORD-1"},
                {"type": kind("ACSN"), "system": "urn:x:acc", "value": "ACC-1"},
            ],
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/patient-1"},
            "code": {"concept": words} if r5 else words,
            **({"reason": [{"concept": reason}]} if r5 else {"reasonCode": [reason]}),
        },
        "ImagingStudy": {
            "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{UID}"}],
            "status": "available",
            "subject": {"reference": "Patient/patient-1"},
            "basedOn": [{"reference": "ServiceRequest/servicerequest-1"}],
            "modality": [{"coding": [modality]} if r5 else modality],
            "started": "2026-05-04T08:00:00+02:00",
            "series": [{"uid": "2.25.7", "number": 3, "modality": {"coding": [modality]} if r5 else modality}],
        },
        "Practitioner": {
            "identifier": [{"system": "urn:x:staff", "value": "S-1"}],
            "name": [{"family": "Reader", "given": ["Rita"]}],
        },
        "PractitionerRole": {"practitioner": {"reference": "Practitioner/practitioner-1"}},
        "Organization": {"identifier": [{"system": "urn:x:org", "value": "RAD"}], "name": "Radiology"},
    }


def bundle(found: dict[str, Json], *more: Json) -> Json:
    listed = [{"resourceType": type_, "id": f"{type_.lower()}-1", **body} for type_, body in found.items()]
    entries = [
        {"fullUrl": f"{BASE}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in (*listed, *more)
    ]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


EXPECTED = Context(
    patient=Patient(
        (Identifier("urn:x:mrn", "MRN-1"), Identifier("urn:x:mrn", "OLD-1")),
        "Example",
        ("Eva", "Maria"),
        "1980-01-31",
        Sex.FEMALE,
    ),
    orders=(
        Order(
            Identifier("urn:x:acc", "ACC-1"), Identifier("urn:x:order", "ORD-1"), "MR spine", "Weakness of both legs"
        ),
    ),
    studies=(Study(UID, ("MR",), "2026-05-04T08:00:00+02:00", "", "ACC-1", (Series("2.25.7", 3, "MR"),)),),
    author=Practitioner(Identifier("urn:x:staff", "S-1"), "Reader", ("Rita",)),
    organization=Organization(Identifier("urn:x:org", "RAD"), "Radiology"),
)


@pytest.mark.parametrize("version", ["4.0", "5.0"])
def test_everything_is_taken(version: str) -> None:
    content = json.dumps(bundle(resources(version))).encode()
    for stated in (version, ""):
        found = import_context(catalog(), content, stated)
        assert found.issues == ()
        assert (found.draft, found.context) == (None, EXPECTED)


def test_a_single_resource() -> None:
    patient = {"resourceType": "Patient", **resources("4.0")["Patient"]}
    found = import_context(catalog(), json.dumps(patient).encode())
    assert (found.context, found.issues) == (Context(patient=EXPECTED.patient), ())


def test_who_the_author_is_is_not_guessed() -> None:
    second = {"resourceType": "Practitioner", "id": "practitioner-2", "name": [{"family": "Other"}]}
    found = import_context(catalog(), json.dumps(bundle(resources("4.0"), second)).encode())
    assert found.context is not None
    assert found.context.author == Practitioner()
    assert [issue.rule_id for issue in found.issues] == ["fhir-ambiguous"]


def test_somebody_elses_order_is_refused() -> None:
    stranger = {"resourceType": "Patient", "id": "patient-2", "name": [{"family": "Zaphod"}]}
    two = import_context(catalog(), json.dumps(bundle(resources("4.0"), stranger)).encode())
    changed = resources("4.0")
    changed["ServiceRequest"]["subject"] = {"reference": "Patient/patient-2"}
    other = import_context(catalog(), json.dumps(bundle(changed)).encode())
    assert (two.context, other.context) == (None, None)
    assert [issue.where.path for issue in two.issues] == ["Bundle.entry[6].resource"]
    assert [issue.where.path for issue in other.issues] == ["Bundle.entry[1].resource.subject"]


@pytest.mark.parametrize(
    ("type_", "name", "value", "path"),
    [
        ("Patient", "gender", "F", "gender"),
        ("Patient", "birthDate", "1980-02-30", "birthDate"),
        ("Patient", "name", [], "name"),
        ("ServiceRequest", "status", "open", "status"),
        ("ServiceRequest", "subject", {"reference": "Practitioner/practitioner-1"}, "subject.reference"),
        ("ImagingStudy", "numberOfSeries", "3", "numberOfSeries"),
    ],
)
def test_mistakes_are_refused(type_: str, name: str, value: Json, path: str) -> None:
    for version in ("4.0", "5.0"):
        content = bundle(resources(version))
        number, resource = next(
            (n, e["resource"]) for n, e in enumerate(content["entry"]) if e["resource"]["resourceType"] == type_
        )
        resource[name] = value
        found = import_context(catalog(), json.dumps(content).encode(), version)
        assert found.context is None
        assert f"Bundle.entry[{number}].resource.{path}" in {issue.where.path for issue in found.issues}


def test_the_other_doors_do_the_same() -> None:
    content = json.dumps(bundle(resources("4.0"))).encode()
    shown = run("import", "-", "--context-only", stdin=content)
    assert shown.exit_code == Exit.OK
    _, around = read_draft_file(b'{"template_id": "emh-minimal"}', shown.stdout.encode())
    assert around == EXPECTED
    with Client(address()) as client:
        assert client.import_context(content) == import_context(catalog(), content)
    assert run("import", "-", stdin=content).exit_code == Exit.FILE


ELEMENTS: dict[str, tuple[str, Callable[[Json], Json], bool]] = {
    "requester": ("ServiceRequest", lambda one: {"requester": one}, False),
    "performer": ("ServiceRequest", lambda one: {"requester": one, "performer": [one]}, True),
    "referrer": ("ImagingStudy", lambda one: {"referrer": one}, False),
    "interpreter": ("ImagingStudy", lambda one: {"interpreter": [one]}, True),
    "general practitioner": ("Patient", lambda one: {"generalPractitioner": [one]}, False),
}


NAMED: list[Json] = [
    {"reference": "Practitioner/practitioner-1"},
    {"identifier": {"system": "urn:x:staff", "value": "S-1"}, "display": "Dr. Reader"},
    {"reference": "Practitioner?identifier=urn:x:staff%7CS-1"},
]


@pytest.mark.parametrize("reference", NAMED)
@pytest.mark.parametrize("name", ELEMENTS)
def test_who_sent_the_patient_is_not_taken_for_the_author(name: str, reference: Json) -> None:
    type_, element, reads = ELEMENTS[name]
    found = resources("4.0")
    found[type_] |= element(reference)
    read = import_context(catalog(), json.dumps(bundle(found)).encode(), "4.0")
    assert read.context is not None, read.issues
    assert read.context == replace(EXPECTED, author=EXPECTED.author if reads else Practitioner())


@pytest.mark.parametrize("named", ["S-1", "LANR-9"])
@pytest.mark.parametrize("reads", [True, False])
def test_who_sent_the_patient_is_known_by_any_of_their_numbers(reads: bool, named: str) -> None:
    found = resources("4.0")
    found["Practitioner"]["identifier"].append({"system": "urn:x:national", "value": "LANR-9"})
    system = "urn:x:staff" if named == "S-1" else "urn:x:national"
    found["ServiceRequest"]["requester"] = {"identifier": {"system": system, "value": named}, "display": "Dr. Sender"}
    if reads:
        found["ImagingStudy"]["interpreter"] = [{"reference": "Practitioner/practitioner-1"}]
    read = import_context(catalog(), json.dumps(bundle(found)).encode(), "4.0")
    assert read.context == replace(EXPECTED, author=EXPECTED.author if reads else Practitioner())
    assert [(one.rule_id, one.severity.value, one.where.path) for one in read.issues] == [
        ("fhir-not-read", "information", "Bundle.entry[3].resource.identifier")
    ]


WARD: Json = {
    "resourceType": "PractitionerRole",
    "id": "w",
    "organization": {"reference": "Organization/organization-1"},
}
ORDERED_BY: dict[str, Json] = {
    "itself": {"reference": "Organization/organization-1"},
    "identifier": {"identifier": {"system": "urn:x:org", "value": "RAD"}, "type": "Organization"},
    "search": {"reference": "Organization?identifier=urn:x:org%7CRAD"},
    "role": {"reference": "PractitionerRole/w"},
}


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize("name", ORDERED_BY)
def test_the_organization_that_ordered_is_not_the_responsible_one(name: str, reads: bool) -> None:
    found = resources("4.0")
    found["ServiceRequest"]["requester"] = ORDERED_BY[name]
    if reads:
        found["ServiceRequest"]["performer"] = [ORDERED_BY[name]]
    read = import_context(catalog(), json.dumps(bundle(found, WARD)).encode(), "4.0")
    assert read.context == (EXPECTED if reads else replace(EXPECTED, organization=Organization()))


def test_who_sent_the_patient_by_an_order_that_does_not_count_is_not_taken_for_the_author() -> None:
    found = resources("4.0")
    found["ServiceRequest"] |= {"status": "revoked", "requester": NAMED[0]}
    read = import_context(catalog(), json.dumps(bundle(found)).encode(), "4.0")
    assert read.context is not None, read.issues
    assert (read.context.orders, read.context.author) == ((), Practitioner())


def test_who_made_the_images_through_a_role_is_not_taken_for_the_author() -> None:
    found = resources("4.0")
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/practitioner-1"}}
    found["ImagingStudy"]["series"][0]["performer"] = [{"actor": {"reference": "PractitionerRole/r"}}]
    read = import_context(catalog(), json.dumps(bundle(found, role)).encode(), "4.0")
    assert read.context == replace(EXPECTED, author=Practitioner())
