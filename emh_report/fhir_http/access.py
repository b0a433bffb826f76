"""Who may ask: names of hosts that are ours, and bearer tokens where the installation has any."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from emh_report.fhir_http.outcomes import RefusedError

SCHEME: Final = "bearer"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="emh_report"'}


class Access:
    """What a request has to say before it is looked at."""

    def __init__(self, hosts: Iterable[str], tokens: Iterable[str] = ()) -> None:
        """Take the names of this server, and the tokens any of which opens it; none: it is open."""
        self._hosts = frozenset(hosts)
        self._tokens = tuple(_digest(token) for token in tokens)

    @property
    def locked(self) -> bool:
        """Whether a token is needed."""
        return bool(self._tokens)

    def check_host(self, host: str) -> None:
        """Raise RefusedError (400) for a name that is not ours: a page elsewhere may have been led here by it."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name.strip("[]").lower() not in self._hosts and name.lower() not in self._hosts:
            raise RefusedError(400, "security", "this is not the name of this server")

    def check_token(self, authorization: str) -> None:
        """Raise RefusedError (401) where a token is needed and none of ours was sent."""
        if not self._tokens:
            return
        scheme, _, token = authorization.partition(" ")
        given = _digest(token.strip())
        known = [hmac.compare_digest(given, one) for one in self._tokens]
        if scheme.lower() != SCHEME or not any(known):
            raise RefusedError(401, "login", "a bearer token of this service is needed", headers=CHALLENGE)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
