"""Variables of the environment that look like settings and are none: they would be ignored in silence."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from emh_report.config import SETTINGS

PREFIX: Final = "EMH_"

ELSEWHERE: Final = frozenset(
    {
        "EMH_CONFORMANCE_CACHE",
        "EMH_DRAW_LESS",
        "EMH_FHIR_PACKAGES",
        "EMH_REPORT_COMPILE",
        "EMH_REQUIRE_COMPONENTS",
    }
)
"""Those of building and testing, which may be set where the program runs."""

LINK: Final = "_SERVICE_HOST"
"""What a variable ends with by which Kubernetes tells a pod of a service; others that begin as it does go with it."""


def ignored(environment: Mapping[str, str], files: Sequence[Path | None] = ()) -> Iterator[tuple[str, str]]:
    """Yield each variable that looks like a setting and is none, with the setting it is nearest to, or nothing.

    A variable that one of ``files`` names (the password of a peer, the PIN of a token) is not one of them, and neither
    are those of ELSEWHERE and those by which Kubernetes tells of its services (EMH_REPORT_PORT).
    """
    linked = tuple(name.removesuffix(LINK) for name in environment if name.endswith(LINK))
    links = tuple(f"{name}{part}" for name in linked for part in ("_SERVICE_", "_PORT"))
    known = {*SETTINGS, *ELSEWHERE, *_named(files)}
    for name in sorted(environment):
        looks = name.upper().startswith(PREFIX) and environment[name]
        if looks and name not in known and not name.startswith(links):
            yield name, next(iter(difflib.get_close_matches(name.upper(), SETTINGS, n=1)), "")


def _named(files: Sequence[Path | None]) -> Iterator[str]:
    """Yield the words of ``files``. One that cannot be read is said by who needs it, and a pipe can be read once."""
    for file in files:
        with contextlib.suppress(OSError):
            if file is not None and file.is_file():
                yield from re.findall(r"\w+", file.read_text("utf-8", "replace"))
