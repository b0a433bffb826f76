"""What a server answers about stored reports, as a client reads it."""

from __future__ import annotations

from emh_report.changes import Change
from emh_report.lifecycle import Action
from emh_report.records import Event, Page, Preview, StoredVersion, Summary
from emh_report.v1 import stored_report_pb2 as pb
from emh_report.wire import guard
from emh_report.wire.context import (
    STATUSES,
    read_identifier,
    read_patient,
)
from emh_report.wire.document import read_document
from emh_report.wire.draft import MODES
from emh_report.wire.stored import ACTIONS, KINDS, read_seen
from emh_report.wire.verdict import read_issue


def read_change(message: pb.AnswerChange) -> Change:
    """Return a change that a server sent. Raises KeyError for a kind this version does not know."""
    place = (message.group_id, message.group_uid, message.field_id)
    return Change(KINDS[message.kind], *place, tuple(message.before), tuple(message.after))


def read_version(message: pb.ReportVersion) -> StoredVersion:
    """Return a version that a server sent: what it says is read from the bytes that were signed."""
    return StoredVersion(
        report_id=message.report_id,
        version=message.version,
        status=STATUSES[message.status],
        issued=message.issued,
        sha256=message.sha256,
        signature=message.signature,
        finalizes_order=message.finalizes_order,
        content=message.content,
        document=read_document(message.content),
    )


def read_preview(message: pb.PreviewReleaseResponse, action: Action) -> Preview:
    """Return a preview that a server sent; the document itself stays there."""
    return Preview(
        action=action,
        etag=message.etag,
        seen=read_seen(message.seen),
        narrative=message.narrative,
        html=message.html,
        paste_section=message.paste_section,
        changes=tuple(read_change(change) for change in message.changes),
        change_lines=tuple(message.change_lines),
        issues=tuple(read_issue(issue) for issue in message.issues),
        communication_pending=message.communication_pending,
        content=b"",
    )


def read_page(message: pb.ListReportsResponse) -> Page:
    """Return a page that a server sent."""
    return Page(tuple(_read_summary(summary) for summary in message.reports), message.next_page_token)


def _read_summary(message: pb.ReportSummary) -> Summary:
    texts = guard.Texts()
    return Summary(
        report_id=message.report_id,
        status=STATUSES[message.status],
        version=message.version,
        etag=message.etag,
        mode=MODES[message.mode],
        communication_pending=message.communication_pending,
        created=message.created,
        updated=message.updated,
        identifier=read_identifier(message.identifier, texts),
        patient=read_patient(message.patient, texts),
        exam_date=message.exam_date,
        accessions=tuple(message.accessions),
        studies=tuple(message.studies),
        template_id=message.template_id,
        sites=tuple(message.sites),
        causes=tuple(message.causes),
    )


def read_event(message: pb.WatchReportsResponse) -> Event:
    """Return a change that a server told of. Raises KeyError for an action this version does not know."""
    return Event(
        seq=message.seq,
        at=message.at,
        action=ACTIONS[message.action],
        report_id=message.report_id,
        version=message.version,
        status=STATUSES[message.status],
        etag=message.etag,
    )
