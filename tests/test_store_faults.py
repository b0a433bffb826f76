"""What the store does when its surroundings fail: it says so, writes nothing, and goes on when they are back."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from emh_report.errors import ConflictError, DamagedError, MissingExtraError, StoreError, StoreUnavailableError
from emh_report.lifecycle import Action
from emh_report.records import Receipt, Release
from emh_report.store import Store, engine, migrations, open_store
from tests.case_files import catalog
from tests.conftest import ROOT
from tests.postgresql import new_database, server
from tests.store_reports import ATTENDING, act, changed, complete, created, fresh, new_id, saved, signed


def told(store: Store, pragma: str) -> None:
    """Give every connection of a store a SQLite setting."""
    store.ledger.engine.dispose()
    event.listen(store.ledger.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))


def test_a_full_disk_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        signed(store)
        before, id_, (draft, context) = store.verify(), new_id(), complete()
        long = changed(draft, "".join(new_id() for _ in range(500)))  # does not compress well
        with contextlib.closing(sqlite3.connect(tmp_path / "reports.db")) as other:
            pages = other.execute("PRAGMA page_count").fetchone()[0]
        told(store, f"max_page_count={pages}")
        with pytest.raises(StoreUnavailableError, match="SQLITE_FULL"):
            store.create(long, context, ATTENDING, request_id=id_)
        assert store.verify().damages == ()
        told(store, "max_page_count=1000000")
        receipt = store.create(long, context, ATTENDING, request_id=id_)
        assert store.get(receipt.report_id).status.value == "draft"
        assert store.verify(before.end).damages == ()


def test_a_database_that_names_no_encoding_keeps_every_letter() -> None:
    with open_store(new_database("TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"), catalog()) as store:
        draft, context = complete()
        patient = replace(context.patient, family="Müller-Łukasiewicz", given=("Zoë", "太郎"))
        report_id = created(store, draft, replace(context, patient=patient))
        act(store, report_id, Action.FINALIZE, ATTENDING)
        assert store.get(report_id).context.patient == patient
        assert store.verify().damages == ()


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        report_id = signed(store)
        told(store, "busy_timeout=50")
        other = sqlite3.connect(tmp_path / "reports.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="SQLITE_BUSY"):
            created(store, *complete())
        assert store.get(report_id).version == 1  # readers do not wait
        other.execute("ROLLBACK")
        created(store, *complete())
        other.close()


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\0" + b"x" * 4096])
def test_a_file_that_is_no_database_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "reports.db").write_bytes(content)
    with pytest.raises(DamagedError):
        fresh(tmp_path)
    assert (tmp_path / "reports.db").read_bytes() == content


def test_a_store_of_a_newer_version_is_refused(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(store_url, catalog()).close()
    monkeypatch.setattr(migrations, "HEAD", "0000")
    with pytest.raises(StoreError, match="this version knows forms up to 0000") as refused:
        open_store(store_url, catalog())
    assert "accepted are that version, or a backup made before" in str(refused.value)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'reports.db'}", catalog())


def test_a_place_that_cannot_be_written_to_is_said_to_be_one(tmp_path: Path) -> None:
    fresh(tmp_path).close()
    (tmp_path / "reports.db-wal").mkdir()  # as in a folder that is read-only: the log beside the file cannot be made
    with pytest.raises(StoreUnavailableError, match="SQLITE_CANTOPEN") as refused:
        fresh(tmp_path)
    assert refused.value.__notes__ == [
        "unable to open database file",
        "file and folder have to be writable, also where reports are only read",
    ]


def test_without_its_driver_postgresql_is_said_to_be_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match="postgresql"):
        open_store("postgresql://u@/d", catalog())


def administer(statement: str) -> None:
    admin = create_engine(server().format(name="postgres").replace("postgresql:", "postgresql+psycopg:"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    admin.dispose()


def test_a_database_may_go_and_come_back(caplog: pytest.LogCaptureFixture) -> None:
    url = new_database()
    name = url.partition("?")[0].rpartition("/")[2]
    gone = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - our name
    with open_store(url, catalog()) as store:
        report_id = signed(store)
        administer(gone)
        assert store.get(report_id).version == 1  # a lost connection is replaced
        administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        administer(gone)
        id_, case = new_id(), complete()
        with pytest.raises(StoreUnavailableError):
            store.create(*case, ATTENDING, request_id=id_)
        assert f'database "{name}" is not currently accepting connections' in caplog.text
        administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        receipt = store.create(*case, ATTENDING, request_id=id_)
        assert store.create(*case, ATTENDING, request_id=id_) == receipt
        assert store.verify().damages == ()


def test_a_machine_that_is_gone_is_not_waited_for_as_long_as_tcp_does() -> None:
    url = "postgresql://emh@db/d?connect_timeout=3"
    asked = engine.connect(url).url.query
    assert asked["connect_timeout"] == "3"  # as the URL says
    assert (asked["keepalives_idle"], asked["tcp_user_timeout"]) == ("10", "20000")


def test_what_another_machine_has_locked_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    url = new_database()
    monkeypatch.setattr(engine, "SESSION", engine.SESSION.replace("lock_timeout = '10s'", "lock_timeout = '50ms'"))
    with open_store(url, catalog()) as store, open_store(url, catalog()) as gone:
        report_id = signed(store)
        with engine.writing(gone.ledger.engine) as connection:
            connection.execute(text("SELECT * FROM chain FOR UPDATE"))
            with pytest.raises(StoreUnavailableError, match="55P03"):
                created(store, *complete())
            assert store.get(report_id).version == 1
        created(store, *complete())
        assert store.verify().damages == ()


def test_two_replicas_that_sign_one_draft_make_one_version(store_url: str) -> None:
    with open_store(store_url, catalog()) as first, open_store(store_url, catalog()) as second:
        report_id = created(first, *complete())
        shown = first.preview(report_id, Release(Action.FINALIZE, ATTENDING))
        wanted = Release(Action.FINALIZE, ATTENDING, seen=shown.seen)
        outcomes: list[Any] = []

        def sign(store: Store) -> None:
            try:
                outcomes.append(store.release(report_id, wanted, etag=shown.etag))
            except ConflictError as error:
                outcomes.append(error)

        work = [threading.Thread(target=sign, args=(store,)) for store in (first, second)]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        assert {type(outcome) for outcome in outcomes} == {Receipt, ConflictError}
        assert first.version(report_id).version == 1
        assert second.verify().damages == ()


def test_new_stores_may_be_opened_at_the_same_time(store_url: str) -> None:
    keys: list[str | None] = []

    def start() -> None:
        with open_store(store_url, catalog()) as store:
            keys.append(store.ledger.signer.key.kid)

    work = [threading.Thread(target=start) for _ in range(4)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(keys) == 4
    assert len(set(keys)) == 1


def test_a_clock_that_jumps_disturbs_no_order(store: Store) -> None:
    report_id = signed(store)
    for hours in (-1000, 1000, 0):
        moment = datetime.now(UTC) + timedelta(hours=hours)
        store.ledger = replace(store.ledger, clock=functools.partial(datetime.fromisoformat, moment.isoformat()))
        saved(store, report_id, changed(store.get(report_id).draft, str(hours)))
        act(store, report_id, Action.AMEND, ATTENDING)
    assert store.get(report_id).version == 4
    assert [event.version for event in store.events() if event.action is Action.AMEND] == [2, 3, 4]
    assert store.verify().damages == ()


LINE = re.compile(r"(\d+)\s+(.*)")
NOTE = re.compile(r'write\(1, "\{\\"word\\": \\"(\w+)\\", \\"request_id\\": \\"([0-9a-f-]+)')
WRITES = 10
SYNC = re.compile(r"f(?:data)?sync\(")
SYNCED = re.compile(r"f(?:data)?sync(?:\(\d+| resumed>)\)\s+= 0")


@pytest.mark.parametrize("threads", [1, 4])
def test_every_acknowledgement_comes_after_a_sync(
    tmp_path: Path, component: Callable[[str], Path], threads: int
) -> None:
    """The system calls of a writer: between what it asks and what it was answered the log was synced to the disk."""
    strace, trace = component("strace"), tmp_path / "trace"
    store = f"sqlite:///{tmp_path / 'reports.db'}"
    worker = [sys.executable, "-m", "scripts.kill_worker", store, "1", str(threads)]
    command = [str(strace), "-f", "-s", "120", "-o", str(trace), "-e", "trace=fsync,fdatasync,write"]
    with subprocess.Popen([*command, "-e", "signal=none", *worker], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        writer, done = json.loads(process.stdout.readline())["pid"], 0
        for noted in process.stdout:
            done += b'"done"' in noted
            if done == threads * WRITES:
                os.kill(writer, signal.SIGKILL)  # strace ends with it
    asked: dict[str, bool] = {}
    syncing: dict[str, list[str]] = {}
    checked = 0
    for line in trace.read_text(errors="replace").splitlines():
        thread, call = LINE.fullmatch(line).groups()  # type: ignore[union-attr]  # every line begins with its thread
        note = NOTE.search(call)
        if note is not None and note[1] == "intent":
            asked[note[2]] = False
        elif note is not None and note[1] == "done":
            assert asked[note[2]], "acknowledged before the sync"
            checked += 1
        if SYNC.search(call):  # what was asked before it began is what it makes last
            syncing[thread] = list(asked)
        if SYNCED.search(call):
            asked |= dict.fromkeys(syncing[thread], True)
    assert checked >= threads * WRITES


CREATOR = """
import sys
from emh_report.errors import StoreUnavailableError
from emh_report.store import open_store
from tests.case_files import catalog
from tests.store_reports import ATTENDING, complete

with open_store(sys.argv[1], catalog()) as store:
    for request_id in sys.argv[2:]:
        try:
            print(store.create(*complete(), ATTENDING, request_id=request_id).report_id)
        except StoreUnavailableError as error:
            print(error)
"""


@pytest.mark.parametrize("failing", [1, 3, 4])
def test_a_disk_that_cannot_sync_is_said_and_nothing_is_acknowledged(
    tmp_path: Path, component: Callable[[str], Path], failing: int
) -> None:
    """EIO from the sync of one commit: that write is refused, the others are there, and it can be done again."""
    strace, ids = component("strace"), [new_id() for _ in range(3)]
    with fresh(tmp_path) as store:
        signed(store)
        before = store.verify()
    fault = f"inject=fsync,fdatasync:error=EIO:when={failing}"
    command = [str(strace), "-f", "-o", str(tmp_path / "trace"), "-e", "trace=fsync,fdatasync", "-e", fault]
    command += [sys.executable, "-c", CREATOR, f"sqlite:///{tmp_path / 'reports.db'}", *ids]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "EIO" in (tmp_path / "trace").read_text(), "the fault was there"
    answers = done.stdout.splitlines()
    (refused,) = (number for number, answer in enumerate(answers) if "SQLITE_IOERR" in answer)
    with fresh(tmp_path) as store:
        known = {one.report_id for one in store.list().reports}
        assert {answer for answer in answers if "SQLITE" not in answer} < known
        assert len(known) == 3, "what was not acknowledged is not there"
        assert store.verify(before.end).damages == ()
        again = store.create(*complete(), ATTENDING, request_id=ids[refused])
        assert again.report_id not in known
        assert store.verify(before.end).damages == ()
