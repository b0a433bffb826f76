"""Who may ask: names of hosts that are ours, and bearer tokens where the installation has any.

A token is one that the operator gave out, which opens everything, or one of an issuer, which opens what its scopes say.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from emh_report.context import Identifier
from emh_report.errors import NotAuthenticatedError
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.program import CALLING, ON_BEHALF_OF
from emh_report.scopes import Scope, covers

if TYPE_CHECKING:
    from emh_report.bearer import Issuers

SCHEME: Final = "bearer"
TOKENS: Final = "urn:emh-report:token-sha256"
"""System of tokens that the operator gave out, in the audit."""
SHORT: Final = 16
"""Digits of a digest that tell the tokens of an installation apart."""
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="emh_report"'}


class Access:
    """What a request has to say before it is looked at."""

    def __init__(self, hosts: Iterable[str], tokens: Iterable[str] = (), issuers: Issuers | None = None) -> None:
        """Take the names of this server, and the tokens and issuers any of which opens it; none: it is open."""
        self._hosts = frozenset(hosts)
        self._tokens = tuple(_digest(token) for token in tokens)
        self._issuers = issuers

    @property
    def locked(self) -> bool:
        """Whether a token is needed."""
        return bool(self._tokens or self._issuers)

    def check_host(self, host: str) -> None:
        """Raise RefusedError (400) for a name that is not ours: a page elsewhere may have been led here by it."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name.strip("[]").lower() not in self._hosts and name.lower() not in self._hosts:
            raise RefusedError(400, "security", "this is not the name of this server")

    def check_token(self, authorization: str, needed: Scope) -> None:
        """Raise RefusedError: 401 where a token is needed and none of ours was sent, 403 for one that opens less."""
        if not self.locked:
            return
        given = self._given_out(authorization)
        if given:
            CALLING.set(given)
            return
        if self._issuers is None:
            raise RefusedError(401, "login", "a bearer token of this service is needed", headers=CHALLENGE)
        try:
            caller = self._issuers.caller(authorization)
        except NotAuthenticatedError as error:
            raise RefusedError(401, "login", str(error), headers=CHALLENGE) from None
        CALLING.set(caller.program)
        ON_BEHALF_OF.set(caller.on_behalf_of)
        if not covers(caller.scopes, needed):
            lacking = {
                "WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="insufficient_scope", scope="{needed}"'
            }
            raise RefusedError(403, "forbidden", f"the scope {needed} is needed", headers=lacking)

    def _given_out(self, authorization: str) -> Identifier | None:
        """Return a token of ours by the beginning of its digest, by which its owner can be found; None for no such."""
        scheme, _, token = authorization.partition(" ")
        given = _digest(token.strip())
        known = [hmac.compare_digest(given, one) for one in self._tokens]
        return Identifier(TOKENS, given.hex()[:SHORT]) if scheme.lower() == SCHEME and any(known) else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
