"""The certificate of the service, which is read again when its files change: renewing it takes no restart.

Files are looked at when somebody connects, by what the file system says of them, and read where that changed. Whatever
is wrong with them then (half of a file, a key of another certificate, no file) leaves in use what was there before.
"""

from __future__ import annotations

import logging
import ssl
import threading
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from emh_report.config import Security
from emh_report.errors import SettingError
from emh_report.program import certified

LOG = logging.getLogger(__name__)

Signs = tuple[tuple[int, ...], ...]
"""By what a change of files shows; nothing for a file that is not there."""

REQUIRED_PAIR: Final = ("a certificate chain, and the private key that belongs to it, without a password, both in PEM",)
REQUIRED_KEYS: Final = ("a key that clients of gRPC take: RSA with 2048 bits or more, or EC on P-256 or P-384",)
"""Tried: the client of gRPC refuses P-521 and Ed25519, its server cannot use secp256k1, P-224, Brainpool and DSA."""
CURVES: Final = frozenset({"secp256r1", "secp384r1"})
RSA_BITS: Final = 2048
REQUIRED_AUTHORITIES: Final = ("certificates of authorities in PEM",)


class Authority(NamedTuple):
    """The certificate of an authority: whose it is, as the audit writes such names, and when it ends."""

    subject: str
    ends: datetime


class Loaded(NamedTuple):
    """What was read at one time: PEM as gRPC takes it, and the context of TLS for the other doors.

    ``ends`` is when the first certificate of the chain does; ``authority`` is the one of those of callers that ends
    first.
    """

    key: bytes
    certificate: bytes
    authorities: bytes | None
    context: ssl.SSLContext
    ends: datetime
    authority: Authority | None


class Certificates:
    """The certificate, and the authorities of callers, as one door shows and asks for them. Thread-safe."""

    def __init__(self, security: Security, door: str) -> None:
        """Read the files; ``door`` names them in the log. Raises SettingError and OSError."""
        self._security, self._door = security, door
        self._files = tuple(Path(name) for name in security[:3] if name)
        self._lock = threading.Lock()
        self._seen = _signs(self._files)
        self._loaded = load(security)

    def now(self) -> Loaded:
        """Return what counts now."""
        with self._lock:
            seen = _signs(self._files)
            if seen != self._seen:
                self._renew(seen)
            return self._loaded

    def context(self) -> ssl.SSLContext:
        """Return a context of TLS in which every handshake shows what counts then."""
        context = self.now().context

        def choose(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = self.now().context

        context.sni_callback = choose  # is called for callers that name no host, too
        return context

    def _renew(self, seen: Signs) -> None:
        try:
            loaded = load(self._security)
        except (OSError, SettingError) as error:
            LOG.warning("%s: changed certificate files are not taken, the earlier ones count: %s", self._door, error)
        else:
            if _signs(self._files) != seen:
                return  # they change just now: who connects next looks again
            self._loaded = loaded
            LOG.info("%s: changed certificate files are in use", self._door)
        self._seen = seen


def load(security: Security) -> Loaded:
    """Read the files as a TLS library does, since gRPC says nothing of what is wrong with them.

    Raises SettingError for a file that is not what it should be, and OSError for one that cannot be read.
    """
    certificate, key = Path(security.certificate).read_bytes(), Path(security.key).read_bytes()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(security.certificate, security.key, password=lambda: "")
    except (ssl.SSLError, ValueError):
        name = f"EMH_TLS_CERTIFICATE and EMH_TLS_KEY ({security.certificate}, {security.key})"
        raise SettingError(name, REQUIRED_PAIR) from None
    ends = _ends(security, certificate)
    authorities = Path(security.client_ca).read_bytes() if security.client_ca else None
    first = None if authorities is None else _first(security, authorities)
    return Loaded(key, certificate, authorities, context, ends, first)


def _first(security: Security, authorities: bytes) -> Authority:
    """Return the authority whose certificate ends first. Raises SettingError for what are no certificates."""
    from cryptography import x509  # as below

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=authorities.decode("ascii"))
        found = x509.load_pem_x509_certificates(authorities)
        known = [Authority(_named(one.subject.rfc4514_string()), one.not_valid_after_utc) for one in found]
    except (ssl.SSLError, ValueError):
        raise SettingError(f"EMH_CLIENT_CA ({security.client_ca})", REQUIRED_AUTHORITIES) from None
    return min(known, key=lambda one: one.ends)


def _named(subject: str) -> str:
    """Return a name for one line of a log, whatever stands in it."""
    return " ".join(certified(subject).value.split())


def _ends(security: Security, certificate: bytes) -> datetime:
    """Return when a chain ends. Raises SettingError for a key that one of the doors could not show it with."""
    from cryptography import x509  # only here: it is heavy, and a service without a certificate does not need it
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    name = f"EMH_TLS_CERTIFICATE ({security.certificate})"
    try:
        chain = x509.load_pem_x509_certificates(certificate)
        key = chain[0].public_key()
    except ValueError:
        raise SettingError(name, REQUIRED_PAIR) from None
    is_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS
    if not (is_rsa or (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES)):
        raise SettingError(name, REQUIRED_KEYS)
    return min(one.not_valid_after_utc for one in chain)


def _signs(files: tuple[Path, ...]) -> Signs:
    return tuple(_sign(file) for file in files)


def _sign(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
