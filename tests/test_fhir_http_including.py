"""What comes beside the reports that a search finds, where it is asked for."""

from __future__ import annotations

import base64

import pytest

from tests.fhir_service import ask, refused, report, service


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


@pytest.mark.parametrize("asked", ["_include=*", "_include=DiagnosticReport:media", "_revinclude=Observation:subject"])
def test_what_is_not_served_is_not_left_out_in_silence(asked: str) -> None:
    issue = refused(ask(f"R4/DiagnosticReport?{asked}"), 400)
    assert (issue["code"], issue["expression"]) == ("not-supported", [asked.partition("=")[0]])
    assert "DiagnosticReport:result" in issue["diagnostics"] or "Provenance:target" in issue["diagnostics"]
    assert refused(ask("R4/ValueSet?_include=ValueSet:x"), 400)["code"] == "not-supported"
