"""Connections to the database: SQLite in one file, or PostgreSQL. Everything that differs between them is here."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Column, ColumnElement, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from emh_report.errors import (
    DamagedError,
    MissingExtraError,
    NoStoreError,
    SettingError,
    StoreError,
    StoreUnavailableError,
)
from emh_report.store.outages import READING, WRITING, failed, worked

ACCEPTED: Final = ("sqlite:///FILE", "postgresql://USER@HOST/DATABASE")
BUSY_SECONDS: Final = 10
"""A writer waits so long for another one."""

DAMAGE: Final = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})
"""What SQLite calls a file that does not hold what it wrote."""

NOT_WRITABLE: Final = frozenset({"SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_READONLY_DIRECTORY"})
"""What SQLite calls a file, or a folder, that it cannot write to; of a folder it only says "unable to open"."""

POOL: Final = 8
WRITES: Final = "emh_writes"
"""Execution option of connections that will write."""

LIBPQ: Final = {
    "client_encoding": "utf8",  # a database of the C locale says nothing, and would give bytes for text
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "20000",
}
"""What libpq is told where the URL does not say it: TCP waits a quarter of an hour for a machine that is gone."""

SESSION: Final = f"""
SET lock_timeout = '{BUSY_SECONDS}s';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 2;
SET tcp_user_timeout = '20s'"""
"""The same for the server: else what a machine that is gone had locked stays locked for all others, for hours."""

SCHEMES: Final = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def connect(url: str, *, create: bool = True) -> Engine:
    """Return the engine for ``url``.

    Raises SettingError for one of no database that this service takes, and NoStoreError for a file that is not there
    where it is not to ``create`` one.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingError("store", ACCEPTED) from None
    driver = SCHEMES.get(parsed.drivername)
    if driver is None or parsed.database in (None, "", ":memory:"):
        raise SettingError("store", ACCEPTED)
    parsed = parsed.set(drivername=driver)
    return _sqlite(parsed, create=create) if driver == SCHEMES["sqlite"] else _postgresql(parsed)


def place(url: URL) -> str:
    """Return a URL as it was given, without a password."""
    scheme = url.drivername.partition("+")[0]
    return url.set(drivername=scheme).render_as_string(hide_password=True)


def _sqlite(url: URL, *, create: bool) -> Engine:
    """Connect to a file; the folder of a new one is made for its owner only."""
    file = Path(url.database or "")
    if not (create or (file.is_file() and file.stat().st_size)):  # SQLite makes a file, and writes to an empty one
        raise NoStoreError(place(url))
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=POOL,
        max_overflow=2 * POOL,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        for setting in ("page_size=8192", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES)
        connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    """Connect to a server. Raises MissingExtraError where its driver is not installed."""
    try:
        import_module("psycopg")
    except ImportError:
        raise MissingExtraError("a store in PostgreSQL", "emh_report[postgresql]") from None
    own = {name: value for name, value in LIBPQ.items() if name not in url.query}
    url = url.update_query_dict(own)
    engine = create_engine(url, pool_size=POOL, max_overflow=2 * POOL, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(SESSION)
        cursor.close()
        connection.commit()

    return engine


def unindexed(engine: Engine, column: Column[str]) -> ColumnElement[str]:
    """Return a column as one that SQLite finds nothing by; PostgreSQL has statistics, and is left to choose."""
    return column.concat("") if engine.dialect.name == "sqlite" else column


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the database. Raises StoreUnavailableError."""
    with _reported(engine, READING), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: everything or nothing is written. Raises StoreUnavailableError."""
    with _reported(engine, WRITING), engine.connect().execution_options(**{WRITES: True}) as opened, opened.begin():
        yield opened


@contextlib.contextmanager
def _reported(engine: Engine, how: str) -> Iterator[None]:
    """Raise DamagedError or StoreUnavailableError for what a database raises; the log has when it fails and works."""
    try:
        yield
    except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
        raise  # a defect of this program, not trouble with the database
    except (DatabaseError, InterfaceError, PoolTimeoutError, sqlite3.DatabaseError) as error:
        told = _told(error)
        failed(engine, how, "; ".join((str(told), *getattr(told, "__notes__", ()))))
        raise told from None
    worked(engine, how)


def _told(error: DatabaseError | InterfaceError | PoolTimeoutError | sqlite3.DatabaseError) -> StoreError:
    """Return what callers are told; its notes are for the terminal and the log."""
    if isinstance(error, PoolTimeoutError):
        return StoreUnavailableError("the store cannot be used just now (too many calls at once)")
    kind = _kind(error)
    if kind in DAMAGE:
        return DamagedError(f"the store is not a database any more ({kind})")
    unavailable = StoreUnavailableError(f"the store cannot be used just now ({kind})")
    if isinstance(error, DatabaseError) and error.statement is None:  # no connection: its text has no content
        unavailable.add_note(str(error.orig).partition("\n")[0])
        if kind in NOT_WRITABLE:
            unavailable.add_note("file and folder have to be writable, also where reports are only read")
    return unavailable


def _kind(error: DatabaseError | InterfaceError | sqlite3.DatabaseError) -> str:
    """Say what kind of trouble it is; the text of a database error may repeat what was written."""
    original = error if isinstance(error, sqlite3.DatabaseError) else error.orig
    name = getattr(original, "sqlite_errorname", "") or getattr(original, "sqlstate", "")
    return name or type(original).__name__


def copy_file(engine: Engine, file: Path) -> None:
    """Copy a SQLite database to a new file, as it stands at one moment (VACUUM INTO), and see that it is on the disk.

    Nobody but its owner reads it, also while it is made; where it cannot be made whole it is not there afterwards.
    Raises SettingError for another database, FileExistsError and StoreUnavailableError.
    """
    if engine.dialect.name != "sqlite":
        raise SettingError("backup", ["a SQLite store; PostgreSQL has pg_dump and its own archives"])
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, "it is there already", str(file)) from None
    try:
        with (
            _reported(engine, READING),
            contextlib.closing(engine.raw_connection()) as connection,
        ):  # VACUUM takes no transaction
            connection.cursor().execute("VACUUM INTO ?", (str(file),))
        with file.open("rb") as copy:
            os.fsync(copy.fileno())
    except BaseException:  # also when interrupted: half a copy is none
        file.unlink(missing_ok=True)
        raise
