"""Kill writers at random moments and count what was acknowledged, lost and doubled: ``make kill-test KILLS=200``.

A writer notes each request before it is sent and after it was acknowledged. It gets SIGKILL at a random moment; then
every request that was ever acknowledged must be in the audit exactly once, as it was acknowledged, and the whole store
must hold. Fails unless lost, doubled and damaged are 0.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from emh_report.catalog import load_catalog
from emh_report.store import Store, open_store
from emh_report.store.engine import reading
from emh_report.store.tables import AUDIT

ROOT = Path(__file__).resolve().parent.parent
WRITERS = 2
"""Processes that write to one store at the same time; each is killed."""

THREADS = 3
"""Calls that each of them has in flight, which may share a commit."""

LONGEST = 1.0
"""Seconds that writers live at most once the store is open."""


@dataclass
class Count:
    """What was seen so far."""

    kills: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    lost: int = 0
    doubled: int = 0
    damaged: int = 0
    known: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def line(self) -> str:
        """Return the result on one line."""
        return (
            f"kills {self.kills}, acknowledged {self.acknowledged}, unanswered {self.unanswered}, "
            f"lost {self.lost}, doubled {self.doubled}, damaged {self.damaged}"
        )


def start(url: str, seed: int) -> subprocess.Popen[bytes]:
    """Start a writer and return it once it has opened the store."""
    command = [sys.executable, "-m", "scripts.kill_worker", url, str(seed), str(THREADS)]
    worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert worker.stdout is not None  # noqa: S101 - PIPE
    worker.stdout.readline()
    return worker


def kill(workers: list[subprocess.Popen[bytes]], count: Count) -> list[dict[str, Any]]:
    """Kill each writer and return what they noted."""
    lines: list[dict[str, Any]] = []
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
        output, _ = worker.communicate()
        if worker.returncode != -signal.SIGKILL:
            raise click.ClickException("a writer ended by itself")
        count.kills += 1
        lines += [json.loads(line) for line in output.splitlines() if line.endswith(b"}")]
    return lines


def settle(store: Store, lines: list[dict[str, Any]], count: Count) -> None:
    """Compare what was acknowledged, now and in every round before, with what is stored."""
    done = {line["request_id"]: line for line in lines if line["word"] == "done"}
    count.acknowledged += len(done)
    count.unanswered += sum(line["word"] == "intent" and line["request_id"] not in done for line in lines)
    count.known.update({id_: (line["report_id"], line["etag"], line["version"]) for id_, line in done.items()})
    with reading(store.ledger.engine) as connection:
        rows = connection.execute(select(AUDIT.c.request_id, AUDIT.c.report_id, AUDIT.c.etag, AUDIT.c.version)).all()
    times = Counter(row.request_id for row in rows)
    stored = {row.request_id: (row.report_id, row.etag, row.version) for row in rows}
    count.lost = sum(stored.get(id_) != receipt for id_, receipt in count.known.items())
    count.doubled = sum(number > 1 for number in times.values())
    count.damaged = len(store.verify().damages)


@click.command()
@click.option("--kills", default=20, show_default=True, type=click.IntRange(1), help="How many writers to kill.")
@click.option("--store", "url", default="", help="Store to use; a new SQLite file where none is given.")
@click.option("--seed", default=0, show_default=True, help="Start of the random numbers.")
def main(kills: int, url: str, seed: int) -> None:
    """Kill writers and print kills, acknowledged, lost, doubled."""
    chance, count, catalog = random.Random(seed), Count(), load_catalog()  # noqa: S311 - not for secrets
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{folder}/reports.db"
        with open_store(url, catalog) as store:
            while count.kills < kills:
                number = min(WRITERS, kills - count.kills)
                workers = [start(url, chance.getrandbits(32)) for _ in range(number)]
                time.sleep(chance.uniform(0, LONGEST))
                settle(store, kill(workers, count), count)
                print(count.line(), flush=True)
    if count.lost or count.doubled or count.damaged or not count.acknowledged:
        sys.exit(1)


if __name__ == "__main__":
    main()
