"""What a store made for itself when it was new: secrets of its indexes and page tokens, and a key for trying out."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update

from emh_report.keys import SigningKey, new_signing_key, read_signing_keys, write_keys
from emh_report.store.audit import START
from emh_report.store.engine import reading, writing
from emh_report.store.sealing import PLAIN, Sealer
from emh_report.store.tables import CHAIN, SETTINGS

INDEX: Final = "index-secret"
PAGES: Final = "page-secret"
TRIAL: Final = "trial-key"
_BYTES: Final = 32


class Secrets(NamedTuple):
    """``finding`` keys what reports are found by, ``pages`` the page tokens; ``trial`` signs where no other key is.

    They are the same for every process that works with this store.
    """

    finding: bytes
    pages: bytes
    trial: SigningKey


def read_secrets(engine: Engine, sealer: Sealer) -> Secrets:
    """Return the secrets of a store; a new store gets them, and those kept in the clear are sealed once there is a key.

    Raises DamagedError where they are sealed with a key that is not there.
    """
    with reading(engine) as connection:
        found = _read(connection)
    if len(found) < len(_MAKERS) or (sealer.encrypts and any(value[:1] == PLAIN for value in found.values())):
        with writing(engine) as connection:
            found = _complete(connection, sealer)
    opened = {name: sealer.open(value, f"settings/{name}") for name, value in found.items()}
    return Secrets(opened[INDEX], opened[PAGES], read_signing_keys(opened[TRIAL].decode(), TRIAL)[0])


def _read(connection: Connection) -> dict[str, bytes]:
    return {row.name: row.value for row in connection.execute(select(SETTINGS))}


def _complete(connection: Connection, sealer: Sealer) -> dict[str, bytes]:
    """Insert what is missing. The row of the chain is the lock: whoever has it is alone."""
    if connection.execute(select(CHAIN).with_for_update()).one_or_none() is None:
        connection.execute(insert(CHAIN).values(id=1, seq=0, hash=START))
    found = _read(connection)
    for name, make in _MAKERS.items():
        place = f"settings/{name}"
        if name not in found:
            found[name] = sealer.seal(make(), place)
            connection.execute(insert(SETTINGS).values(name=name, value=found[name]))
        elif sealer.encrypts and found[name][:1] == PLAIN:
            found[name] = sealer.seal(sealer.open(found[name], place), place)
            connection.execute(update(SETTINGS).where(SETTINGS.c.name == name).values(value=found[name]))
    return found


_MAKERS: Final[dict[str, Callable[[], bytes]]] = {
    INDEX: lambda: secrets.token_bytes(_BYTES),
    PAGES: lambda: secrets.token_bytes(_BYTES),
    TRIAL: lambda: write_keys([new_signing_key(trial=True)]).encode(),
}
