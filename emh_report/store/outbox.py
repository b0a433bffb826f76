"""What is to be delivered: written in the transaction that makes a version, and decided upon by people.

The rows are the truth about deliveries. Who sends reads and settles them in claims.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, exists, insert, select, update

from emh_report import limits
from emh_report.context import ReportStatus
from emh_report.deliveries import DeliveryAction, DeliveryState, Peer, Versions
from emh_report.errors import DeliveryStateError, InputError, NotFoundError, NotStoredError
from emh_report.lifecycle import Actor
from emh_report.records import Receipt
from emh_report.store import rows
from emh_report.store.engine import writing
from emh_report.store.ledger import Done, Ledger, actor_content
from emh_report.store.tables import OUTBOX, REPORTS, VERSIONS
from emh_report.text import is_unsafe

BATCH: Final = 500
"""Rows that a backfill writes in one transaction."""

_S = DeliveryState


class Way(NamedTuple):
    """What a person may do with a delivery: from which states, and where that leads."""

    to: DeliveryState
    open_in: tuple[DeliveryState, ...]
    reason: bool = False
    """A reason has to be given."""


WAYS: Final[Mapping[DeliveryAction, Way]] = {
    DeliveryAction.RESEND: Way(_S.PENDING, (_S.REFUSED, _S.PENDING, _S.SKIPPED, _S.DELIVERED)),
    DeliveryAction.SKIP: Way(_S.SKIPPED, (_S.REFUSED, _S.PENDING), reason=True),
}
"""Nothing is sent again once a later version of the report is on its way: it would take the place of that one."""


def delivery_id(report_id: str, version: int, peer: str) -> str:
    """Return the id of the delivery of a version to a peer: always the same, so that no version goes twice."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"emh_report/{report_id}/{version}/{peer}"))


def enqueue(connection: Connection, peers: Sequence[Peer], number: int, version: Any, at: str) -> None:  # noqa: ANN401 - a StoredVersion, or its row
    """Note in the transaction that made ``version`` which peers are to get it."""
    wanted = [peer for peer in peers if version.signature or peer.versions is Versions.RELEASED]
    new = [
        {
            "delivery_id": delivery_id(version.report_id, version.version, peer.name),
            "report": number,
            "version": version.version,
            "peer": peer.name,
            "state": _S.PENDING.value,
            "attempts": 0,
            "next_try": at,
            "error": "",
            "details": "[]",
            "sha256": "",
            "content_type": "",
            "created": at,
            "updated": at,
        }
        for peer in wanted
    ]
    if new:
        connection.execute(insert(OUTBOX), new)


def backfill(ledger: Ledger, name: str) -> int:
    """Note every version that a peer should have got and did not, and return how many.

    Versions that are older than one which was sent to the peer are left out. Raises NotFoundError for a peer that is
    not configured.
    """
    peer = next((peer for peer in ledger.peers if peer.name == name), None)
    if peer is None:
        raise NotFoundError("peer", name, [peer.name for peer in ledger.peers])
    total = 0
    while True:
        with writing(ledger.engine) as connection:
            found = connection.execute(_missing(peer)).all()
            reports = sorted({row.number for row in found})
            _lock(connection, reports, name)
            # looked at again now that nobody releases or sends these: what is sent already stays ahead of what is older
            for row in connection.execute(_missing(peer).where(VERSIONS.c.number.in_(reports))):
                enqueue(connection, [peer], row.number, row, ledger.instant())
        total += len(found)
        if len(found) < BATCH:
            return total


def _lock(connection: Connection, reports: Sequence[int], peer: str) -> None:
    """Have nobody release these reports, nor take or decide a delivery of theirs to a peer, until this has ended."""
    released = select(REPORTS.c.number).where(REPORTS.c.number.in_(reports)).order_by(REPORTS.c.number)
    noted = select(OUTBOX.c.number).where(OUTBOX.c.report.in_(reports), OUTBOX.c.peer == peer).order_by(OUTBOX.c.number)
    for wanted in (released, noted):
        connection.execute(wanted.with_for_update()).all()


def _missing(peer: Peer) -> Select[Any]:
    noted = OUTBOX.alias()
    of_peer = (noted.c.report == VERSIONS.c.number) & (noted.c.peer == peer.name)
    there = exists().where(of_peer, noted.c.version == VERSIONS.c.version)
    begun = exists().where(of_peer, noted.c.version > VERSIONS.c.version, noted.c.attempts > 0)
    wanted = select(REPORTS.c.report_id, VERSIONS.c.number, VERSIONS.c.version, VERSIONS.c.signature)
    wanted = wanted.join(REPORTS, REPORTS.c.number == VERSIONS.c.number).where(~there, ~begun)
    if peer.versions is Versions.SIGNED:
        wanted = wanted.where(VERSIONS.c.signature != "")
    return wanted.order_by(VERSIONS.c.number, VERSIONS.c.version).limit(BATCH)


class Decision(NamedTuple):
    """What a person decided about a delivery, who, and why."""

    action: DeliveryAction
    actor: Actor
    reason: str = ""


def decide(ledger: Ledger, id_: str, decision: Decision, request_id: str) -> Receipt:
    """Do what was decided, with its audit. Raises NotStoredError, DeliveryStateError, InputError."""
    _check(decision)
    given = (id_, actor_content(decision.actor), decision.reason)
    asked = ledger.request(request_id, decision.action.value, *given)
    return ledger.once(asked, lambda connection: _decide(ledger, connection, id_, decision))


def _check(decision: Decision) -> None:
    identifier = decision.actor.person.identifier
    if not (identifier.system and identifier.value):
        raise InputError([("actor.person.identifier", "system and value are needed")])
    if WAYS[decision.action].reason and not decision.reason.strip():
        raise InputError([("reason", "a reason is needed: this peer will never get this version")])
    if len(decision.reason) > limits.NAME or is_unsafe(decision.reason):
        raise InputError([("reason", f"at most {limits.NAME} characters, without control characters")])


def _decide(ledger: Ledger, connection: Connection, id_: str, decision: Decision) -> Done:
    row = _locked(connection, id_)
    way = WAYS[decision.action]
    if _S(row.state) not in way.open_in:
        raise DeliveryStateError(decision.action.value, row.state, [state.value for state in way.open_in])
    if way.to is _S.PENDING and row.overtaken:
        raise DeliveryStateError(decision.action.value, row.state, ["the newest version that was sent to this peer"])
    at = ledger.instant()
    reason = ledger.sealer.seal(decision.reason.encode(), rows.place(row.report_id, f"decisions/{id_}"))
    fresh = {"payload": None, "sha256": "", "content_type": ""}  # what was refused is not sent again as it was
    values = {"state": way.to.value, "next_try": at, "error": "", "details": "[]", "updated": at, "reason": reason}
    connection.execute(update(OUTBOX).where(OUTBOX.c.number == row.number).values(**values, **fresh))
    receipt = Receipt(
        report_id=row.report_id,
        status=ReportStatus(row.status),
        version=row.reported,
        etag=row.etag,
        at=at,
        communication_pending=row.communication_pending,
    )
    return Done(receipt, decision.action, decision.actor)


def _locked(connection: Connection, id_: str) -> Row[Any]:
    """Return a delivery and its report; nobody sends or decides about this report and peer until this has ended."""
    place = connection.execute(select(OUTBOX.c.report, OUTBOX.c.peer).where(OUTBOX.c.delivery_id == id_)).one_or_none()
    if place is None:
        raise NotStoredError("delivery")
    same = (OUTBOX.c.report == place.report, OUTBOX.c.peer == place.peer)
    connection.execute(select(OUTBOX.c.number).where(*same).order_by(OUTBOX.c.number).with_for_update()).all()
    later = OUTBOX.alias()
    of_peer = (later.c.report == OUTBOX.c.report) & (later.c.peer == OUTBOX.c.peer)
    overtaken = exists().where(of_peer, later.c.version > OUTBOX.c.version, later.c.attempts > 0)
    report = (REPORTS.c.report_id, REPORTS.c.status, REPORTS.c.etag, REPORTS.c.communication_pending)
    wanted = select(OUTBOX, *report, REPORTS.c.version.label("reported"), overtaken.label("overtaken"))
    wanted = wanted.join(REPORTS, REPORTS.c.number == OUTBOX.c.report).where(OUTBOX.c.delivery_id == id_)
    return connection.execute(wanted).one()
