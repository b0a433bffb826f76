"""The audit: who did what to which report, without clinical text, as a chain of digests that is only added to.

Every link's digest is over its fields and the digest before it; ``chain`` has the end. Where the installation has a
key, digests are keyed, so that nobody without it can make another chain.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, insert, select, update

from emh_report.store.sealing import Sealer, digest
from emh_report.store.statements import Statement
from emh_report.store.tables import AUDIT, CHAIN

START: Final = "0" * 64
"""What stands before the first link."""

_END: Final = Statement(select(CHAIN.c.seq, CHAIN.c.hash).with_for_update())
_INSERT: Final = Statement(insert(AUDIT))
_MOVE_END: Final = Statement(update(CHAIN))


class Entry(NamedTuple):
    """One thing that was done. ``actor``, ``program`` and ``on_behalf_of`` are ``system|value``; each may lack.

    ``found`` is of a search. ``on_behalf_of`` is what the program says. A write has the ``etag`` that it left, a read
    has none.
    """

    at: str
    actor: str
    rank: str
    action: str
    report_id: str
    version: int
    status: str
    etag: str
    sha256: str
    request_id: str
    program: str = ""
    found: int = 0
    on_behalf_of: str = ""


def record(connection: Connection, sealer: Sealer, entry: Entry) -> int:
    """Add ``entry`` to the chain within the transaction of ``connection``; return its number."""
    end = _END.first(connection, {})
    seq: int = end.seq + 1
    key_id = sealer.key_id
    link = link_digest(sealer.chain_secret(key_id), end.hash, seq, key_id, entry)
    _INSERT.run(connection, {"seq": seq, "key_id": key_id, "hash": link, **entry._asdict()})
    _MOVE_END.run(connection, {"seq": seq, "hash": link})
    return seq


def link_digest(secret: bytes, before: str, seq: int, key_id: str, entry: Entry) -> str:
    """Return the digest of one link. Its last fields count where they say something: older links have none."""
    *always, program, found, on_behalf_of = (str(field) for field in entry)
    said = [program, found if entry.found or on_behalf_of else "", on_behalf_of]
    while said and not said[-1]:
        said.pop()
    return digest(secret, before, str(seq), key_id, *always, *said)
