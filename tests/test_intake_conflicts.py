"""What negates or contradicts an answer: it is refused, or left out visibly, and never read as an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from emh_report import import_context, import_report
from emh_report.context import Identifier, ReportStatus
from emh_report.draft import Coded, Draft, Measurement
from emh_report.export import fhir
from emh_report.export.narrative import narrate
from emh_report.intake.imports import Imported
from emh_report.issues import Issue, Severity
from emh_report.own_codes import OBSERVABLES
from tests.fhir_reports import complete, lesion, release
from tests.strategies import catalog
from tests.test_intake import in_state
from tests.test_intake_context import bundle as sources
from tests.test_intake_context import resources
from tests.way_back import draft_of

Json = Any
SIDE = "laterality"
VER_STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
MODIFIER = [{"url": "http://x.test/not", "valueBoolean": True}]
KINDS = ("fhir-r4-transaction", "fhir-r5-transaction", "fhir-r4-document", "fhir-r5-document")


@cache
def content(kind: str, status: ReportStatus = ReportStatus.FINAL) -> bytes:
    report = in_state(release(lesion(laterality=Coded("left"), size=Measurement(("14", "8"), "mm"))), status)
    return fhir.to_json(fhir.make(report, narrate(report), fhir.KINDS[kind], fhir.Options(create_patient=True)))


def changed(change: Callable[[Json], None], kind: str = KINDS[0]) -> Imported:
    bundle = json.loads(content(kind))
    change(bundle)
    return import_report(catalog(), json.dumps(bundle).encode())


def answer(bundle: Json, question: str) -> tuple[str, Json]:
    """Return path and resource of the first Observation that answers a question."""
    for position, entry in enumerate(bundle["entry"]):
        codes = entry["resource"].get("code", {})
        coded = codes.get("coding", ()) if isinstance(codes, dict) else ()
        if any((one.get("system"), one.get("code")) == (OBSERVABLES, question) for one in coded):
            return f"Bundle.entry[{position}].resource", entry["resource"]
    raise AssertionError(question)


def place(kind: str, question: str = SIDE) -> str:
    return answer(json.loads(content(kind)), question)[0]


def answered(found: Imported, field: str) -> list[object]:
    assert found.draft is not None
    return [item.value for group in found.draft.groups for item in group.items if item.field_id == field]


def refusal(found: Imported) -> Issue:
    assert (found.draft, found.context) == (None, None)
    (issue,) = (one for one in found.issues if one.severity is Severity.ERROR)
    assert issue.accepted
    return issue


@pytest.mark.parametrize("kind", KINDS)
def test_untouched_it_is_read(kind: str) -> None:
    found = changed(lambda _: None, kind)
    assert found.issues == ()
    assert answered(found, SIDE) == [Coded("left")]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_was_taken_back_is_left_out_visibly(kind: str, status: str) -> None:
    found = changed(lambda bundle: answer(bundle, SIDE)[1].update(status=status), kind)
    assert answered(found, SIDE) == []
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("fhir-negated", place(kind))]


def test_without_a_part_of_an_answer_the_others_are_not_read_as_another_one() -> None:
    found = changed(lambda bundle: answer(bundle, "size")[1].update(status="cancelled"))
    assert refusal(found).where.path == place(KINDS[0], "size")


def root(bundle: Json) -> Json:
    return next(e["resource"] for e in bundle["entry"] if "group-instance" in json.dumps(e["resource"]))


def test_a_lesion_that_was_taken_back_is_left_out_visibly() -> None:
    found = changed(lambda bundle: root(bundle).update(status="entered-in-error"))
    assert found.draft is not None
    assert "lesion" not in {group.group_id for group in found.draft.groups}
    assert "fhir-negated" in {one.rule_id for one in found.issues}


NEGATED = {
    "Procedure": {"status": "not-done"},
    "MedicationStatement": {"status": "not-taken"},
    "ServiceRequest": {"doNotPerform": True},
    "Communication": {"status": "not-done"},
    "Condition": {"verificationStatus": {"coding": [{"system": VER_STATUS, "code": "entered-in-error"}]}},
}


def count(draft: Draft) -> int:
    return sum(len(group.items) for group in draft.groups)


@pytest.mark.parametrize("type_", NEGATED)
def test_what_was_not_done_is_not_read_as_done(type_: str) -> None:
    report = complete()
    bundle = json.loads(fhir.to_json(fhir.transaction(report, options=fhir.Options(create_patient=True))))
    change = NEGATED[type_]
    for position, entry in enumerate(bundle["entry"]):
        resource = entry["resource"]
        if resource["resourceType"] == type_ and resource.get("intent") != "order":
            resource.update(change)
            found = import_report(catalog(), json.dumps(bundle).encode())
            path = f"Bundle.entry[{position}].resource"
            assert ("fhir-negated", path) in {(one.rule_id, one.where.path) for one in found.issues}
            assert found.draft is not None
            assert count(found.draft) < count(draft_of(report))
            return
    raise AssertionError(type_)


@pytest.mark.parametrize("name", ["modifierExtension", "implicitRules"])
@pytest.mark.parametrize("kind", KINDS[:2])
def test_what_changes_the_meaning_in_an_unknown_way_is_refused_anywhere(kind: str, name: str) -> None:
    value: Json = (
        "http://x.test/rules" if name == "implicitRules" else [{"url": "http://x.test/not", "valueBoolean": True}]
    )
    issue = refusal(changed(lambda bundle: answer(bundle, SIDE)[1].update({name: value}), kind))
    assert (issue.rule_id, issue.where.path) == ("fhir-modifier", f"{place(kind)}.{name}")
    around = sources(resources("4.0"))
    around["entry"][1]["resource"][name] = value
    issue = refusal(import_context(catalog(), json.dumps(around).encode()))
    assert (issue.rule_id, issue.where.path) == ("fhir-modifier", f"Bundle.entry[1].resource.{name}")


def test_a_modifier_inside_an_element_is_refused() -> None:
    around = sources(resources("4.0"))
    around["entry"][2]["resource"]["series"][0]["modifierExtension"] = MODIFIER
    issue = refusal(import_context(catalog(), json.dumps(around).encode()))
    assert issue.where.path == "Bundle.entry[2].resource.series[0].modifierExtension"


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient?identifier=https://ris.hospital.test/mrn%7COTHER"},
        {"identifier": {"system": "https://ris.hospital.test/mrn", "value": "OTHER"}},
        {"reference": "Patient/other"},
    ],
    ids=["search", "identifier", "reference"],
)
@pytest.mark.parametrize("kind", KINDS[:2])
def test_an_answer_about_another_patient_is_refused(kind: str, subject: Json) -> None:
    issue = refusal(changed(lambda bundle: answer(bundle, SIDE)[1].update(subject=subject), kind))
    assert (issue.rule_id, issue.where.path) == ("fhir-ambiguous", f"{place(kind)}.subject")
    assert "OTHER" not in str(issue)


def test_an_order_or_study_of_another_patient_is_refused() -> None:
    for type_ in ("ServiceRequest", "ImagingStudy"):
        bundle = json.loads(content(KINDS[0]))
        for entry in bundle["entry"]:
            if entry["resource"]["resourceType"] == type_:
                entry["resource"]["subject"] = {"reference": "Patient/other"}
        read = import_report(catalog(), json.dumps(bundle).encode())
        assert read.draft is None
        assert {one.rule_id for one in read.issues} == {"fhir-ambiguous"}


@pytest.mark.parametrize("version", fhir.Version)
def test_a_correction_of_the_patient_may_take_back_what_was_said_of_another(version: fhir.Version) -> None:
    previous = complete()
    known = previous.context
    order, study = known.orders[0], known.studies[0]
    other = replace(
        known,
        patient=replace(known.patient, identifiers=(Identifier("urn:x:mrn", "OTHER"),)),
        orders=(replace(order, accession=Identifier("urn:x:acc", "OTHER")),),
        studies=(replace(study, study_instance_uid="2.25.77", accession="OTHER"),),
    )
    report = release(lesion(), known=other)
    options = fhir.Options(create_patient=True)
    bundle = fhir.transaction(report, options=options, previous=previous, version=version)
    found = import_report(catalog(), fhir.to_json(bundle))
    assert (found.draft, found.issues) == (draft_of(report), ())
    assert found.context is not None
    assert (found.context.patient, found.context.orders) == (other.patient, other.orders)


@pytest.mark.parametrize("kind", KINDS)
def test_a_standard_code_that_contradicts_our_own_is_refused(kind: str) -> None:
    def turn(bundle: Json) -> None:
        for one in answer(bundle, SIDE)[1]["valueCodeableConcept"]["coding"]:
            if "emh-report" in one["system"]:
                one.update(code="right", display="Right")

    issue = refusal(changed(turn, kind))
    path = f"{place(kind)}.value.ofType(CodeableConcept).coding[0]"
    assert (issue.rule_id, issue.where.path) == ("fhir-contradiction", path)
    assert "coding[" in issue.message


def test_two_codes_of_our_own_are_refused_and_unknown_standard_codes_are_not() -> None:
    def more(system: str, code: str) -> Callable[[Json], None]:
        more = {"system": system, "code": code}
        return lambda bundle: answer(bundle, SIDE)[1]["valueCodeableConcept"]["coding"].append(more)

    own = catalog().vocabularies["laterality"].url
    assert refusal(changed(more(own, "right"))).rule_id == "fhir-contradiction"
    assert answered(changed(more("http://x.test/side", "R")), SIDE) == [Coded("left")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_report_is_refused(kind: str) -> None:
    def second(bundle: Json) -> None:
        first = next(one for one in bundle["entry"] if one["resource"]["resourceType"] == "DiagnosticReport")
        more = {**first, "fullUrl": "urn:uuid:0b9a5a4e-1111-4c4f-9d7e-6f0f3f5c2b10"}
        bundle["entry"].append(more)

    issue = refusal(changed(second, kind))
    last = len(json.loads(content(kind))["entry"])
    assert (issue.rule_id, issue.where.path) == ("fhir-ambiguous", f"Bundle.entry[{last}].resource")
