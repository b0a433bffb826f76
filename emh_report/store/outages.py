"""What the log says of a database that does not answer: once why it cannot be used, and once that it can be again."""

from __future__ import annotations

import logging
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

LOG: Final = logging.getLogger(__name__)
LOG.addHandler(logging.NullHandler())  # a command without a log says itself why it ended

READING: Final = "reading"
WRITING: Final = "writing"

_away: Final[WeakKeyDictionary[Engine, dict[str, str]]] = WeakKeyDictionary()
"""Engine → what does not work → why. Apart, since what cannot be written to may still be read."""


def failed(engine: Engine, how: str, why: str) -> None:
    """Log why a database cannot be used for something, unless that was the last to be said of it."""
    known = _away.setdefault(engine, {})
    if known.get(how) != why:
        known[how] = why
        LOG.warning("%s: %s", how, why)


def worked(engine: Engine, how: str) -> None:
    """Log that a database can be used for something again, where it could not be."""
    if _away and _away.get(engine, {}).pop(how, ""):
        LOG.warning("%s: the store can be used again", how)
