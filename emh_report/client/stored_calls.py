"""The calls for stored reports, as both clients make them: method, request, and how the answer is read."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar

from google.protobuf.message import Message

from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.lifecycle import Action, Actor
from emh_report.records import (
    Migrate,
    Page,
    Preview,
    Query,
    Receipt,
    Release,
    ShownMigration,
    StoredReport,
    StoredVersion,
)
from emh_report.v1 import migration_pb2
from emh_report.v1 import stored_report_pb2 as pb
from emh_report.wire import stored
from emh_report.wire import stored_answers as answers
from emh_report.wire.context import write_context
from emh_report.wire.migration import read_migration
from emh_report.wire.request import write_request

T = TypeVar("T")


class Call(NamedTuple, Generic[T]):
    """One call: the name of its method, its request, and what its response is read as."""

    method: str
    request: Message
    read: Callable[[Any], T]


RELEASES: Final[dict[Action, tuple[str, type[Message]]]] = {
    Action.RELEASE_PRELIMINARY: ("ReleasePreliminary", pb.ReleasePreliminaryRequest),
    Action.FINALIZE: ("FinalizeReport", pb.FinalizeReportRequest),
    Action.AMEND: ("AmendReport", pb.AmendReportRequest),
    Action.ADD_ADDENDUM: ("AddAddendum", pb.AddAddendumRequest),
    Action.CANCEL: ("CancelReport", pb.CancelReportRequest),
    Action.WITHDRAW: ("WithdrawReport", pb.WithdrawReportRequest),
}


def _receipt(response: Any) -> Receipt:  # noqa: ANN401 - any response with a receipt
    return stored.read_receipt(response.receipt)


def _id(request_id: str) -> str:
    """Return the id of a write; without one it gets its own, so that a retry is the same request."""
    return request_id or str(uuid.uuid4())


def create(draft: Draft, context: Context, actor: Actor, request_id: str) -> Call[Receipt]:
    """Store a new draft."""
    both = write_request(draft, context)
    request = pb.CreateReportRequest(
        draft=both.draft, context=both.context, actor=stored.write_actor(actor), request_id=_id(request_id)
    )
    return Call("CreateReport", request, _receipt)


def get(report_id: str) -> Call[StoredReport]:
    """Read a report as it stands."""
    return Call("GetReport", pb.GetReportRequest(report_id=report_id), lambda found: stored.read_report(found.report))


def version(report_id: str, number: int) -> Call[StoredVersion]:
    """Read a released version."""
    request = pb.GetReportVersionRequest(report_id=report_id, version=number)
    return Call("GetReportVersion", request, lambda found: answers.read_version(found.version))


def list_reports(query: Query, size: int, token: str) -> Call[Page]:
    """Find reports."""
    request = stored.write_query(query)
    request.page_size, request.page_token = size, token
    return Call("ListReports", request, answers.read_page)


class Saved(NamedTuple):
    """A working copy to be saved."""

    draft: Draft
    context: Context
    actor: Actor
    etag: str
    request_id: str


def update_draft(report_id: str, saved: Saved) -> Call[Receipt]:
    """Save a working copy."""
    both = write_request(saved.draft, saved.context)
    request = pb.UpdateDraftRequest(
        report_id=report_id,
        draft=both.draft,
        context=both.context,
        actor=stored.write_actor(saved.actor),
        etag=saved.etag,
        request_id=_id(saved.request_id),
    )
    return Call("UpdateDraft", request, _receipt)


def correct_context(report_id: str, context: Context, actor: Actor, etag: str, request_id: str) -> Call[Receipt]:
    """Save another context."""
    request = pb.CorrectContextRequest(
        report_id=report_id,
        context=write_context(context),
        actor=stored.write_actor(actor),
        etag=etag,
        request_id=_id(request_id),
    )
    return Call("CorrectContext", request, _receipt)


def preview_migration(report_id: str) -> Call[ShownMigration]:
    """Ask what a migration would do."""
    return Call("PreviewMigration", migration_pb2.PreviewMigrationRequest(report_id=report_id), read_migration)


def migrate(report_id: str, wanted: Migrate, request_id: str) -> Call[Receipt]:
    """Save a migrated working copy."""
    request = migration_pb2.MigrateDraftRequest(
        report_id=report_id,
        actor=stored.write_actor(wanted.actor),
        etag=wanted.etag,
        to_hash=wanted.to_hash,
        request_id=_id(request_id),
    )
    return Call("MigrateDraft", request, _receipt)


def preview(report_id: str, wanted: Release) -> Call[Preview]:
    """Ask what an action would release."""
    request = pb.PreviewReleaseRequest(
        report_id=report_id,
        action=stored.ACTION_NUMBERS[wanted.action],
        actor=stored.write_actor(wanted.actor),
        reason=wanted.reason,
    )
    return Call("PreviewRelease", request, lambda shown: answers.read_preview(shown, wanted.action))


def release(report_id: str, wanted: Release, etag: str, request_id: str) -> Call[Receipt]:
    """Make a version. Raises KeyError for an action that makes none."""
    method, kind = RELEASES[wanted.action]
    fields: dict[str, Any] = {
        "report_id": report_id,
        "actor": stored.write_actor(wanted.actor),
        "etag": etag,
        "request_id": _id(request_id),
    }
    if wanted.reason:
        fields["reason"] = wanted.reason
    if wanted.seen is not None:
        fields["seen"] = pb.Seen(sha256=wanted.seen.sha256, issued=wanted.seen.issued)
    return Call(method, kind(**fields), _receipt)
