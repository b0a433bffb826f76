"""Stored reports over gRPC: what comes back, what is refused, what watchers are told."""

from __future__ import annotations

import asyncio
import base64
import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import grpc
import jwt
import pytest
from google.protobuf.message import Message

from emh_report.client import (
    AsyncClient,
    InvalidInputError,
    OutdatedError,
    ReportRejectedError,
    UnknownReportError,
)
from emh_report.context import Identifier, ReportStatus
from emh_report.lifecycle import Action
from emh_report.records import Event, Query, Receipt, Release, Seen, StoredReport
from emh_report.v1 import context_pb2
from emh_report.v1 import stored_report_pb2 as pb
from emh_report.wire import write_request
from emh_report.wire.stored import write_actor
from tests.service import read_refusal
from tests.store_reports import ATTENDING, added, changed, complete, new_id
from tests.stored_service import KEY, do, service

S = ReportStatus


def test_a_second_library_verifies_the_bytes_that_were_sent() -> None:
    report_id = service().client.stored.create(*complete(), ATTENDING).report_id
    do(service().client, report_id, Action.FINALIZE)
    version = service().client.stored.version(report_id)
    assert version == service().store.version(report_id)
    public = jwt.PyJWK.from_dict(KEY.as_dict(private=False))
    head, proof = version.signature.split("..")
    for content, holds in ((version.content, True), (version.content + b" ", False)):
        token = f"{head}.{base64.urlsafe_b64encode(content).decode().rstrip('=')}.{proof}"
        if holds:
            assert jwt.PyJWS().decode(token, public, algorithms=["ES256"]) == content
        else:
            with pytest.raises(jwt.InvalidSignatureError):
                jwt.PyJWS().decode(token, public, algorithms=["ES256"])


def refused(address: str, method: str, request: Any) -> tuple[grpc.StatusCode, str]:  # noqa: ANN401 - any request
    """Return status and reason of a call that must fail."""
    with grpc.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(f"/emh_report.v1.StoredReportService/{method}")
        try:
            call(request.SerializeToString(), timeout=30)
        except grpc.RpcError as error:
            code, fault = read_refusal(error)
            return code, fault.reason
    raise AssertionError(f"{method} was expected to fail")


C = grpc.StatusCode
MANY = [context_pb2.REPORT_STATUS_DRAFT] * 21


Refused = tuple[str, Message, grpc.StatusCode, str]
"""Method, request, and the status and reason it must get."""


def bad_requests(report: StoredReport, used: str) -> Iterator[Refused]:
    """Yield requests that must be refused: about a draft, and with a request id that was used."""
    report_id, actor, both = report.report_id, write_actor(ATTENDING), write_request(*complete())
    final: dict[str, Any] = {"report_id": report_id, "actor": actor, "etag": report.etag, "request_id": new_id()}
    create: dict[str, Any] = {"draft": both.draft, "context": both.context, "actor": actor, "request_id": new_id()}
    seen = pb.Seen(sha256="0" * 64, issued="2020-01-01T00:00:00Z")
    invalid, limit = (C.INVALID_ARGUMENT, "INVALID_INPUT"), (C.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED")
    nobody, edit = pb.Actor(rank=pb.RANK_ATTENDING), pb.REPORT_ACTION_UPDATE
    yield "GetReport", pb.GetReportRequest(report_id=new_id()), C.NOT_FOUND, "NOT_STORED"
    for id_, why in (("x" * 300, limit), ("x\x00", invalid)):
        yield "GetReport", pb.GetReportRequest(report_id=id_), *why
    for number in (0, 1, -1):
        request = pb.GetReportVersionRequest(report_id=report_id, version=number)
        yield "GetReportVersion", request, C.NOT_FOUND, "NOT_STORED"
    yield "ListReports", pb.ListReportsRequest(page_token="Mi4w"), *invalid  # noqa: S106 - a page token
    yield "ListReports", pb.ListReportsRequest(page_size=-1), *invalid
    yield "ListReports", pb.ListReportsRequest.FromString(b"\x32\x01\x63"), *invalid  # a status that is none
    for half in ({"statuses": [context_pb2.REPORT_STATUS_FINAL, 0]}, {"patient": {"system": "urn:x"}}):
        yield "ListReports", pb.ListReportsRequest(**half), *invalid
    yield "ListReports", pb.ListReportsRequest(statuses=MANY), *limit
    yield "CreateReport", pb.CreateReportRequest(**create | {"request_id": ""}), *invalid
    yield "CreateReport", pb.CreateReportRequest(**create | {"request_id": "1"}), *invalid
    yield "CreateReport", pb.CreateReportRequest(**create | {"actor": None}), *invalid
    yield "CreateReport", pb.CreateReportRequest(**create | {"actor": nobody}), *invalid
    yield "CreateReport", pb.CreateReportRequest(**create | {"request_id": used}), C.ALREADY_EXISTS, "REQUEST_ID_REUSED"
    yield "UpdateDraft", pb.UpdateDraftRequest(**create, report_id=report_id, etag="1-x"), C.ABORTED, "CONFLICT"
    yield "UpdateDraft", pb.UpdateDraftRequest(**create, report_id=report_id), *invalid
    for other in (
        pb.UpdateDraftRequest(**final, draft=both.draft),  # the stored context would become empty
        pb.CorrectContextRequest(**final),
        pb.PreviewReleaseRequest(report_id=report_id),
        pb.PreviewReleaseRequest(report_id=report_id, actor=actor, action=edit),
    ):
        yield type(other).__name__.removesuffix("Request"), other, *invalid
    yield "FinalizeReport", pb.FinalizeReportRequest(**final), *invalid
    yield "FinalizeReport", pb.FinalizeReportRequest(**final, seen=seen), C.ABORTED, "NOT_AS_SEEN"
    yield "AmendReport", pb.AmendReportRequest(**final, reason="x"), C.FAILED_PRECONDITION, "ILLEGAL_TRANSITION"
    yield "CancelReport", pb.CancelReportRequest(**final), *invalid
    yield "CancelReport", pb.CancelReportRequest(**final, reason="x" * 20_001), *limit


def test_bad_requests_get_the_right_status_and_change_nothing() -> None:
    client, used = service().client, new_id()
    report = client.stored.get(client.stored.create(*complete(), ATTENDING).report_id)
    client.stored.create(*complete(), ATTENDING, request_id=used)
    count = service().store.verify().links
    for method, request, code, reason in bad_requests(report, used):
        assert refused(service().address, method, request) == (code, reason), (method, request)
    assert client.stored.get(report.report_id) == report
    assert service().store.verify().links == count


def test_a_conflict_leaves_both_sides_to_compare() -> None:
    client = service().client
    draft, context = complete()
    first = client.stored.create(draft, context, ATTENDING)
    theirs = client.stored.update_draft(first.report_id, changed(draft, "theirs"), context, ATTENDING, etag=first.etag)
    with pytest.raises(OutdatedError) as caught:
        client.stored.update_draft(first.report_id, changed(draft, "mine"), context, ATTENDING, etag=first.etag)
    assert caught.value.etag == theirs.etag
    assert client.stored.get(first.report_id).draft.groups == changed(draft, "theirs").groups


def test_the_client_says_what_is_wrong() -> None:
    client = service().client
    with pytest.raises(UnknownReportError):
        client.stored.get(new_id())
    draft, context = complete()
    taken = replace(context, report=replace(context.report, identifier=Identifier("urn:x", new_id())))
    receipt = client.stored.create(draft, taken, ATTENDING)
    with pytest.raises(InvalidInputError) as caught:
        client.stored.create(draft, taken, ATTENDING)
    assert caught.value.metadata["report_id"] == receipt.report_id
    lacking = client.stored.create(draft._replace(groups=()), context, ATTENDING)
    with pytest.raises(ReportRejectedError) as rejected:
        client.stored.preview(lacking.report_id, Release(Action.FINALIZE, ATTENDING))
    assert any(issue.rule_id == "missing-required" for issue in rejected.value.issues)


def test_writes_are_done_once_however_often_they_are_sent() -> None:
    client, id_ = service().client, new_id()
    case = complete()
    receipts = {client.stored.create(*case, ATTENDING, request_id=id_) for _ in range(3)}
    assert len(receipts) == 1
    assert len(client.stored.list(Query(patient=case[1].patient.identifiers[0])).reports) == 1


def test_a_list_over_the_wire_is_the_list_of_the_store() -> None:
    draft, context = complete()
    service().client.stored.create(draft, context, ATTENDING)
    query = Query(
        patient=context.patient.identifiers[0],
        accession=context.orders[0].accession,
        study=context.studies[0].study_instance_uid,
        statuses=(S.DRAFT,),
        site="paraspinal-thoracic",
        cause="beta-thalassemia-intermedia",
        examined_from="2024-01-01",
        examined_to="2024-12-31",
    )
    assert service().client.stored.list(query) == service().store.list(query)
    assert len(service().client.stored.list(query).reports) == 1
    token = service().client.stored.list(size=1).next_token
    assert service().client.stored.list(size=1, token=token) == service().store.list(size=1, token=token)


def test_a_watcher_misses_nothing_and_goes_on_where_it_was() -> None:
    client = service().client
    start = service().store.verify().links
    told: list[Event] = []
    done = threading.Event()

    def watch() -> None:
        told.extend(itertools.islice(client.stored.watch(start), 4))
        done.set()

    threading.Thread(target=watch, daemon=True).start()
    report_id = client.stored.create(*complete(), ATTENDING).report_id
    for action in (Action.UPDATE, Action.FINALIZE):
        do(client, report_id, action)
    client.stored.create(*complete(), ATTENDING)
    assert done.wait(60)
    assert [event.seq for event in told] == [start + 1, start + 2, start + 3, start + 4]
    assert [event.action for event in told] == [Action.CREATE, Action.UPDATE, Action.FINALIZE, Action.CREATE]
    assert next(client.stored.watch(start + 2)) == told[2]
    with pytest.raises(InvalidInputError, match="last one"):
        next(client.stored.watch(start + 1000))


def test_the_asynchronous_client_does_the_same() -> None:
    async def use() -> Receipt:
        async with AsyncClient(service().address, timeout=60) as client:
            draft, context = complete()
            first = await client.stored.create(draft, context, ATTENDING)
            saved = await client.stored.update_draft(first.report_id, added(draft), context, ATTENDING, etag=first.etag)
            await client.stored.correct_context(first.report_id, context, ATTENDING, etag=saved.etag)
            shown = await client.stored.preview(first.report_id, Release(Action.FINALIZE, ATTENDING))
            wanted = Release(Action.FINALIZE, ATTENDING, seen=Seen(*shown.seen))
            receipt = await client.stored.release(first.report_id, wanted, etag=shown.etag)
            assert (await client.stored.version(first.report_id)).sha256 == shown.seen.sha256
            assert (await client.stored.get(first.report_id)).status is S.FINAL
            assert (await client.stored.list(size=1)).reports[0].report_id == first.report_id
            async for event in client.stored.watch():
                assert event.seq == 1
                break
            with pytest.raises(UnknownReportError):
                await client.stored.get(new_id())
            return receipt

    assert asyncio.run(use()).status is S.FINAL
