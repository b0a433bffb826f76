"""Reports that last: in one SQLite file, or in PostgreSQL. The only door to SQLAlchemy."""

from __future__ import annotations

from collections.abc import Sequence

from emh_report.catalog import Catalog
from emh_report.deliveries import Peer
from emh_report.keys import SigningKey
from emh_report.records import (
    Page,
    Preview,
    Query,
    Receipt,
    Release,
    Seen,
    StoredReport,
    StoredVersion,
    Summary,
    Task,
)
from emh_report.signers import signer
from emh_report.store import migrations
from emh_report.store.engine import connect
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import Sealer
from emh_report.store.secrets import read_secrets
from emh_report.store.store import Store
from emh_report.store.writers import writers_of

__all__ = [
    "Page",
    "Preview",
    "Query",
    "Receipt",
    "Release",
    "Seen",
    "Store",
    "StoredReport",
    "StoredVersion",
    "Summary",
    "Task",
    "open_store",
]


def open_store(  # noqa: PLR0913 - one parameter for each choice
    url: str,
    catalog: Catalog,
    *,
    signing_keys: Sequence[SigningKey] = (),
    secrets: Sequence[bytes] = (),
    peers: Sequence[Peer] = (),
    audits_reads: bool = False,
    create: bool = True,
) -> Store:
    """Return the store at ``url``: ``sqlite:///FILE`` or ``postgresql://…``.

    A new database gets its tables; without ``create`` it is refused, and nothing is made where nothing was.
    ``signing_keys`` sign what is released, the first of them; without any the store signs with a trial key of its own.
    ``secrets`` (256 bits each) encrypt what says something about patients, the first of them; without any it is kept in
    the clear. ``peers`` get what is released from now on; ``audits_reads``: the audit has reads, too. Raises
    SettingError, StoreUnavailableError, NoStoreError, and StoreError for a database of a newer version.
    """
    engine = connect(url, create=create)
    try:
        migrations.upgrade(engine, create=create)
        sealer = Sealer(secrets)
        made, keys = read_secrets(engine, sealer), tuple(signing_keys)
        signs = signer(keys[0] if keys else made.trial)
        writes, sends = writers_of(engine), tuple(peers)
        return Store(Ledger(engine, writes, catalog, sealer, made, signs, keys, peers=sends, audits_reads=audits_reads))
    except BaseException:
        engine.dispose()
        raise
