"""What was made last, kept for whoever needs it next: a bounded memory of answers that follow from their keys alone."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The last values by key; the oldest is forgotten. Thread-safe. A key has one value only, so none is ever stale."""

    def __init__(self, most: int) -> None:
        """Begin with none, and keep up to ``most``."""
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: K, value: V) -> None:
        """Remember a value."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def find(self, key: K) -> V | None:
        """Return the value of a key; None where it is not known here, or is forgotten."""
        with self._lock:
            return self._kept.get(key)
