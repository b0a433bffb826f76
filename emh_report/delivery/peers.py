"""The file of peers: TOML, one table for each peer. Anything odd in it is refused with file, key and reason."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple, cast

from emh_report.deliveries import Peer
from emh_report.delivery.sender import KINDS, Maker, PeerSettings
from emh_report.errors import PeersError
from emh_report.remote.file import ServersFile


class Configured(NamedTuple):
    """A peer with everything that is needed to send to it."""

    peer: Peer
    settings: PeerSettings
    maker: Maker


def read_peers(path: Path) -> tuple[Configured, ...]:
    """Return the peers of a file, in its order. Raises PeersError, and OSError for one that cannot be read."""
    file, found = ServersFile(path, "peers", PeersError), []
    for name, kind, table in file.tables(KINDS):
        maker = cast("Maker", import_module(KINDS[kind]))
        settings = file.shaped(file.place(name), maker.Settings, table)
        peer = Peer(name, kind, settings.content.value, settings.versions, maker.target(settings))
        found.append(Configured(peer, settings, maker))
    return tuple(found)
