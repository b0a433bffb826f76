"""For whom a program calls, as it says: over gRPC, over HTTP and in its token; refused where it is no identifier."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest

from emh_report.client import AsyncClient, Client, ClientError
from emh_report.context import Identifier
from emh_report.errors import InputError
from emh_report.fhir_http.server import running as fhir
from emh_report.grpc_server.run import running
from emh_report.program import HEADER, NOBODY, ON_BEHALF_OF, said_for, say_for_whom
from emh_report.store import Store
from emh_report.v1 import stored_report_pb2, stored_report_pb2_grpc
from tests.case_files import catalog
from tests.fhir_service import ask, refused
from tests.locks import ISSUER, locked, token
from tests.program import RIS
from tests.store_reports import ATTENDING, complete, signed
from tests.test_access import client
from tests.test_store_reads import audited, reads

__all__ = ["audited"]

SAYS = "https://fhir.hospital.test/staff|S-7"
PERSON = Identifier("https://fhir.hospital.test/staff", "S-7")


def test_a_program_says_for_whom_it_asks(audited: Store, tmp_path: Path) -> None:
    """In metadata or a header, or in its token, which counts first; the same of what it writes."""
    security, authority = locked(tmp_path)
    report_id = signed(audited)
    wanted = stored_report_pb2.GetReportRequest(report_id=report_id)
    with running(catalog(), store=audited) as address, grpc.insecure_channel(address) as channel:
        stub = stored_report_pb2_grpc.StoredReportServiceStub(channel)
        stub.GetReport(wanted, metadata=((HEADER, SAYS),))
        stub.GetReport(wanted, metadata=((HEADER, "S-8"),))
        stub.GetReport(wanted)
    with fhir(catalog(), "127.0.0.1:0", audited) as base:
        ask(f"R4/DiagnosticReport/{report_id}", headers={"X-EMH-On-Behalf-Of": SAYS}, base=base)
        ask(f"R4/DiagnosticReport?_id={report_id}", base=base)
    with (
        running(catalog(), store=audited, security=security) as address,
        client(address, authority, token(fhirUser="Practitioner/S-9")) as ris,
    ):
        ris.stored.get(report_id)
        ris.stored.create(*complete(), ATTENDING)
    *_, created_ = audited.audit()
    by_token = Identifier(ISSUER, "Practitioner/S-9")
    found = [PERSON, Identifier("", "S-8"), NOBODY, PERSON, NOBODY, by_token]
    assert [entry.on_behalf_of for entry in reads(audited)] == found
    assert (created_.action, created_.program, created_.on_behalf_of) == ("create", RIS, by_token)
    assert audited.verify().damages == ()


@pytest.mark.parametrize("sent", [[""], [SAYS, SAYS], ["x" * 257], ["x" * 257 + "|S"], ["https://x.test|"]])
def test_for_whom_is_refused_where_it_is_no_identifier(audited: Store, sent: list[str]) -> None:
    report_id = signed(audited)
    wanted = stored_report_pb2.GetReportRequest(report_id=report_id)
    with running(catalog(), store=audited) as address, grpc.insecure_channel(address) as channel:
        stub = stored_report_pb2_grpc.StoredReportServiceStub(channel)
        with pytest.raises(grpc.RpcError, match="printable characters of ASCII") as error:
            stub.GetReport(wanted, metadata=tuple((HEADER, one) for one in sent))
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "xxx" not in str(error.value.details())
    if len(sent) == 1:
        with fhir(catalog(), "127.0.0.1:0", audited) as base:
            answer = ask(f"R4/DiagnosticReport/{report_id}", headers={HEADER: sent[0]}, base=base)
        assert refused(answer, 400)["expression"] == [HEADER]
    assert reads(audited) == []
    for unsafe in ("S\x7f", "S\u202e", "S\n", b"S"):
        with pytest.raises(InputError):
            say_for_whom([unsafe])


def test_the_client_says_for_whom_it_calls(audited: Store) -> None:
    """All of it, or what one block of calls does; on one connection, which only the client that made it closes."""
    report_id, (draft, context) = signed(audited), complete()
    colleague = Identifier("", "S-8")
    with running(catalog(), store=audited) as address, Client(address, on_behalf_of=PERSON, timeout=60) as ris:
        ris.stored.get(report_id)
        with ris.on_behalf_of(colleague) as other:
            other.stored.list()
            assert next(iter(other.stored.watch())).report_id == report_id
            other.priors.list(context)
            assert other.deliveries.peers() == ()
        ris.stored.get(report_id)
        with Client(address) as nobody:
            nobody.stored.get(report_id)
        other.stored.create(draft, context, ATTENDING)
    *_, created_ = audited.audit()
    found = [PERSON, colleague, colleague, colleague, PERSON, NOBODY]
    assert [entry.on_behalf_of for entry in reads(audited)] == found
    assert (created_.action, created_.on_behalf_of) == ("create", colleague)


def test_the_asynchronous_client_says_the_same(audited: Store) -> None:
    report_id, colleague = signed(audited), Identifier("", "S-8")

    async def use(address: str) -> None:
        async with AsyncClient(address, on_behalf_of=PERSON, timeout=60) as ris:
            await ris.stored.get(report_id)
            async with ris.on_behalf_of(colleague) as other:
                await other.stored.list()
                assert (await anext(other.stored.watch())).report_id == report_id
                await other.priors.list(complete()[1])
            await ris.stored.get(report_id)
            with pytest.raises(InputError, match="on_behalf_of"):
                ris.on_behalf_of(NOBODY)

    with running(catalog(), store=audited) as address:
        asyncio.run(use(address))
    assert [entry.on_behalf_of for entry in reads(audited)] == [PERSON, colleague, colleague, colleague, PERSON]


class Recording(grpc.GenericRpcHandler):
    """Notes what came with each call, and refuses it."""

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = {}

    def service(self, details: grpc.HandlerCallDetails) -> None:
        """Answer as a server that has no such method."""
        name = details.method.rpartition("/")[2]
        self.said[name] = [str(value) for key, value in details.invocation_metadata if key == HEADER]


def test_every_way_of_calling_says_it() -> None:
    """One response or a stream, stored or not, in both clients."""
    heard = Recording()
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[heard])
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    draft, context = complete()
    with Client(address, on_behalf_of=PERSON) as ris:
        for call in (
            ris.templates,
            lambda: ris.export(draft, context),
            lambda: ris.stored.get("x"),
            lambda: list(ris.stored.watch()),
            lambda: ris.priors.list(context),
            ris.deliveries.peers,
        ):
            with pytest.raises(ClientError, match="Method not found"):
                call()
    sent, heard.said = heard.said, {}

    async def use() -> None:
        async with AsyncClient(address, on_behalf_of=PERSON) as ris:
            watch = aiter(ris.stored.watch())
            for call in (
                ris.templates(),
                ris.export(draft, context),
                ris.stored.get("x"),
                anext(watch),
                ris.priors.list(context),
                ris.deliveries.peers(),
            ):
                with pytest.raises(ClientError, match="Method not found"):
                    await call

    asyncio.run(use())
    server.stop(None).wait()
    names = ("ListTemplates", "StreamExportReport", "GetReport", "WatchReports", "ListPriors", "ListPeers")
    assert sent == heard.said == {name: [SAYS] for name in names}


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "person",
    [
        NOBODY,
        Identifier("https://x.test"),
        Identifier("", "x" * 257),
        Identifier("x" * 257, "S-7"),
        Identifier("https://x.test", "Ä"),
        Identifier("https://x.test", "S\n"),
        Identifier("https://x.test", "S|7"),
        Identifier("", " S-7"),
        Identifier("https://x.test", "S-7 "),
        SAYS,
        None,
    ],
)
def test_what_is_no_identifier_is_refused_before_a_call(kind: type[Client | AsyncClient], person: Any) -> None:  # noqa: ANN401
    """What the service would refuse, and what would arrive as another identifier."""
    with pytest.raises(InputError, match=r"^on_behalf_of: an Identifier with a value") as error:
        said_for(person)
    assert "xxx" not in str(error.value)
    if person is not None:  # the client that calls for nobody
        with pytest.raises(InputError, match="on_behalf_of"):
            kind("127.0.0.1:1", on_behalf_of=person)


@pytest.mark.parametrize("person", [PERSON, Identifier("", "S-8"), Identifier("a|b", "c d")])
def test_what_is_sent_is_what_arrives(person: Identifier) -> None:
    def arrives() -> Identifier:
        say_for_whom([said_for(person)])
        return ON_BEHALF_OF.get()

    assert contextvars.copy_context().run(arrives) == person
