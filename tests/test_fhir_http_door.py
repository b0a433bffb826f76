"""Who may ask over HTTP, and what goes with every answer: hosts, tokens, links, headers, the log."""

from __future__ import annotations

import gzip
import logging
import socket
from urllib.parse import urlsplit

import pytest

from emh_report.errors import DamagedError, StoreUnavailableError
from emh_report.fhir_http.access import Access
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.server import Options, running
from emh_report.store import Store
from tests.case_files import catalog
from tests.fhir_service import ask, refused, report, service

CANARY = "Canary-4711"
FHIR_JSON = "application/fhir+json"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "OPTIONS"])
def test_nothing_can_be_changed(method: str) -> None:
    answer = ask(f"R4/DiagnosticReport/{report()}", method, {"resourceType": "DiagnosticReport"})
    assert refused(answer, 405)["code"] == "not-supported"
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("path", "accepted"),
    [("R4/Observation", "GET Observation/ID"), ("R5/Patient", "GET Patient/ID"), ("R4/", "metadata")],
)
def test_what_no_method_is_for_says_so(path: str, accepted: str) -> None:
    """A type that is read by id only, and the base, where others take transactions: there, and nothing can be done."""
    for method in ("POST", "PUT", "DELETE"):
        answer = ask(path, method, {"resourceType": "Bundle", "type": "transaction"})
        issue = refused(answer, 405)
        assert (issue["code"], accepted in issue["diagnostics"]) == ("not-supported", True)
        assert answer.headers["allow"] == "", "no method (RFC 9110, section 10.2.1)"
        assert refused(ask(path), 404)
    assert refused(ask("R4/Nothing", "POST", {}), 404)["code"] == "not-found"


def test_a_name_that_is_not_ours_is_refused() -> None:
    """A page elsewhere may lead a browser here under a name of its own (DNS rebinding)."""
    assert refused(ask("R4/DiagnosticReport", headers={"Host": "evil.test"}), 400)["code"] == "security"
    access = Access(["localhost", "::1", "fhir.hospital.test"])
    for host in ("localhost", "localhost:8081", "[::1]:8081", "[::1]", "FHIR.hospital.test:443"):
        access.check_host(host)
    for host in ("", "evil.test", "localhost.evil.test", "evil.test:localhost"):
        with pytest.raises(RefusedError):
            access.check_host(host)


def test_tokens_where_there_are_any() -> None:
    token = "t" * 32
    with running(catalog(), "127.0.0.1:0", service().store, Options(tokens=["x" * 40, token])) as base:
        assert "bearer" in ask("R4/metadata", base=base).json["rest"][0]["security"]["description"]
        for given in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {token}"},
            {"Authorization": token},
        ):
            answer = ask("R4/DiagnosticReport", headers=given, base=base)
            assert refused(answer, 401)["code"] == "login"
            assert answer.headers["www-authenticate"].startswith("Bearer")
        for given in ({"Authorization": f"Bearer {token}"}, {"Authorization": f"bearer {'x' * 40}"}):
            assert ask("R4/DiagnosticReport", headers=given, base=base).status == 200


def test_behind_a_proxy_links_have_the_address_from_outside() -> None:
    outside = "https://fhir.hospital.test/emh"
    with running(catalog(), "127.0.0.1:0", service().store, Options(address=outside)) as base:
        answer = ask("R4/Questionnaire?_count=1", headers={"Host": "fhir.hospital.test"}, base=base).json
        assert {one["url"].startswith(f"{outside}/fhir/R4/Questionnaire?") for one in answer["link"]} == {True}
        assert answer["entry"][0]["fullUrl"].startswith(f"{outside}/fhir/R4/Questionnaire/")


def test_head_etag_gzip_and_last_modified() -> None:
    path = f"R4/DiagnosticReport/{report()}"
    whole = ask(path)
    head = ask(path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert whole.headers["last-modified"].endswith("GMT")
    same = ask(path, headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status, same.body) == (304, b"")
    assert ask(path, headers={"If-None-Match": "*"}).status == 304
    assert ask(path, headers={"If-None-Match": 'W/"99"'}).status == 200
    assert ask(path, headers={"If-None-Match": 'W/"9"'}).status == 200
    packed = ask(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == whole.body
    published = ask("R4/CodeSystem/site")
    assert ask("R4/CodeSystem/site", headers={"If-None-Match": published.headers["etag"]}).status == 304
    assert published.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("search", ["patient.identifier=none", "_count=0"])
def test_no_copy_is_kept_of_a_search_for_reports_without_a_match(search: str) -> None:
    answer = ask(f"R4/DiagnosticReport?{search}")
    assert (answer.status, "entry" in answer.json, answer.headers["cache-control"]) == (200, False, "no-store")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreUnavailableError(CANARY), 503, "transient"),
        (DamagedError(CANARY), 500, "exception"),
        (RuntimeError(CANARY), 500, "exception"),
    ],
)
def test_trouble_with_the_store_says_nothing_of_what_is_in_it(
    error: Exception, status: int, code: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Store, "versions_of", broken)
    with caplog.at_level(logging.INFO):
        answer = ask(f"R4/DiagnosticReport/{report()}")
    assert refused(answer, status)["code"] == code
    assert CANARY.encode() not in answer.body
    assert CANARY not in caplog.text


def test_the_log_says_what_kind_of_thing_was_asked_and_not_whose(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ask(f"R4/DiagnosticReport?patient.identifier={CANARY}")
        ask(f"R4/Patient/{CANARY}")
    lines = [record.getMessage() for record in caplog.records if record.name == "emh_report.fhir_http.app"]
    assert lines == ["GET search-type DiagnosticReport: 200", "GET read Patient: 404"]
    # the log of addresses goes nowhere, unless somebody attaches a handler to it, as caplog does
    assert not logging.getLogger("uvicorn.access").propagate
    assert [one for one in caplog.records if CANARY in one.getMessage() and one.name != "uvicorn.access"] == []


def test_a_client_that_goes_away_breaks_nothing() -> None:
    parts = urlsplit(service().base)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        head = f"POST {parts.path}/R4/Bundle/$validate HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        connection.sendall(f"{head}Content-Type: {FHIR_JSON}\r\nContent-Length: 1000\r\n\r\n{{".encode())
    assert ask("R4/metadata").status == 200
