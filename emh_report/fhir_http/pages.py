"""Next pages. A link says nothing of the search that it goes on with: this process remembers it for a while."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import Final, NamedTuple

from emh_report.fhir_http.criteria import Search
from emh_report.fhir_http.outcomes import RefusedError

REMEMBERED: Final = 1_000
"""Links that are remembered; older ones have to start again."""
PAGE: Final = "_page"
"""The only parameter of a next link."""


class Following(NamedTuple):
    """Where a search goes on, and under which self link."""

    type: str
    search: Search
    start: int


class Pages:
    """Links that were given out. Thread-safe."""

    def __init__(self) -> None:
        """Start without any."""
        self._known: OrderedDict[str, Following] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, following: Following) -> str:
        """Return the token of a page."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._known[token] = following
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return token

    def get(self, type_: str, token: str) -> Following:
        """Return the page of a token. Raises RefusedError (410)."""
        with self._lock:
            found = self._known.get(token)
        if found is None or found.type != type_:
            raise RefusedError(410, "expired", "this link has expired; search again", expression=PAGE)
        return found
