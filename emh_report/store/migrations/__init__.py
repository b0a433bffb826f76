"""Bringing a database to the form that this version works with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Engine, MetaData, Table, inspect, select, text

from emh_report.errors import NoStoreError, StoreError
from emh_report.store.engine import place, reading, writing

HEAD: Final = "0007"
"""The newest migration. Alembic is loaded only where a database is not there yet."""

_LOCK: Final = 0x454D48
"""Advisory lock of PostgreSQL: one process migrates, the others wait."""


def upgrade(engine: Engine, *, create: bool = True) -> bool:
    """Bring the database to HEAD and return whether that was needed.

    Everything or nothing: both databases change tables within a transaction. Raises StoreError for a database that a
    newer version made, and NoStoreError for one that is no store where it is not to ``create`` one.
    """
    with reading(engine) as connection:
        found = _found(connection)
        if found == HEAD:
            return False
        if not (found or create):
            raise NoStoreError(place(engine.url))
    with writing(engine) as connection, _alone(connection):
        found = _found(connection)
        if found == HEAD:
            return False
        if found > HEAD:
            raise StoreError(
                f"{place(engine.url)}: a newer version of this program has changed it (to form {found}; this version "
                f"knows forms up to {HEAD}); accepted are that version, or a backup made before"
            )
        _migrate(connection)
    return True


def _found(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    versions = Table("alembic_version", MetaData(), autoload_with=connection)
    return connection.execute(select(versions.c.version_num)).scalar() or ""


@contextlib.contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # the other one may have much to do
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    yield


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", f"{__name__.partition('.')[0]}:store/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
