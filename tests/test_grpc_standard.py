"""What every gRPC service is expected to have: health, reflection, pages, graceful shutdown."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from hypothesis import given
from hypothesis import strategies as st

from emh_report import limits
from emh_report.context import ReportStatus
from emh_report.errors import InputError
from emh_report.grpc_server.paging import Pager
from emh_report.grpc_server.request_ids import RequestIds
from emh_report.grpc_server.run import GRACE_SECONDS
from emh_report.grpc_server.server import SERVICES
from emh_report.grpc_server.standing import Health
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import write_request
from emh_report.wire.statuses import RequestIdReusedError
from tests.case_files import catalog
from tests.drawing import draws
from tests.service import call, call_raw, channel, demo_request, in_state, refusal

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
PROGRAM = Path(sys.executable).with_name("emh-report")
SOON = 0.9 * GRACE_SECONDS
"""What is held up takes all of the grace."""


def test_health() -> None:
    health: Any = health_pb2_grpc.HealthStub(channel())
    for name in ("", *SERVICES):
        assert health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5).status == SERVING
    with pytest.raises(grpc.RpcError) as caught:
        health.Check(health_pb2.HealthCheckRequest(service="no.such.Service"), timeout=5)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    watch = health.Watch(health_pb2.HealthCheckRequest(service="no.such.Service"), timeout=5)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()


def test_reflection_describes_the_contract() -> None:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel())
    ask = reflection_pb2.ServerReflectionRequest
    listed = next(stub.ServerReflectionInfo(iter([ask(list_services="")]), timeout=5))
    names = {service.name for service in listed.list_services_response.service}
    assert names == {*SERVICES, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    found = next(stub.ServerReflectionInfo(iter([ask(file_containing_symbol=SERVICES[0])]), timeout=5))
    raw = found.file_descriptor_response.file_descriptor_proto[0]
    assert FileDescriptorProto.FromString(raw).package == "emh_report.v1"


# --- pages (AIP-158) ---

PAGER = Pager(catalog())


@draws(60)
@given(st.lists(st.integers(), max_size=30), st.integers(1, 12))
def test_pages_are_the_list(entries: list[int], size: int) -> None:
    seen: list[int] = []
    token = ""
    for _ in range(len(entries) + 1):
        page, token = PAGER.page(entries, size, token, "query")
        assert len(page) <= size
        seen += page
        if not token:
            break
    assert seen == entries
    assert not token


@given(st.text(max_size=40) | st.binary(max_size=30).map(bytes.hex))
def test_tokens_nobody_gave_out_are_refused(token: str) -> None:
    if token:
        with pytest.raises(InputError, match="page_token"):
            PAGER.page(range(10), 1, token, "query")


def test_a_token_is_good_for_its_query_and_catalog_only() -> None:
    token = PAGER.page(range(10), 1, "", "query", "a")[1]
    assert PAGER.page(range(10), 5, token, "query", "a")[0] == range(1, 6)
    with pytest.raises(InputError):
        PAGER.page(range(10), 1, token, "query", "b")
    other = replace(catalog(), newest={"emh-minimal": "1.2.0"})
    with pytest.raises(InputError):
        Pager(other).page(range(10), 1, token, "query", "a")


def test_page_sizes() -> None:
    assert len(PAGER.page(range(1_000), 0, "", "q")[0]) == limits.PAGE
    assert len(PAGER.page(range(1_000), 2**31 - 1, "", "q")[0]) == limits.MAX_PAGE
    code, fault = refusal("TemplateService/ListTemplates", pb.ListTemplatesRequest(page_size=-1))
    assert (code, fault.violations[0].path) == (grpc.StatusCode.INVALID_ARGUMENT, "page_size")


def test_pages_over_the_wire() -> None:
    first = call("VocabularyService/ListVocabularies", pb.ListVocabulariesRequest(page_size=7))
    again = pb.ListVocabulariesRequest(page_size=3, page_token=first.next_page_token)
    second = call("VocabularyService/ListVocabularies", again)
    assert [one.id for one in (*first.vocabularies, *second.vocabularies)] == sorted(catalog().vocabularies)[:10]
    request = pb.ListTemplatesRequest(page_token=first.next_page_token)
    code, fault = refusal("TemplateService/ListTemplates", request)
    assert (code, fault.violations[0].path) == (grpc.StatusCode.INVALID_ARGUMENT, "page_token")


# --- request ids (AIP-155) ---

EXPORT = "ReportService/ExportReport"
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def export_request(format_: int = pb.EXPORT_FORMAT_TEXT, request_id: str = "") -> pb.ExportReportRequest:
    both = demo_request()
    return pb.ExportReportRequest(draft=both.draft, context=both.context, format=format_, request_id=request_id)  # type: ignore[arg-type]


def test_a_replay_gets_the_same_bytes_and_another_content_is_refused() -> None:
    request_id = str(uuid.uuid4())
    first = call_raw(EXPORT, export_request(request_id=request_id).SerializeToString())
    again = call_raw(EXPORT, export_request(request_id=request_id.upper()).SerializeToString())
    assert first == again
    code, fault = refusal(EXPORT, export_request(pb.EXPORT_FORMAT_HTML, request_id))
    assert (code, fault.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


def test_an_id_that_is_not_a_uuid_is_refused() -> None:
    for request_id in ("1", "{" + str(uuid.uuid4()) + "}", str(uuid.uuid4()).replace("-", ""), "g" * 36):
        code, fault = refusal(EXPORT, export_request(request_id=request_id))
        assert (code, fault.violations[0].path) == (INVALID, "request_id")


def test_a_refused_request_does_not_use_up_its_id() -> None:
    request_id = str(uuid.uuid4())
    both = write_request(*in_state(ReportStatus.FINAL))
    request = pb.ExportReportRequest(draft=both.draft, context=both.context, format=2, request_id=request_id)  # type: ignore[arg-type]
    assert refusal(EXPORT, request)[0] is INVALID
    assert call(EXPORT, export_request(request_id=request_id)).content


def test_request_ids_are_forgotten_in_order() -> None:
    ids = RequestIds(size=2)
    names = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
    for name in names:
        ids.remember(name, ids.check(name, b"a", b"bc"))
    ids.check(names[0], b"other")
    ids.check(names[2], b"a", b"bc")
    with pytest.raises(RequestIdReusedError):
        ids.check(names[2], b"ab", b"c")


# --- the process ---


@contextlib.contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the program; gives the process and where it listens."""
    command = [str(PROGRAM), "serve", "--json", "--address", "localhost:0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())["addresses"]
        finally:
            process.kill()


def list_templates(address: str) -> int:
    with grpc.insecure_channel(address) as opened:
        unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = opened.unary_unary(
            "/emh_report.v1.TemplateService/ListTemplates"
        )
        return len(pb.ListTemplatesResponse.FromString(unary(b"", timeout=10)).templates)


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one", "workers"])
def test_the_program_serves_until_it_is_told_to_stop(options: tuple[str, ...]) -> None:
    with served(*options) as (process, addresses):
        assert [list_templates(address) for address in addresses] == [len(catalog().templates)] * len(addresses)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_health_says_not_serving_before_the_end() -> None:
    with served() as (process, addresses), grpc.insecure_channel(addresses[0]) as opened:
        health: Any = health_pb2_grpc.HealthStub(opened)
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=30)
        assert next(watch).status == SERVING
        process.send_signal(signal.SIGTERM)
        assert next(watch).status == NOT_SERVING
        start = time.monotonic()
        with pytest.raises(grpc.RpcError) as raised:
            next(watch)
        assert process.wait(20) == 0
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert time.monotonic() - start < SOON


class EndedError(Exception):
    """Raised in place of the end of a call."""


async def watched(*, stops_before: bool) -> list[int]:
    """Return what a watch is told of a server that stops before or while the first state is sent."""

    class Context:
        async def abort(self, *_: object) -> None:
            raise EndedError

    stopping = asyncio.Event()
    told = []
    if stops_before:
        stopping.set()
    context: Any = Context()
    with contextlib.suppress(EndedError):
        async for answer in Health((), stopping).Watch(health_pb2.HealthCheckRequest(), context):
            told.append(answer.status)
            stopping.set()
    return told


def test_a_watch_that_has_just_begun_is_told_not_serving_once() -> None:
    assert asyncio.run(watched(stops_before=False)) == [SERVING, NOT_SERVING]
    assert asyncio.run(watched(stops_before=True)) == [NOT_SERVING]


@pytest.mark.parametrize("service", ["", "no.such.Service"])
def test_an_open_watch_does_not_hold_up_the_end(service: str) -> None:
    with served() as (process, addresses), grpc.insecure_channel(addresses[0]) as opened:
        health: Any = health_pb2_grpc.HealthStub(opened)
        watch = health.Watch(health_pb2.HealthCheckRequest(service=service), timeout=30)
        known = next(watch).status
        assert known == (SERVING if not service else health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert time.monotonic() - start < SOON


def test_an_open_reflection_does_not_hold_up_the_end() -> None:
    with served() as (process, addresses), grpc.insecure_channel(addresses[0]) as opened:
        told = threading.Event()

        def requests() -> Iterator[reflection_pb2.ServerReflectionRequest]:
            yield reflection_pb2.ServerReflectionRequest(list_services="")
            told.wait(30)

        stub: Any = reflection_pb2_grpc.ServerReflectionStub(opened)
        answers = stub.ServerReflectionInfo(requests(), timeout=30)
        assert next(answers).list_services_response.service
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert list(answers) == []
        told.set()
        assert process.wait(20) == 0
        assert time.monotonic() - start < SOON


def test_a_port_that_is_taken_is_an_error() -> None:
    with served() as (_, addresses):
        port = addresses[0].rpartition(":")[2]
        for options in ((), ("--workers", "2")):
            command = [PROGRAM, "serve", "--address", f"localhost:{port}", *options]
            second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
            assert second.returncode == 5
            assert "cannot listen on" in second.stderr
