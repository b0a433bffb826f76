"""Deliveries as those see them who send: taken, frozen, settled. Any number of senders may work on one store.

Whoever takes a delivery marks it as being sent before anything leaves, and settles it with the number of its try, so
that a sender that was thought dead cannot overwrite what happened since. No clock decides who owns a delivery.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from emh_report import limits
from emh_report.deliveries import OPEN, DeliveryState
from emh_report.records import StoredVersion
from emh_report.signing import sha256
from emh_report.store import rows
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.tables import OUTBOX, REPORTS

_S = DeliveryState

# Statements are made once, as in rows.py: a worker runs them for every delivery, and ten times a second for none.
_FIRST: Final = OUTBOX.alias()
_WAITS: Final = exists().where(
    _FIRST.c.report == OUTBOX.c.report,
    _FIRST.c.peer == OUTBOX.c.peer,
    _FIRST.c.version < OUTBOX.c.version,
    _FIRST.c.state.in_([state.value for state in OPEN]),
)
_READY: Final = and_(
    OUTBOX.c.peer == bindparam("to"),
    OUTBOX.c.state == _S.PENDING.value,
    or_(OUTBOX.c.next_try <= bindparam("now"), OUTBOX.c.next_try > bindparam("far")),
    ~_WAITS,
)
"""Due, and the first open version of its report. A time far ahead is due too: the clock was set back since."""

_FIND_READY: Final = select(OUTBOX.c.number).where(_READY)
_FIND_ANY: Final = _FIND_READY.limit(1)
_LOCK_READY: Final = (
    _FIND_READY.order_by(OUTBOX.c.next_try, OUTBOX.c.number).limit(bindparam("most")).with_for_update(skip_locked=True)
)
_TAKE: Final = (
    update(OUTBOX)
    # said again now that the rows are ours: a decision may have been made between reading and locking
    .where(OUTBOX.c.number.in_(bindparam("locked", expanding=True)), _READY)
    .values(state=_S.SENDING.value, attempts=OUTBOX.c.attempts + 1, updated=bindparam("at"))
    .returning(OUTBOX.c.number)
)
_FIND_JOBS: Final = select(
    OUTBOX.c.number, OUTBOX.c.delivery_id, REPORTS.c.report_id, OUTBOX.c.version, OUTBOX.c.peer, OUTBOX.c.attempts
).join(REPORTS, REPORTS.c.number == OUTBOX.c.report)
_FIND_TAKEN: Final = _FIND_JOBS.where(OUTBOX.c.number.in_(bindparam("taken", expanding=True))).order_by(OUTBOX.c.number)
_FIND_SENDING: Final = _FIND_JOBS.where(OUTBOX.c.peer == bindparam("to"), OUTBOX.c.state == _S.SENDING.value)
_MINE: Final = (
    OUTBOX.c.number == bindparam("job"),
    OUTBOX.c.state == _S.SENDING.value,
    OUTBOX.c.attempts == bindparam("attempt"),
)
_FIND_PAYLOAD: Final = select(OUTBOX.c.payload, OUTBOX.c.content_type).where(*_MINE)
_UPDATE: Final = update(OUTBOX).where(*_MINE)


class Job(NamedTuple):
    """A delivery that is being sent, for the ``attempt``-th time."""

    number: int
    delivery_id: str
    report_id: str
    version: int
    peer: str
    attempt: int


class Frozen(NamedTuple):
    """What is sent, the same at every try."""

    content: bytes
    content_type: str


class Material(NamedTuple):
    """What a delivery is made from: its version, those before it, and what an earlier try sent, if there was one."""

    version: StoredVersion
    earlier: tuple[StoredVersion, ...]
    frozen: Frozen | None


class Settled(NamedTuple):
    """How a try ended. ``wait_seconds`` is the time to the next one of a delivery that stays pending."""

    state: DeliveryState
    error: str = ""
    details: tuple[str, ...] = ()
    wait_seconds: float = 0


def claim(ledger: Ledger, peer: str, most: int) -> list[Job]:
    """Take up to ``most`` deliveries of a peer that are due, oldest first: only the first open one of each report.

    On PostgreSQL those that somebody else is just taking are passed over.
    """
    now = ledger.clock()
    far = now + timedelta(seconds=limits.DELIVERY_WAIT_SECONDS + limits.CLOCK_SECONDS)
    ready = {"to": peer, "now": rows.instant(now), "far": rows.instant(far)}
    with reading(ledger.engine) as connection:  # most of the time there is nothing, and nobody has to wait for that
        if connection.execute(_FIND_ANY, ready).first() is None:
            return []

    def take(connection: Connection) -> list[Job]:
        locked = connection.execute(_LOCK_READY, {**ready, "most": most}).scalars().all()
        taken = connection.execute(_TAKE, {**ready, "locked": locked, "at": rows.instant(now)}).scalars().all()
        return [Job(*row) for row in connection.execute(_FIND_TAKEN, {"taken": taken})]

    return ledger.writers.write(take)


def material(ledger: Ledger, job: Job) -> Material | None:
    """Return what a delivery is made from; None where the try is not ours any more. Raises DamagedError."""
    with reading(ledger.engine) as connection:
        row = connection.execute(_FIND_PAYLOAD, _mine(job)).one_or_none()
        if row is None:
            return None
        if row.payload is None:
            frozen, before = None, range(1, job.version)
        else:
            frozen, before = Frozen(ledger.sealer.open(row.payload, _place(job)), row.content_type), range(0)
        earlier = tuple(rows.find_version(connection, ledger.sealer, job.report_id, number) for number in before)
        version = rows.find_version(connection, ledger.sealer, job.report_id, job.version)
    return Material(version, earlier, frozen)


def _mine(job: Job) -> dict[str, int]:
    return {"job": job.number, "attempt": job.attempt}


def _place(job: Job) -> str:
    return rows.place(job.report_id, f"deliveries/{job.delivery_id}")


def freeze(ledger: Ledger, job: Job, made: Frozen) -> bool:
    """Keep what will be sent, so that every later try sends the same. False where the try is not ours any more."""
    values = {
        "payload": ledger.sealer.seal(made.content, _place(job)),
        "sha256": sha256(made.content),
        "content_type": made.content_type,
    }
    return _update(ledger, job, values)


def settle(ledger: Ledger, job: Job, end: Settled) -> bool:
    """Note how a try ended. False where somebody else has settled it meanwhile."""
    now = ledger.clock()
    values: dict[str, Any] = {
        "state": end.state.value,
        "error": end.error,
        "details": json.dumps(end.details),
        "next_try": rows.instant(now + timedelta(seconds=end.wait_seconds)),
        "updated": rows.instant(now),
    }
    if end.state is not _S.PENDING:
        values["payload"] = None
    return _update(ledger, job, values)


def _update(ledger: Ledger, job: Job, values: dict[str, Any]) -> bool:
    return ledger.writers.write(lambda connection: connection.execute(_UPDATE, {**values, **_mine(job)}).rowcount == 1)


def in_flight(ledger: Ledger, peer: str) -> list[Job]:
    """Return every delivery of a peer that is being sent, or that somebody left so."""
    with reading(ledger.engine) as connection:
        found = connection.execute(_FIND_SENDING, {"to": peer}).all()
    return [Job(*row) for row in found]


def hasten(ledger: Ledger, peer: str, errors: tuple[str, ...]) -> None:
    """Make due what waits because the peer was away, now that it is back."""
    now = ledger.instant()
    late = (OUTBOX.c.peer == peer, OUTBOX.c.state == _S.PENDING.value, OUTBOX.c.next_try > now)
    soon = update(OUTBOX).where(*late, OUTBOX.c.error.in_(errors)).values(next_try=now)
    ledger.writers.write(lambda connection: connection.execute(soon))
