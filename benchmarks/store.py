"""The store from few reports to many: ``make bench-store REPORTS=100000``. Times depend on the machine, ratios less."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click
from sqlalchemy import Connection, event

from benchmarks.peers.machine import memory_mb
from benchmarks.store_filler import BATCH, PATIENT, SYSTEM, Pattern, fill
from emh_report import pipeline
from emh_report.context import Context, Identifier, ReportIdentity, ReportStatus
from emh_report.draft import Draft
from emh_report.lifecycle import Action, Actor, Rank
from emh_report.records import Query, Release, VersionQuery
from emh_report.store import Store, open_store
from emh_report.store.engine import WRITES
from tests.case_files import SYNTHETIC, catalog, read_report, synthetic_context

ROOT = Path(__file__).resolve().parent.parent
FEW = 10
SIZES = (10_000, 100_000, 1_000_000)
"""Reports after which is measured, beside the few of the beginning and all of the end."""
CALLS = 150
TOLD = 50_000
"""After so many reports the filling says how far it is."""
SIGNED = 240
"""Reports that are signed to measure that: twenty of each template."""
BARE = 500
HALF = 4_000
"""Bytes of a bare commit: half of what is stored of a signed report, in one of its two transactions."""
EXPORTED = (300, 1_500)
"""Reports that are exported: memory must be that of the first for the second."""


def reports_of_each_template() -> list[tuple[Draft, Context]]:
    """Return the first fictional report of each template that can be signed and has order and study."""
    files = (min(folder.glob("draft*.json")) for folder in sorted(SYNTHETIC.iterdir()))
    found = [read_report(file, synthetic_context(file)) for file in files]
    return [(d, c) for d, c in found if pipeline.validate(catalog(), d, c).can_finalize and c.orders and c.studies]


def three_lesions() -> tuple[Draft, Context]:
    """Return a report of CT with three lesions: a fictional one, whose lesion is there three times."""
    file = SYNTHETIC / "emh-ct-body" / "draft-b.json"
    draft, context = read_report(file, synthetic_context(file))
    place, lesion = next((at, group) for at, group in enumerate(draft.groups) if group.group_id == "finding")
    three = tuple(lesion._replace(uid=f"lesion-{number}") for number in range(3))
    return draft._replace(groups=(*draft.groups[:place], *three, *draft.groups[place + 1 :])), context


def p95(call: Callable[[], object], calls: int = CALLS) -> float:
    """Return the 95th percentile of a call in milliseconds of processor time: other programs share the machine."""
    times = []
    for _ in range(calls):
        start = time.thread_time()
        call()
        times.append((time.thread_time() - start) * 1000)
    return statistics.quantiles(times, n=20)[-1]


def reading_times(store: Store, first: int, reports: int) -> dict[str, float]:
    """Return the 95th percentile of reads in a store of so many reports, of random copies; ``first`` is one.

    What this process wrote itself is no copy: some of it is still at hand, and would be read for less.
    """
    chance = random.Random(1)  # noqa: S311 - not for secrets
    starts = [chance.randrange(first - 1, max(first, reports - 10)) for _ in range(20)]
    ids = [one.report_id for start in starts for one in store.released(start, 10)]

    def somebody() -> Identifier:
        return Identifier(SYSTEM, f"M{int(PATIENT[1:]) + chance.randrange(first, reports)}")

    def patient() -> Query:
        return Query(patient=somebody())

    def named() -> VersionQuery:
        return VersionQuery(patients=(somebody(),))

    page = store.list(size=10)
    one = next(one for one in store.list().reports if one.sites)
    day, drafts = Query(examined_from=one.exam_date, examined_to=one.exam_date), (ReportStatus.DRAFT,)
    return {
        "get": p95(lambda: store.get(chance.choice(ids))),
        "get version": p95(lambda: store.version(chance.choice(ids))),
        "list, first page": p95(store.list, 50),
        "list, a later page": p95(lambda: store.list(token=page.next_token), 50),
        "list, one patient": p95(lambda: store.list(patient())),
        "list, final": p95(lambda: store.list(Query(statuses=(ReportStatus.FINAL,))), 50),
        "list, drafts": p95(lambda: store.list(Query(statuses=drafts)), 50),
        "list, a site": p95(lambda: store.list(Query(site=one.sites[0])), 50),
        "list, drafts, a site": p95(lambda: store.list(Query(statuses=drafts, site=one.sites[0])), 50),
        "list, a day": p95(lambda: store.list(day), 50),
        "list, a day, a site": p95(lambda: store.list(day._replace(site=one.sites[0])), 50),
        "versions of a patient": p95(lambda: store.find_versions(named(), size=50), 50),
    }


class Signing(NamedTuple):
    """Reports that one caller drafts, previews and signs in a second, and the transactions that write each of them."""

    by_clock: float
    of_processor: float
    commits: float


def sign_one(store: Store, draft: Draft, context: Context) -> None:
    """Draft, preview and sign a new report, each write under a request id, as a client does."""
    context = replace(context, report=ReportIdentity(), supervisor=None)
    actor = Actor(context.author, Rank.ATTENDING)
    report_id = store.create(draft, context, actor, request_id=str(uuid.uuid4())).report_id
    shown = store.preview(report_id, Release(Action.FINALIZE, actor))
    wanted = Release(Action.FINALIZE, actor, seen=shown.seen)
    store.release(report_id, wanted, etag=shown.etag, request_id=str(uuid.uuid4()))


def signed_a_second(store: Store, drafts: Sequence[tuple[Draft, Context]]) -> Signing:
    """Measure signing after each of ``drafts`` was signed once: templates are read and statements made on first use."""
    commits = 0

    def count(connection: Connection) -> None:
        nonlocal commits
        commits += bool(connection.get_execution_options().get(WRITES))

    for draft, context in drafts:
        sign_one(store, draft, context)
    event.listen(store.ledger.engine, "commit", count)
    start, used = time.perf_counter(), time.process_time()
    for number in range(SIGNED):
        sign_one(store, *drafts[number % len(drafts)])
    seconds, used = time.perf_counter() - start, time.process_time() - used
    event.remove(store.ledger.engine, "commit", count)
    return Signing(SIGNED / seconds, SIGNED / used, commits / SIGNED)


def commits_a_second(folder: Path, size: int) -> float:
    """Return how many rows of ``size`` bytes bare SQLite commits in a second, each synced as the store does."""
    file = folder / "bare.db"
    file.unlink(missing_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, content BLOB)")
    content = os.urandom(size)
    start = time.perf_counter()
    for _ in range(BARE):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO t (content) VALUES (?)", (content,))
        connection.execute("COMMIT")
    found = BARE / (time.perf_counter() - start)
    connection.close()
    return found


def print_signing(store: Store, folder: Path) -> None:
    """Print how many reports are signed in a second, and what share of bare commits that is."""
    for what, drafts in (("CT, three lesions", [three_lesions()]), ("every template", reports_of_each_template())):
        before, found, after = (
            commits_a_second(folder, HALF),
            signed_a_second(store, drafts),
            commits_a_second(folder, HALF),
        )
        bare = (before + after) / 2
        print(
            f"drafted, previewed and signed, {what}: {found.by_clock:.0f}/s, {found.of_processor:.0f} of processor time"
        )
        print(
            f"  {found.commits:.1f} commits each: {found.commits * found.by_clock / bare:.2f} of {bare:.0f} bare ones/s"
        )


def exported(url: str, folder: Path, format_: str, reports: int) -> tuple[float, float]:
    """Return reports a second of processor time, and the peak of memory in MB, of an export that stops after some."""
    command = [sys.executable, "-m", "benchmarks.store", "--part", url, str(folder / "out"), format_, str(reports)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    speed, peak = json.loads(done.stdout)
    return speed, peak


def export_part(url: str, target: str, format_: str, reports: int) -> None:
    """Export the first reports of a store in a process of its own, and print what it took."""
    from emh_report.bulk import makers
    from emh_report.bulk.export import Files, Work, export_all
    from emh_report.bulk.lines import Lines
    from emh_report.export import Format, lesions

    class Part(Store):
        """A store that ends after so many reports."""

        def released(self, after: int = 0, size: int = 100):  # type: ignore[no-untyped-def]  # noqa: ANN202
            return super().released(after, size) if after < reports else ()

    with tempfile.TemporaryDirectory(dir=Path(target).parent) as name, open_store(url, catalog()) as opened:
        folder = Path(name)
        store, files = Part(opened.ledger), Files(folder / "c", folder / "r")
        start = time.process_time()
        if format_ == "lesions":
            from emh_report.bulk.table import Table

            table = Table(folder / "t", lesions.columns(store.catalog.templates))
            outcome = export_all(store, Work("x", makers.lesions(store), 2_000), table, files)
        else:
            bundles = makers.bundles(store, Format(format_))
            outcome = export_all(store, Work("x", bundles, 100), Lines(folder / "l"), files)
        seconds = time.process_time() - start
    print(json.dumps([outcome.reports / seconds, memory_mb("self", "VmHWM")]))


@click.command()
@click.option("--reports", default=100_000, show_default=True, help="How many reports to fill the store with.")
@click.option("--url", default="", help="Database; a new SQLite file where none is given.")
@click.option("--signing", is_flag=True, help="Only how many reports are signed in a second, in a new SQLite file.")
@click.option("--part", nargs=4, default=None, hidden=True)
def main(reports: int, url: str, part: tuple[str, str, str, str] | None, *, signing: bool) -> None:
    """Fill a store and print how its times change."""
    if part is not None:
        export_part(*part[:3], int(part[3]))
        return
    if signing:
        with tempfile.TemporaryDirectory() as name, open_store(f"sqlite:///{name}/reports.db", catalog()) as store:
            print_signing(store, Path(name))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "reports.db"
        with open_store(url or f"sqlite:///{file}", catalog()) as store:
            run(store, url or f"sqlite:///{file}", folder, reports)


def run(store: Store, url: str, folder: Path, reports: int) -> None:
    """Print one line for each number."""
    drafts = reports_of_each_template()
    for draft, context in drafts:  # what is worked on is found among all that is signed
        new = replace(context, report=ReportIdentity(), supervisor=None)
        store.create(draft, new, Actor(context.author, Rank.ATTENDING))
    patterns = [Pattern(store, *one) for one in drafts]
    first = 2 * len(drafts) + 1
    start, found = time.perf_counter(), {}
    for size in (first + FEW, *(size for size in SIZES if size < reports), reports):
        for done in fill(store, patterns, size):
            if done % TOLD < BATCH:
                print(f"  {done} reports, {done / (time.perf_counter() - start):.0f}/s", file=sys.stderr, flush=True)
        found[size] = reading_times(store, first, size)
    least, most = found[first + FEW], found[reports]
    print("95th percentiles in ms of processor time, by reports in the store; the last is how often the first")
    print(f"  {'':22}" + "".join(f"{size:>10}" for size in found))
    for what, before in least.items():
        times = "".join(f"{one[what]:10.2f}" for one in found.values())
        print(f"  {what:22}{times}  x {most[what] / before:.2f}")
    file = folder / "reports.db"
    if file.exists():
        print(f"stored: {file.stat().st_size / reports / 1024:.2f} KiB a report, signed, with all that belongs to it")
    print_signing(store, folder)
    for format_ in ("fhir-r4-transaction", "fhir-r4-imr", "lesions"):
        (speed, small), (_, large) = (exported(url, folder, format_, count) for count in EXPORTED)
        print(
            f"export-all, {format_}: {speed:.0f} reports/s of one core; {small:.0f} MB, {large:.0f} MB for 5 x as many"
        )


if __name__ == "__main__":
    main()
