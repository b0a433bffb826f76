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

_away: Final[WeakKeyDictionary[Engine, dict[str, set[str]]]] = WeakKeyDictionary()
"""Engine → what does not work → why, all that was said. Apart, since what cannot be written to may still be read."""


def failed(engine: Engine, how: str, why: str) -> None:
    """Log why a database cannot be used for something, each reason once until it can be: callers meet several."""
    said = _away.setdefault(engine, {}).setdefault(how, set())
    if why not in said:
        said.add(why)
        LOG.warning("%s: %s", how, why)


def worked(engine: Engine, how: str) -> None:
    """Log that a database can be used for something again, where it could not be."""
    if engine in _away and _away[engine].pop(how, set()):
        LOG.warning("%s: the store can be used again", how)
