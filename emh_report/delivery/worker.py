"""Goes through the outbox of a store until it is told to stop. Any number of workers may do so at the same time."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from collections.abc import Iterator, Sequence
from typing import Final

from emh_report.delivery.lane import Lane
from emh_report.delivery.peers import Configured
from emh_report.errors import StoreUnavailableError
from emh_report.store import Store

LOG = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.1
"""A worker that has nothing to do looks again after this time."""

STORE_SECONDS: Final = 1.0
"""The same, where the store is away."""


class Worker:
    """Delivers to peers. ``run`` blocks; ``stop`` may be called from any thread and from a signal handler."""

    def __init__(self, store: Store, peers: Sequence[Configured]) -> None:
        """Take an opened store and the peers to send to."""
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._lanes = [Lane(store, peer, self._wake.set) for peer in peers]

    def stop(self) -> None:
        """End after what is on its way."""
        self._stop.set()
        self._wake.set()

    def run(self, *, once: bool = False) -> None:
        """Deliver until stopped; with ``once`` until nothing is due and nothing on its way.

        Whatever goes wrong, as in a store whose file is damaged, is logged and tried again; with ``once`` it is raised.
        """
        try:
            while not self._stop.is_set():
                self._wake.clear()
                seconds = POLL_SECONDS
                try:
                    busy = [lane.turn() for lane in self._lanes]
                except StoreUnavailableError:  # which the store logs
                    busy, seconds = [True], STORE_SECONDS
                except Exception as error:
                    if once:
                        raise
                    _log_unknown(error)  # a thread that ended would deliver nothing, and nobody would see it
                    busy, seconds = [True], STORE_SECONDS
                if once and not any(busy):
                    return
                self._wake.wait(seconds)
        finally:
            for lane in self._lanes:
                lane.close()


def _log_unknown(error: Exception) -> None:
    """Log type and place of an unknown error. Its text may hold what is sent, so it stays out."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.filename.rpartition('/')[2]}:{place.lineno} {place.name}"
    LOG.error("deliveries wait %.0f s, since something is wrong: %s at %s", STORE_SECONDS, type(error).__name__, where)


@contextlib.contextmanager
def delivering(store: Store, peers: Sequence[Configured]) -> Iterator[Worker]:
    """Deliver from a thread of this process while the block runs."""
    worker = Worker(store, peers)
    thread = threading.Thread(target=worker.run, name="emh-report deliveries", daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()
