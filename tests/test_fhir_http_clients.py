"""A client that nobody here wrote reads, searches and expands: fhirpy."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from tests.fhir_service import report, service

Json = Any


@pytest.fixture(params=["R4", "R5"])
def client(request: pytest.FixtureRequest) -> SyncFHIRClient:
    return SyncFHIRClient(f"{service().base}/{request.param}")


def test_it_reads_a_report_and_follows_its_references(client: SyncFHIRClient) -> None:
    found = client.reference("DiagnosticReport", report()).to_resource()
    assert found["status"] == "final"
    patient = found["subject"].to_resource()
    assert patient["resourceType"] == "Patient"
    results = [one.to_resource() for one in found["result"]]
    members = [one.to_resource() for result in results for one in result.get("hasMember", [])]
    assert {one["resourceType"] for one in [*results, *members]} == {"Observation"}


def test_it_searches_in_pages(client: SyncFHIRClient) -> None:
    ids = [report() for _ in range(3)]
    search = client.resources("DiagnosticReport").search(status="final", _sort="_lastUpdated").limit(2)
    found = [one["id"] for one in itertools.islice(search, 500)]
    assert found[-3:] == ids
    assert len(found) == len(set(found))
    patient = client.reference("DiagnosticReport", ids[0]).to_resource()["subject"].to_resource()
    number = patient["identifier"][0]
    token = f"{number['system']}|{number['value']}"
    by_patient = client.resources("DiagnosticReport").search(**{"patient.identifier": token}).fetch_all()
    assert [one["id"] for one in by_patient] == [ids[0]]


def test_it_gets_a_whole_report_with_one_search(client: SyncFHIRClient) -> None:
    search = client.resources("DiagnosticReport").search(_id=report())
    search = search.include("DiagnosticReport", "patient").include("DiagnosticReport", "result")
    search = search.include("Observation", "has-member", iterate=True).revinclude("Provenance", "target")
    entries = search.fetch_raw()["entry"]
    types = {entry["resource"]["resourceType"] for entry in entries}
    assert types == {"DiagnosticReport", "Patient", "Observation", "Provenance"}
    here = {f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in entries}
    members = (entry["resource"].get("hasMember", []) for entry in entries)
    assert {one["reference"] for several in members for one in several} <= here


def test_it_expands_looks_up_and_translates(client: SyncFHIRClient) -> None:
    expanded = client.execute("ValueSet/site/$expand", method="get", params={"filter": "post med"})
    assert [one["code"] for one in expanded["expansion"]["contains"]] == ["paraspinal-thoracic"]
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "coding",
                "valueCoding": {"system": "https://emh-report.test/fhir/CodeSystem/site", "code": "liver"},
            }
        ],
    }
    looked_up = client.execute("CodeSystem/$lookup", method="post", data=body)
    assert {"name": "display", "valueString": "Liver"} in looked_up["parameter"]


def test_it_understands_what_it_is_told(client: SyncFHIRClient) -> None:
    with pytest.raises(ResourceNotFound):
        client.reference("DiagnosticReport", "none").to_resource()
    with pytest.raises(OperationOutcome) as refused:
        client.resources("DiagnosticReport").search(nonsense="x").fetch()
    assert refused.value.resource["issue"][0]["code"] == "not-supported"
    with pytest.raises(OperationOutcome):
        client.resource("DiagnosticReport", status="final").save()
