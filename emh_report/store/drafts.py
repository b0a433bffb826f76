"""Working copies: made, saved while they are written, and kept up with what patient index and RIS say."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from emh_report.context import Context, Identifier, ReportIdentity, ReportStatus
from emh_report.draft import Draft
from emh_report.errors import AlreadyStoredError, InputError
from emh_report.lifecycle import Action, Actor, check_actor, transition
from emh_report.records import Receipt
from emh_report.store import index, rows
from emh_report.store.compose import pinned
from emh_report.store.ledger import Done, Ledger, actor_content, check_etag
from emh_report.store.rows import Current
from emh_report.store.sealing import digest
from emh_report.store.statements import Statement
from emh_report.store.tables import REPORTS
from emh_report.wire.request import Packed

URN_SYSTEM = "urn:ietf:rfc:3986"
"""System of an identifier that is itself a URI, here the UUID of a report."""


_FIND_SAME: Final = Statement(select(REPORTS.c.report_id).where(REPORTS.c.identifier == bindparam("key")))


class Stand(NamedTuple):
    """Where a report will stand: its revision, and the etag of that."""

    report_id: str
    revision: int
    etag: str


class Work(NamedTuple):
    """A working copy, its bytes, and the terms that it is found by."""

    draft: Draft
    context: Context
    content: bytes
    named: index.Terms


def create(ledger: Ledger, draft: Draft, context: Context, actor: Actor, request_id: str) -> Receipt:
    """Store a new draft."""
    packed = Packed(draft, context)
    asked = ledger.request(request_id, "create", actor_content(actor), packed.content().hex())
    check_actor(actor, Action.CREATE, transition(None, Action.CREATE), context)
    report_id = str(uuid.uuid4())
    given = context.report.identifier
    own = not (given.system and given.value)
    identity = Identifier(URN_SYSTEM, f"urn:uuid:{report_id}") if own else given
    work = _work(ledger, draft, context, identity, packed)
    etag = ledger.etag(report_id, 1, work.content, "")
    first = {  # made before others wait for it
        "report_id": report_id,
        "identifier": _key(ledger, identity),
        "status": ReportStatus.DRAFT.value,
        "version": 0,
        "sha256": "",
        "communication_pending": False,
        **_values(ledger, Stand(report_id, 1, etag), work),
    }
    keys = _keys(ledger, work)

    def insert(connection: Connection) -> Done:
        if not own:
            _check_new(ledger, connection, identity)
        receipt = Receipt(report_id, ReportStatus.DRAFT, 0, etag, ledger.instant())
        number = rows.insert_report(connection, {**first, "created": receipt.at, "updated": receipt.at})
        rows.insert_keys(connection, number, keys)
        return Done(receipt, Action.CREATE, actor)

    return ledger.once(asked, insert)


class Edit(NamedTuple):
    """A change of a working copy. Without ``draft`` the answers stay."""

    action: Action
    actor: Actor
    etag: str
    context: Context
    draft: Draft | None = None


def edit(ledger: Ledger, report_id: str, wanted: Edit, request_id: str) -> Receipt:
    """Save a working copy, or another context beside the same answers."""
    packed = Packed(wanted.draft or Draft("", "", ()), wanted.context)
    given = (wanted.action.value, actor_content(wanted.actor), wanted.etag, packed.content().hex())
    asked = ledger.request(request_id, "edit", report_id, *given)
    whole = packed if wanted.draft else None
    return ledger.once(asked, lambda connection: save(ledger, connection, report_id, wanted, whole))


def save(ledger: Ledger, connection: Connection, report_id: str, wanted: Edit, packed: Packed | None = None) -> Done:
    """Save within the transaction of ``connection``; ``packed`` is what is wanted, where it was packed already."""
    current = rows.find_report(connection, ledger.sealer, report_id, lock=True)
    report = current.report
    check_etag(report_id, wanted.etag, report.etag)
    check_actor(wanted.actor, wanted.action, transition(report.status, wanted.action), report.context)
    draft = wanted.draft or report.draft
    packed = packed or Packed(draft, wanted.context)
    work = _work(ledger, draft, wanted.context, report.context.report.identifier, packed)
    _check_fixed(current, work, wanted.context)
    receipt = Receipt(
        report_id,
        report.status,
        report.version,
        report.etag,
        ledger.instant(),
        communication_pending=report.communication_pending,
    )
    if work.content == current.content:
        return Done(receipt, wanted.action, wanted.actor, changed=False)
    revision = current.revision + 1
    receipt = receipt._replace(etag=ledger.etag(report_id, revision, work.content, current.sha256))
    values = _values(ledger, Stand(report_id, revision, receipt.etag), work)
    rows.update_report(connection, current.number, {**values, "updated": receipt.at, "edited": report.version > 0})
    rows.replace_keys(connection, current.number, _keys(ledger, work))
    return Done(receipt, wanted.action, wanted.actor)


def _work(ledger: Ledger, draft: Draft, context: Context, identity: Identifier, packed: Packed) -> Work:
    """Return a working copy: version, status and time of release of a draft are not yet known."""
    draft, context = pinned(ledger.catalog, draft), replace(context, report=ReportIdentity(identity))
    return Work(draft, context, packed.kept_as(draft, context.report), index.terms(draft, ledger.catalog))


def _check_fixed(current: Current, work: Work, given: Context) -> None:
    """A report keeps its identifier, and once released its mode: receivers know it by them."""
    identifier = given.report.identifier
    if (identifier.system or identifier.value) and identifier != work.context.report.identifier:
        raise InputError([("context.report.identifier", "a report keeps its identifier")])
    if current.report.version and current.report.draft.mode != work.draft.mode:
        raise InputError([("draft.mode", "a report that was released keeps its mode")])


def _check_new(ledger: Ledger, connection: Connection, identity: Identifier) -> None:
    found = _FIND_SAME.first(connection, {"key": _key(ledger, identity)})
    if found is not None:
        raise AlreadyStoredError(found.report_id)


def _key(ledger: Ledger, identity: Identifier) -> str:
    return digest(ledger.secrets.finding, "report", identity.system, identity.value)


def _keys(ledger: Ledger, work: Work) -> set[tuple[str, str]]:
    return index.keys(ledger.secrets.finding, work.context, work.named)


def _values(ledger: Ledger, stand: Stand, work: Work) -> dict[str, Any]:
    """Return the columns that a saved working copy changes, beside the time."""
    shown = index.summary(work.draft.template_id, work.context, work.named)
    report_id, seal = stand.report_id, ledger.sealer.seal
    return {
        "mode": work.draft.mode.value,
        "etag": stand.etag,
        "revision": stand.revision,
        "exam_date": index.exam_day(work.context),
        "summary": seal(shown, rows.place(report_id, "summary")),
        "working_copy": seal(work.content, rows.place(report_id, "working-copy")),
    }
