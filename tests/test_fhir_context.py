"""What bundles say of patient, orders, studies and people where a context lacks it or says it oddly."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from emh_report import pipeline
from emh_report.context import Identifier, Order, Organization, Patient, Practitioner, ReportStatus, Series, Study
from emh_report.draft import Coded, Draft, ReportMode
from emh_report.export import fhir
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import coding
from emh_report.export.fhir.kinds import Kind
from emh_report.export.narrative import narrate
from emh_report.intake import bundles
from emh_report.intake.content import read_json
from emh_report.intake.terms import terms_of
from emh_report.issues import Issue, Severity
from tests.fhir_json import export, nodes, resources
from tests.fhir_kinds import ALL, made, named, references
from tests.fhir_reports import context, group, lesion, one, release
from tests.strategies import catalog


def faults(content: bytes, version: fhir.Version) -> list[Issue]:
    """What $validate finds wrong with a bundle."""
    found = bundles.check(read_json(content), version.value, terms_of(catalog()))
    return [issue for issue in found if issue.severity is Severity.ERROR]


BLANK = " \t"
NOBODY = Practitioner(Identifier(BLANK, BLANK), BLANK, (BLANK, BLANK))


@pytest.mark.parametrize("kind", ALL, ids=named)
def test_white_space_only_never_leaves(kind: Kind) -> None:
    known = context()
    blank = replace(
        known,
        patient=Patient((*known.patient.identifiers, Identifier(BLANK, BLANK)), BLANK, (BLANK, "Eva"), BLANK),
        orders=(
            Order(Identifier(BLANK, "A-1"), Identifier(BLANK, BLANK), BLANK, BLANK),
            Order(Identifier("s", BLANK), description="CT"),
        ),
        studies=(Study("2.25.1", (BLANK, "CT"), BLANK, BLANK, BLANK, (Series("2.25.2", 0, BLANK, BLANK),)),),
        author=NOBODY,
        supervisor=NOBODY,
        organization=Organization(Identifier(BLANK, BLANK), BLANK),
    )
    bundle = made(release(lesion(), known=blank), kind)
    assert not [path for path, value in nodes(bundle) if isinstance(value, str) and not value.strip()]
    orders = [one for one in resources(bundle, "ServiceRequest") if one["intent"] == "order"]
    assert [one["value"] for order in orders for one in order["identifier"]] == ["A-1"]


# --- the context was corrected ---------------------------------------------------------------------------------------

WRONG = context(
    patient=Patient((Identifier("urn:example:mrn", "WRONG"),), "Wrong"),
    orders=(Order(Identifier("urn:example:acc", "WRONG")),),
    studies=(Study("2.25.99", ("CT",), "2026-11-21", accession="WRONG"),),
    author=Practitioner(Identifier("urn:example:staff", "WRONG"), "Wrong"),
    supervisor=None,
    organization=Organization(Identifier("urn:example:org", "WRONG"), "Wrong"),
)


@pytest.mark.parametrize("version", list(fhir.Version))
@pytest.mark.parametrize("mode", list(ReportMode))
@pytest.mark.parametrize("create", [False, True])
def test_the_wrong_patient_is_not_sent_again(version: fhir.Version, mode: ReportMode, create: bool) -> None:
    cause = group("cause", "c1", cause=Coded("primary-myelofibrosis"))
    before = release(lesion("l1"), lesion("l2"), cause, known=WRONG, mode=mode)
    now = release(lesion("l1"), mode=mode)
    options = fhir.Options(create_patient=create)
    content = fhir.to_json(fhir.transaction(now, None, options, [before, before], version))
    bundle = json.loads(content)
    sent = [(entry, json.dumps(entry)) for entry in bundle["entry"]]
    assert not [text for entry, text in sent if entry["request"]["method"] == "POST" and "WRONG" in text]
    carried = {entry["fullUrl"] for entry in bundle["entry"]}
    looked_up = {one for one in references(bundle) if not one.startswith("urn:uuid:")}
    assert references(bundle) - looked_up <= carried
    assert not [one for one in looked_up if "WRONG" in one]
    gone = [entry["resource"] for entry, text in sent if "WRONG" in text]
    assert gone
    assert {(one["subject"]["type"], one["subject"]["identifier"]["value"]) for one in gone} == {("Patient", "WRONG")}
    assert all("entered-in-error" in json.dumps(one) for one in gone)
    assert not faults(content, version)


def test_a_withdrawn_composition_names_its_author() -> None:
    """R4 has no Composition of a cancelled report, so that of the version before is taken back."""
    before = release(known=WRONG)
    cancelled = release(known=context(ReportStatus.CANCELLED))
    bundle = fhir.transaction(cancelled, previous=before)
    composition = one(json.loads(fhir.to_json(bundle)), "Composition")
    assert [named["type"] for named in composition["author"]] == ["PractitionerRole", "Organization"]
    assert composition["author"][1]["identifier"] == {"system": "urn:example:org", "value": "WRONG"}
    assert references(composition) == set()


# --- several orders under one Accession Number -----------------------------------------------------------------------


def order(accession: str, placer: str, words: str) -> Order:
    return Order(Identifier("urn:example:acc", accession), Identifier("urn:example:placer", placer), words, f"{words}?")


BOTH = (order("A-1", "P-1", "CT chest"), order("A-1", "P-2", "CT abdomen"))


@pytest.mark.parametrize("kind", ALL, ids=named)
def test_orders_that_share_an_accession_are_all_sent_and_come_back(kind: Kind) -> None:
    report = release(lesion(), known=context(orders=BOTH))
    bundle = made(report, kind)
    sent = [entry for entry in bundle["entry"] if entry["resource"].get("intent") == "order"]
    assert len({entry["fullUrl"] for entry in sent}) == 2
    if not kind.document:
        asked = [entry["request"]["ifNoneExist"] for entry in sent]
        assert asked == ["identifier=urn:example:placer%7CP-1", "identifier=urn:example:placer%7CP-2"]
    content = fhir.serialize(report, narrate(report), kind)
    assert not faults(content, kind.version)
    (study,) = resources(bundle, "ImagingStudy")
    assert [reference["reference"] for reference in study["basedOn"]] == [entry["fullUrl"] for entry in sent]
    assert sum("identifier" in reference for reference in study["basedOn"]) == (1 if kind.document else 2)
    if not kind.closed:
        found = pipeline.import_report(catalog(), content, kind.version.value).context
        assert found
        assert (found.orders, found.studies[0].accession) == (BOTH, "A-1")


def test_a_companion_names_their_accession_once() -> None:
    bundle = export(release(lesion(), known=context(orders=BOTH), mode=ReportMode.COMPANION))
    based_on = {json.dumps(found["basedOn"]) for found in resources(bundle, "Observation")}
    (references,) = (json.loads(text) for text in based_on)
    assert [reference["identifier"]["value"] for reference in references] == ["A-1"]


def test_of_two_studies_with_one_uid_the_first_is_sent() -> None:
    studies = (Study("2.25.1", ("CT",), description="first"), Study("2.25.1", ("MR",), description="second"))
    bundle = export(release(lesion(), known=context(studies=studies)))
    assert one(bundle, "ImagingStudy")["description"] == "first"
    assert len(one(bundle, "DiagnosticReport")["imagingStudy"]) == 1


# --- nothing was answered yet ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", ["emh-minimal", "emh-ct-body"])
@pytest.mark.parametrize("kind", ALL, ids=named)
def test_a_report_that_says_nothing_yet_says_so(kind: Kind, template: str) -> None:
    draft = Draft(template, catalog().newest[template], ())
    report = pipeline.release(catalog(), draft, context()).report
    content = fhir.serialize(report, narrate(report), kind)
    assert not faults(content, kind.version)
    assert "INCOMPLETE REPORT" in one(json.loads(content), "DiagnosticReport")["text"]["div"]
    issues = pipeline.import_report(catalog(), content, kind.version.value).issues
    assert {issue.rule_id for issue in issues} == {"fhir-not-a-report"}  # there are no answers in it


# --- Accession Numbers of studies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("orders", [BOTH[:1], BOTH, ()], ids=["one", "two", "none"])
@pytest.mark.parametrize("kind", ALL, ids=named)
def test_an_accession_that_is_none_of_the_orders_is_one_of_the_study(kind: Kind, orders: tuple[Order, ...]) -> None:
    study = Study("2.25.1", ("CT",), "2026-11-22T08:00:00Z", accession="OTHER")
    report = release(
        lesion(), known=context(orders=orders, studies=(study, replace(study, study_instance_uid="2.25.2")))
    )
    content = fhir.serialize(report, narrate(report), kind)
    assert not faults(content, kind.version)
    for sent in resources(made(report, kind), "ImagingStudy"):
        uid, accession = sent["identifier"]
        assert uid["system"] == "urn:dicom:uid"
        assert accession == {"type": {"coding": [coding(fixed.ACCESSION)]}, "value": "OTHER"}
    if not kind.closed:
        found = pipeline.import_report(catalog(), content, kind.version.value).context
        assert found
        assert [one.accession for one in found.studies] == ["OTHER", "OTHER"]


def test_an_accession_of_an_order_is_with_the_order() -> None:
    (uid,) = one(export(release(lesion())), "ImagingStudy")["identifier"]
    assert uid["system"] == "urn:dicom:uid"
