"""A worker as a process of its own: ``python -m tests.delivery_worker URL PEERS``; waits are moments."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from emh_report.catalog import load_catalog
from emh_report.delivery import Worker, backoff, lane, read_peers
from emh_report.delivery.backoff import Backoff
from emh_report.store import open_store


def main() -> None:
    """Deliver until stopped."""
    backoff.DELIVERY = backoff.PEER = Backoff(0.05, 1, 0.1)  # type: ignore[misc]  # not as final as in the product
    lane.Lane.abandoned_seconds = 2.0  # type: ignore[assignment, method-assign]
    configured = read_peers(Path(sys.argv[2]))
    with open_store(sys.argv[1], load_catalog(), peers=[one.peer for one in configured]) as store:
        worker = Worker(store, configured)
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        print("ready", flush=True)  # noqa: T201 - whoever started it waits for that
        worker.run()


if __name__ == "__main__":
    main()
