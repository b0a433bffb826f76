"""What every use of the store shares: its database, its secrets, the time, and the one way in which it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from emh_report.catalog import Catalog
from emh_report.deliveries import DeliveryAction, Peer
from emh_report.errors import ConflictError, InputError, StoredReportError
from emh_report.keys import SigningKey
from emh_report.lifecycle import Action, Actor
from emh_report.program import calling, on_behalf_of
from emh_report.recent import Recent
from emh_report.records import Receipt
from emh_report.signers import Signer
from emh_report.store import audit, requests, rows
from emh_report.store.compose import Composed
from emh_report.store.engine import reading
from emh_report.store.requests import Request
from emh_report.store.sealing import Sealer, digest
from emh_report.store.secrets import Secrets
from emh_report.store.shown import Key, shown
from emh_report.store.usage import Usage
from emh_report.store.writers import Writers

ATTEMPTS: Final = 3
"""A write that another one came before is tried again: it then finds what the other one wrote."""

_ETAG_CHARACTERS: Final = 24


class Done(NamedTuple):
    """What a write did, for its audit; ``changed`` is false where there was nothing to do."""

    receipt: Receipt
    action: Action | DeliveryAction
    actor: Actor
    changed: bool = True


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One opened store. ``signer`` signs; all ``keys``, and the trial key, verify.

    ``peers`` are those that get what is released; ``audits_reads``: the audit has reads, too.
    """

    engine: Engine
    writers: Writers
    catalog: Catalog
    sealer: Sealer
    secrets: Secrets
    signer: Signer
    keys: tuple[SigningKey, ...] = ()
    clock: Callable[[], datetime] = utc_now
    shown: Recent[Key, Composed] = field(default_factory=shown)
    usage: Usage = field(default_factory=Usage)
    peers: tuple[Peer, ...] = ()
    audits_reads: bool = False

    def instant(self) -> str:
        """Return the time in milliseconds (RFC 3339, UTC): when something was stored."""
        return rows.instant(self.clock())

    def request(self, request_id: str, *content: str) -> Request:
        """Return a write as it is remembered. Raises InputError for an id that is not a UUID."""
        return requests.request(request_id, self.secrets.finding, *content)

    def etag(self, report_id: str, revision: int, content: bytes, sha256: str) -> str:
        """Return the etag of a revision: its number, and a digest of its working copy and of its last version's."""
        said = digest(self.secrets.finding, "etag", report_id, str(revision), content.hex(), sha256)
        return f"{revision}-{said[:_ETAG_CHARACTERS]}"

    def answered(self, asked: Request) -> Receipt | None:
        """Return what this request was answered before; None where it was not. Raises RequestIdReusedError."""
        with reading(self.engine) as connection:
            return requests.replayed(connection, asked)

    def once(self, asked: Request, work: Callable[[Connection], Done]) -> Receipt:
        """Do ``work`` in one transaction with its audit, unless this request was answered before.

        Raises RequestIdReusedError, StoreUnavailableError, and what ``work`` raises; then nothing was written.
        """
        try:
            return self._attempts(asked, work)
        except StoredReportError:  # the same request may have been done meanwhile, and be what this one met
            earlier = self.answered(asked)
            if earlier is None:
                raise
            return earlier

    def _attempts(self, asked: Request, work: Callable[[Connection], Done]) -> Receipt:
        for attempt in range(ATTEMPTS):
            try:
                return self._try(asked, work)
            except IntegrityError:  # the same request, or the same identifier, was written at the same time
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError  # the last attempt returns or raises

    def _try(self, asked: Request, work: Callable[[Connection], Done]) -> Receipt:
        def write(connection: Connection) -> Receipt:
            earlier = requests.replayed(connection, asked)
            if earlier is not None:
                return earlier
            done = work(connection)
            requests.remember(connection, asked, done.receipt)
            if done.changed:
                audit.record(connection, self.sealer, _entry(asked, done))
            return done.receipt

        return self.writers.write(write)


def _entry(asked: Request, done: Done) -> audit.Entry:
    receipt = done.receipt
    return audit.Entry(
        at=receipt.at,
        actor=done.actor.name,
        rank=done.actor.rank.value,
        action=done.action.value,
        report_id=receipt.report_id,
        version=receipt.version,
        status=receipt.status.value,
        etag=receipt.etag,
        sha256=receipt.sha256,
        request_id=asked.id,
        program=calling(),
        on_behalf_of=on_behalf_of(),
    )


def check_etag(report_id: str, given: str, current: str) -> None:
    """Raise ConflictError where ``given`` is not the ``current`` etag, InputError where none was given."""
    if not given:
        raise InputError([("etag", "the etag of the report as it was read is needed")])
    if given != current:
        raise ConflictError(report_id, current)


def actor_content(actor: Actor) -> str:
    """Return what of an actor counts as content of a request."""
    return f"{actor.name}|{actor.rank}"
