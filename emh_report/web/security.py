"""What a browser may do with our pages, and which posts are ours.

Pages run our own scripts and styles only, load nothing from elsewhere and cannot be framed, but by the viewers
that an installation names. A post counts only when the browser says it comes from one of our pages and it has a
token that belongs to the session.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

COOKIE: Final = "emh-session"
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send "Origin: null" with our own forms
    "X-Content-Type-Options": "nosniff",
}
_ALONE: Final[Mapping[str, str]] = {"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY"}
_FRAMED: Final[Mapping[str, str]] = {
    "Cross-Origin-Resource-Policy": "cross-origin",  # viewers that are isolated, as OHIF is, frame only what says so
    "Cross-Origin-Embedder-Policy": "require-corp",
}
NO_STORE: Final = "no-store"
"""Pages hold patient data: no cache keeps them."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class Tokens:
    """Sessions and the tokens that belong to them: good for every process that has the same key."""

    def __init__(self, key: bytes) -> None:
        """Remember the key."""
        self._key = key

    @staticmethod
    def session(cookie: str) -> str:
        """Return the session of a cookie; a new one where it is none of ours."""
        return cookie if _SESSION.fullmatch(cookie) else secrets.token_urlsafe(32)

    def token(self, session: str) -> str:
        """Return a token for a form: another one each time, so that compression gives nothing away."""
        nonce = secrets.token_hex(8)
        return f"{nonce}.{self._mark(session, nonce)}"

    def belongs(self, token: str, session: str) -> bool:
        """Whether ``token`` was made for ``session`` by this service."""
        nonce, _, mark = token.partition(".")
        return bool(mark) and hmac.compare_digest(mark.encode(), self._mark(session, nonce).encode())

    def _mark(self, session: str, nonce: str) -> str:
        return hmac.new(self._key, f"{session}.{nonce}".encode(), hashlib.sha256).hexdigest()


def headers(origins: Sequence[str]) -> Mapping[str, str]:
    """Return the headers of every answer; ``origins`` are those of the pages that may frame ours."""
    policy = _HEADERS["Content-Security-Policy"].format(ancestors=" ".join(origins) or "'none'")
    return {**_HEADERS, "Content-Security-Policy": policy, **(_FRAMED if origins else _ALONE)}


def framed_elsewhere(site: str | None, dest: str | None) -> bool:
    """Whether a page is asked for in a frame of another site, where browsers hold back its session."""
    return dest == "iframe" and site == "cross-site"


def from_our_page(origin: str | None, site: str | None, host: str) -> bool:
    """Whether a post comes from a page of this server, by its Origin and Sec-Fetch-Site headers.

    A client that sends neither is no browser; it has to have a token all the same.
    """
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin is None or origin.partition("://")[2] == host
