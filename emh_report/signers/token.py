"""A key in a PKCS#11 token: it signs there and never leaves it. The only door to python-pkcs11."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from joserfc.jws import JWSRegistry

from emh_report.errors import MissingExtraError, SignerUnavailableError
from emh_report.keys import SigningKey, token_signing_key
from emh_report.signers.uri import TokenUri, read_uri

if TYPE_CHECKING:
    from pkcs11 import Session

_PROBE: Final = b"emh_report: can this key sign?"
_ES256: Final = JWSRegistry.algorithms["ES256"]
_MODULES: Final = threading.RLock()
"""A library of tokens is one for the whole process, and so are its logins."""

_REASONS: Final = {
    "PKCS11Error": "the library at module-path cannot be loaded, or fails without a reason",
    "NoSuchToken": "there is no such token",
    "TokenNotPresent": "the token is not there",
    "MultipleTokensReturned": "there are several such tokens: add serial to the URI",
    "NoSuchKey": "there is no such key in the token, or only half of it",
    "MultipleObjectsReturned": "there are several such keys in the token: add id to the URI",
}
_PIN_REFUSED: Final = frozenset({"PinIncorrect", "PinInvalid", "PinLenRange", "PinLocked", "PinExpired"})


class TokenSigner:
    """Signs in the token at ``uri`` with the secret half of ``key``; opens it at the first signature.

    A token that went away and came back is opened anew. A PIN that was refused is not tried again by this process:
    a token locks itself after a few of them.
    """

    def __init__(self, key: SigningKey, uri: TokenUri) -> None:
        self.key = key
        self._uri = uri
        self._opened: Any = None
        self._refused = ""

    def sign(self, data: bytes) -> bytes:
        """Return the signature of ``data``, seen to hold. Raises SignerUnavailableError, MissingExtraError."""
        digest = hashlib.sha256(data).digest()  # documents are large and tokens slow: only the digest goes there
        with _MODULES:
            signature = self._kept(digest) or self._anew(digest)
        if not _ES256.verify(data, signature, self.key):
            raise SignerUnavailableError("the token signed with another key than the file names")
        return signature

    def check(self) -> None:
        """Sign something and see that it holds. Raises as ``sign`` does."""
        self.sign(_PROBE)

    def _kept(self, digest: bytes) -> bytes:
        """Sign in the session that is open; empty where there is none, or it has ended."""
        if self._opened is None:
            return b""
        from pkcs11 import PKCS11Error

        try:
            return _signed(self._opened, digest)
        except PKCS11Error:
            self._opened = None
            return b""

    def _anew(self, digest: bytes) -> bytes:
        if self._refused:
            raise SignerUnavailableError(self._refused, lasting=True)
        try:
            with _told():
                self._opened = _private_key(_session(self._uri), self._uri)
                return _signed(self._opened, digest)
        except SignerUnavailableError as error:
            self._refused = error.reason if error.lasting else ""
            raise


def token_key(text: str) -> SigningKey:
    """Return the public key of the key pair at a URI, which names its token; a signature showed that both fit.

    Raises SettingError, SignerUnavailableError, MissingExtraError.
    """
    uri = read_uri(text)
    with _MODULES, _told():
        public = _public_key(_session(uri), uri)
    key = token_signing_key(public, text)
    TokenSigner(key, uri).check()
    return key


def _session(uri: TokenUri) -> Session:
    """Log in. The library begins anew, for it may remember a token that is gone; others' sessions open again."""
    import pkcs11

    pin = uri.pin()
    known = pkcs11.lib(uri.module)
    known.reinitialize()
    token = known.get_token(token_label=uri.token or None, token_serial=uri.serial or None)
    return token.open(user_pin=pin)


def _private_key(session: Session, uri: TokenUri) -> Any:  # noqa: ANN401 - its classes are not known before a library is loaded
    from pkcs11 import KeyType, ObjectClass

    return session.get_key(ObjectClass.PRIVATE_KEY, KeyType.EC, uri.object or None, uri.id or None)


def _public_key(session: Session, uri: TokenUri) -> bytes:
    """Return the public half (SubjectPublicKeyInfo, DER)."""
    from pkcs11 import KeyType, ObjectClass
    from pkcs11.util.ec import encode_ec_public_key

    found: Any = session.get_key(ObjectClass.PUBLIC_KEY, KeyType.EC, uri.object or None, uri.id or None)
    return encode_ec_public_key(found)


def _signed(key: Any, digest: bytes) -> bytes:  # noqa: ANN401 - as above
    from pkcs11 import Mechanism

    return bytes(key.sign(digest, mechanism=Mechanism.ECDSA))  # r and s, as JWS wants them


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong with a token in our words: those of its library may repeat what they were given."""
    try:
        from pkcs11 import PKCS11Error
    except ImportError:
        raise MissingExtraError("signing in a PKCS#11 token", "emh_report[pkcs11]") from None
    try:
        yield
    except PKCS11Error as error:
        kind = type(error).__name__
        if kind in _PIN_REFUSED:
            reason = f"its PIN is refused ({kind}); this process does not try it again"
            raise SignerUnavailableError(reason, lasting=True) from None
        reason = _REASONS.get(kind, f"the token or its library does not work ({kind})")
        raise SignerUnavailableError(reason) from None
