"""Reports drafted, previewed and signed by several callers at once in SQLite: ``python -m benchmarks.signing``.

Beside each rate stands what share of bare commits it is: SQLite with the same settings, one row of 4 000 bytes in each
transaction, and two transactions a report. A disk that takes as long to sync as one of a hospital's servers is had with
``strace -f --seccomp-bpf -o /dev/null -e trace=fsync,fdatasync -e inject=fsync,fdatasync:delay_exit=2000`` before the
command: it makes every sync two milliseconds longer, of bare commits as well.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from sqlalchemy import Connection, event

from benchmarks.load import PROGRAM
from benchmarks.store import HALF, commits_a_second, reports_of_each_template, sign_one
from emh_report.client import Client
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.store import Store, open_store
from emh_report.store.engine import WRITES
from tests.case_files import catalog

CALLERS = (1, 8, 32)
SIGNED = 240
"""Reports that are signed for one number: twenty of each template."""
COMMITS = 2
"""Transactions of a report that nobody shares: its draft, its signature."""


class Row(NamedTuple):
    """Reports a second by the clock and of the processor time of the process that has the store.

    ``commits`` are transactions a report, 0 where they are not counted; ``share`` is that of bare commits.
    """

    by_clock: float
    of_processor: float
    commits: float
    share: float


def row(seconds: float, used: float, commits: int, bare: float) -> Row:
    """Return what was found."""
    return Row(SIGNED / seconds, SIGNED / used, commits / SIGNED, COMMITS * SIGNED / seconds / bare)


def signed_by(callers: int, store: Store | Client, drafts: list[tuple[Draft, Context]]) -> float:
    """Sign reports with so many calls in flight and return the seconds that took."""
    door = store if isinstance(store, Store) else store.stored
    start = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        for done in [pool.submit(sign_one, door, *drafts[number % len(drafts)]) for number in range(SIGNED)]:  # type: ignore[arg-type]  # a client has the same methods
            done.result()
    return time.perf_counter() - start


@contextmanager
def counted(store: Store) -> Iterator[list[int]]:
    """Count the transactions that write."""
    commits = [0]

    def count(connection: Connection) -> None:
        commits[0] += bool(connection.get_execution_options().get(WRITES))

    event.listen(store.ledger.engine, "commit", count)
    yield commits
    event.remove(store.ledger.engine, "commit", count)


@contextmanager
def served(url: str) -> Iterator[tuple[Client, int]]:
    """Serve a store from a process of its own; gives a client and the number of the process."""
    command = [PROGRAM, "serve", "--json", "--address", "127.0.0.1:0", "--web", "off", "--fhir", "off", "--store", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = json.loads(process.stdout.readline() if process.stdout else "{}")["addresses"][0]
            with Client(address, timeout=60) as client:
                yield client, process.pid
        finally:
            process.terminate()


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has used (Linux, proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def measured(folder: Path, url: str, drafts: list[tuple[Draft, Context]]) -> Iterator[tuple[str, Row]]:
    """Yield the rows of one round, each with what it is of."""
    with open_store(url, catalog()) as store:
        for one in drafts:
            sign_one(store, *one)
        for callers in CALLERS:
            bare, used = commits_a_second(folder, HALF), time.process_time()
            with counted(store) as commits:
                seconds = signed_by(callers, store, drafts)
            used = time.process_time() - used
            yield f"{callers:>2} at once, the store", row(seconds, used, commits[0], bare)
    with served(url) as (client, process):
        for one in drafts:
            sign_one(client.stored, *one)  # type: ignore[arg-type]  # as above
        for callers in CALLERS:
            bare, used = commits_a_second(folder, HALF), processor_seconds(process)
            seconds = signed_by(callers, client, drafts)
            used = processor_seconds(process) - used
            yield f"{callers:>2} at once, over gRPC", row(seconds, used, 0, bare)


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Rounds, of which the median is printed.")
def main(rounds: int) -> None:
    """Print how many reports are signed in a second."""
    found: dict[str, list[Row]] = {}
    drafts = reports_of_each_template()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            for what, one in measured(Path(name), f"sqlite:///{name}/reports.db", drafts):
                found.setdefault(what, []).append(one)
    print("reports a second: clock, processor; commits a report; two commits a report, of bare ones")
    for what, rows in found.items():
        clock, processor, commits, share = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"  {what:24}{clock:8.0f}{processor:8.0f}{commits:8.2f}{share:8.2f}")


if __name__ == "__main__":
    main()
