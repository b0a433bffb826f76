"""Request ids (AIP-155): the same id and content get the same answer, another content is refused.

Exports are deterministic and nothing is stored, so a replay is made again and only a digest of the
content is remembered, never the content. One process remembers for itself, and so many.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict

from emh_report import limits
from emh_report.errors import InputError
from emh_report.wire.statuses import RequestIdReusedError

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class RequestIds:
    """The ids of successful requests, the most recent ones."""

    def __init__(self, size: int = limits.REQUEST_IDS) -> None:
        """Remember at most ``size`` ids."""
        self._size = size
        self._seen: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, request_id: str, *content: bytes) -> bytes:
        """Return the digest of ``content``, which is everything but the id, for `remember`.

        Raises InputError for an id that is not a UUID, RequestIdReusedError for one that was used
        for another content.
        """
        if not _UUID.fullmatch(request_id):
            raise InputError([("request_id", "not a UUID of 36 characters")])
        digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in content)).digest()
        with self._lock:
            known = self._seen.get(request_id.lower())
        if known is not None and known != digest:
            raise RequestIdReusedError
        return digest

    def remember(self, request_id: str, digest: bytes) -> None:
        """Remember a request that succeeded; the oldest one is forgotten where there are too many."""
        with self._lock:
            self._seen[request_id.lower()] = digest
            self._seen.move_to_end(request_id.lower())
            if len(self._seen) > self._size:
                self._seen.popitem(last=False)
