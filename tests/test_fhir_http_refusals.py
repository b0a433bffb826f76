"""What is refused over HTTP: always as an OperationOutcome, never with what was sent, never with HTML."""

from __future__ import annotations

import gzip
import http.client
import json
import logging
import resource
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fhir_service import ask, refused, service

Json = Any
CANARY = "Canary-4711"
SITE = "https://emh-report.test/fhir/CodeSystem/site"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FHIR_JSON = "application/fhir+json"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("R4", 404),
        ("R4/", 404),
        ("", 404),
        ("R3/metadata", 404),
        ("R4/metadata/", 404),
        ("R4/metadata?mode=Canary-4711", 400),
        ("R4/metadata?Canary-4711=1", 400),
        ("R4/Canary-4711", 404),
        ("R4/Patient", 404),
        ("R4/Patient/Canary-4711", 404),
        ("R4/Patient/Canary-4711/_history/1", 404),
        ("R4/DiagnosticReport/Canary-4711", 404),
        ("R4/DiagnosticReport/Canary-4711/$document", 404),
        ("R4/DiagnosticReport/Canary-4711/_history/one", 404),
        ("R4/DiagnosticReport/$document", 404),
        ("R4/DiagnosticReport/00000000-0000-0000-0000-000000000000", 404),
        ("R4/Observation/" + "0" * 64, 404),
        ("R4/CodeSystem/Canary-4711", 404),
        ("R4/CodeSystem/site?Canary-4711=1", 400),
        ("R4/CodeSystem/$lookup?system=urn:Canary-4711&code=x", 404),
        (f"R4/CodeSystem/$lookup?system={SITE}&code=Canary-4711", 404),
        (f"R4/CodeSystem/$lookup?system={SITE}&version=Canary-4711&code=liver", 404),
        ("R4/CodeSystem/$lookup?code=Canary-4711", 400),
        (f"R4/CodeSystem/$lookup?system={SITE}", 400),
        (f"R4/CodeSystem/$lookup?system={SITE}&code=liver&code=spleen", 400),
        (f"R4/CodeSystem/$lookup?system={SITE}&code=liver&Canary-4711=1", 400),
        (f"R4/CodeSystem/$lookup?system={SITE}&coding=Canary-4711", 400),
        ("R4/ValueSet/$expand", 400),
        ("R4/ValueSet/$expand?url=urn:Canary-4711", 404),
        ("R4/ValueSet/site/$expand?count=Canary-4711", 400),
        ("R4/ValueSet/site/$expand?count=-1", 400),
        ("R4/ValueSet/site/$expand?activeOnly=Canary-4711", 400),
        ("R4/ValueSet/site/$expand?filter=", 400),
        ("R4/ValueSet/site/$validate-code?code=Canary-4711", 400),
        (f"R4/CodeSystem/$subsumes?system={SITE}&codeA=liver", 400),
        (f"R4/CodeSystem/$subsumes?system={SITE}&codeA=liver&codeB=Canary-4711", 404),
        ("R4/ConceptMap/$translate?code=Canary-4711", 400),
        ("R5/ConceptMap/$translate?code=Canary-4711", 400),
        ("R4/ConceptMap/Canary-4711/$translate?code=x&system=urn:x", 404),
        ("R4/" + "/".join("x" * 50), 404),
        ("R4/%2e%2e/%2e%2e/etc/passwd", 404),
        ("R4/ValueSet?" + "&".join(f"_id={n}" for n in range(100)), 400),
    ],
)
def test_what_is_not_there_or_cannot_be_read(path: str, status: int) -> None:
    base = service().base.removesuffix("/fhir") if not path else ""
    answer = ask(path, base=base)
    refused(answer, status)
    assert CANARY.encode() not in answer.body
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["Observation?code=x", "Patient?name=Canary-4711", "Patient", "Patient/_search"])
def test_a_type_that_is_read_by_id_only_says_so(path: str) -> None:
    issue = refused(ask(f"R4/{path}"), 404)
    type_ = path.partition("?")[0].partition("/")[0]
    assert issue["code"] == "not-supported"
    assert issue["diagnostics"] == f"{type_} is read by id only, it is not searched for; accepted is GET {type_}/ID"
    assert "nothing here" in refused(ask("R4/Canary-4711"), 404)["diagnostics"]


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"Accept": "application/fhir+xml"}, "", 406),
        ({"Accept": "application/fhir+turtle"}, "", 406),
        ({"Accept": "text/html"}, "", 406),
        ({"Accept": "application/fhir+json; fhirVersion=5.0"}, "", 406),
        ({"Accept": "application/fhir+json;q=0"}, "", 406),
        ({"Accept": "application/fhir+json;q=0, */*"}, "", 406),
        ({"Accept": "application/fhir+json;q=0, application/json"}, "", 200),
        ({}, "?_format=xml", 406),
        ({}, "?_format=application/fhir+xml", 406),
        ({"Accept": "application/fhir+json"}, "?_format=ttl", 406),
        ({"Accept": "application/fhir+xml, application/fhir+json;q=0.5"}, "", 200),
        ({"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, "", 200),
        ({"Accept": 'application/fhir+json; fhirVersion="4.0"'}, "", 200),
        ({"Accept": "application/json"}, "", 200),
        ({"Accept": "application/fhir+xml"}, "?_format=json", 200),
        ({}, "?_format=application/fhir%2Bjson", 200),
        ({}, "?_format=application/fhir+json", 200),
    ],
)
def test_answers_are_fhir_json_of_the_release_only(headers: dict[str, str], query: str, status: int) -> None:
    for path in ("R4/metadata", "R4/DiagnosticReport", "R4/nothing-here"):
        answer = ask(f"{path}{query}", headers=headers)
        assert answer.status == (404 if status == 200 and "nothing" in path else status)
        assert answer.headers["content-type"] == "application/fhir+json; fhirVersion=4.0"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/fhir+xml", 415),
        ("text/plain", 415),
        ("", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/fhir+json; fhirVersion=5.0", 415),
        ("application/fhir+json; fhirVersion=4.0", 200),
        ("application/json; charset=utf-8", 200),
    ],
)
def test_bodies_are_fhir_json_of_the_release_only(kind: str, status: int) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "filter", "valueString": "liver"}]}
    assert ask("R4/ValueSet/site/$expand", "POST", body, {"Content-Type": kind}).status == status


def test_other_bodies() -> None:
    form = ask("R4/DiagnosticReport/_search", "POST", b"{}", {"Content-Type": FHIR_JSON})
    assert refused(form, 415)["code"] == "not-supported"
    packed = ask("R4/ValueSet/site/$expand", "POST", gzip.compress(b"{}"), {"Content-Encoding": "gzip"})
    assert refused(packed, 415)["code"] == "not-supported"
    xml = ask("R4/Bundle/$validate", "POST", b"<Bundle xmlns='http://hl7.org/fhir'/>")
    assert "XML" in refused(xml, 400)["diagnostics"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"Canary-4711"',
        b'{"resourceType": "Parameters", "resourceType": "Parameters"}',
        b'{"resourceType": "Patient", "id": "Canary-4711"}',
        b'{"resourceType": "Parameters", "parameter": "Canary-4711"}',
        b'{"resourceType": "Parameters", "parameter": ["Canary-4711"]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "Canary-4711", "valueString": "x"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "filter"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "filter", "valueInteger": 4711}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "count", "valueInteger": -1}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "count", "valueInteger": 99999999999999999999}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "count", "valueDecimal": 1.5}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "activeOnly", "valueString": "true"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "filter", "valueString": NaN}]}',
        b"\xff\xfe",
        b'{"a":' * 5000,
    ],
)
def test_parameters_that_cannot_be_read(body: bytes) -> None:
    answer = ask("R4/ValueSet/site/$expand", "POST", body)
    refused(answer, 400)
    assert CANARY.encode() not in answer.body


@pytest.mark.parametrize("coding", [{}, {"code": 1}, {"code": ["liver"], "system": SITE}, {"system": SITE}])
def test_codings_that_cannot_be_read(coding: Json) -> None:
    for name, value in (
        ("coding", coding),
        ("codeableConcept", {"coding": [coding]}),
        ("codeableConcept", {"coding": 1}),
    ):
        body = {"resourceType": "Parameters", "parameter": [{"name": name, f"value{name[0].upper()}{name[1:]}": value}]}
        answer = ask("R4/ValueSet/site/$validate-code", "POST", body)
        refused(answer, 400)
        assert name in answer.body.decode(), "the answer names the parameter"


def _sent(path: str, size: int, *, chunked: bool) -> tuple[int, bytes]:
    """Send a body of ``size`` bytes in pieces and return status and answer."""
    parts = urlsplit(service().base)
    piece = b" " * 65536

    def pieces() -> Iterator[bytes]:
        for _ in range(size // len(piece)):
            yield piece

    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    headers = {"Content-Type": FHIR_JSON} | ({} if chunked else {"Content-Length": str(size)})
    connection.request("POST", f"{parts.path}/{path}", pieces(), headers, encode_chunked=chunked)
    response = connection.getresponse()
    content = response.status, response.read()
    connection.close()
    return content


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("path", ["R4/Bundle/$validate", "R4/ValueSet/site/$expand"])
def test_50_megabytes_are_refused_in_bounded_memory(path: str, *, chunked: bool) -> None:
    ask("R4/metadata")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, content = _sent(path, 50 * 2**20, chunked=chunked)
    assert (status, json.loads(content)["issue"][0]["code"]) == (413, "too-long")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 40 * 1024  # kilobytes


def test_a_caller_that_goes_in_the_middle_of_a_body_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    parts = urlsplit(service().base)
    head = f"POST {parts.path}/R4/DiagnosticReport/_search HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 9\r\n"
    with caplog.at_level(logging.INFO):
        with socket.create_connection((parts.hostname, parts.port)) as caller:
            caller.sendall(f"{head}Content-Type: {FORM['Content-Type']}\r\n\r\n_id".encode())
        for _ in range(1000):
            if caplog.records:
                break
            time.sleep(0.01)
    assert caplog.records
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("body", [b"patient.identifier=M%FCller", "patient.identifier=Müller".encode("latin-1")])
def test_a_search_by_post_that_is_not_utf_8_is_refused_and_finds_nobody_else(body: bytes) -> None:
    assert "UTF-8" in refused(ask("R4/DiagnosticReport/_search", "POST", body, FORM), 400)["diagnostics"]


@pytest.mark.parametrize(("form", "status"), [("_format=xml", 406), ("_format=json", 200)])
def test_a_search_by_post_may_name_its_format(form: str, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ask("R4/DiagnosticReport/_search", "POST", f"status=final&{form}".encode(), headers)
    assert answer.status == status


def test_a_search_by_post_has_a_limit_of_its_own() -> None:
    body = ("patient.identifier=" + "x" * 20_000).encode()
    assert refused(ask("R4/DiagnosticReport/_search", "POST", body, FORM), 413)["code"] == "too-long"


def test_validate_names_every_mistake_and_repeats_none() -> None:
    patient = {"resourceType": "Patient", "gender": CANARY, "birthDate": "2024-02-30", "nonsense": CANARY}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:x:1", "resource": patient}]}
    answer = ask("R4/Bundle/$validate", "POST", bundle)
    paths = {one["expression"][0] for one in answer.json["issue"]}
    assert {f"Bundle.entry[0].resource.{name}" for name in ("gender", "birthDate", "nonsense")} <= paths
    assert CANARY.encode() not in answer.body
    alone = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": bundle}]}
    assert ask("R4/Bundle/$validate", "POST", alone).json == answer.json
    assert refused(ask("R4/Bundle/$validate", "POST", patient), 400)["code"] == "invalid"
    right = {
        **bundle,
        "entry": [
            {
                "fullUrl": "urn:uuid:1f0cd1b2-ca92-4b04-8d4c-2a6b0e6e3f6e",
                "resource": {"resourceType": "Patient", "gender": "other"},
            }
        ],
    }
    assert [one["severity"] for one in ask("R5/Bundle/$validate", "POST", right).json["issue"]] == ["information"]


def test_references_in_a_circle_are_no_trouble() -> None:
    names = [f"urn:uuid:00000000-0000-4000-8000-00000000000{n}" for n in range(3)]
    entries = [
        {
            "fullUrl": name,
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": "x"},
                "hasMember": [{"reference": names[(place + 1) % 3]}],
            },
        }
        for place, name in enumerate(names)
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert ask("R4/Bundle/$validate", "POST", bundle).status == 200
