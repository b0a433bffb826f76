"""The Python clients against the running service, and against servers that fail."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from concurrent import futures
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import grpc
import pytest

from emh_report import demo, limits, pipeline
from emh_report.client import (
    SERVICE_CONFIG,
    AsyncClient,
    Client,
    ClientError,
    DeadlineError,
    InvalidInputError,
    NotInstalledError,
    ReportRejectedError,
    ServerError,
    TooLargeError,
    UnavailableError,
)
from emh_report.client.errors import CLASSES
from emh_report.context import ReportStatus
from emh_report.draft import Group, Item, Text
from emh_report.errors import EmhReportError, InputError
from emh_report.export import Format
from emh_report.grpc_server.methods import Methods
from emh_report.intake.imports import Imported
from emh_report.v1 import service_pb2 as pb
from tests.case_files import catalog
from tests.paper import possible
from tests.service import address, in_state
from tests.store_reports import fresh

DRAFT, CONTEXT = demo.read_case()
FINAL = in_state(ReportStatus.FINAL)


def test_catalog() -> None:
    with Client(address()) as client:
        assert [template.id for template in client.templates()] == sorted(catalog().newest)
        assert "emh-mri-spine" in [template.id for template in client.templates("MR")]
        assert client.template("emh-minimal").summary.version == "1.2.0"
        assert len(client.vocabularies()) == len(catalog().vocabularies) > limits.PAGE
        assert [term.code for term in client.vocabulary("site").terms] == list(catalog().vocabularies["site"].terms)
        assert len(client.search("cord", limit=3)) == 3


def test_reports() -> None:
    with Client(address()) as client:
        assert client.validate(DRAFT, CONTEXT) == pipeline.validate(catalog(), DRAFT, CONTEXT)
        narrative, _, verdict = pipeline.render(catalog(), DRAFT, CONTEXT)
        assert client.render(DRAFT, CONTEXT) == (narrative.text, "", verdict)
        assert client.render(DRAFT, CONTEXT, html=True).narrative == narrative.html
        for format_ in possible():
            assert client.export(DRAFT, CONTEXT, format_) == export(format_)


def test_a_format_that_there_is_none_of_is_refused_with_those_there_are() -> None:
    with Client(address()) as client, pytest.raises(InputError, match=r"^format: accepted are fhir-r4-transaction, "):
        client.export(DRAFT, CONTEXT, cast("Format", "bogus"))


def test_the_way_back() -> None:
    content = export(Format.FHIR_R4_TRANSACTION)
    broken = content.replace(b'"preliminary"', b'"finished"')
    for bundle in (content, b"\xef\xbb\xbf" + content, broken):
        expected = pipeline.import_report(catalog(), bundle)
        with Client(address()) as client:
            assert client.import_report(bundle) == expected
        assert asyncio.run(import_asynchronously(bundle)) == expected
    assert expected.draft is None
    with Client(address()) as client:
        with pytest.raises(InvalidInputError, match="XML"):
            client.import_report(b"<Bundle/>")
        with pytest.raises(InputError, match="UTF-8"):
            client.import_report(b"\xff")
        with pytest.raises(TooLargeError):
            client.import_report(content.ljust(limits.MESSAGE_BYTES + 1))


async def import_asynchronously(content: bytes) -> Imported:
    async with AsyncClient(address()) as client:
        return await client.import_report(content)


def export(format_: Format) -> bytes:
    return pipeline.export_report(catalog(), DRAFT, CONTEXT, format_)[0].content


def test_the_asynchronous_client_does_the_same() -> None:
    async def use() -> None:
        async with AsyncClient(address()) as client:
            assert [template.id for template in await client.templates()] == sorted(catalog().newest)
            assert (await client.template("emh-minimal")).summary.version == "1.2.0"
            assert len(await client.vocabularies()) == len(catalog().vocabularies)
            assert (await client.vocabulary("site")).summary.id == "site"
            assert len(await client.search("cord", limit=3)) == 3
            assert await client.validate(DRAFT, CONTEXT) == pipeline.validate(catalog(), DRAFT, CONTEXT)
            assert (await client.render(DRAFT, CONTEXT)).narrative.startswith("EXTRAMEDULLARY")
            assert await client.export(DRAFT, CONTEXT) == export(Format.FHIR_R4_TRANSACTION)
            with pytest.raises(NotInstalledError):
                await client.template("none")
            for call in (client.export, client.render):
                with pytest.raises(ReportRejectedError) as caught:
                    await call(*FINAL)
                assert caught.value.issues == pipeline.validate(catalog(), *FINAL).issues

    asyncio.run(use())


def test_a_rejected_report_carries_every_issue() -> None:
    with Client(address()) as client:
        for call in (client.export, client.render):
            with pytest.raises(ReportRejectedError) as caught:
                call(*FINAL)
            assert caught.value.issues == pipeline.validate(catalog(), *FINAL).issues
            assert int(caught.value.metadata["violations"]) == len(caught.value.issues)
            first = caught.value.issues[0]
            assert str(caught.value).endswith(f"first: {first.where.path}: {first.message}")


def test_issues_that_only_an_export_has_are_carried_too() -> None:
    with Client(address()) as client, pytest.raises(ReportRejectedError) as caught:
        client.export(*in_state(ReportStatus.DRAFT))
    assert "not-released" in [issue.rule_id for issue in caught.value.issues]


def test_errors_say_what_the_caller_can_do() -> None:
    with Client(address()) as client:
        with pytest.raises(NotInstalledError, match="did you mean emh-ct-body"):
            client.template("emh-ct-bdy")
        with pytest.raises(InvalidInputError) as caught:
            client.validate(remark("a\u202eb"), CONTEXT)
        assert caught.value.violations[0].path == f"draft.groups[{len(DRAFT.groups)}].items[0].text"
        with pytest.raises(TooLargeError, match="20001 characters"):
            client.validate(remark("x" * 20_001), CONTEXT)
        with pytest.raises(InputError):
            client.validate(remark("\ud800"), CONTEXT)


def remark(text: str) -> Any:  # noqa: ANN401 - a draft; its type adds nothing here
    return DRAFT._replace(groups=(*DRAFT.groups, Group("finding", "z", (Item("remark", Text(text)),))))


def test_a_deadline() -> None:
    answer = Failing(delay=1)
    with serving(answer) as where, Client(where, timeout=0.1) as client, pytest.raises(DeadlineError):
        client.templates()


def test_no_server() -> None:
    with Client("127.0.0.1:1", timeout=5) as client, pytest.raises(UnavailableError) as caught:
        client.templates()
    assert caught.value.code == "UNAVAILABLE"


def test_every_class_is_a_client_error() -> None:
    for kind in CLASSES.values():
        assert issubclass(kind, ClientError)
    assert issubclass(ClientError, EmhReportError)


# --- servers that fail ---


class Failing:
    """Answers ListTemplates with the given codes in turn, then with one template; its ``id`` may be a long one."""

    def __init__(self, *codes: grpc.StatusCode, delay: float = 0, id_: str = "only") -> None:
        self.codes = list(codes)
        self.delay = delay
        self.id = id_
        self.calls = 0

    def __call__(self, _: bytes, context: grpc.ServicerContext) -> bytes:
        self.calls += 1
        time.sleep(self.delay)
        if self.codes:
            context.abort(self.codes.pop(0), "on purpose")
        return pb.ListTemplatesResponse(templates=[{"id": self.id}]).SerializeToString()  # type: ignore[list-item]


@contextlib.contextmanager
def serving(answer: Failing) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(answer)
    handlers = grpc.method_handlers_generic_handler("emh_report.v1.TemplateService", {"ListTemplates": handler})
    server.add_generic_rpc_handlers((handlers,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def test_a_server_that_is_unavailable_for_a_moment_is_tried_again() -> None:
    answer = Failing(*[grpc.StatusCode.UNAVAILABLE] * 3)
    with serving(answer) as where, Client(where) as client:
        assert [template.id for template in client.templates()] == ["only"]
    assert answer.calls == 4


@pytest.mark.parametrize(
    ("code", "kind", "calls"),
    [
        (grpc.StatusCode.UNAVAILABLE, UnavailableError, 4),
        (grpc.StatusCode.CANCELLED, UnavailableError, 4),  # what waits when a server stops
        (grpc.StatusCode.INTERNAL, ServerError, 1),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, TooLargeError, 1),
        (grpc.StatusCode.UNIMPLEMENTED, ClientError, 1),
    ],
)
def test_only_what_a_server_did_not_answer_is_tried_again(
    code: grpc.StatusCode, kind: type[ClientError], calls: int
) -> None:
    answer = Failing(*[code] * 9)
    with serving(answer) as where, Client(where) as client, pytest.raises(kind) as caught:
        client.templates()
    assert answer.calls == calls
    assert (type(caught.value), caught.value.code, str(caught.value)) == (kind, code.name, "on purpose")


def test_the_service_config_names_every_service(tmp_path: Path) -> None:
    config = json.loads(SERVICE_CONFIG)["methodConfig"][0]
    with fresh(tmp_path) as store:
        there = {f"emh_report.v1.{name}" for name in Methods(catalog(), store=store).table}
    assert {name["service"] for name in config["name"]} == there
    assert config["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE", "CANCELLED"]
    assert config["retryPolicy"]["maxAttempts"] <= 5


def test_a_context_may_be_changed_between_calls() -> None:
    with Client(address()) as client:
        first = client.export(DRAFT, CONTEXT, Format.TEXT)
        other = replace(CONTEXT, report=replace(CONTEXT.report, version=2))
        assert client.export(DRAFT, other, Format.TEXT) != first
        assert client.export(DRAFT, CONTEXT, Format.TEXT) == first
