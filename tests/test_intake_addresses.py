"""Reports that another server handed back: its own addresses, versions, contained resources, identifiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emh_report import import_report
from emh_report.context import Identifier, Organization, Patient, Practitioner
from emh_report.export import fhir
from emh_report.intake.content import read_json
from emh_report.intake.imports import Imported
from tests.fhir_reports import complete
from tests.strategies import catalog
from tests.test_intake import in_kind
from tests.test_intake_context import BASE

Json = Any
KINDS = ("fhir-r4-transaction", "fhir-r5-transaction", "fhir-r4-document", "fhir-r5-document")


def returned(kind: str, version: str = "") -> Json:
    """Return a bundle as a server hands it back: with addresses of its own, and references to versions where asked."""
    content = in_kind(complete(), fhir.KINDS[kind])
    assert content is not None
    stored = read_json(content)
    named = {}
    for number, entry in enumerate(stored["entry"]):
        entry["resource"] |= {"id": f"x{number}"}
        entry.pop("request", None)
        named[entry["fullUrl"]] = f"{entry['resource']['resourceType']}/x{number}"
        entry["fullUrl"] = f"{BASE}/{named[entry['fullUrl']]}"
    text = fhir.to_json(stored).decode()
    for urn, reference in named.items():
        text = text.replace(f'"reference":"{urn}"', f'"reference":"{reference}{version}"')
    assert '"reference":"urn:uuid' not in text
    stored = read_json(text.encode())
    if stored["type"] == "transaction":
        stored["type"] = "collection"
    return stored


@pytest.mark.parametrize("version", ["", "/_history/1"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_comes_back_from_a_server_with_its_own_addresses(kind: str, version: str) -> None:
    content = in_kind(complete(), fhir.KINDS[kind])
    assert content is not None
    found = import_report(catalog(), fhir.to_json(returned(kind, version)))
    assert found == import_report(catalog(), content)
    assert found.draft is not None


def test_an_answer_in_another_version_than_the_one_meant_is_refused() -> None:
    stored = returned(KINDS[0], "/_history/1")
    number, answer = next((n, one) for n, one in enumerate(stored["entry"]) if "valueQuantity" in one["resource"])
    answer["resource"].setdefault("meta", {})["versionId"] = "2"
    found = import_report(catalog(), fhir.to_json(stored))
    assert (found.draft, found.context) == (None, None)
    assert {one.rule_id for one in found.issues} == {"fhir-reference"}
    assert f"Bundle.entry[{number}].resource" not in {one.where.path for one in found.issues}
    answer["resource"]["meta"]["versionId"] = "1"
    assert import_report(catalog(), fhir.to_json(stored)).draft is not None


def changed(change: Callable[[Json], object]) -> Imported:
    """Return what is read of a bundle whose report was changed."""
    content = read_json(in_kind(complete(), fhir.KINDS[KINDS[0]]) or b"")
    (report,) = [one["resource"] for one in content["entry"] if one["resource"]["resourceType"] == "DiagnosticReport"]
    change(report)
    return import_report(catalog(), fhir.to_json(content))


def test_the_patient_of_a_report_may_be_contained_or_known_by_identifier() -> None:
    known = complete().context.patient
    number = {"system": known.identifiers[0].system, "value": known.identifiers[0].value}
    inner = {"resourceType": "Patient", "id": "p", "identifier": [number], "name": [{"family": "Inner"}]}
    found = changed(lambda report: report.update(contained=[inner], subject={"reference": "#p"}))
    assert found.context is not None
    assert found.context.patient == Patient(known.identifiers, "Inner")
    found = changed(lambda report: report.update(subject={"identifier": number}))
    assert found.context is not None
    assert found.context.patient == Patient(known.identifiers)


def test_people_and_organizations_are_known_by_identifier() -> None:
    named = {"identifier": {"system": "urn:x:s", "value": "7"}, "display": "Rita Reader"}
    found = changed(lambda report: report.update(resultsInterpreter=[named], performer=[named]))
    assert found.context is not None
    assert found.context.author == Practitioner(Identifier("urn:x:s", "7"), "Rita Reader")
    assert found.context.organization == Organization(Identifier("urn:x:s", "7"), "Rita Reader")


def test_a_person_may_be_looked_up() -> None:
    looked_up = {"reference": "Practitioner?identifier=https://x.test/staff|7", "display": "Rita Reader"}
    found = changed(lambda report: report.update(resultsInterpreter=[looked_up]))
    assert found.context is not None
    assert found.context.author == Practitioner(Identifier("https://x.test/staff", "7"), "Rita Reader")


def test_a_person_who_answers_for_a_report_is_no_organization() -> None:
    found = changed(lambda report: report["performer"].insert(0, report["resultsInterpreter"][0]))
    assert found.context is not None
    assert found.context.organization == complete().context.organization
    found = changed(lambda report: report["performer"].insert(0, {"type": "Practitioner", "display": "Rita Reader"}))
    assert found.context is not None
    assert found.context.organization == complete().context.organization


@pytest.mark.parametrize("by", ["contained", "type", "address", "search"])
def test_an_organization_that_reads_a_report_is_nobody(by: str) -> None:
    inner = {"resourceType": "Organization", "id": "o", "name": "Radiology"}
    reference = {
        "contained": {"reference": "#o"},
        "type": {"type": "Organization"},
        "address": {"reference": "Organization/7"},
        "search": {"reference": "Organization?identifier=https://x.test/orgs|7"},
    }[by]

    def change(report: Json) -> None:
        report.update({"contained": [inner]} if by == "contained" else {})
        report["resultsInterpreter"].insert(0, {**reference, "display": "Radiology"})

    found = changed(change)
    assert found.context is not None
    expected = complete().context
    assert (found.context.author, found.context.supervisor) == (expected.author, expected.supervisor)


def test_an_organization_may_be_looked_up_and_a_person_is_none() -> None:
    looked_up = {"reference": "Organization?identifier=https://x.test/orgs|7", "display": "Radiology"}
    for type_, path in (("PractitionerRole", "urn:x:staff|1"), ("Practitioner", "https://x.test/staff|1")):
        other = {"reference": f"{type_}?identifier={path}", "display": "Rita Reader"}
        found = changed(lambda report, first=other: report.update(performer=[first, looked_up]))  # type: ignore[misc]
        assert found.context is not None
        assert found.context.organization == Organization(Identifier("https://x.test/orgs", "7"), "Radiology")
