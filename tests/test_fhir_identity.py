"""The FHIR R4 transaction: identity of what is sent, and the resources that exist before the report."""

from __future__ import annotations

import json

import pytest
from fhir.resources.R4B.bundle import Bundle

from emh_report.context import (
    Identifier,
    Order,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Series,
    Study,
)
from emh_report.draft import Coded
from emh_report.export import fhir
from emh_report.export.fhir.datatypes import search
from tests.fhir_checks import check
from tests.fhir_json import codes, export, resources
from tests.fhir_reports import REPORT, bundle_of, context, lesion, narrative, observation, one, release

# --- identity --------------------------------------------------------------------------------------------------------


def test_the_same_report_is_the_same_bytes_and_an_answer_keeps_its_identity() -> None:
    first, second = lesion("l1"), lesion("l2", laterality=Coded("right"))
    report = release(first, second)
    assert fhir.to_json(fhir.transaction(report, narrative())) == fhir.to_json(fhir.transaction(report, narrative()))
    moved = release(
        second, first, known=context(report=ReportIdentity(REPORT, 2, ReportStatus.PRELIMINARY, "2027-01-01T00:00:00Z"))
    )
    before, after = export(report), export(moved)
    assert {e["fullUrl"] for e in before["entry"]} == {e["fullUrl"] for e in after["entry"]}
    sizes = [observation(found, report, "l2", "laterality")["valueCodeableConcept"] for found in (before, after)]
    assert sizes[0] == sizes[1]
    assert before["identifier"] != after["identifier"]


def test_a_choice_keeps_its_identity_whatever_is_chosen_beside_it() -> None:
    margins = [Coded("smooth"), Coded("lobulated")]
    both, reverse = release(lesion(margins=margins)), release(lesion(margins=margins[::-1]))
    for report in (both, reverse):
        found = observation(export(report), report, "lesion-1", "margins", "lobulated")
        assert ("lobulated") in {code for _, code in codes(found["valueCodeableConcept"])}


def test_what_a_new_version_no_longer_says_is_entered_in_error() -> None:
    previous, now = release(lesion("l1"), lesion("l2")), release(lesion("l1"))
    bundle = json.loads(fhir.to_json(fhir.transaction(now, previous=previous)), parse_float=str)
    gone = {e["fullUrl"] for e in export(previous)["entry"]} - {e["fullUrl"] for e in export(now)["entry"]}
    assert gone
    for entry in bundle["entry"]:
        if entry["fullUrl"] in gone:
            assert entry["resource"]["status"] == "entered-in-error"
            assert not {"hasMember", "derivedFrom", "valueQuantity"} & entry["resource"].keys()
    Bundle.model_validate(json.loads(json.dumps(bundle)))


@pytest.mark.parametrize(
    ("system", "value", "expected"),
    [
        ("urn:oid:1.2.3", "A-1", "identifier=urn:oid:1.2.3%7CA-1"),
        ("", "A-1", "identifier=%7CA-1"),
        ("http://a.test/x?y=1&z", "1|2", "identifier=http://a.test/x%3Fy%3D1%26z%7C1%5C%7C2"),
        ("s", "a b+c#d%e,f$g\\h", "identifier=s%7Ca%20b%2Bc%23d%25e%5C%2Cf%5C%24g%5C%5Ch"),
        ("s", "größe", "identifier=s%7Cgr%C3%B6%C3%9Fe"),
    ],
)
def test_conditional_urls_are_escaped(system: str, value: str, expected: str) -> None:
    assert search(system, value) == expected


def test_the_patient_is_looked_up_unless_configured_otherwise() -> None:
    report = release(lesion())
    bundle = export(report)
    assert not resources(bundle, "Patient")
    subject = "Patient?identifier=https://fhir.hospital.test/mrn%7CM%201%5C%7C2"
    assert {found["subject"]["reference"] for found in resources(bundle, "Observation")} == {subject}
    created = export(report, options=fhir.Options(create_patient=True))
    check(created, report)
    patient = one(created, "Patient")
    assert patient["birthDate"] == "1980-01"
    assert patient["gender"] == "female"
    assert patient["name"] == [{"family": "Ex", "given": ["Eva"]}]


def test_what_is_not_known_of_a_person_is_left_out() -> None:
    patient = Patient((Identifier("urn:example:pid", "P-1"), Identifier()), given=("",))
    author = Practitioner(Identifier("urn:example:staff", "S-1"), given=("",))
    known = context(patient=patient, author=author, orders=(Order(Identifier("urn:example:acc", "A-1")),))
    report = release(lesion(), known=known)
    bundle = export(report, options=fhir.Options(create_patient=True))
    check(bundle, report)
    expected = {"resourceType": "Patient", "identifier": [{"system": "urn:example:pid", "value": "P-1"}]}
    assert one(bundle, "Patient") == {**expected, "gender": "unknown"}


def test_test_data_is_tagged_everywhere() -> None:
    bundle = bundle_of(lesion(), known=context(test_data=True))
    for resource in (bundle, *resources(bundle)):
        assert resource["meta"]["tag"][0]["code"] == "HTEST"
    assert "HTEST" not in str(bundle_of(lesion()))


def test_the_template_is_pinned_by_version_and_content() -> None:
    template = release(lesion()).template
    bundle = bundle_of(lesion())
    documents = [found for found in resources(bundle) if found["resourceType"] in ("DiagnosticReport", "Composition")]
    assert len(documents) == 2
    for resource in (bundle, *documents):
        made_with, content = resource["meta"]["tag"]
        assert (made_with["code"], made_with["version"]) == (template.id, template.version)
        assert content["code"] == template.content_hash
    assert sum("meta" in resource for resource in resources(bundle)) == 2


# --- context ---------------------------------------------------------------------------------------------------------


def test_study_and_order() -> None:
    bundle = bundle_of(lesion())
    study = one(bundle, "ImagingStudy")
    assert study["identifier"][0]["value"] == "urn:oid:2.25.1"
    assert study["modality"][0]["code"] == "CT"
    assert study["series"] == [{"uid": "2.25.2", "number": 2, "modality": study["modality"][0], "description": "axial"}]
    (order,) = resources(bundle, "ServiceRequest")
    assert order["reasonCode"] == [{"text": "mass?"}]
    assert [number["type"]["coding"][0]["code"] for number in order["identifier"]] == ["ACSN", "PLAC"]


def test_a_modality_nobody_knows_is_words() -> None:
    study = Study("2.25.1", ("CT", "XX"), series=(Series("2.25.2"),))
    found = one(bundle_of(lesion(), known=context(studies=(study,))), "ImagingStudy")
    assert found["modality"][1] == {"display": "XX"}
    assert found["series"][0]["modality"] == {"display": "not stated"}


def test_studies_refer_to_the_order_of_their_accession_number() -> None:
    orders = tuple(Order(Identifier("urn:example:a", name)) for name in ("A-1", "A-2"))
    studies = (Study("2.25.1", ("CT",), accession="A-2"), Study("2.25.3", ("CT",), accession="A-9"))
    found = resources(bundle_of(lesion(), known=context(orders=orders, studies=studies)), "ImagingStudy")
    assert [[order["identifier"]["value"] for order in study["basedOn"]] for study in found] == [
        ["A-2"],
        ["A-1", "A-2"],
    ]
