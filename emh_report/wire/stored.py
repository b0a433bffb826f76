"""Stored reports on the wire and in the domain: who acts, what was seen, receipts, versions, lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.changes import Change, ChangeKind
from emh_report.draft import ReportMode
from emh_report.errors import InputError
from emh_report.lifecycle import RELEASING, Action, Actor, Rank
from emh_report.records import Event, Preview, Query, Receipt, Seen, StoredReport, StoredVersion, Summary
from emh_report.v1 import draft_pb2
from emh_report.v1 import stored_report_pb2 as pb
from emh_report.v1.context_pb2 import ReportStatus
from emh_report.wire import guard
from emh_report.wire.context import (
    STATUSES,
    read_identifier,
    read_practitioner,
    write_context,
    write_identifier,
    write_patient,
    write_practitioner,
)
from emh_report.wire.draft import write_draft
from emh_report.wire.request import context_from_proto, draft_from_proto
from emh_report.wire.verdict import write_issue

RANKS: Final[Mapping[pb.Rank.ValueType, Rank]] = {
    pb.RANK_RESIDENT: Rank.RESIDENT,
    pb.RANK_ATTENDING: Rank.ATTENDING,
    pb.RANK_RECORDS: Rank.RECORDS,
}
ACTIONS: Final[Mapping[pb.ReportAction.ValueType, Action]] = {
    pb.REPORT_ACTION_CREATE: Action.CREATE,
    pb.REPORT_ACTION_UPDATE: Action.UPDATE,
    pb.REPORT_ACTION_CORRECT_CONTEXT: Action.CORRECT_CONTEXT,
    pb.REPORT_ACTION_RELEASE_PRELIMINARY: Action.RELEASE_PRELIMINARY,
    pb.REPORT_ACTION_FINALIZE: Action.FINALIZE,
    pb.REPORT_ACTION_AMEND: Action.AMEND,
    pb.REPORT_ACTION_ADD_ADDENDUM: Action.ADD_ADDENDUM,
    pb.REPORT_ACTION_CANCEL: Action.CANCEL,
    pb.REPORT_ACTION_WITHDRAW: Action.WITHDRAW,
}
KINDS: Final[Mapping[pb.ChangeKind.ValueType, ChangeKind]] = {
    pb.CHANGE_KIND_ADDED: ChangeKind.ADDED,
    pb.CHANGE_KIND_REMOVED: ChangeKind.REMOVED,
    pb.CHANGE_KIND_CHANGED: ChangeKind.CHANGED,
}
RANK_NUMBERS: Final = {rank: number for number, rank in RANKS.items()}
ACTION_NUMBERS: Final = {action: number for number, action in ACTIONS.items()}
_KIND_NUMBERS: Final = {kind: number for number, kind in KINDS.items()}
STATUS_NUMBERS: Final = {status: number for number, status in STATUSES.items() if number}


def read_actor(message: pb.Actor) -> Actor:
    """Return who acts. Raises InputError where the rank is missing."""
    rank = RANKS.get(message.rank)
    if rank is None:
        accepted = ", ".join(pb.Rank.Name(number) for number in RANKS)
        raise InputError([("actor.rank", f"the rank of the actor is needed: {accepted}")])
    return Actor(read_practitioner(message.person, guard.Texts()), rank)


def write_actor(actor: Actor) -> pb.Actor:
    """Return ``actor`` as a message."""
    return pb.Actor(person=write_practitioner(actor.person), rank=RANK_NUMBERS[actor.rank])


def read_action(number: int) -> Action:
    """Return the action of a release. Raises InputError where none is given."""
    action = ACTIONS.get(pb.ReportAction.ValueType(number))
    if action is None:
        accepted = ", ".join(pb.ReportAction.Name(ACTION_NUMBERS[known]) for known in RELEASING)
        raise InputError([("action", f"an action is needed: {accepted}")])
    return action


def read_seen(message: pb.Seen) -> Seen:
    """Return what was shown."""
    return Seen(message.sha256, message.issued)


def write_receipt(receipt: Receipt) -> pb.Receipt:
    """Return ``receipt`` as a message."""
    return pb.Receipt(**{**receipt._asdict(), "status": STATUS_NUMBERS[receipt.status]})


def read_receipt(message: pb.Receipt) -> Receipt:
    """Return a receipt that a server sent."""
    return Receipt(
        report_id=message.report_id,
        status=STATUSES[message.status],
        version=message.version,
        etag=message.etag,
        at=message.at,
        sha256=message.sha256,
        communication_pending=message.communication_pending,
    )


def write_report(report: StoredReport) -> pb.StoredReport:
    """Return a report as a message."""
    return pb.StoredReport(
        report_id=report.report_id,
        status=STATUS_NUMBERS[report.status],
        version=report.version,
        etag=report.etag,
        draft=write_draft(report.draft),
        context=write_context(report.context),
        created=report.created,
        updated=report.updated,
        communication_pending=report.communication_pending,
        actions=[ACTION_NUMBERS[action] for action in report.actions],
    )


def read_report(message: pb.StoredReport) -> StoredReport:
    """Return a report that a server sent. Actions this version does not know are left out."""
    return StoredReport(
        report_id=message.report_id,
        status=STATUSES[message.status],
        version=message.version,
        etag=message.etag,
        draft=draft_from_proto(message.draft),
        context=context_from_proto(message.context),
        created=message.created,
        updated=message.updated,
        communication_pending=message.communication_pending,
        actions=tuple(ACTIONS[action] for action in message.actions if action in ACTIONS),
    )


def write_change(change: Change) -> pb.AnswerChange:
    """Return a change as a message."""
    return pb.AnswerChange(**{**change._asdict(), "kind": _KIND_NUMBERS[change.kind]})


def write_version(version: StoredVersion) -> pb.ReportVersion:
    """Return a version as a message."""
    document = version.document
    return pb.ReportVersion(
        report_id=version.report_id,
        version=version.version,
        status=STATUS_NUMBERS[version.status],
        issued=version.issued,
        content=version.content,
        sha256=version.sha256,
        signature=version.signature,
        finalizes_order=version.finalizes_order,
        draft=write_draft(document.draft),
        context=write_context(document.context),
        narrative=document.narrative,
        reason=document.reason,
        actor=write_actor(document.actor),
        changes=[write_change(change) for change in document.changes],
    )


def write_preview(preview: Preview) -> pb.PreviewReleaseResponse:
    """Return a preview as the response of its method."""
    return pb.PreviewReleaseResponse(
        seen=pb.Seen(sha256=preview.seen.sha256, issued=preview.seen.issued),
        etag=preview.etag,
        narrative=preview.narrative,
        html=preview.html,
        paste_section=preview.paste_section,
        changes=[write_change(change) for change in preview.changes],
        change_lines=preview.change_lines,
        issues=[write_issue(issue) for issue in preview.issues],
        communication_pending=preview.communication_pending,
    )


def read_query(message: pb.ListReportsRequest) -> Query:
    """Return what to look for. Raises InputError for a state that is not given."""
    if not all(message.statuses):  # what is not given filters nothing
        accepted = ", ".join(ReportStatus.Name(number) for number in STATUS_NUMBERS.values())
        raise InputError([("statuses", f"a state is needed: {accepted}")])
    texts = guard.Texts()
    return Query(
        patient=read_identifier(message.patient, texts),
        accession=read_identifier(message.accession, texts),
        study=message.study_instance_uid,
        statuses=tuple(STATUSES[status] for status in message.statuses),
        site=message.site,
        cause=message.cause,
        examined_from=message.examined_from,
        examined_to=message.examined_to,
        communication_pending=message.communication_pending,
    )


def write_query(query: Query) -> pb.ListReportsRequest:
    """Return the request for the first page of ``query``."""
    return pb.ListReportsRequest(
        patient=write_identifier(query.patient),
        accession=write_identifier(query.accession),
        study_instance_uid=query.study,
        statuses=[STATUS_NUMBERS[status] for status in query.statuses],
        site=query.site,
        cause=query.cause,
        examined_from=query.examined_from,
        examined_to=query.examined_to,
        communication_pending=query.communication_pending,
    )


def write_summary(summary: Summary) -> pb.ReportSummary:
    """Return a summary as a message."""
    changed = {
        "status": STATUS_NUMBERS[summary.status],
        "mode": MODE_NUMBERS[summary.mode],
        "identifier": write_identifier(summary.identifier),
        "patient": write_patient(summary.patient),
    }
    return pb.ReportSummary(**{**summary._asdict(), **changed})


MODE_NUMBERS: Final = {
    ReportMode.STANDALONE: draft_pb2.REPORT_MODE_STANDALONE,
    ReportMode.COMPANION: draft_pb2.REPORT_MODE_COMPANION,
}


def write_event(event: Event) -> pb.WatchReportsResponse:
    """Return a change as it is told to watchers."""
    changed = {"status": STATUS_NUMBERS[event.status], "action": ACTION_NUMBERS[event.action]}
    return pb.WatchReportsResponse(**{**event._asdict(), **changed})
