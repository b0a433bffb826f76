"""A copy made while reports are written is a store of its own: all that was there, and nothing without its key."""

from __future__ import annotations

import secrets
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from emh_report.errors import DamagedError
from emh_report.store import Store, open_store
from emh_report.store.engine import connect
from tests.case_files import catalog
from tests.postgresql import find_server, new_database
from tests.store_reports import added, complete, created, fresh, saved, signed

KEY = secrets.token_bytes(32)


def copied(store: Store, url: str, folder: Path) -> str:
    """Copy a store as docs/operator.md says, and return where the copy is."""
    if url.startswith("sqlite"):
        store.backup(folder / "copy.db")
        return f"sqlite:///{folder / 'copy.db'}"
    programs, restored = find_server(), new_database()
    assert programs is not None
    archive = folder / "copy.dump"
    dump: list[str | Path] = [programs / "pg_dump", "--format=custom", f"--file={archive}", url]
    restore: list[str | Path] = [
        programs / "pg_restore",
        "--exit-on-error",
        "--no-owner",
        f"--dbname={restored}",
        archive,
    ]
    for command in (dump, restore):
        subprocess.run(command, check=True, capture_output=True)
    return restored


def test_a_copy_made_while_reports_are_written_holds(store_url: str, tmp_path: Path) -> None:
    with open_store(store_url, catalog(), secrets=[KEY]) as store:
        kept = signed(store)
        saved(store, kept, added(store.get(kept).draft))
        before, content = store.verify(), store.version(kept).content
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                created(store, *complete())

        writer = threading.Thread(target=write)
        writer.start()
        try:
            copy = copied(store, store_url, tmp_path)
        finally:
            stop.set()
            writer.join()
    with open_store(copy, catalog(), secrets=[KEY]) as restored:
        assert restored.verify(before.end).damages == ()
        assert restored.version(kept).content == content
        signed(restored)  # and it goes on from there
        assert restored.verify(before.end).damages == ()


@pytest.mark.parametrize("wrong", [[], [secrets.token_bytes(32)]], ids=["no key", "another key"])
def test_a_copy_opens_with_its_key_only(store_url: str, tmp_path: Path, wrong: list[bytes]) -> None:
    with open_store(store_url, catalog(), secrets=[KEY]) as store:
        signed(store)
        copy = copied(store, store_url, tmp_path)
    with pytest.raises(DamagedError, match="key that this installation does not have"):
        open_store(copy, catalog(), secrets=wrong)
    with open_store(copy, catalog(), secrets=[KEY]) as restored:
        assert restored.verify().damages == ()


SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from emh_report.catalog import load_catalog
from emh_report.errors import StoreUnavailableError
from emh_report.store import open_store
with open_store(sys.argv[1], load_catalog()) as store:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    try:
        store.backup(Path(sys.argv[2]))
    except StoreUnavailableError as error:
        print(error)
"""


def test_a_copy_that_could_not_be_made_whole_is_not_there(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        signed(store)
    copy = tmp_path / "copy.db"
    command = [sys.executable, "-c", SMALL_DISK, f"sqlite:///{tmp_path / 'reports.db'}", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "the store cannot be used just now" in done.stdout, done.stderr
    assert not copy.exists()
    with fresh(tmp_path) as store:
        store.backup(copy)
        with pytest.raises(FileExistsError):
            store.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600


def test_nobody_else_reads_a_copy_while_it_is_made(tmp_path: Path) -> None:
    modes: list[int] = []
    with fresh(tmp_path) as store:
        signed(store)
        copy = tmp_path / "copy.db"
        store.ledger.engine.dispose()

        @event.listens_for(store.ledger.engine, "connect")
        def look(connection: sqlite3.Connection, _: object) -> None:
            connection.set_progress_handler(lambda: modes.append(copy.stat().st_mode) if copy.exists() else None, 100)

        store.backup(copy)
    assert {mode & 0o777 for mode in modes} == {0o600}


def test_what_must_not_change_cannot_be_changed_in_a_copy_either(store_url: str, tmp_path: Path) -> None:
    with open_store(store_url, catalog()) as store:
        signed(store)
        copy = copied(store, store_url, tmp_path)
    engine = connect(copy)
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'somebody'")
    engine.dispose()
