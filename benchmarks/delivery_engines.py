"""Durable-execution engines as the way from an outbox to a peer, on one table and with the same made-up peer (5 ms).

In an environment of its own, since none of these engines is part of the product::

    python -m pip install "dbos==3.4.0" "procrastinate==3.10.0" "psycopg[binary]" sqlalchemy
    python benchmarks/delivery_engines.py ENGINE URL [ROWS]

ENGINE is ``relay`` (a loop over the table itself, as the product does), ``dbos`` (its queue), ``dbos-direct`` (its
workflows started by the loop) or ``procrastinate``; URL is ``sqlite:///FILE`` or ``postgresql://…`` of an empty
database. Prints deliveries a second, the time from commit to mark of a single row, and commits of the server for each
delivery.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Final

import sqlalchemy as sa

POLL: Final = 0.1
PEER_SECONDS: Final = 0.005
WORKERS: Final = 4
SINGLES: Final = 15

OUTBOX: Final = sa.Table(
    "outbox",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("state", sa.String(10), index=True),
    sa.Column("at", sa.Float),
    sa.Column("done", sa.Float),
)


class Table:
    """The outbox."""

    def __init__(self, url: str) -> None:
        """Connect, and make the table anew."""
        self.url = url.replace("postgresql:", "postgresql+psycopg:")
        self.sqlite = url.startswith("sqlite")
        self.engine = sa.create_engine(self.url, pool_size=20, connect_args={"timeout": 30} if self.sqlite else {})
        if self.sqlite:
            sa.event.listen(self.engine, "connect", self._configure)
            sa.event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        OUTBOX.metadata.drop_all(self.engine)
        OUTBOX.metadata.create_all(self.engine)

    @staticmethod
    def _configure(connection: Any, _: object) -> None:  # noqa: ANN401
        connection.isolation_level = None
        for setting in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {setting}")

    def put(self, number: int) -> list[str]:
        """Commit new rows in one transaction."""
        ids = [str(uuid.uuid4()) for _ in range(number)]
        with self.engine.begin() as connection:
            rows = [{"id": id_, "state": "pending", "at": time.time(), "done": None} for id_ in ids]
            connection.execute(sa.insert(OUTBOX), rows)
        return ids

    def take(self, most: int) -> Sequence[str]:
        """Take rows that are due."""
        wanted = sa.select(OUTBOX.c.id).where(OUTBOX.c.state == "pending").order_by(OUTBOX.c.at).limit(most)
        with self.engine.begin() as connection:
            ids = connection.execute(wanted.with_for_update(skip_locked=True)).scalars().all()
            if ids:
                connection.execute(sa.update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(state="sending"))
        return ids

    def mark(self, id_: str) -> None:
        """Note that a row was delivered."""
        with self.engine.begin() as connection:
            done = sa.update(OUTBOX).where(OUTBOX.c.id == id_)
            connection.execute(done.values(state="delivered", done=time.time()))

    def wait(self, number: int) -> None:
        """Return when so many rows were delivered."""
        wanted = sa.select(sa.func.count()).where(OUTBOX.c.state == "delivered")
        while True:
            with self.engine.connect() as connection:
                if connection.execute(wanted).scalar_one() >= number:
                    return
            time.sleep(0.02)

    def done(self, id_: str) -> float:
        """Return when a row was delivered."""
        with self.engine.connect() as connection:
            return float(connection.execute(sa.select(OUTBOX.c.done).where(OUTBOX.c.id == id_)).scalar_one())

    def commits(self) -> int:
        """Return how many transactions the server has committed; it tells after a second."""
        if self.sqlite:
            return 0
        time.sleep(1.2)
        wanted = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(wanted)).scalar_one())


Defer = Callable[[Sequence[str]], None]


def send(_: str) -> None:
    """Be the peer."""
    time.sleep(PEER_SECONDS)


def _loop(table: Table, start: Callable[[Sequence[str]], None]) -> None:
    def run() -> None:
        while True:
            ids = table.take(16)
            if ids:
                start(ids)
            else:
                time.sleep(POLL)

    threading.Thread(target=run, daemon=True).start()


def _nothing(_: Sequence[str]) -> None:
    return


def relay(table: Table) -> Defer:
    """Send what the loop takes."""
    pool = ThreadPoolExecutor(WORKERS)

    def one(id_: str) -> None:
        send(id_)
        table.mark(id_)

    def start(ids: Sequence[str]) -> None:
        list(pool.map(one, ids))

    _loop(table, start)
    return _nothing


def dbos(table: Table, *, queue: bool = True) -> Defer:
    """Start a workflow with the id of the row for everything that the loop takes."""
    module = import_module("dbos")
    url = table.url.replace(".db", "-dbos.db") if table.sqlite else table.url
    module.DBOS(config={"name": "relay", "system_database_url": url, "log_level": "ERROR"})

    def mark(id_: str) -> None:
        table.mark(id_)

    sent, marked = module.DBOS.step()(send), module.DBOS.step()(mark)

    def deliver(id_: str) -> None:
        sent(id_)
        marked(id_)

    workflow = module.DBOS.workflow()(deliver)
    module.DBOS.launch()
    module.DBOS.register_queue("peer", worker_concurrency=WORKERS, polling_interval_sec=POLL)

    def start(ids: Sequence[str]) -> None:
        handles = []
        for id_ in ids:
            with module.SetWorkflowID(id_):
                if queue:
                    module.DBOS.enqueue_workflow("peer", workflow, id_)
                else:
                    handles.append(module.DBOS.start_workflow(workflow, id_))
        for handle in handles:
            handle.get_result(polling_interval_sec=0.01)

    _loop(table, start)
    return _nothing


def procrastinate(table: Table) -> Defer:
    """Make a job of each row, after its commit."""
    module = import_module("procrastinate")
    url = table.url.replace("+psycopg", "")
    app = module.App(connector=module.PsycopgConnector(conninfo=url))
    here = app.with_connector(module.SyncPsycopgConnector(conninfo=url))

    def deliver(id_: str) -> None:
        send(id_)
        table.mark(id_)

    app.task(name="deliver")(deliver)
    here.open()
    here.schema_manager.apply_schema()

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(
                concurrency=WORKERS, install_signal_handlers=False, fetch_job_polling_interval=POLL
            )

    threading.Thread(target=lambda: asyncio.run(work()), daemon=True).start()
    task = here.configure_task("deliver")

    def defer(ids: Sequence[str]) -> None:
        for id_ in ids:
            task.defer(id_=id_)

    return defer


ENGINES: Final[dict[str, Callable[[Table], Defer]]] = {
    "relay": relay,
    "dbos": dbos,
    "dbos-direct": lambda table: dbos(table, queue=False),
    "procrastinate": procrastinate,
}


def main(engine: str, url: str, rows: int) -> None:
    """Print what one engine does."""
    table = Table(url)
    defer = ENGINES[engine](table)
    time.sleep(1.5)
    waited = []
    for number in range(1, SINGLES + 1):
        time.sleep(0.25)
        (id_,) = table.put(1)
        committed = time.time()
        defer([id_])
        table.wait(number)
        waited.append(table.done(id_) - committed)
    before, start = table.commits(), time.monotonic()
    defer(table.put(rows))
    table.wait(SINGLES + rows)
    seconds = time.monotonic() - start
    commits = (table.commits() - before) / rows
    found = {
        "engine": engine,
        "database": "SQLite" if table.sqlite else "PostgreSQL",
        "a_second": round(rows / seconds, 1),
        "single_median_ms": round(statistics.median(waited) * 1000),
        "single_most_ms": round(max(waited) * 1000),
        "commits_each": round(commits, 1),
    }
    print(json.dumps(found), flush=True)
    os._exit(0)  # engines keep threads that do not end


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 300)  # noqa: PLR2004
