"""Pages of lists (AIP-158). Tokens are opaque, need no memory, and are good for one query of one catalog.

A token is a position and a digest over position, query and catalog. It guards no secret: it tells a
token of this query from any other, so that a page never silently belongs to something else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import TypeVar

from emh_report import limits
from emh_report.catalog import Catalog
from emh_report.errors import InputError

T = TypeVar("T")

_POSITION_BYTES = 4
_DIGEST_BYTES = 12


class Pager:
    """Cuts lists into pages."""

    def __init__(self, catalog: Catalog) -> None:
        """Bind tokens to what is installed: after a change lists start again."""
        names = [f"{template.id}={template.content_hash}" for template in catalog.templates]
        names += [f"{v.id}={v.version}={len(v.terms)}" for v in catalog.vocabularies.values()]
        self._salt = "\n".join(sorted(names))

    def page(self, entries: Sequence[T], size: int, token: str, *query: str) -> tuple[Sequence[T], str]:
        """Return one page of ``entries`` and the token of the next one, empty on the last.

        ``query`` is everything that decides what ``entries`` are. Raises InputError for a negative
        size and for a token of anything else.
        """
        if size < 0:
            raise InputError([("page_size", "must not be negative")])
        size = min(size or limits.PAGE, limits.MAX_PAGE)
        start = self._position(token, query) if token else 0
        end = start + size
        return entries[start:end], self._token(end, query) if end < len(entries) else ""

    def _token(self, position: int, query: Sequence[str]) -> str:
        raw = position.to_bytes(_POSITION_BYTES, "big")
        digest = hashlib.sha256("\0".join((self._salt, *query, raw.hex())).encode()).digest()
        return base64.urlsafe_b64encode(raw + digest[:_DIGEST_BYTES]).decode()

    def _position(self, token: str, query: Sequence[str]) -> int:
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        position = int.from_bytes(raw[:_POSITION_BYTES], "big")
        if self._token(position, query) != token:
            raise InputError([("page_token", "not a token of this query; start at the first page again")])
        return position
