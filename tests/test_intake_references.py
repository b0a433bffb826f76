"""Where references lead: contained resources, versions, other servers, identifiers; and who is meant without any."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emh_report import import_context
from emh_report.context import Context, Identifier, Patient, Practitioner
from emh_report.intake.imports import Imported
from tests.strategies import catalog
from tests.test_intake_context import BASE, EXPECTED, bundle, kind, resources

Json = Any
Change = Callable[[dict[str, Json]], object]
OTHER = "https://other.test/r4"
EXTENDED = {"extension": [{"url": "https://x.test/why", "valueString": "masked"}]}
OWN = {"system": "urn:x:mrn", "value": "MRN-1"}
PERSON = {"resourceType": "Patient", "id": "p", "identifier": [OWN], "name": [{"family": "Inner"}]}


def order(id_: str, number: str) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": id_,
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/patient-1"},
        "identifier": [{"type": kind("ACSN"), "system": "urn:x:acc", "value": number}],
    }


def read(content: Json) -> Imported:
    return import_context(catalog(), json.dumps(content).encode())


def taken(change: Change) -> Context:
    found = resources("4.0")
    change(found)
    context, issues = read(bundle(found))[1:]
    assert context is not None, issues
    assert issues == ()
    return context


BASED_ON = {
    "a version": ("ServiceRequest/servicerequest-1/_history/2", [], "ACC-1"),
    "an absolute version": (f"{BASE}/ServiceRequest/servicerequest-1/_history/2", [], "ACC-1"),
    "contained": ("#o", [order("o", "INNER")], "INNER"),
    "contained, with the number of an entry as id": ("#1", [order("1", "INNER")], "INNER"),
}


@pytest.mark.parametrize("addressed", [True, False])
@pytest.mark.parametrize("name", BASED_ON)
def test_a_study_has_the_accession_number_of_the_order_it_refers_to(name: str, addressed: bool) -> None:
    reference, contained, number = BASED_ON[name]
    if not addressed and reference.startswith("http"):
        reference = reference.removeprefix(f"{BASE}/")
    found = resources("4.0")
    found["ImagingStudy"]["basedOn"] = [{"reference": reference}]
    if contained:
        found["ImagingStudy"]["contained"] = contained
    content = bundle(found)
    for entry in content["entry"] if not addressed else ():
        del entry["fullUrl"]
    _, context, issues = read(content)
    assert context is not None, issues
    assert [study.accession for study in context.studies] == [number]


def test_a_study_has_the_accession_number_of_the_order_on_its_own_server() -> None:
    content = bundle(resources("4.0"))
    theirs = {**order("servicerequest-1", "THEIRS"), "subject": {"reference": f"{BASE}/Patient/patient-1"}}
    content["entry"].insert(0, {"fullUrl": f"{OTHER}/ServiceRequest/servicerequest-1", "resource": theirs})
    _, context, issues = read(content)
    assert context is not None, issues
    assert ([one.accession.value for one in context.orders], context.studies[0].accession) == (
        ["THEIRS", "ACC-1"],
        "ACC-1",
    )


SUBJECTS: dict[str, tuple[Json, list[Json], Patient]] = {
    "contained": ({"reference": "#p"}, [PERSON], Patient((Identifier(**OWN),), "Inner")),
    "by identifier": ({"identifier": OWN, "display": "Eva"}, [], Patient((Identifier(**OWN),))),
    "by search": ({"reference": "Patient?identifier=urn:x:mrn%7CMRN-1"}, [], Patient((Identifier(**OWN),))),
    "elsewhere": ({"reference": "Patient/patient-1"}, [], Patient()),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_without_a_patient_beside_them_orders_and_studies_say_who_it_is(name: str) -> None:
    subject, contained, expected = SUBJECTS[name]

    def change(found: dict[str, Json]) -> None:
        del found["Patient"]
        for type_ in ("ServiceRequest", "ImagingStudy"):
            found[type_] |= {"subject": subject, **({"contained": contained} if contained else {})}

    assert taken(change).patient == expected


def test_a_contained_record_that_was_replaced_is_refused() -> None:
    found = resources("4.0")
    del found["Patient"]
    link = {"type": "replaced-by", "other": {"reference": "Patient/9"}}
    for type_ in ("ServiceRequest", "ImagingStudy"):
        found[type_] |= {"subject": {"reference": "#p"}, "contained": [{**PERSON, "link": [link]}]}
    _, context, issues = read(bundle(found))
    assert context is None
    assert [one.where.path for one in issues] == [f"Bundle.entry[{n}].resource.contained[0].link[0]" for n in (0, 1)]


def test_the_person_of_a_role_may_be_contained_in_it() -> None:
    inner = {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Inner"}]}

    def change(found: dict[str, Json]) -> None:
        del found["Practitioner"]
        found["PractitionerRole"] |= {"contained": [inner], "practitioner": {"reference": "#p"}}

    assert taken(change).author == Practitioner(family="Inner")


WITHOUT_VALUE: dict[str, tuple[str, Json, Callable[[Context], object], object]] = {
    "given name": (
        "Patient",
        {"name": [{"family": "A", "given": [None, "Eva"], "_given": [EXTENDED, None]}]},
        lambda context: context.patient.given,
        ("Eva",),
    ),
    "number of the patient": (
        "Patient",
        {"identifier": [{"type": kind("MR"), "system": "urn:x:mrn", "_value": EXTENDED}, {"value": "2"}]},
        lambda context: context.patient.identifiers,
        (Identifier("", "2"),),
    ),
    "number of a person": (
        "Practitioner",
        {"identifier": [{"system": "urn:x:staff", "_value": EXTENDED}, {"system": "urn:x:b", "value": "2"}]},
        lambda context: context.author.identifier,
        Identifier("urn:x:b", "2"),
    ),
    "number of an order": (
        "ServiceRequest",
        {"identifier": [{"system": "urn:o", "_value": EXTENDED}, {"system": "urn:o", "value": "9"}]},
        lambda context: context.orders[0].placer,
        Identifier("urn:o", "9"),
    ),
    "number of a study": (
        "ImagingStudy",
        {"identifier": [{"system": "urn:dicom:uid", "_value": EXTENDED}, {"system": "urn:dicom:uid", "value": "1.2"}]},
        lambda context: context.studies[0].study_instance_uid,
        "1.2",
    ),
    "modality": ("ImagingStudy", {"modality": [EXTENDED]}, lambda context: context.studies[0].modalities, ()),
}


@pytest.mark.parametrize("name", WITHOUT_VALUE)
def test_what_has_extensions_in_place_of_a_value_is_no_value(name: str) -> None:
    type_, elements, look, expected = WITHOUT_VALUE[name]
    assert look(taken(lambda found: found[type_].update(elements))) == expected


def test_an_old_uid_is_not_the_study_and_two_are_none() -> None:
    uids = [{"system": "urn:dicom:uid", "value": f"urn:oid:1.2.{n}"} for n in (3, 4)]
    context = taken(lambda found: found["ImagingStudy"].update(identifier=[{**uids[0], "use": "old"}, uids[1]]))
    assert context.studies[0].study_instance_uid == "1.2.4"
    found = resources("4.0")
    found["ImagingStudy"]["identifier"] = uids
    _, none, (issue,) = read(bundle(found))
    assert (none, issue.where.path) == (None, "Bundle.entry[2].resource.identifier")


@pytest.mark.parametrize("addressed", [True, False])
def test_two_versions_of_one_resource_are_refused(addressed: bool) -> None:
    content = bundle(resources("4.0"))
    entry = content["entry"][0]
    older = {**entry["resource"], "meta": {"versionId": "1"}, "name": [{"family": "Earlier"}]}
    entry["resource"]["meta"] = {"versionId": "2"}
    content["entry"].append({**entry, "resource": older})
    for one in content["entry"] if not addressed else ():
        del one["fullUrl"]
    _, context, (issue,) = read(content)
    place = "fullUrl" if addressed else "resource"
    assert (context, issue.rule_id, issue.where.path) == (None, "fhir-ambiguous", f"Bundle.entry[6].{place}")


def test_the_address_of_a_version_is_no_full_url() -> None:
    content = bundle(resources("4.0"))
    content["entry"][5]["fullUrl"] += "/_history/1"
    _, context, (issue,) = read(content)
    assert (context, issue.where.path, "bdl-8" in issue.message) == (None, "Bundle.entry[5].fullUrl", True)


def test_advice_is_no_order() -> None:
    found = resources("4.0")
    found["ServiceRequest"]["intent"] = "proposal"
    _, context, (issue,) = read(bundle(found))
    assert context is not None
    assert (context.orders, issue.where.path) == ((), "Bundle.entry[1].resource.intent")


@pytest.mark.parametrize("version", ["4.0", "5.0"])
def test_a_reason_that_is_a_reference_is_read_by_its_words(version: str) -> None:
    reference = {"reference": "Condition/1", "display": "Paraplegia"}
    found = resources(version)
    for words, said in ((reference, []), ({"reference": "Condition/1"}, ["fhir-not-read"])):
        found["ServiceRequest"] |= (
            {"reason": [{"reference": words}]} if version == "5.0" else {"reasonReference": [words]}
        )
        found["ServiceRequest"].pop("reasonCode", None)
        _, context, issues = import_context(catalog(), json.dumps(bundle(found)).encode(), version)
        assert context is not None
        assert (context.orders[0].reason, [one.rule_id for one in issues]) == (words.get("display", ""), said)


def test_what_was_read_before_is_read_as_before() -> None:
    assert taken(lambda found: found) == EXPECTED


ITSELF = {
    "role": {"resourceType": "PractitionerRole", "practitioner": {"reference": "#"}},
    "order": {**order("o", "A"), "subject": {"reference": "#"}},
    "role inside": {
        **order("o", "A"),
        "contained": [{"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#"}}],
    },
}


@pytest.mark.parametrize("name", ITSELF)
def test_a_resource_is_not_the_person_it_is_about(name: str) -> None:
    _, context, issues = read(ITSELF[name])
    assert context is None
    assert [issue.rule_id for issue in issues] == ["fhir-reference"]


def test_a_role_whose_address_is_that_of_a_person_is_nobody() -> None:
    url = f"{BASE}/Practitioner/r"
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": f"{url}/_history/1"}}
    _, context, _ = read({"resourceType": "Bundle", "type": "searchset", "entry": [{"fullUrl": url, "resource": role}]})
    assert context is None or context.author == Practitioner()


@pytest.mark.parametrize("reference", ["ServiceRequest/revoked", "ServiceRequest/elsewhere"])
def test_a_revoked_order_takes_no_number_from_the_study_of_another(reference: str) -> None:
    found = resources("4.0")
    found["ImagingStudy"].pop("identifier", None)
    found["ImagingStudy"]["basedOn"] = [{"reference": "ServiceRequest/servicerequest-1"}, {"reference": reference}]
    _, context, _ = read(bundle(found, {**order("revoked", "ACC-0"), "status": "revoked"}))
    assert context is not None
    assert context.studies[0].accession == ("ACC-1" if "revoked" in reference else "")
