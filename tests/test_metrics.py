"""What the service counts: calls, requests and deliveries, read as Prometheus reads them, and never whose they are."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from emh_report.cli.exits import Exit
from emh_report.client import Client, InvalidInputError, NotSignedInError, secured
from emh_report.fhir_http.server import Options
from emh_report.fhir_http.server import running as fhir
from emh_report.grpc_server.run import running
from emh_report.http_server import serving
from emh_report.lifecycle import Action
from emh_report.metrics import OTHER, Counts, Metrics
from tests.case_files import catalog
from tests.cli_program import run
from tests.conftest import ROOT
from tests.locks import locked
from tests.store_reports import ATTENDING, act, complete, created, fresh

PROGRAM = Path(sys.executable).with_name("emh-report")
Found = dict[tuple[str, ...], float]


def nothing() -> Counts:
    """Deliver nothing."""
    return ()


def read(place: str, authority: Path | None = None) -> tuple[str, dict[str, Found]]:
    """Return what is shown, and each sample by name and the values of its labels in the order of their names."""
    trusted = ssl.create_default_context(cafile=str(authority)) if authority else None
    with urllib.request.urlopen(f"{place}/metrics", timeout=30, context=trusted) as answer:  # noqa: S310 - our own address
        text = answer.read().decode()
    found: dict[str, Found] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(sample.labels[name] for name in sorted(sample.labels))
            found.setdefault(sample.name, {})[labels] = sample.value
    return text, found


def calls(place: str, expected: Found) -> Found:
    """Return the calls that are shown once they are the expected ones: an abort is counted just after it was sent."""
    for _ in range(100):
        if (found := read(place)[1].get("rpc_server_call_duration_seconds_count", {})) == expected:
            break
        time.sleep(0.05)
    return found


def ask(url: str, method: str = "GET") -> None:
    """Send a request and read the whole answer: it is counted when its end is sent."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - our own address
    try:
        answer = urllib.request.urlopen(request, timeout=30)  # noqa: S310 - as above
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        answer.read()


@contextlib.contextmanager
def shown(metrics: Metrics) -> Iterator[str]:
    """Serve metrics; gives the address."""
    with serving(metrics.application(nothing), "127.0.0.1:0", "metrics") as place:
        yield place


def test_calls_are_counted_by_method_and_status(tmp_path: Path) -> None:
    metrics = Metrics()
    service = "emh_report.v1"
    counted: Found = {
        (f"{service}.ReportService/ValidateReport", "OK", "grpc"): 3,
        (f"{service}.TemplateService/ListTemplates", "OK", "grpc"): 1,
        (f"{service}.StoredReportService/CreateReport", "OK", "grpc"): 1,
        (f"{service}.VocabularyService/SearchTerms", "INVALID_ARGUMENT", "grpc"): 1,
    }
    with (
        fresh(tmp_path) as store,
        running(catalog(), store=store, metrics=metrics) as address,
        shown(metrics) as place,
        Client(address) as ris,
    ):
        draft, context = complete()
        for _ in range(3):
            ris.validate(draft, context)
        ris.templates()
        ris.stored.create(draft, context, ATTENDING)
        with pytest.raises(InvalidInputError):
            ris.search("\u202e")
        assert calls(place, counted) == counted
        text, found = read(place)
    patient = context.patient
    for canary in (patient.family, patient.identifiers[0].value, context.orders[0].accession.value, "\u202e"):
        assert canary
        assert canary not in text
    assert found["process_cpu_seconds_total"][()] > 0
    assert found["emh_report_store_up"] == {(): 1}


def test_calls_that_are_refused_are_counted_too(tmp_path: Path) -> None:
    security, authority = locked(tmp_path)
    metrics = Metrics()
    counted: Found = {
        ("emh_report.v1.TemplateService/ListTemplates", "UNAUTHENTICATED", "grpc"): 1,
        ("emh_report.v1.ReportService/StreamExportReport", "UNAUTHENTICATED", "grpc"): 1,
    }
    with running(catalog(), security=security, metrics=metrics) as address, shown(metrics) as place:
        stranger = secured(authorities=authority.file.read_bytes())
        with Client(address, credentials=stranger) as nobody, pytest.raises(NotSignedInError):
            nobody.templates()
        with Client(address, credentials=stranger) as nobody, pytest.raises(NotSignedInError):
            nobody.export(*complete())  # a stream
        assert calls(place, counted) == counted


def test_requests_are_counted_by_form_of_address(tmp_path: Path) -> None:
    metrics = Metrics()
    with (
        fresh(tmp_path) as store,
        fhir(catalog(), "127.0.0.1:0", store, Options(metrics=metrics)) as base,
        shown(metrics) as place,
    ):
        report_id = created(store, *complete())
        act(store, report_id, Action.FINALIZE, ATTENDING)
        asked = ("R4/DiagnosticReport?patient=x%7CCANARY", f"R4/DiagnosticReport/{report_id}", "R4/CANARY/1", "nowhere")
        for path in (*asked, "R5/ValueSet/site/$expand?filter=CANARY"):
            ask(f"{base}/{path}")
        text, found = read(place)
    counted = found["http_server_request_duration_seconds_count"]
    assert ("GET", "200", "FHIR search-type DiagnosticReport") in counted
    assert ("GET", "200", "FHIR operation ValueSet $expand") in counted
    assert ("GET", "200", "FHIR read DiagnosticReport") in counted
    assert ("GET", "404", "/fhir/R4/{path}") in counted
    assert ("GET", "404", OTHER) in counted
    assert "CANARY" not in text
    assert report_id not in text


def test_a_form_page_is_counted_by_its_route_and_not_by_its_report() -> None:
    def page(_: object) -> PlainTextResponse:
        return PlainTextResponse("x")

    below = Starlette(routes=[Route("/{path:path}", page)])
    application = Starlette(routes=[Route("/report/{report_id}/sign", page), Mount("/static/abc", below)])
    metrics = Metrics()
    with serving(application, "127.0.0.1:0", "form", metrics=metrics) as form, shown(metrics) as place:
        for path in ("/report/R-1/sign", "/report/R-2/sign", "/static/abc/a/form.js", "/R-3"):
            ask(f"{form}{path}")
        ask(f"{form}/report/R-1/sign", "BREW")
        text, found = read(place)
    counted = found["http_server_request_duration_seconds_count"]
    assert counted[("GET", "200", "/report/{report_id}/sign")] == 2
    assert counted[("GET", "200", "/static/abc/{path}")] == 1
    assert counted[("GET", "404", OTHER)] == 1
    assert sum(count for (method, _, _), count in counted.items() if method == OTHER) == 1
    assert "R-" not in text


def test_deliveries_and_a_store_that_does_not_answer() -> None:
    answers: list[Counts] = [[("archive", "pending", 3), ("archive", "refused", 1)]]

    def deliveries() -> Counts:
        return answers.pop()  # IndexError the second time, as any trouble of the store

    metrics = Metrics()
    with serving(metrics.application(deliveries), "127.0.0.1:0", "metrics") as place:
        found = read(place)[1]
        assert found["emh_report_deliveries"] == {("archive", "pending"): 3, ("archive", "refused"): 1}
        again = read(place)[1]
        assert again["emh_report_store_up"] == {(): 0}
        assert "emh_report_deliveries" not in again
        assert "emh_report_build_info" in again


@pytest.mark.parametrize("workers", ["1", "2"])
def test_processes_of_one_service_count_together(tmp_path: Path, workers: str) -> None:
    doors = ["--address", "127.0.0.1:0", "--web", "127.0.0.1:0", "--fhir", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]
    store = f"sqlite:///{tmp_path / 'reports.db'}"
    command = [str(PROGRAM), "serve", *doors, "--workers", workers, "--store", store, "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            event = json.loads(process.stdout.readline())
            for _ in range(20):  # connections of their own, so that each process gets some
                with Client(event["addresses"][0]) as ris:
                    ris.templates()
            ask(event["web"])
            found = read(event["metrics"])[1]
            called = found["rpc_server_call_duration_seconds_count"]
            assert called == {("emh_report.v1.TemplateService/ListTemplates", "OK", "grpc"): 20}
            assert found["http_server_request_duration_seconds_count"] == {("GET", "401", "/"): 1}
            assert found["emh_report_build_info"] == {("0.1.0",): 1}
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_an_address_that_cannot_be_listened_on() -> None:
    assert run("serve", "--metrics", "nowhere").exit_code == Exit.USAGE
