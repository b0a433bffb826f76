"""One peer and everything on its way to it: what is taken, sent beside each other, and settled."""

from __future__ import annotations

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from emh_report.deliveries import DeliveryState
from emh_report.delivery import backoff, parcels
from emh_report.delivery.peers import Configured
from emh_report.delivery.sender import End, Outcome, Parcel
from emh_report.errors import DamagedError, InvalidReportError, NotAsSignedError, StoreUnavailableError
from emh_report.store import Store, claims
from emh_report.store.claims import Job, Settled

LOG = logging.getLogger(__name__)

STRAYS_SECONDS: Final = 1.0
"""So often is looked for what senders left that are gone."""

AWAY: Final = ("UNREACHABLE", "NO_ANSWER", "HTTP_502", "HTTP_503", "HTTP_504", "FOLDER_FULL", "FOLDER_UNUSABLE")
"""Errors of a peer that was away: what waits because of them is tried as soon as it is back."""

OURS: Final = frozenset({"NOT_OURS", "STORE_UNAVAILABLE", "NOT_EXPORTABLE", "NOT_AS_SIGNED", "DAMAGED", "INTERNAL"})
"""Errors on this side: they say nothing about whether the peer is there."""


class Lane:
    """Sends to one peer. Used from one thread, which it does not block: what takes time has threads of its own."""

    def __init__(self, store: Store, configured: Configured, wake: Callable[[], None]) -> None:
        """Take a peer; ``wake`` is called when something has ended."""
        self.name = configured.peer.name
        self._ledger = store.ledger
        self._settings = configured.settings
        self._sender = configured.maker.make(configured.settings)
        self._pool = ThreadPoolExecutor(configured.settings.parallel, thread_name_prefix=f"deliver-{self.name}")
        self._wake = wake
        self._on_way: dict[int, Job] = {}
        self._ended: deque[tuple[Job, Outcome]] = deque()
        self._failures = 0
        self._paused_until = 0.0
        self._strays: dict[Job, float] = {}
        self._looked = 0.0

    @property
    def abandoned_seconds(self) -> float:
        """After this time nobody can still be sending: a try connects, writes and reads, each within the timeout."""
        return 3 * self._settings.timeout_seconds + 5

    def turn(self) -> bool:
        """Settle what ended, take what is due; return whether anything is on its way. Raises StoreUnavailableError."""
        self._settle()
        now = time.monotonic()
        if now - self._looked >= STRAYS_SECONDS:
            self._looked = now
            self._look_for_strays(now)
        room = self._settings.parallel - len(self._on_way)
        if self._failures:
            room = 0 if now < self._paused_until or self._on_way else 1
        for job in claims.claim(self._ledger, self.name, room) if room else ():
            self._on_way[job.number] = job
            self._pool.submit(self._try, job)
        return bool(self._on_way)

    def _try(self, job: Job) -> None:
        try:
            outcome = self._send(job)
        except StoreUnavailableError:
            outcome = Outcome(End.AGAIN, "STORE_UNAVAILABLE")
        except InvalidReportError as error:
            rules = tuple(dict.fromkeys(issue.rule_id for issue in error.issues if issue.severity == "error"))
            outcome = Outcome(End.REFUSED, "NOT_EXPORTABLE", rules)
        except NotAsSignedError:
            outcome = Outcome(End.REFUSED, "NOT_AS_SIGNED")
        except DamagedError:
            outcome = Outcome(End.REFUSED, "DAMAGED")
        except Exception as error:  # noqa: BLE001 - nothing may be lost through a defect of ours: it stays in the list
            place = traceback.extract_tb(error.__traceback__)[-1]
            LOG.error("%s: delivery %s: %s at %s:%s", self.name, job.delivery_id, type(error).__name__, *place[:2])  # noqa: TRY400 - its text may hold what was sent
            outcome = Outcome(End.AGAIN, "INTERNAL")
        self._ended.append((job, outcome))
        self._wake()

    def _send(self, job: Job) -> Outcome:
        found = claims.material(self._ledger, job)
        if found is None:
            return Outcome(End.AGAIN, "NOT_OURS")
        made = found.frozen
        if made is None:
            made = parcels.make(self._ledger.catalog, found.version, found.earlier, self._settings)
            if not claims.freeze(self._ledger, job, made):
                return Outcome(End.AGAIN, "NOT_OURS")
        version = found.version
        parcel = Parcel(job.delivery_id, job.report_id, job.version, *made, version.content, version.signature)
        return self._sender.send(parcel)

    def _settle(self) -> None:
        """Note how tries ended. Where the store is away they stay here, and are noted when it is back."""
        while self._ended:
            job, outcome = self._ended[0]
            if not claims.settle(self._ledger, job, self._settled(job, outcome)):
                LOG.warning("%s: delivery %s was settled by somebody else", self.name, job.delivery_id)
            self._ended.popleft()
            self._on_way.pop(job.number, None)
            self._note(outcome)

    def _settled(self, job: Job, outcome: Outcome) -> Settled:
        match outcome.end:
            case End.DELIVERED:
                return Settled(DeliveryState.DELIVERED, details=outcome.details)
            case End.REFUSED:
                LOG.warning("%s: delivery %s refused: %s", self.name, job.delivery_id, outcome.error)
                return Settled(DeliveryState.REFUSED, outcome.error, outcome.details)
            case _:
                wait = backoff.DELIVERY.seconds(job.attempt, outcome.retry_after)
                return Settled(DeliveryState.PENDING, outcome.error, outcome.details, wait)

    def _note(self, outcome: Outcome) -> None:
        """Give a peer time that is away, and none to one that is back."""
        if outcome.error in OURS:
            return
        if outcome.end is End.AWAY:
            if not self._failures:
                LOG.warning("%s: away (%s); it is tried again until it is back", self.name, outcome.error)
            now = time.monotonic()
            self._failures += now >= self._paused_until  # those that were on their way together are one failure
            pause = backoff.PEER.seconds(self._failures, outcome.retry_after)
            self._paused_until = max(self._paused_until, now + pause)
        elif self._failures:
            LOG.warning("%s: back", self.name)
            self._failures = 0
            claims.hasten(self._ledger, self.name, AWAY)

    def _look_for_strays(self, now: float) -> None:
        """Take back what others began and never settled. Only the time that this process saw pass counts."""
        theirs = [job for job in claims.in_flight(self._ledger, self.name) if job.number not in self._on_way]
        self._strays = {job: self._strays.get(job, now) for job in theirs}
        for job, since in self._strays.items():
            if now - since > self.abandoned_seconds:
                LOG.warning("%s: delivery %s was abandoned; it is sent again", self.name, job.delivery_id)
                claims.settle(self._ledger, job, Settled(DeliveryState.PENDING, "ABANDONED"))

    def close(self) -> None:
        """Wait for what is on its way, settle it, and let go."""
        self._pool.shutdown(wait=True)
        try:
            self._settle()
        except StoreUnavailableError:
            LOG.warning("%s: the store is away; what was sent last is sent again later", self.name)
        self._sender.close()
