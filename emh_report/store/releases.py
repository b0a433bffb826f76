"""From working copy to immutable version: what would be released is shown first, and released as shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from emh_report import limits
from emh_report.changes import lines
from emh_report.dates import is_instant
from emh_report.errors import InputError, NotAsSeenError, NotFoundError, SignerUnavailableError, StoredReportError
from emh_report.lifecycle import RELEASING, Need, Transition, check_actor, finalizes_order, transition
from emh_report.records import Preview, Receipt, Release, Seen, StoredReport, StoredVersion
from emh_report.signing import sign
from emh_report.store import outbox, rows
from emh_report.store.beside import beside
from emh_report.store.compose import ENDS, Composed, Last, Step, compose
from emh_report.store.engine import reading
from emh_report.store.ledger import Done, Ledger, actor_content, check_etag
from emh_report.store.requests import Request, replayed
from emh_report.store.rows import Standing
from emh_report.store.shown import Key


class Move(NamedTuple):
    """An action about to be stored, whether it leaves the communication of a critical result pending, and its row."""

    asked: Release
    pending: bool
    row: dict[str, Any]


def preview(ledger: Ledger, report_id: str, asked: Release) -> Preview:
    """Return what the action would release, at the time it is now."""
    with reading(ledger.engine) as connection:
        report, last = _read(ledger, connection, report_id)
        others = beside(ledger, connection, report)
    issued = ledger.clock().astimezone().isoformat(timespec="seconds")
    composed = _compose(ledger, report, last, asked, issued)
    ledger.shown.keep(_key(report_id, report.etag, asked, issued), composed)
    document = composed.document
    try:
        template = ledger.catalog.plan(document.draft.template_id, document.draft.template_version).template
    except NotFoundError:
        template = None
    return Preview(
        action=asked.action,
        etag=report.etag,
        seen=Seen(composed.sha256, issued),
        narrative=document.narrative,
        html=composed.html,
        paste_section=document.paste_section,
        changes=document.changes,
        change_lines=tuple(lines(document.changes, template)),
        issues=composed.verdict.issues if composed.way.to in ENDS else (*composed.verdict.issues, *others),
        communication_pending=_pending(composed),
        content=composed.content,
    )


def release(ledger: Ledger, report_id: str, asked: Release, *, etag: str, request_id: str) -> Receipt:
    """Make the version that was shown, signed where the action needs it."""
    seen = asked.seen or Seen("", "")
    given = (asked.action.value, actor_content(asked.actor), asked.reason, *seen, etag)
    request = ledger.request(request_id, "release", report_id, *given)
    try:
        return _release(ledger, report_id, asked, etag, request)
    except (StoredReportError, SignerUnavailableError):  # the same request may have been done, and be what this one met
        done = ledger.answered(request)
        if done is None:
            raise
        return done


def _release(ledger: Ledger, report_id: str, asked: Release, etag: str, request: Request) -> Receipt:
    composed = _as_shown(ledger, report_id, asked, etag)
    if composed is None:
        with reading(ledger.engine) as connection:
            done = replayed(connection, request)
            if done is not None:
                return done
            report, last = _read(ledger, connection, report_id)
        check_etag(report_id, etag, report.etag)
        issued = _issued(ledger, asked, transition(report.status, asked.action))
        composed = _compose(ledger, report, last, asked, issued)
    if asked.seen is not None and composed.sha256 != asked.seen.sha256:
        raise NotAsSeenError("what would be released is not what was shown")
    version = _version(ledger, report_id, composed)
    move = Move(asked, _pending(composed), rows.version_row(ledger.sealer, version))  # packed before others wait for it

    def store(connection: Connection) -> Done:
        current = rows.find_standing(connection, ledger.sealer, report_id, lock=True)
        check_etag(report_id, etag, current.etag)
        return _store(ledger, connection, current, version, move)

    return ledger.once(request, store)


def _as_shown(ledger: Ledger, report_id: str, asked: Release, etag: str) -> Composed | None:
    """Return what a preview composed here of this very revision; None where that was never, or too long ago."""
    if asked.seen is None:
        return None
    found = ledger.shown.find(_key(report_id, etag, asked, asked.seen.issued))
    return None if found is None or _is_old(ledger, asked.seen) else found


def _is_old(ledger: Ledger, seen: Seen) -> bool:
    return abs(ledger.clock() - datetime.fromisoformat(seen.issued)) > timedelta(seconds=limits.SEEN_SECONDS)


def _key(report_id: str, etag: str, asked: Release, issued: str) -> Key:
    return Key(report_id, etag, asked.action, asked.actor, asked.reason, issued)


def _read(ledger: Ledger, connection: Connection, report_id: str) -> tuple[StoredReport, Last | None]:
    report = rows.find_report(connection, ledger.sealer, report_id).report
    return report, rows.last_of(connection, ledger.sealer, report)


def _compose(ledger: Ledger, report: StoredReport, last: Last | None, asked: Release, issued: str) -> Composed:
    way = transition(report.status, asked.action)
    if not way.releases:
        accepted = ", ".join(RELEASING)
        raise InputError([("action", f"{asked.action.value} does not release anything; accepted are {accepted}")])
    check_actor(asked.actor, asked.action, way, report.context)
    step = Step(asked.action, way, asked.actor, asked.reason, issued)
    return compose(ledger.catalog, report.draft, report.context, last, step)


def _issued(ledger: Ledger, asked: Release, way: Transition) -> str:
    """Return the time the version states: that of what was shown, as long as that is not long ago."""
    if asked.seen is None:
        if Need.SEEN in way.needs:
            raise InputError([("seen", f"to {asked.action.value}, look at what would be released first")])
        return ledger.clock().astimezone().isoformat(timespec="seconds")
    if not is_instant(asked.seen.issued):
        raise InputError([("seen.issued", "not the time of something that was shown")])
    if _is_old(ledger, asked.seen):
        raise NotAsSeenError("what was shown is too old to be signed")
    return asked.seen.issued


def _pending(composed: Composed) -> bool:
    return composed.verdict.communication_pending and composed.document.context.report.status not in ENDS


def _version(ledger: Ledger, report_id: str, composed: Composed) -> StoredVersion:
    document = composed.document
    identity = document.context.report
    return StoredVersion(
        report_id=report_id,
        version=identity.version,
        status=identity.status,
        issued=identity.issued,
        sha256=composed.sha256,
        signature=sign(composed.content, ledger.signer) if Need.SIGNATURE in composed.way.needs else "",
        finalizes_order=finalizes_order(identity.status, document.draft.mode),
        content=composed.content,
        document=document,
    )


def _store(ledger: Ledger, connection: Connection, current: Standing, version: StoredVersion, move: Move) -> Done:
    revision = current.revision + 1
    report_id = version.report_id
    receipt = Receipt(
        report_id=report_id,
        status=version.status,
        version=version.version,
        etag=ledger.etag(report_id, revision, current.content, version.sha256),
        at=ledger.instant(),
        sha256=version.sha256,
        communication_pending=move.pending,
    )
    rows.insert_version(connection, current.number, move.row)
    outbox.enqueue(connection, ledger.peers, current.number, version, receipt.at)
    if move.pending != current.pending:
        rows.note_task(connection, current.number, version.version, pending=move.pending)
    rows.update_report(
        connection,
        current.number,
        {
            "status": receipt.status.value,
            "version": receipt.version,
            "etag": receipt.etag,
            "revision": revision,
            "sha256": version.sha256,
            "communication_pending": receipt.communication_pending,
            "edited": False,
            "updated": receipt.at,
        },
    )
    return Done(receipt, move.asked.action, move.asked.actor)
