"""The file of peers: TOML, one table for each peer. Anything odd in it is refused with file, key and reason."""

from __future__ import annotations

import difflib
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from pydantic import ValidationError

from emh_report.deliveries import Peer
from emh_report.delivery.sender import KINDS, Maker, PeerSettings
from emh_report.errors import PeersError

MAX_BYTES: Final = 1_000_000
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
"""Names stand in the store, in lists and in file names."""


class Configured(NamedTuple):
    """A peer with everything that is needed to send to it."""

    peer: Peer
    settings: PeerSettings
    maker: Maker


def read_peers(path: Path) -> tuple[Configured, ...]:
    """Return the peers of a file, in its order. Raises PeersError, and OSError for one that cannot be read."""
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        raise PeersError(str(path), "", f"larger than {MAX_BYTES} bytes")
    try:
        read = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PeersError(str(path), "", f"not TOML: {error}") from None
    for key in read:
        if key != "peers":
            raise PeersError(str(path), key, "unknown key; known here: peers")
    tables = read.get("peers")
    if not isinstance(tables, dict) or not tables:
        raise PeersError(str(path), "peers", "a table for each peer is needed: [peers.NAME]")
    return tuple(_peer(str(path), name, table) for name, table in tables.items())


def _peer(file: str, name: str, table: Any) -> Configured:  # noqa: ANN401 - whatever stands in the file
    place = f"peers.{name}"
    if not NAME.fullmatch(name):
        raise PeersError(file, place, f"a name has the form {NAME.pattern}")
    if not isinstance(table, dict):
        raise PeersError(file, place, "a table is needed: [peers.NAME]")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise PeersError(file, f"{place}.kind", f"accepted are {', '.join(KINDS)}")
    maker = cast("Maker", import_module(KINDS[kind]))
    try:
        settings = maker.Settings.model_validate(table)
    except ValidationError as error:
        raise PeersError(file, *_reason(error, place, maker.Settings)) from None
    peer = Peer(name, kind, settings.content.value, settings.versions, maker.target(settings))
    return Configured(peer, settings, maker)


def _reason(wrong: ValidationError, place: str, shape: type[PeerSettings]) -> tuple[str, str]:
    """Return key and reason of the first mistake; never what stands there, which may be a secret."""
    error = wrong.errors(include_url=False, include_input=False)[0]
    key = ".".join((place, *(str(part) for part in error["loc"])))
    match error["type"]:
        case "extra_forbidden":
            known = sorted(shape.model_fields)
            near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1) or known
            return key, f"unknown key; known here: {', '.join(near)}"
        case "missing":
            return key, "this key is missing"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return key, message[:1].lower() + message[1:]
