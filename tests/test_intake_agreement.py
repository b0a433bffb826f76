"""What all resources of a report say alike, or what follows from its answers, and another system changed in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report import import_report
from emh_report.context import ReportStatus
from emh_report.export import fhir
from emh_report.intake.content import read_json
from emh_report.intake.draft import read_draft
from emh_report.intake.imports import LOOKS, Imported
from emh_report.intake.versions import VERSIONS
from emh_report.intake.view import view
from tests.drawing import draws
from tests.fhir_random import random_report
from tests.fhir_reports import complete, lesion, more_groups, release
from tests.strategies import catalog
from tests.test_intake import SENT, in_kind, in_state
from tests.test_intake_added import KINDS

Json = Any
Change = Callable[[Json], object]
Meant = Callable[[Json], bool]

SYSTEMS = "https://emh-report.test/fhir/CodeSystem"
RULES = f"{SYSTEMS}/rule"
PRESENCE = f"{SYSTEMS}/presence"
TRANSACTIONS = KINDS[:2]


@draws(40)
@given(st.integers(0, 2**32), st.sampled_from(SENT), st.sampled_from(KINDS))
def test_nothing_is_said_of_what_nobody_changed(seed: int, status: ReportStatus, kind: str) -> None:
    report = in_state(random_report(seed), status)
    content = in_kind(report, fhir.KINDS[kind])
    if content is not None:
        found = view(read_json(content), VERSIONS[fhir.KINDS[kind].version.value])
        _, issues = read_draft(found, catalog())
        said = [*issues, *(one for look in LOOKS for one in look(found))]
        assert [one.rule_id for one in said] == ["answer-not-restored"] * len(report.unresolved)


def of(type_: str, *names: str) -> Meant:
    return lambda one: one["resourceType"] == type_ and all(name in one for name in names)


def coded(code: str) -> Meant:
    return lambda one: any(known.get("code") == code for known in one.get("code", {}).get("coding", ()))


def returned(kind: str, meant: Meant, change: Change) -> tuple[Imported, str]:
    """Return what is read where the first resource that is meant was changed, and its path."""
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    bundle = read_json(content)
    number, resource = next((n, one["resource"]) for n, one in enumerate(bundle["entry"]) if meant(one["resource"]))
    change(resource)
    return import_report(catalog(), fhir.to_json(bundle)), f"Bundle.entry[{number}].resource"


def said(found: Imported) -> list[tuple[str, str]]:
    assert found.draft is not None
    return [(one.rule_id, one.where.path) for one in found.issues]


PRESENT = {"coding": [{"system": PRESENCE, "code": "present"}], "text": "Present"}
ELSEWHERE = {"text": "Right kidney"}
OTHER = {"coding": [{"system": "https://x.test/codes", "code": "1"}]}
ABROAD = {"reference": "Practitioner/7"}
DIAGNOSIS = coded("extramedullary-hematopoiesis")


def is_recognised(one: Json) -> bool:
    return any(known.get("system") == RULES for known in one.get("code", {}).get("coding", ()))


def is_advice(one: Json) -> bool:
    return bool(one["resourceType"] == "ServiceRequest" and one["intent"] == "proposal")


def is_order(one: Json) -> bool:
    return bool(one["resourceType"] == "ServiceRequest" and one["intent"] == "order")


def put(element: str, value: Json) -> Change:
    return lambda one: one.update({element: value})


CONTRADICTED: dict[str, tuple[Meant, Change, str]] = {
    "a diagnosis at a lesion": (DIAGNOSIS, put("valueCodeableConcept", PRESENT), "value"),
    "a diagnosis in other words": (DIAGNOSIS, lambda one: one["valueCodeableConcept"].update(text="No"), "value"),
    "a diagnosis without its value": (DIAGNOSIS, lambda one: one.pop("valueCodeableConcept"), "value"),
    "a diagnosis at no lesion": (DIAGNOSIS, lambda one: one.pop("derivedFrom"), "value"),
    "a conclusion": (coded("emh-conclusion"), put("valueCodeableConcept", PRESENT | {"text": "No"}), "value"),
    "the code of a conclusion": (of("DiagnosticReport"), put("conclusionCode", [OTHER]), "conclusionCode"),
    "no code of a conclusion": (
        of("DiagnosticReport"),
        lambda one: one.pop("conclusionCode"),
        "conclusionCode",
    ),
    "the state of an answer": (of("Observation", "hasMember"), put("status", "amended"), "status"),
    "the state of a document": (of("Composition"), put("status", "preliminary"), "status"),
    "the number of a document": (
        of("Composition"),
        lambda one: next(
            iter(one["identifier"] if isinstance(one["identifier"], list) else [one["identifier"]])
        ).update(value="R-2"),
        "identifier",
    ),
    "the kind of a document": (of("Composition"), put("type", OTHER), "type"),
    "the kind of an examination": (of("Procedure"), put("code", OTHER), "code"),
    "another order": (of("Observation", "category"), put("basedOn", [{"reference": "ServiceRequest/7"}]), "basedOn"),
    "another study": (
        of("Observation", "hasMember"),
        put("derivedFrom", [{"reference": "ImagingStudy/7"}]),
        "derivedFrom",
    ),
    "another place": (of("Observation", "bodySite", "valueQuantity"), put("bodySite", ELSEWHERE), "bodySite"),
    "the place of a diagnosis": (DIAGNOSIS, put("bodySite", ELSEWHERE), "bodySite"),
    "why a task waits": (
        of("Task"),
        lambda one: one["statusReason"].get("concept", one["statusReason"]).update(text="done"),
        "statusReason",
    ),
    "the words of an interval": (
        is_advice,
        put("occurrenceTiming", {"code": {"text": "in 9 months"}}),
        "occurrence.ofType(Timing)",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CONTRADICTED)
def test_what_contradicts_the_answers_or_the_report_is_said(name: str, kind: str) -> None:
    meant, change, element = CONTRADICTED[name]
    plain, _ = returned(kind, lambda _: True, lambda one: one)
    found, path = returned(kind, meant, change)
    assert said(found) == [("fhir-contradiction", f"{path}.{element}")]
    assert found.draft == plain.draft


RECOGNISED: dict[str, Change] = {
    "another rule": lambda one: one["code"]["coding"][0].update(code="A02"),
    "another urgency": put("valueCodeableConcept", {"coding": [{"system": f"{SYSTEMS}/urgency", "code": "cat-3"}]}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RECOGNISED)
def test_what_a_rule_recognised_otherwise_is_said(name: str, kind: str) -> None:
    content = in_kind(in_state(release(lesion(), *more_groups()), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    bundle = read_json(content)
    number, finding = next(
        (n, one["resource"]) for n, one in enumerate(bundle["entry"]) if is_recognised(one["resource"])
    )
    RECOGNISED[name](finding)
    found = import_report(catalog(), fhir.to_json(bundle))
    assert said(found) == [("fhir-contradiction", f"Bundle.entry[{number}].resource.value")]


NEGATED: dict[str, tuple[Meant, Change, str, str]] = {
    "an order that was revoked": (is_order, put("status", "revoked"), "fhir-negated", "status"),
    "a study that was cancelled": (of("ImagingStudy"), put("status", "cancelled"), "fhir-negated", "status"),
    "advice that was followed": (is_advice, put("status", "completed"), "answer-not-restored", "status"),
    "a task that is done": (of("Task"), put("status", "completed"), "answer-not-restored", "status"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NEGATED)
def test_what_became_of_orders_advice_and_tasks_is_said(name: str, kind: str) -> None:
    meant, change, rule, element = NEGATED[name]
    found, path = returned(kind, meant, change)
    assert said(found) == [(rule, f"{path}.{element}")]


def test_a_state_that_no_report_has_is_said_once() -> None:
    found, path = returned(KINDS[0], of("DiagnosticReport"), put("status", "registered"))
    assert found.context is not None
    assert found.context.report.status is ReportStatus.DRAFT
    assert said(found).count(("fhir-contradiction", f"{path}.status")) == len(
        [one for one in said(found) if one[1].endswith(".status")]
    )


def test_a_report_in_another_state_than_all_its_answers_is_said_once() -> None:
    found, path = returned(KINDS[0], of("DiagnosticReport"), put("status", "preliminary"))
    assert ("fhir-contradiction", f"{path}.status") in said(found)
    assert len([one for one in said(found) if one[1].endswith(".status")]) == 2  # the Composition, too


PEOPLE: dict[str, tuple[str, Change, str]] = {
    "a reader": ("DiagnosticReport", put("resultsInterpreter", [ABROAD]), "resultsInterpreter[0]"),
    "a third reader": (
        "DiagnosticReport",
        lambda one: one["resultsInterpreter"].append({"display": "Dr C"}),
        "resultsInterpreter[2]",
    ),
    "an organization": ("DiagnosticReport", put("performer", [{"reference": "Organization/7"}]), "performer[0]"),
    "somebody who performed": ("DiagnosticReport", lambda one: one["performer"].append(ABROAD), "performer[1]"),
    "an order": ("DiagnosticReport", put("basedOn", [{"reference": "ServiceRequest/7"}]), "basedOn[0]"),
    "an author": ("Composition", put("author", [ABROAD]), "author"),
    "a custodian": ("Composition", put("custodian", {"reference": "Organization/7"}), "custodian"),
    "an attester": ("Composition", lambda one: one["attester"][0].update(party=ABROAD), "attester"),
    "another attester": ("Composition", lambda one: one["attester"][0].update(party=one["author"][0]), "attester"),
    "who asks": ("Task", put("requester", ABROAD), "requester"),
}


@pytest.mark.parametrize("kind", TRANSACTIONS)
@pytest.mark.parametrize("name", PEOPLE)
def test_whom_the_context_does_not_have_is_said(name: str, kind: str) -> None:
    type_, change, element = PEOPLE[name]
    found, path = returned(kind, of(type_), change)
    assert ("fhir-not-read", f"{path}.{element}") in said(found)


def test_a_reader_who_is_said_to_have_performed_too_is_nobody_else() -> None:
    found, _ = returned(
        KINDS[0], of("DiagnosticReport"), lambda one: one["performer"].append(one["resultsInterpreter"][0])
    )
    assert said(found) == []
    assert found.context is not None
    assert found.context.organization.name == "Radiology"


def test_a_patient_whom_nobody_names_is_said() -> None:
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[KINDS[0]])
    assert content is not None
    bundle = read_json(content)
    (urn,) = [one["fullUrl"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Patient"]
    bundle["entry"] = [one for one in bundle["entry"] if one["fullUrl"] != urn]
    text = fhir.to_json(bundle).replace(urn.encode(), b"Patient/7")
    found = import_report(catalog(), text)
    (issue,) = found.issues
    assert issue.where.path.endswith(".subject")
    assert found.context is not None
    assert found.context.patient.identifiers == ()


def one_entry_less(document: Json) -> None:
    section = next(one for one in document["section"] if len(one.get("entry", ())) > 1)
    section["entry"].pop()


LISTS: dict[str, tuple[str, Change]] = {
    "a result": ("DiagnosticReport", lambda one: one["result"].pop()),
    "an entry": ("Composition", one_entry_less),
    "a section": (
        "Composition",
        lambda one: one["section"].remove(next(part for part in one["section"] if part["title"] == "Impression")),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LISTS)
def test_what_report_and_document_list_no_more_is_said(name: str, kind: str) -> None:
    type_, change = LISTS[name]
    plain, _ = returned(kind, lambda _: True, lambda one: one)
    found, _ = returned(kind, of(type_), change)
    assert found.draft == plain.draft
    assert found.issues


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("type_", "element"), [("DiagnosticReport", "result"), ("Composition", "section")])
def test_a_list_that_is_gone_is_said_once(type_: str, element: str, kind: str) -> None:
    found, path = returned(kind, of(type_), lambda one: one.pop(element))
    assert [one for one in said(found) if one[0] == "fhir-contradiction"] == [
        ("fhir-contradiction", f"{path}.{element}")
    ]


@pytest.mark.parametrize("kind", TRANSACTIONS)
def test_a_result_that_is_not_there_is_said(kind: str) -> None:
    result = {"reference": "Observation/7"}
    found, path = returned(kind, of("DiagnosticReport"), lambda one: one["result"].append(result))
    assert said(found) == [("fhir-not-read", f"{path}.result")]


def test_an_answer_that_is_not_there_is_said() -> None:
    result = {"reference": "Observation/7"}
    found, path = returned(KINDS[0], of("Observation", "hasMember"), lambda one: one["hasMember"].append(result))
    assert said(found) == [("fhir-not-read", f"{path}.hasMember")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_diagnosis_of_somebody_else_is_said(kind: str) -> None:
    found, path = returned(kind, DIAGNOSIS, lambda one: one.pop("identifier"))
    assert ("fhir-not-read", path) in said(found)
