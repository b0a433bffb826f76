"""What metadata declares is what is served: all of it is called, and nothing else answers."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from emh_report.fhir_http.server import running
from tests.case_files import catalog
from tests.fhir_service import ask, assert_valid, local_references, refused, report, service, various

Json = Any
RELEASES = ("R4", "R5")
EVERY = {"read", "vread", "history-instance", "search-type"}
SITE = "https://emh-report.test/fhir/CodeSystem/site"
TERM = "code=paraspinal-thoracic"
ASKED: dict[tuple[str, str], str] = {
    ("CodeSystem", "lookup"): f"system={SITE}&{TERM}",
    ("CodeSystem", "validate-code"): f"url={SITE}&{TERM}",
    ("CodeSystem", "subsumes"): f"system={SITE}&codeA=liver&codeB=spleen",
    ("ValueSet", "expand"): "url=https://emh-report.test/fhir/ValueSet/site&filter=post+med",
    ("ValueSet", "validate-code"): f"url=https://emh-report.test/fhir/ValueSet/site&system={SITE}&{TERM}",
    ("ConceptMap", "translate"): f"system={SITE}&{TERM}",
}
"""Operation → a request that it answers."""


@functools.cache
def capability(release: str) -> Json:
    report()
    return ask(f"{release}/metadata").json


@functools.cache
def resources(release: str) -> dict[str, Json]:
    return {one["type"]: one for one in capability(release)["rest"][0]["resource"]}


@functools.cache
def sample(release: str, type_: str) -> str:
    """Return the id of a resource of a type that a released report refers to, or that is published."""
    if "search-type" in interactions(release, type_):
        return str(ask(f"{release}/{type_}?_count=1").json["entry"][0]["resource"]["id"])
    if type_ == "Provenance":  # nothing refers to it
        bundle = ask(f"{release}/DiagnosticReport?_id={various()[0]}&_revinclude=Provenance:target").json
        return next(str(one["resource"]["id"]) for one in bundle["entry"] if one["resource"]["resourceType"] == type_)
    todo = [f"DiagnosticReport/{one}" for one in various()]
    done: set[str] = set()
    while todo:
        name = todo.pop()
        if name in done:
            continue
        done.add(name)
        if name.startswith(f"{type_}/"):
            return name.partition("/")[2]
        todo += local_references(ask(f"{release}/{name}").json)
    return ""


def interactions(release: str, type_: str) -> set[str]:
    return {one["code"] for one in resources(release)[type_].get("interaction", ())}


TYPES = [
    pytest.param(release, type_, id=f"{release}-{type_}")
    for release in RELEASES
    for type_ in sorted(resources(release))
]


@pytest.mark.parametrize(("release", "type_"), TYPES)
def test_declared_interactions_answer_and_others_are_refused(release: str, type_: str) -> None:
    declared = interactions(release, type_)
    id_ = sample(release, type_)
    assert id_ or not declared  # of content from outside there is nothing to read
    paths = {
        "read": f"{release}/{type_}/{id_ or 1}",
        "vread": f"{release}/{type_}/{id_ or 1}/_history/1",
        "history-instance": f"{release}/{type_}/{id_ or 1}/_history",
        "search-type": f"{release}/{type_}",
    }
    for code, path in paths.items():
        answer = ask(path)
        if code in declared:
            assert answer.status == 200, path
            assert_valid(answer, release)
        else:
            refused(answer, 404)
    for method, path, there in (
        ("PUT", paths["read"], "read" in declared),
        ("DELETE", paths["read"], "read" in declared),
        ("PATCH", paths["read"], "read" in declared),
        ("POST", paths["search-type"], bool({"read", "search-type"} & declared)),
    ):
        answer = ask(path, method, body={"resourceType": type_})
        code = refused(answer, 405 if there else 404)["code"]
        assert (code, "allow" in answer.headers) == (("not-supported", True) if there else ("not-found", False))


def without_links(bundle: Json) -> Json:
    """Return a searchset without its links: each next one has a word of its own."""
    return {name: value for name, value in bundle.items() if name != "link"}


@pytest.mark.parametrize(("release", "type_"), TYPES)
def test_declared_search_parameters_find_by_get_and_by_post(release: str, type_: str) -> None:
    row = resources(release)[type_]
    declared = {one["name"]: one for one in row.get("searchParam", ())}
    assert bool(declared) == ("search-type" in interactions(release, type_))
    for name, one in declared.items():
        kinds = {"token": "x", "string": "x", "uri": "urn:x", "date": "2024-03", "reference": "x"}
        value = "final" if name == "status" else kinds[one["type"]]  # its codes are closed
        got = ask(f"{release}/{type_}?{name}={value}")
        assert (got.status, got.json["type"]) == (200, "searchset"), name
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        posted = ask(f"{release}/{type_}/_search", "POST", f"{name}={value}".encode(), form)
        assert without_links(posted.json) == without_links(got.json)
        refused(ask(f"{release}/{type_}?{name}:missing=true"), 400)
    if declared:
        for name in (
            "text",
            "_content",
            "_has:Observation:subject:code",
            "_include",
            "_revinclude",
            "_profile",
            "name:in",
        ):
            assert refused(ask(f"{release}/{type_}?{name}=x"), 400)["code"] == "not-supported", name


@pytest.mark.parametrize(("release", "type_"), TYPES)
def test_declared_operations_answer(release: str, type_: str) -> None:
    for one in resources(release)[type_].get("operation", ()):
        name = one["name"]
        if (type_, name) in ASKED:
            asked = ASKED[type_, name]
            if (release, name) == ("R5", "translate"):
                asked = asked.replace("code=", "sourceCode=")
            assert ask(f"{release}/{type_}/${name}?{asked}").status == 200, name
        elif name == "validate":
            checked = ask(f"{release}/{type_}/$validate", "POST", {"resourceType": type_, "nonsense": 1})
            assert (checked.status, checked.json["issue"][0]["code"]) == (200, "structure")
            refused(ask(f"{release}/{type_}/$validate"), 405)
        else:
            assert (type_, name) == ("DiagnosticReport", "document")
            assert ask(f"{release}/{type_}/{report()}/${name}").status == 200
    for name in ("everything", "meta", "closure", "find-matches", "graphql", "diff"):
        refused(ask(f"{release}/{type_}/${name}"), 404)


@pytest.mark.parametrize("release", RELEASES)
def test_definitions_of_our_own_are_there(release: str) -> None:
    own = [
        (kind, one["definition"])
        for row in resources(release).values()
        for kind, name in (("SearchParameter", "searchParam"), ("OperationDefinition", "operation"))
        for one in row.get(name, ())
        if one.get("definition", "").startswith("https://emh-report.test/")
    ]
    assert {kind for kind, _ in own} == {"SearchParameter", "OperationDefinition"}
    for kind, url in own:
        found = ask(f"{release}/{kind}?url={url}").json
        assert [one["resource"]["url"] for one in found["entry"]] == [url]


@pytest.mark.parametrize("release", RELEASES)
def test_terminology_capabilities_are_true(release: str) -> None:
    found = ask(f"{release}/metadata?mode=terminology").json
    assert_valid(ask(f"{release}/metadata?mode=terminology"), release)
    systems = {one["uri"]: one["version"][0] for one in found["codeSystem"]}
    served = {one["url"]: one for one in _all(release, "CodeSystem")}
    assert {url: one["version"] for url, one in served.items()} == {url: one["code"] for url, one in systems.items()}
    for url, one in served.items():
        asked = f"system={url}&code={one['concept'][0]['code']}&version={systems[url]['code']}"
        assert ask(f"{release}/CodeSystem/$lookup?{asked}").status == 200
        both = f"system={url}&codeA={one['concept'][0]['code']}&codeB={one['concept'][-1]['code']}"
        assert ask(f"{release}/CodeSystem/$subsumes?{both}").status == 200
        properties = {property_["code"] for property_ in one.get("property", ())}
        assert properties == set(systems[url].get("property", ()))
    for one in found["expansion"]["parameter"]:
        value = {
            "offset": "0",
            "count": "1",
            "displayLanguage": "en",
            "filter": "a",
            "url": "https://emh-report.test/fhir/ValueSet/site",
            "valueSetVersion": "1.0.0",
        }.get(one["name"], "true")
        assert ask(f"{release}/ValueSet/site/$expand?{one['name']}={value}").status == 200, one
    refused(ask(f"{release}/ValueSet/site/$expand?exclude-system=x"), 400)


def _all(release: str, type_: str) -> list[Json]:
    found, url = [], f"{release}/{type_}?_count=50"
    while url:
        bundle = ask(url).json
        found += [one["resource"] for one in bundle["entry"]]
        following = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
        url = following[0].partition("/fhir/")[2] if following else ""
    return found


def test_without_a_store_there_are_no_reports() -> None:
    with running(catalog(), "127.0.0.1:0", None) as base:
        found = ask("R4/metadata", base=base).json
        assert "DiagnosticReport" not in {one["type"] for one in found["rest"][0]["resource"]}
        refused(ask("R4/DiagnosticReport", base=base), 404)
        assert ask("R4/Questionnaire/emh-ct-body", base=base).status == 200


@pytest.mark.parametrize("release", RELEASES)
def test_the_statement_names_this_server(release: str) -> None:
    found = capability(release)
    assert_valid(ask(f"{release}/metadata"), release)
    assert found["implementation"]["url"] == f"{service().base}/{release}"
