"""What previews composed, kept for the release that follows: composing a document is most of the work of signing it.

A document follows from its key alone: report, etag (of one revision, so of one state, working copy and last version),
action, actor, reason and time. A release that finds it here still compares its digest with what was seen, and its etag
with the database within the transaction that stores it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final, NamedTuple

from emh_report.lifecycle import Action, Actor
from emh_report.store.compose import Composed

KEPT: Final = 64
"""So many previews are remembered by one process; a forgotten one is composed again."""


class Key(NamedTuple):
    """Everything that a document follows from, in one store with one catalog."""

    report_id: str
    etag: str
    action: Action
    actor: Actor
    reason: str
    issued: str


class Shown:
    """The last documents that were composed. Thread-safe."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: OrderedDict[Key, Composed] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: Key, composed: Composed) -> None:
        """Remember a document; the oldest one is forgotten."""
        with self._lock:
            self._kept[key] = composed
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def find(self, key: Key) -> Composed | None:
        """Return the document of a key; None where it was never composed here, or is forgotten."""
        with self._lock:
            return self._kept.get(key)
