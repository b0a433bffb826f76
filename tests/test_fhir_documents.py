"""Documents of HL7 Europe and transactions of IHE IMR: what sets each apart, and which reports have none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report import pipeline
from emh_report.context import Identifier, Order, Organization, Patient, Practitioner, ReportIdentity
from emh_report.context import ReportStatus as State
from emh_report.draft import Coded, Draft, ReportMode, Text
from emh_report.errors import InvalidReportError
from emh_report.export import fhir, narrative
from emh_report.export.fhir.kinds import KINDS, Kind
from emh_report.report import Report
from tests.drawing import draws
from tests.fhir_json import resources, urn
from tests.fhir_kinds import ALL, DOCUMENTS, R4, bundle_url, made, named, references, standalone
from tests.fhir_random import random_report
from tests.fhir_reports import REPORT, TEMPLATE, complete, context, group, lesion, one, release
from tests.strategies import catalog

# --- documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
@draws(8)
@given(seed=st.integers(0, 2**32))
def test_a_document_holds_everything_that_it_refers_to_and_nothing_else(kind: Kind, seed: int) -> None:
    bundle = made(standalone(random_report(seed), State.FINAL), kind)
    assert (bundle["type"], bundle["entry"][0]["resource"]["resourceType"]) == ("document", "Composition")
    assert all(set(entry) == {"fullUrl", "resource"} for entry in bundle["entry"])
    carried = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    reached, waiting = set[str](), [str(bundle["entry"][0]["fullUrl"])]
    while waiting:
        url = waiting.pop()
        if url not in reached:
            reached.add(url)
            waiting += references(carried[url])
    unreached = {carried[url]["resourceType"] for url in carried.keys() - reached}
    assert unreached <= {"Provenance"}


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
def test_a_document_claims_the_profiles_of_its_guide(kind: Kind) -> None:
    bundle = made(complete(), kind)
    assert bundle["meta"]["profile"] == [kind.guide.bundle]
    claimed = {resource["resourceType"]: resource.get("meta", {}).get("profile") for resource in resources(bundle)}
    for type_, profile in {**kind.guide.documents, **kind.guide.born}.items():
        assert claimed[type_] == [profile]
    for request in resources(bundle, "ServiceRequest"):
        assert ("profile" in request.get("meta", {})) is (request["intent"] == "order")


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
def test_a_document_says_which_section_a_resource_belongs_to(kind: Kind) -> None:
    report = complete()
    extensions = one(made(report, kind), "DiagnosticReport")["extension"]
    linked = {
        extension["url"].rpartition("/")[2]: extension["valueReference"]["reference"]
        for extension in extensions
        if extension["url"].rpartition("/")[2].startswith("HL7IDR")
    }
    assert linked["HL7IDRFinding"] == urn(report, "lesion-1")
    assert linked["HL7IDRPatientHistory"] == urn(report, "m1")
    assert linked["HL7IDRRecommendation"] == urn(report, "r1")
    assert "HL7IDRImpression" in linked


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
def test_sections_without_entries_say_why_or_have_words(kind: Kind) -> None:
    for report in (release(lesion()), complete()):
        for section in one(made(report, kind), "Composition")["section"]:
            assert any(name in section for name in ("entry", "emptyReason", "extension"))
            assert ("emptyReason" in section) <= ("entry" not in section)


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
def test_sections_stand_in_the_order_of_the_template(kind: Kind) -> None:
    report = complete()
    backwards = replace(report, template=replace(report.template, sections=report.template.sections[::-1]))
    for told in (report, backwards):
        titles = [section["title"] for section in one(made(told, kind), "Composition")["section"]]
        own = [term.display for term in told.template.sections if term.display in titles]
        assert [title for title in titles if title in own] == own
        assert len(own) > 4


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
def test_a_signed_document_says_who_wrote_and_who_signed_it(kind: Kind) -> None:
    report = standalone(complete(), State.FINAL)
    bundle = made(report, kind)
    found = one(bundle, "Provenance")
    assert found["recorded"] == report.context.report.issued
    assert {one["reference"] for one in found["target"]} == {
        bundle_url(bundle, "Composition"),
        bundle_url(bundle, "DiagnosticReport"),
    }
    author, attester = (agent["who"] for agent in found["agent"])
    (signed,) = one(bundle, "Composition")["attester"]
    assert attester == signed["party"] != author


@pytest.mark.parametrize(
    ("status", "version", "relation"),
    [(State.APPENDED, 2, "appends"), (State.CORRECTED, 3, "replaces"), (State.CORRECTED, 1, ""), (State.FINAL, 2, "")],
)
def test_a_later_version_names_the_document_before_it(status: State, version: int, relation: str) -> None:
    def versioned(number: int) -> Report:
        identity = ReportIdentity(REPORT, number, status, "2026-11-22T09:30:00Z")
        return replace(complete(), context=context(report=identity))

    for kind, named_in in ((KINDS["fhir-r4-document"], "code"), (KINDS["fhir-r5-document"], "type")):
        related = one(made(versioned(version), kind), "Composition").get("relatesTo", [])
        assert [one[named_in] for one in related] == [relation] * bool(relation)
        earlier = made(versioned(version - 1), kind)["identifier"]["value"] if version > 1 else ""
        assert not related or earlier in json.dumps(related)


def test_a_document_carries_the_study_it_compares_with() -> None:
    report = release(lesion(), group("comparison", "p1", prior_study_uid=Text("2.25.99")))
    bundle = made(report, KINDS["fhir-r4-document"])
    study = next(
        entry
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "ImagingStudy"
        and entry["resource"]["identifier"][0]["value"] == "urn:oid:2.25.99"
    )
    assert study["resource"]["status"] == "unknown"
    linked = json.dumps(one(bundle, "DiagnosticReport")["extension"])
    assert study["fullUrl"] in linked


def test_what_nobody_knows_is_said_to_be_unknown_in_a_document() -> None:
    known = context(
        patient=Patient((Identifier("https://fhir.hospital.test/mrn", "M1"),)),
        author=Practitioner(Identifier("https://fhir.hospital.test/staff", "S-1")),
        organization=Organization(Identifier("https://fhir.hospital.test/org", "RAD")),
        supervisor=None,
    )
    bundle = made(release(lesion(), known=known), KINDS["fhir-r4-document"])
    patient = one(bundle, "Patient")
    for element in (patient["name"][0], patient["_birthDate"], one(bundle, "Organization")["_name"]):
        assert element["extension"][0]["valueCode"] == "unknown"
    assert one(bundle, "Practitioner")["name"][0]["extension"][0]["valueCode"] == "unknown"


def test_an_order_without_accession_number_stands_in_its_section_only() -> None:
    known = context(orders=(Order(placer=Identifier("https://fhir.hospital.test/placer", "P-1")),))
    bundle = made(release(lesion(), known=known), KINDS["fhir-r4-document"])
    assert "basedOn" not in one(bundle, "DiagnosticReport")
    order = bundle_url(bundle, "ServiceRequest")
    assert order in references(one(bundle, "Composition")["section"])
    assert order in references(one(bundle, "Composition")["extension"])


def test_people_without_an_identifier_are_in_a_document_by_name() -> None:
    known = context(author=Practitioner(family="Reader"), organization=Organization(name="Radiology"), supervisor=None)
    bundle = made(release(lesion(), known=known), KINDS["fhir-r5-document"])
    assert "identifier" not in one(bundle, "Practitioner")
    assert "identifier" not in one(bundle, "Organization")


def test_the_region_examined_is_named_where_the_guide_has_a_code_for_it() -> None:
    def regions(*codes: str) -> list[str]:
        procedure = group("procedure", modality=Coded("CT"), body_region=[Coded(code) for code in codes])
        draft = Draft(TEMPLATE, catalog().newest[TEMPLATE], (procedure, lesion()))
        report = pipeline.release(catalog(), draft, context()).report
        extensions = one(made(report, KINDS["fhir-r4-document"]), "DiagnosticReport")["extension"]
        return [one["valueCodeableConcept"]["coding"][0]["code"] for one in extensions if "valueCodeableConcept" in one]

    assert regions("breast") == ["76752008"]
    assert regions("chest") == []


# --- IHE IMR ---------------------------------------------------------------------------------------------------------


IMR: Final = KINDS["fhir-r4-imr"]


def test_imr_carries_report_orders_and_studies_only() -> None:
    bundle = made(complete(), IMR)
    assert [found["resourceType"] for found in resources(bundle)] == [
        "DiagnosticReport",
        "ServiceRequest",
        "ImagingStudy",
    ]
    assert all(entry["request"]["method"] == "POST" for entry in bundle["entry"])
    report = one(bundle, "DiagnosticReport")
    assert not {"result", "extension", "contained"} & set(report)
    assert report["subject"]["reference"].startswith("Patient?identifier=")
    assert report["performer"][0]["reference"].startswith("Organization?identifier=")
    assert report["performer"][0]["type"] == "Organization"
    assert all(one["reference"].startswith("Practitioner?identifier=") for one in report["resultsInterpreter"])
    assert report["presentedForm"][0]["contentType"] == "text/html"


def test_each_version_of_a_report_is_a_report_of_its_own_in_imr() -> None:
    first, second = (
        made(replace(complete(), context=context(report=replace(context().report, version=number))), IMR)
        for number in (1, 2)
    )
    requests = [bundle["entry"][0]["request"]["ifNoneExist"] for bundle in (first, second)]
    assert requests[0] != requests[1]
    numbers = [one(bundle, "DiagnosticReport")["identifier"] for bundle in (first, second)]
    assert numbers[0][0] == numbers[1][0]
    assert numbers[0][1] == first["identifier"]


def test_imr_says_what_it_does_not_know() -> None:
    known = context(
        report=ReportIdentity(REPORT, 1, State.PRELIMINARY, ""),
        author=Practitioner(),
        supervisor=None,
        organization=Organization(),
        orders=(Order(placer=Identifier("https://fhir.hospital.test/placer", "P-1")),),
        studies=(replace(context().studies[0], modalities=(), started=""),),
    )
    bundle = made(release(lesion(), known=known), IMR)
    report, study = one(bundle, "DiagnosticReport"), one(bundle, "ImagingStudy")
    assert not resources(bundle, "ServiceRequest")
    assert report["basedOn"][0]["identifier"]["value"] == "P-1"
    for element in (report["_issued"], *report["resultsInterpreter"], *report["performer"], study["_started"]):
        assert element["extension"][0]["valueCode"] == "unknown"
    assert "extension" in study["modality"][0]
    assert "extension" in study["endpoint"][0]


# --- what has no such bundle -----------------------------------------------------------------------------------------


def refused(report: Report, kind: Kind) -> list[tuple[str, str]]:
    with pytest.raises(InvalidReportError) as caught:
        fhir.make(report, narrative.narrate(report), kind)
    return [(issue.rule_id, issue.where.path) for issue in caught.value.issues]


@pytest.mark.parametrize("kind", [*DOCUMENTS, IMR], ids=named)
def test_a_companion_report_is_no_document(kind: Kind) -> None:
    report = release(lesion(), mode=ReportMode.COMPANION)
    assert refused(report, kind) == [("no-such-bundle", "draft.mode")]
    assert made(report, KINDS["fhir-r5-transaction"])["type"] == "transaction"


def test_a_companion_report_is_observations_in_r5_as_well() -> None:
    bundle = made(release(lesion(), mode=ReportMode.COMPANION), KINDS["fhir-r5-transaction"])
    assert {found["resourceType"] for found in resources(bundle)} <= {"Observation", "Procedure"}


@pytest.mark.parametrize("kind", ALL, ids=named)
def test_a_draft_has_no_form_of_any_kind(kind: Kind) -> None:
    report = replace(release(lesion()), context=context(State.DRAFT))
    assert refused(report, kind) == [("not-released", "context.report.status")]


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
def test_everything_that_stands_in_the_way_is_named_at_once(kind: Kind) -> None:
    known = context(State.CANCELLED, report=ReportIdentity(REPORT, 1, State.CANCELLED, ""), studies=())
    found = refused(replace(release(lesion()), context=known), kind)
    expected = [("context-missing", "context.report.issued"), ("context-missing", "context.studies")]
    called_off = [("no-such-bundle", "context.report.status")] if kind.version is R4 else []
    assert found == [*expected, *called_off]
