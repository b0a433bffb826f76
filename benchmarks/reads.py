"""What a read costs where the audit has reads: ``python -m benchmarks.reads``. By the clock, since it waits for disks.

One store, served twice over gRPC, with reads in its audit and without; calls take turns, so both meet the same machine.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click

from benchmarks.store import commits_a_second, reports_of_each_template
from benchmarks.store_filler import Pattern, fill
from emh_report.client import Client
from emh_report.grpc_server.run import running
from emh_report.store import open_store
from tests.case_files import catalog

CALLS: Final = 500
WARM: Final = 50
ENTRY_BYTES: Final = 400
"""About what a link of the audit has."""

Reads = Mapping[str, Callable[[Client], object]]


def reads_of(report_id: str) -> Reads:
    """Return what is measured."""
    return {
        "get": lambda client: client.stored.get(report_id),
        "get version": lambda client: client.stored.version(report_id),
        "search, 10 of them": lambda client: client.stored.list(size=10),
    }


def took(call: Callable[[Client], object], client: Client) -> float:
    """Return the milliseconds of one call."""
    start = time.perf_counter()
    call(client)
    return (time.perf_counter() - start) * 1000


def medians(call: Callable[[Client], object], plain: Client, audited: Client) -> tuple[float, float]:
    """Return the medians of a call without and with an entry in the audit; the first calls do not count."""
    times = [(took(call, plain), took(call, audited)) for _ in range(WARM + CALLS)][WARM:]
    without, with_entry = zip(*times, strict=True)
    return statistics.median(without), statistics.median(with_entry)


@click.command()
@click.option("--reports", default=1_000, show_default=True, help="How many reports the store has.")
@click.option("--url", default="", help="Empty database; a new SQLite file where none is given.")
def main(reports: int, url: str) -> None:
    """Fill a store, and print what its reads take without and with an entry in the audit."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        place = url or f"sqlite:///{name}/reports.db"
        store = stack.enter_context(open_store(place, catalog(), create=True))
        patterns = [Pattern(store, *one) for one in reports_of_each_template()]
        for _ in fill(store, patterns, reports):
            pass
        (first,) = store.released(reports // 2, 1)
        audited = stack.enter_context(open_store(place, catalog(), audits_reads=True))
        addresses = [stack.enter_context(running(catalog(), store=one)) for one in (store, audited)]
        clients = [stack.enter_context(Client(address)) for address in addresses]
        links = store.verify().links
        print(f"{reports} reports, {store.ledger.engine.dialect.name}; medians of {CALLS} calls over gRPC, in ms")
        print(f"  {'':20}{'without':>9}{'with':>9}{'ratio':>8}{'more':>9}")
        for what, call in reads_of(first.report_id).items():
            without, with_entry = medians(call, *clients)
            more = with_entry - without
            print(f"  {what:20}{without:9.2f}{with_entry:9.2f}{with_entry / without:8.2f}{more:9.2f}")
        noted = store.verify().links - links
        print(f"{noted} entries in the audit, one for each call with them")
        print(f"a bare commit of SQLite here: {1000 / commits_a_second(Path(name), ENTRY_BYTES):.2f} ms")


if __name__ == "__main__":
    main()
