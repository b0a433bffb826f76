"""The methods of the service for stored reports: each from a request message to a response message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import Message

from emh_report import limits
from emh_report.errors import InputError
from emh_report.grpc_server.method import Check, Method
from emh_report.lifecycle import Action
from emh_report.records import Receipt, Release
from emh_report.v1 import stored_report_pb2 as pb
from emh_report.wire import guard, stored
from emh_report.wire.context import read_context
from emh_report.wire.request import read_request

if TYPE_CHECKING:
    from emh_report.store import Store

LARGE: Final = ("draft", "context")
"""Parts of a request that are checked while they are converted."""

RELEASES: Final[Mapping[str, tuple[type[Message], type[Message], Action]]] = {
    "ReleasePreliminary": (
        pb.ReleasePreliminaryRequest,
        pb.ReleasePreliminaryResponse,
        Action.RELEASE_PRELIMINARY,
    ),
    "FinalizeReport": (pb.FinalizeReportRequest, pb.FinalizeReportResponse, Action.FINALIZE),
    "AmendReport": (pb.AmendReportRequest, pb.AmendReportResponse, Action.AMEND),
    "AddAddendum": (pb.AddAddendumRequest, pb.AddAddendumResponse, Action.ADD_ADDENDUM),
    "CancelReport": (pb.CancelReportRequest, pb.CancelReportResponse, Action.CANCEL),
    "WithdrawReport": (pb.WithdrawReportRequest, pb.WithdrawReportResponse, Action.WITHDRAW),
}
"""Method → request, response, and the action it is: the transition table decides the rest."""


class StoredMethods:
    """All methods over one store. Every one of them may wait for the disk."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    @property
    def table(self) -> dict[str, Method]:
        """Method → what to call."""
        table = {
            "CreateReport": Method(pb.CreateReportRequest, self.create_report, waits=True),
            "GetReport": Method(pb.GetReportRequest, self.get_report, waits=True),
            "GetReportVersion": Method(pb.GetReportVersionRequest, self.get_report_version, waits=True),
            "ListReports": Method(pb.ListReportsRequest, self.list_reports, waits=True),
            "UpdateDraft": Method(pb.UpdateDraftRequest, self.update_draft, waits=True),
            "CorrectContext": Method(pb.CorrectContextRequest, self.correct_context, waits=True),
            "PreviewRelease": Method(pb.PreviewReleaseRequest, self.preview_release, waits=True),
            "WatchReports": Method(pb.WatchReportsRequest, self.watch_reports, streams=True, waits=True),
        }
        for name, (request, response, action) in RELEASES.items():
            table[name] = Method(request, self._release(action, response), waits=True)
        return table

    def create_report(self, request: pb.CreateReportRequest, check: Check) -> pb.CreateReportResponse:
        """Store a new draft."""
        draft, context = read_request(request)
        check_rest(request)
        actor, request_id = stored.read_actor(request.actor), needed_id(request.request_id)
        check()
        receipt = self._store.create(draft, context, actor, request_id=request_id)
        return pb.CreateReportResponse(receipt=stored.write_receipt(receipt))

    def get_report(self, request: pb.GetReportRequest, _: Check) -> pb.GetReportResponse:
        """One report as it stands."""
        guard.check(request)
        return pb.GetReportResponse(report=stored.write_report(self._store.get(request.report_id)))

    def get_report_version(self, request: pb.GetReportVersionRequest, _: Check) -> pb.GetReportVersionResponse:
        """One released version."""
        guard.check(request)
        version = self._store.version(request.report_id, request.version)
        return pb.GetReportVersionResponse(version=stored.write_version(version))

    def list_reports(self, request: pb.ListReportsRequest, _: Check) -> pb.ListReportsResponse:
        """One page of reports."""
        guard.check(request)
        page = self._store.list(stored.read_query(request), size=request.page_size, token=request.page_token)
        reports = [stored.write_summary(summary) for summary in page.reports]
        return pb.ListReportsResponse(reports=reports, next_page_token=page.next_token)

    def update_draft(self, request: pb.UpdateDraftRequest, check: Check) -> pb.UpdateDraftResponse:
        """Save a working copy."""
        check_context(request)
        draft, context = read_request(request)
        check_rest(request)
        actor, request_id = stored.read_actor(request.actor), needed_id(request.request_id)
        check()
        receipt = self._store.update_draft(
            request.report_id, draft, context, actor, etag=request.etag, request_id=request_id
        )
        return pb.UpdateDraftResponse(receipt=stored.write_receipt(receipt))

    def correct_context(self, request: pb.CorrectContextRequest, check: Check) -> pb.CorrectContextResponse:
        """Save another context."""
        check_context(request)
        guard.check(request)
        context = read_context(request.context, guard.Texts())
        actor, request_id = stored.read_actor(request.actor), needed_id(request.request_id)
        check()
        receipt = self._store.correct_context(
            request.report_id, context, actor, etag=request.etag, request_id=request_id
        )
        return pb.CorrectContextResponse(receipt=stored.write_receipt(receipt))

    def preview_release(self, request: pb.PreviewReleaseRequest, check: Check) -> pb.PreviewReleaseResponse:
        """What an action would release."""
        guard.check(request)
        action, actor = stored.read_action(request.action), stored.read_actor(request.actor)
        check()
        return stored.write_preview(self._store.preview(request.report_id, Release(action, actor, request.reason)))

    def _release(self, action: Action, response: type[Message]) -> Callable[[Any, Check], Message]:
        """Return the method that does ``action``."""

        def release(request: Any, check: Check) -> Message:  # noqa: ANN401 - a request of RELEASES
            guard.check(request)
            actor, request_id = stored.read_actor(request.actor), needed_id(request.request_id)
            seen = stored.read_seen(request.seen) if request.HasField("seen") else None
            wanted = Release(action, actor, getattr(request, "reason", ""), seen)
            check()
            receipt: Receipt = self._store.release(request.report_id, wanted, etag=request.etag, request_id=request_id)
            return response(receipt=stored.write_receipt(receipt))

        return release

    def watch_reports(self, request: pb.WatchReportsRequest, _: Check) -> Iterator[pb.WatchReportsResponse | None]:
        """Changes from a point on; None where there is nothing new yet. Raises before the first where it cannot."""
        guard.check(request)
        events = self._store.events(request.after)

        def told() -> Iterator[pb.WatchReportsResponse | None]:
            found = events
            after = request.after
            while True:
                for event in found:
                    after = event.seq
                    yield stored.write_event(event)
                if len(found) < limits.MAX_PAGE:
                    yield None
                found = self._store.events(after)

        return told()


def needed_id(request_id: str) -> str:
    """Every write over the wire may be repeated by the network, so it needs its id."""
    if not request_id:
        raise InputError([("request_id", "a UUID is needed: a write may be repeated, and is done once")])
    return request_id


def check_context(request: pb.UpdateDraftRequest | pb.CorrectContextRequest) -> None:
    """Refuse a request without a context: the one that is stored, with its patient, would become empty."""
    if not request.HasField("context"):
        raise InputError([("context", "a context is needed: it replaces the one that is stored")])


def check_rest(request: Message) -> None:
    """Refuse what is wrong with the small parts of a request whose large ones were converted."""
    rest = type(request)()
    rest.CopyFrom(request)
    for name in LARGE:
        rest.ClearField(name)
    guard.check(rest)
