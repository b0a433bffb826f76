"""Who a caller is, by a JSON Web Token (RFC 7519) of an issuer that the operator names in a file.

Tokens are signed with the issuer's private key and checked with its public keys, which the operator keeps beside the
file as a JWK Set (RFC 7517): nothing is fetched, so that no caller can make this service ask an address. A key that is
not known makes it read a changed key file again, so keys are rotated without a restart.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from joserfc import errors, jws, jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from pydantic import BaseModel, ConfigDict, Field

from emh_report import limits
from emh_report.context import Identifier
from emh_report.errors import IssuersError, NotAuthenticatedError
from emh_report.program import NOBODY
from emh_report.remote.file import ServersFile
from emh_report.scopes import Scope, granted
from emh_report.text import is_unsafe

KEY: Final = "issuers"
KIND: Final = "jwt"
SCHEME: Final = "bearer"

ALGORITHMS: Final = ("ES256", "ES384", "RS256", "RS384")
"""Those that SMART App Launch asks for (RS384, ES384), and their shorter kin. None with a shared secret."""

MAX_TOKEN: Final = 8_192
"""Characters; headers of HTTP/2 and of most proxies end there."""

LEEWAY: Final = 10
"""Seconds that clocks may differ."""

NAMES: Final = ("client_id", "azp", "sub")
"""Claims that name the program (RFC 9068, OpenID Connect, SMART backend services): the first that a token has."""

KNOWN_SECONDS: Final = 60
"""A token that was checked is not checked again for so long: it outlives a key that was taken away by no more."""

KNOWN: Final = 1_024
"""Tokens that are remembered; a few services have one each."""

CLAIMS: Final[Mapping[str, str]] = {
    "exp": "the token has expired, or does not say when it will (exp)",
    "nbf": "the token is not valid yet (nbf)",
    "iat": "the token was issued in the future (iat)",
    "aud": "the token is for another service (aud)",
    "iss": "the token is not from an issuer of this service (iss)",
}
"""What is said of a token by the claim that is wrong; never what the claim holds."""


class Issuer(BaseModel):
    """One issuer: its name (claim iss), what it calls this service (claim aud), and the file with its public keys.

    ``user_claim`` names the person for whom the program calls, where a token has it; ``fhirUser`` is that of SMART.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["jwt"]
    issuer: str = Field(min_length=1, max_length=500)
    audience: str = Field(min_length=1, max_length=500)
    keys: str = Field(min_length=1, max_length=500)
    user_claim: str = Field(default="fhirUser", min_length=1, max_length=100)


class Caller(NamedTuple):
    """Which program calls, what the token opens, and for whom, where the token says that."""

    program: Identifier
    scopes: frozenset[Scope]
    on_behalf_of: Identifier = NOBODY


class _KeyFileError(ValueError):
    """Says what is wrong with a key file."""


def _keys(content: Any) -> KeySet:  # noqa: ANN401 - JSON
    """Return the keys of a JWK Set that sign. Raises _KeyFileError, and what joserfc and wrong shapes raise."""
    listed = [one for one in content["keys"] if one.get("use", "sig") == "sig"]
    if any("d" in one or "k" in one for one in listed):
        raise _KeyFileError("has a private or shared key: only public keys belong here")
    imported = KeySet.import_key_set({"keys": listed}) if listed else ()
    found = [key for key in imported if isinstance(key, RSAKey | ECKey)]
    if not found:
        raise _KeyFileError("has no key that signs (kty RSA or EC)")
    names = [one.get("kid") for one in listed]
    if len(set(names)) < len(names):
        raise _KeyFileError("has two keys of one name (kid), or without one")
    return KeySet([*found])


class Trusted:
    """One issuer with its keys."""

    def __init__(self, issuer: Issuer, file: Path, refuse: Callable[[str], IssuersError]) -> None:
        """Read the keys. Raises what ``refuse`` makes of a reason, and OSError."""
        self.issuer = issuer
        self._file, self._refuse = file, refuse
        self._lock = threading.Lock()
        self._keys, self._changed = self._read()

    def _read(self) -> tuple[KeySet, int]:
        changed = self._file.stat().st_mtime_ns
        try:
            return _keys(json.loads(self._file.read_bytes())), changed
        except (ValueError, KeyError, TypeError, AttributeError, errors.JoseError) as error:
            reason = str(error) if isinstance(error, _KeyFileError) else "not a JWK Set (RFC 7517) of public keys"
            raise self._refuse(reason) from None

    def expected(self, clock: Callable[[], float]) -> jwt.JWTClaimsRegistry:
        """Return what checks the claims of a token."""
        return jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer.issuer},
            aud={"essential": True, "value": self.issuer.audience},
            exp={"essential": True},
        )

    def key(self, name: str | None) -> Key:
        """Return a public key by its ``kid``, the only one where a token names none; a changed file is read again.

        Raises InvalidKeyIdError.
        """
        try:
            return self._keys.get_by_kid(name)
        except errors.InvalidKeyIdError:
            with self._lock:
                self._refresh()
            return self._keys.get_by_kid(name)

    def _refresh(self) -> None:
        """Read the file again where it changed. What is wrong with it leaves the keys as they were."""
        try:
            if self._file.stat().st_mtime_ns != self._changed:
                self._keys, self._changed = self._read()
        except (OSError, IssuersError):
            return


class Issuers:
    """All issuers of an installation."""

    def __init__(self, trusted: Sequence[Trusted], clock: Callable[[], float] = time.time) -> None:
        """Take the issuers; ``clock`` gives seconds since 1970."""
        self.trusted = tuple(trusted)
        self._by_name = {one.issuer.issuer: one for one in trusted}
        self._clock = clock
        self._known: dict[bytes, tuple[float, Caller]] = {}

    def caller(self, authorization: str) -> Caller:
        """Return who sent the header ``authorization``. Raises NotAuthenticatedError."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != SCHEME or not token:
            raise NotAuthenticatedError("a bearer token is needed (authorization: Bearer ...)")
        if len(token) > MAX_TOKEN:
            raise NotAuthenticatedError(f"the token has more than {MAX_TOKEN} characters")
        digest, now = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest(), self._clock()
        until, caller = self._known.get(digest, (0.0, None))
        if caller is None or until <= now:
            caller, until = self._checked(token.strip())
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[digest] = min(until, now + KNOWN_SECONDS), caller
        return caller

    @property
    def remembered(self) -> int:
        """How many tokens are kept in memory."""
        return len(self._known)

    def _checked(self, token: str) -> tuple[Caller, float]:
        try:
            trusted, key = self._signer(token)
            claims = jwt.decode(token, key, ALGORITHMS).claims
            trusted.expected(self._clock).validate(claims)
        except errors.ClaimError as error:
            claim = error.claim.partition(",")[0]  # of several that are missing
            raise NotAuthenticatedError(CLAIMS.get(claim, "a claim of the token is wrong or missing")) from None
        except errors.BadSignatureError:
            raise NotAuthenticatedError("the signature of the token is not that of its issuer") from None
        except errors.InvalidKeyIdError:
            raise NotAuthenticatedError("the key that signed the token is not known (kid)") from None
        except (errors.JoseError, ValueError, TypeError, AttributeError, RecursionError):  # whatever JSON it is
            reason = f"not a JSON Web Token (RFC 7519) that is signed as {', '.join(ALGORITHMS)}"
            raise NotAuthenticatedError(reason) from None
        scope = claims.get("scope", "")
        if not isinstance(scope, str):
            raise NotAuthenticatedError("the claim scope of the token has to be text")
        program = _named(trusted.issuer, claims, NAMES)
        person = _named(trusted.issuer, claims, (trusted.issuer.user_claim,))
        return Caller(program, granted(scope), person), float(claims["exp"])

    def _signer(self, token: str) -> tuple[Trusted, Key]:
        """Return the issuer that a token names and the key it names, before anything in it is believed."""
        said = jws.extract_compact(token.encode())
        trusted = self._by_name.get(str(json.loads(said.payload).get("iss")))
        if trusted is None:
            raise errors.InvalidClaimError("iss")
        name = said.headers().get("kid")
        return trusted, trusted.key(name if isinstance(name, str) else None)


def _named(issuer: Issuer, claims: Mapping[str, Any], names: Sequence[str]) -> Identifier:
    """Return who is named by the first of these claims that a token has. Raises NotAuthenticatedError."""
    claim = next((one for one in names if claims.get(one)), "")
    found = claims.get(claim, "")
    if not isinstance(found, str) or len(found) > limits.ID or is_unsafe(found):
        accepted = f"text of at most {limits.ID} characters without control characters"
        raise NotAuthenticatedError(f"the claim {claim} of the token has to be {accepted}")
    return Identifier(issuer.issuer, found) if found else NOBODY


def read_issuers(path: Path) -> Issuers:
    """Return the issuers of a file; its key files are found beside it. Raises IssuersError and OSError."""
    file = ServersFile(path, KEY, IssuersError)
    found: list[Trusted] = []
    for name, _, table in file.tables((KIND,)):
        issuer = file.shaped(file.place(name), Issuer, table)
        if any(one.issuer.issuer == issuer.issuer for one in found):
            raise IssuersError(str(path), f"{file.place(name)}.issuer", "is named twice")

        def refuse(reason: str, place: str = f"{file.place(name)}.keys") -> IssuersError:
            return IssuersError(str(path), place, reason)

        found.append(Trusted(issuer, path.parent / issuer.keys, refuse))
    return Issuers(found)
