"""The store that the settings of an installation name, opened."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emh_report.catalog import Catalog
from emh_report.config import NO_STORE, Settings

if TYPE_CHECKING:
    from emh_report.delivery import Configured
    from emh_report.store import Store


@contextlib.contextmanager
def opened(settings: Settings, catalog: Catalog, *, create: bool = False) -> Iterator[Store | None]:
    """Open the store while the block runs; None where the installation keeps nothing.

    Only a server may ``create`` a store: for others a name that is mistyped would be an empty one.

    Raises what `open_store` and `read_peers` do, and OSError for a key file that cannot be read.
    """
    if settings.store == NO_STORE:  # light start: nothing of a database is loaded
        yield None
        return
    from emh_report.keys import read_file, read_secrets, read_signing_keys
    from emh_report.store import open_store

    peers = [one.peer for one in configured(settings)]
    signing = settings.signing_keys and read_signing_keys(read_file(settings.signing_keys), str(settings.signing_keys))
    secrets = settings.store_keys and read_secrets(read_file(settings.store_keys), str(settings.store_keys))
    with open_store(
        settings.store,
        catalog,
        signing_keys=signing or (),
        secrets=secrets or (),
        peers=peers,
        audits_reads=settings.audit_reads,
        create=create,
    ) as store:
        yield store


def configured(settings: Settings) -> tuple[Configured, ...]:
    """Return the peers of the installation; none where no file of peers is named. Raises what `read_peers` does."""
    if settings.peers is None:
        return ()
    from emh_report.delivery import read_peers

    return read_peers(settings.peers)
