"""General parameters over HTTP: part of a resource says so, stays valid, and is never less than asked for."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from fhirpy import SyncFHIRClient

from emh_report.fhir_http.releases import RELEASES
from emh_report.intake.definitions import definition
from tests.fhir_service import ask, assert_valid, refused, report, service
from tests.test_fhir_http_walk import interactions, resources, sample

Json = Any
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SUBSETTED = ("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "SUBSETTED")


def is_part(resource: Json) -> bool:
    return SUBSETTED in {(tag["system"], tag["code"]) for tag in resource.get("meta", {}).get("tag", ())}


@functools.cache
def final() -> str:
    return report()


def read_types(release: str) -> list[str]:
    return [type_ for type_ in resources(release) if "read" in interactions(release, type_)]


def address(release: str, type_: str) -> str:
    return f"{release}/{type_}/{sample(release, type_)}"


@functools.cache
def whole(release: str, type_: str) -> Json:
    return ask(address(release, type_)).json


@pytest.mark.parametrize("summary", ["true", "text", "data"])
@pytest.mark.parametrize("release", RELEASES)
def test_a_summary_is_valid_and_says_that_it_is_one(release: str, summary: str) -> None:
    types = read_types(release)
    assert {"DiagnosticReport", "Observation", "Patient", "ValueSet", "Questionnaire"} <= set(types)
    for type_ in types:
        answer, known = ask(f"{address(release, type_)}?_summary={summary}"), whole(release, type_)
        found = answer.json
        assert is_part(found) is (len(found.keys() - {"meta"}) < len(known.keys() - {"meta"}))
        assert {name: found[name] for name in found if name != "meta"}.items() <= known.items()
        assert_valid(answer, release)


@pytest.mark.parametrize("release", RELEASES)
def test_a_summary_has_what_fhir_marks_as_such(release: str) -> None:
    for type_ in read_types(release):
        known, here = definition(RELEASES[release].short, type_) or {}, whole(release, type_)
        true, text, data = (ask(f"{address(release, type_)}?_summary={one}").json for one in ("true", "text", "data"))
        assert {name for name in here if name in known and known[name].summary} <= true.keys()
        assert here.keys() & {"id", "text"} <= text.keys()
        assert here.keys() - {"text", "meta"} == data.keys() - {"meta"}
        assert "text" not in true


@pytest.mark.parametrize("release", RELEASES)
def test_elements_come_with_what_is_required_and_what_changes_their_meaning(release: str) -> None:
    found = ask(f"{release}/DiagnosticReport/{final()}?_elements=effective,issued").json
    assert found.keys() == {"resourceType", "id", "meta", "status", "code", "effectiveDateTime", "issued"}
    assert is_part(found)
    condition = ask(f"{release}/Condition/{sample(release, 'Condition')}?_elements=code&_elements=recordedDate").json
    assert {"code", "verificationStatus", "subject"} <= condition.keys()
    assert "evidence" not in condition
    everything = ",".join(whole(release, "DiagnosticReport"))
    answer = ask(f"{address(release, 'DiagnosticReport')}?_elements={everything}")
    assert answer.json == whole(release, "DiagnosticReport")


def test_a_search_cuts_its_matches_and_goes_on_so() -> None:
    ids = [final(), report()]
    query = f"_id={','.join(ids)}&_count=1&_elements=issued&_include=DiagnosticReport:patient"
    first = ask(f"R4/DiagnosticReport?{query}").json
    links = {one["relation"]: one["url"] for one in first["link"]}
    assert "_elements=issued" in links["self"]
    second = ask(links["next"].partition("/fhir/")[2]).json
    for bundle in (first, second):
        (match,) = [one["resource"] for one in bundle["entry"] if one["search"]["mode"] == "match"]
        assert match.keys() == {"resourceType", "id", "meta", "status", "code", "issued"}
        (patient,) = [one["resource"] for one in bundle["entry"] if one["search"]["mode"] == "include"]
        assert "identifier" in patient
        assert not is_part(patient)
    history = ask(f"R4/DiagnosticReport/{ids[0]}/_history?_summary=true").json
    assert [is_part(one["resource"]) for one in history["entry"]] == [True]
    posted = ask("R4/DiagnosticReport/_search", "POST", b"_count=1&_summary=true", FORM).json
    assert is_part(posted["entry"][0]["resource"])


@pytest.mark.parametrize("path", ["DiagnosticReport?_id=none", "ValueSet?_count=3"])
def test_a_summary_of_how_many_has_no_entry(path: str) -> None:
    found, count = (ask(f"R4/{path}&{more}").json for more in ("_summary=count", "_count=0"))
    assert (found["total"], "entry" in found) == (count["total"], False)


def test_what_is_laid_out_for_people_is_the_same() -> None:
    for path in ("metadata", f"DiagnosticReport/{final()}", "ValueSet/site/$expand?filter=post"):
        mark = "&" if "?" in path else "?"
        plain, pretty = ask(f"R4/{path}"), ask(f"R4/{path}{mark}_pretty=true")
        lines = pretty.body.decode().splitlines()
        assert (len(plain.body.splitlines()), lines[1][:3]) == (1, '  "')
        changing = {"date", "expansion"}  # made anew for each answer
        assert {k: v for k, v in pretty.json.items() if k not in changing} == {
            k: v for k, v in plain.json.items() if k not in changing
        }
        assert ask(f"R4/{path}{mark}_pretty=false").body.count(b"\n") == 0


def test_decimals_keep_their_digits_in_part_and_laid_out() -> None:
    number = next(one for one in observations() if "valueQuantity" in one)
    for asked in ("_pretty=true", "_elements=value", "_summary=true"):
        body = ask(f"R4/Observation/{number['id']}?{asked}").body
        plain = ask(f"R4/Observation/{number['id']}").body
        digits = plain.partition(b'"valueQuantity":{"value":')[2].partition(b",")[0]
        assert digits in body.replace(b" ", b"").replace(b"\n", b"")


def observations() -> list[Json]:
    query = f"_id={final()}&_include=DiagnosticReport:result&_include:iterate=Observation:has-member"
    bundle = ask(f"R4/DiagnosticReport?{query}").json
    return [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Observation"]


@pytest.mark.parametrize("release", RELEASES)
def test_metadata_has_a_summary_for_clients_that_look_at_the_version_first(release: str) -> None:
    answer = ask(f"{release}/metadata?_summary=true")
    assert answer.json["fhirVersion"] == RELEASES[release].number
    assert_valid(answer, release)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("DiagnosticReport?_summary=some", "true, text, data, count, false"),
        ("DiagnosticReport?_pretty=yes", "true, false"),
        ("DiagnosticReport?_elements=status,", "names of elements"),
        ("DiagnosticReport?_elements=nothing", "at the top of DiagnosticReport"),
        ("ValueSet/site?_elements=compose.include", "at the top of ValueSet"),
        ("ValueSet/site?_summary=count", "true, text, data, false"),
        ("ValueSet/site?_elements=url&_summary=true", "either _summary or _elements"),
        ("ValueSet/site?_count=1", "_format, _pretty, _summary, _elements"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_can(path: str, words: str) -> None:
    assert words in refused(ask(f"R4/{path}"), 400)["diagnostics"]


def test_of_an_operation_the_whole_is_answered() -> None:
    issue = refused(ask("R4/ValueSet/site/$expand?filter=liver&_summary=true"), 400)
    assert issue["severity"] == "error"


def test_a_client_that_nobody_here_wrote_asks_for_elements() -> None:
    client = SyncFHIRClient(f"{service().base}/R4")
    found = client.resources("DiagnosticReport").search(_id=final()).elements("issued").first()
    assert found is not None
    assert found["issued"]
    assert "result" not in found
