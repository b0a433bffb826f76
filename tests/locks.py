"""Certificates and tokens for the tests: an authority, what it signs, and an issuer whose tokens PyJWT makes."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emh_report.config import Security

ISSUER: Final = "https://sso.hospital.test"
AUDIENCE: Final = "emh-report"
PEM: Final = serialization.Encoding.PEM
EVERYTHING: Final = "system/*.cruds"

ES384: Final = ec.generate_private_key(ec.SECP384R1())
RS384: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER: Final = ec.generate_private_key(ec.SECP384R1())

SIGNS: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
"""What the key of an authority is for (RFC 5280, section 4.2.1.3)."""

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

A_DAY: Final = dt.timedelta(days=1)


class Pair(NamedTuple):
    """A certificate and its private key, as files."""

    certificate: Path
    key: Path

    @property
    def pem(self) -> tuple[bytes, bytes]:
        """Key and certificate as bytes, in the order of gRPC."""
        return self.key.read_bytes(), self.certificate.read_bytes()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str, valid: dt.timedelta = A_DAY) -> None:
        """Make its key and its own certificate."""
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = (
            self._made(name, self._key, valid)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(SIGNS, critical=True)  # Python 3.13 takes no authority without it
        )
        self.file = self._written(name, made.sign(self._key, hashes.SHA256()))

    def _made(self, subject: str, key: Private, valid: dt.timedelta = A_DAY) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(self._name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=100))
            .not_valid_after(now + valid)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )

    def _written(self, name: str, certificate: x509.Certificate) -> Path:
        file = self._folder / f"{name}.pem"
        file.write_bytes(certificate.public_bytes(PEM))
        return file

    def pair(self, name: str, key: Private | None = None, valid: dt.timedelta = A_DAY) -> Pair:
        """Return a certificate for a program of this machine, server or client; a key of P-256 where none is given."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        places = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        made = (
            self._made(name, key, valid)
            .add_extension(x509.SubjectAlternativeName(places), critical=False)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        )
        plain = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self._folder / f"{name}.key"
        file.write_bytes(plain)
        return Pair(self._written(name, made.sign(self._key, hashes.SHA256())), file)


def public(key: Private, name: str) -> dict[str, Any]:
    """Return the public half of a key as a JWK, as PyJWT writes it."""
    algorithm = jwt.get_algorithm_by_name("ES384" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS384")
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "use": "sig"}


def issuers(folder: Path, *keys: dict[str, Any]) -> Path:
    """Write the file of an issuer with these keys, those of the tests where none are given."""
    listed = list(keys) or [public(ES384, "es"), public(RS384, "rs")]
    (folder / "sso.jwks.json").write_text(json.dumps({"keys": listed}), encoding="utf-8")
    file = folder / "issuers.toml"
    file.write_text(
        f'[issuers.sso]\nkind = "jwt"\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\nkeys = "sso.jwks.json"\n',
        encoding="utf-8",
    )
    return file


def token(scope: str | None = EVERYTHING, key: Private = ES384, name: str = "es", **claims: Any) -> str:  # noqa: ANN401 - of any type
    """Return a token of the issuer, valid for a minute; a claim that is None is left out."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ris", "iat": now, "exp": now + 60, "scope": scope, **claims}
    content = {claim: value for claim, value in said.items() if value is not None}
    algorithm = "ES384" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS384"
    return jwt.encode(content, key, algorithm=algorithm, headers={"kid": name})


def locked(folder: Path, *, clients: bool = False) -> tuple[Security, Authority]:
    """Return a service with a certificate, and tokens; ``clients``: callers show a certificate too."""
    authority = Authority(folder, "authority")
    server = authority.pair("server")
    ca = str(authority.file) if clients else ""
    return Security(str(server.certificate), str(server.key), ca, str(issuers(folder))), authority
