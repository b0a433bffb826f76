"""What comes beside the reports that a search finds, where it is asked for."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from emh_report.lifecycle import Action
from tests.fhir_service import ask, refused, report, service
from tests.store_reports import CLERK, RECORDS, act


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_what_a_report_refers_to_comes_beside_it_where_it_is_asked_for(release: str) -> None:
    one = report()
    wanted = "_include=DiagnosticReport:patient&_include=DiagnosticReport:result&_revinclude=Provenance:target"
    bundle = ask(f"{release}/DiagnosticReport?_id={one}&{wanted}").json
    match, *beside = bundle["entry"]
    assert (bundle["total"], match["search"]["mode"], match["resource"]["id"]) == (1, "match", one)
    assert {entry["search"]["mode"] for entry in beside} == {"include"}
    found = match["resource"]
    included = {f"{part['resourceType']}/{part['id']}": part for part in (entry["resource"] for entry in beside)}
    assert len(included) == len(beside), "each once"
    (signed,) = (part for part in included.values() if part["resourceType"] == "Provenance")
    results = {result["reference"] for result in found["result"]}
    assert set(included) == {found["subject"]["reference"], *results, f"Provenance/{signed['id']}"}
    for name, part in included.items():
        assert ask(f"{release}/{name}").json == part
    deeper = ask(
        f"{release}/DiagnosticReport?_id={one}&_include=DiagnosticReport:result&_include:iterate=Observation:has-member"
    )
    names = {f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in deeper.json["entry"]}
    members = {member["reference"] for name in results for member in included[name].get("hasMember", ())}
    assert results | members <= names


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_the_signature_comes_beside_the_report_and_is_that_of_the_store(release: str) -> None:
    one = report()
    bundle = ask(f"{release}/DiagnosticReport?_id={one}&_revinclude=Provenance:target").json
    (signed,) = (entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == "include")
    assert f"DiagnosticReport/{one}" in [target["reference"] for target in signed["target"]]
    (signature,) = signed["signature"]
    assert base64.b64decode(signature["data"]).decode() == service().store.version(one).signature


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_a_withdrawn_report_has_the_signature_of_who_withdrew_it_beside_that_of_before(release: str) -> None:
    one = report()
    (before,) = provenances(release, one)
    act(service().store, one, Action.WITHDRAW, RECORDS)
    (now,) = provenances(release, one)
    proofs = [base64.b64decode(found["signature"][0]["data"]).decode() for found in (before, now)]
    assert proofs == [service().store.version(one, number).signature for number in (1, 2)]
    assert now["activity"]["coding"][0]["code"] == "NULLIFY"
    withdrew = ask(f"{release}/{now['agent'][0]['who']['reference']}").json
    assert withdrew["identifier"][0]["value"] == CLERK.identifier.value
    assert ask(f"{release}/Provenance/{before['id']}").json["signature"] == before["signature"], "stays signed"


def provenances(release: str, report_id: str) -> list[dict[str, Any]]:
    bundle = ask(f"{release}/DiagnosticReport?_id={report_id}&_revinclude=Provenance:target").json
    return [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == "include"]


@pytest.mark.parametrize("asked", ["_include=*", "_include=DiagnosticReport:media", "_revinclude=Observation:subject"])
def test_what_is_not_served_is_not_left_out_in_silence(asked: str) -> None:
    issue = refused(ask(f"R4/DiagnosticReport?{asked}"), 400)
    assert (issue["code"], issue["expression"]) == ("not-supported", [asked.partition("=")[0]])
    assert "DiagnosticReport:result" in issue["diagnostics"] or "Provenance:target" in issue["diagnostics"]
    assert refused(ask("R4/ValueSet?_include=ValueSet:x"), 400)["code"] == "not-supported"
