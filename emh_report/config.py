"""Settings of an installation: environment variables and command line options, nothing else.

=========== ======================================================== =====================
variable    meaning                                                  option
=========== ======================================================== =====================
EMH_SITE    folders of a site's own templates, separated as in PATH  --site, repeatable
EMH_MAPS    code maps the site is licensed for, separated by commas  --map, repeatable
EMH_ADDRESS where the service listens                                --address
=========== ======================================================== =====================

An option takes the place of its variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_ADDRESS: Final = "localhost:50051"
"""Both loopbacks, IPv4 and IPv6: nobody else can reach a service without encryption and authentication."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is made of. Later site folders take precedence."""

    site: tuple[Path, ...] = ()
    maps: frozenset[str] = frozenset()
    address: str = DEFAULT_ADDRESS


def read_settings(
    environment: Mapping[str, str] | None = None,
    *,
    site: Sequence[Path] = (),
    maps: Sequence[str] = (),
    address: str = "",
) -> Settings:
    """Return the settings of options over environment (the process's own where none is given)."""
    known = os.environ if environment is None else environment
    folders = [Path(name) for name in known.get("EMH_SITE", "").split(os.pathsep) if name]
    names = [name.strip() for name in known.get("EMH_MAPS", "").split(",") if name.strip()]
    return Settings(
        site=tuple(site) or tuple(folders),
        maps=frozenset(maps or names),
        address=address or known.get("EMH_ADDRESS", "") or DEFAULT_ADDRESS,
    )
