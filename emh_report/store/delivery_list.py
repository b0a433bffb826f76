"""What was delivered and what was not, for people: newest first."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import Row, Select, func, select

from emh_report import limits
from emh_report.deliveries import OPEN, Delivery, DeliveryPage, DeliveryQuery, DeliveryState, PeerCount
from emh_report.errors import InputError, NotStoredError
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.tables import OUTBOX, REPORTS
from emh_report.store.tokens import Place, place_of, token_of

_KEPT: Final = ("payload", "reason")
"""Columns that no list shows."""


def list_deliveries(ledger: Ledger, query: DeliveryQuery, size: int, token: str) -> DeliveryPage:
    """Return one page. Raises InputError for a negative size and for a token of another query."""
    if size < 0:
        raise InputError([("page_size", "must not be negative")])
    size = min(size or limits.PAGE, limits.MAX_PAGE)
    wanted = _select()
    if query.report_id:
        wanted = wanted.where(REPORTS.c.report_id == query.report_id)
    if query.peer:
        wanted = wanted.where(OUTBOX.c.peer == query.peer)
    if query.states:
        wanted = wanted.where(OUTBOX.c.state.in_([state.value for state in query.states]))
    if token:
        wanted = wanted.where(OUTBOX.c.number < place_of(ledger, query, token).number)
    with reading(ledger.engine) as connection:
        found = connection.execute(wanted.order_by(OUTBOX.c.number.desc()).limit(size + 1)).all()
    page = found[:size]
    next_token = token_of(ledger, query, Place(page[-1].number)) if len(found) > size else ""
    return DeliveryPage(tuple(_delivery(row) for row in page), next_token)


def get_delivery(ledger: Ledger, id_: str) -> Delivery:
    """Return one delivery. Raises NotStoredError."""
    with reading(ledger.engine) as connection:
        row = connection.execute(_select().where(OUTBOX.c.delivery_id == id_)).one_or_none()
    if row is None:
        raise NotStoredError("delivery")
    return _delivery(row)


def count_peers(ledger: Ledger) -> tuple[PeerCount, ...]:
    """Return every peer that is configured or that has deliveries, with how many are in which state."""
    wanted = select(OUTBOX.c.peer, OUTBOX.c.state, func.count()).group_by(OUTBOX.c.peer, OUTBOX.c.state)
    with reading(ledger.engine) as connection:
        found = connection.execute(wanted).all()
    peers = {peer.name: peer for peer in ledger.peers}
    counts: dict[str, dict[DeliveryState, int]] = {name: {} for name in peers}
    for name, state, number in found:
        counts.setdefault(name, {})[DeliveryState(state)] = number
    return tuple(PeerCount(name, peers.get(name), of_peer) for name, of_peer in sorted(counts.items()))


def _select() -> Select[Any]:
    first = OUTBOX.alias()
    same = (first.c.report == OUTBOX.c.report, first.c.peer == OUTBOX.c.peer, first.c.version < OUTBOX.c.version)
    waits = select(func.min(first.c.version)).where(*same, first.c.state.in_([state.value for state in OPEN]))
    columns = [column for column in OUTBOX.c if column.name not in _KEPT]
    wanted = select(*columns, REPORTS.c.report_id, waits.scalar_subquery().label("waits_for"))
    return wanted.join(REPORTS, REPORTS.c.number == OUTBOX.c.report)


def _delivery(row: Row[Any]) -> Delivery:
    fields = {name: getattr(row, name) for name in Delivery._fields}
    state = DeliveryState(row.state)
    waiting = row.waits_for if state is DeliveryState.PENDING else None
    own = {"state": state, "details": tuple(json.loads(row.details)), "waits_for": waiting or 0}
    return Delivery(**{**fields, **own})
