"""Keys of an installation as JSON Web Key sets (RFC 7517): the first key is used, the others are those used before.

One set signs (EC P-256), one encrypts what is stored (256 bit). Whoever has a file has its keys: keep it outside of the
store, readable by the service alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OctKey

from emh_report.errors import SettingError

SigningKey = ECKey
"""A key that signs, or its public half that verifies."""

CURVE: Final = "P-256"
SECRET_BITS: Final = 256
TRIAL: Final = "trial-"
"""Ids of keys that an installation made for itself, kept beside what they protect, begin so."""

TOKEN: Final = "pkcs11"  # noqa: S105 - the name of a member
"""Member of a public key in a set of an installation: the URI of the token that signs with its other half.

RFC 7517, section 4, allows members of one's own.
"""

SIGNING: Final = f"a JSON Web Key set with EC keys on {CURVE}, such as emh-report keys new signing makes"
SECRETS: Final = f"a JSON Web Key set with secrets of {SECRET_BITS} bits, such as emh-report keys new store makes"
EITHER: Final = f"a JSON Web Key set: EC keys on {CURVE} to sign with, or secrets of {SECRET_BITS} bits to encrypt with"


def new_signing_key(*, trial: bool = False) -> SigningKey:
    """Return a new key for signatures; its id is its RFC 7638 thumbprint, marked where it is for trying out."""
    key = ECKey.generate_key(CURVE, private=True)
    return ECKey.import_key(key.as_dict(private=True), {"kid": f"{TRIAL if trial else ''}{key.thumbprint()}"})


def token_signing_key(public: bytes, uri: str) -> SigningKey:
    """Return the public key of a pair in a token (SubjectPublicKeyInfo, DER), which names where its other half is.

    Raises SettingError for a key that is not EC on P-256.
    """
    try:
        key = ECKey.import_key(public)
    except (JoseError, ValueError, TypeError):
        raise _refusal("token", f"a key pair for signatures on {CURVE}") from None
    if key.curve_name != CURVE:
        raise _refusal("token", f"a key pair for signatures on {CURVE}")
    return ECKey.import_key({**key.as_dict(private=False), "kid": key.thumbprint(), TOKEN: uri})


def new_secret() -> OctKey:
    """Return a new key for encryption."""
    key = OctKey.generate_key(SECRET_BITS)
    return OctKey.import_key(key.as_dict(private=True), {"kid": key.thumbprint()})


def write_keys(keys: list[Key]) -> str:
    """Return a key set with the secrets that it has, as a file holds it."""
    return json.dumps({"keys": [key.as_dict(private=key.is_private) for key in keys]}, indent=1) + "\n"


def add_key(key: Key, before: str, name: str = "") -> str:
    """Return a key set with ``key`` first and those of the set ``before`` behind it.

    Raises SettingError, also where ``before`` has keys of the other kind: a file that signs has no secrets of a store.
    """
    accepted = SIGNING if isinstance(key, ECKey) else SECRETS
    kept = _read(before, name, accepted) if before else []
    if any(type(one) is not type(key) for one in kept):
        raise _refusal(name, accepted)
    return write_keys([key, *kept])


def public_keys(keys: list[SigningKey]) -> str:
    """Return the key set that others verify signatures with."""
    shown = [{name: said for name, said in key.as_dict(private=False).items() if name != TOKEN} for key in keys]
    return json.dumps({"keys": shown}, indent=1) + "\n"


def read_signing_keys(text: str, name: str = "") -> list[SigningKey]:
    """Return the keys of a set, private or public. Raises SettingError, which names ``name`` and no key."""
    found = [key for key in _read(text, name, SIGNING) if isinstance(key, ECKey) and key.curve_name == CURVE]
    if not found:
        raise _refusal(name, SIGNING)
    return found


def read_secrets(text: str, name: str = "") -> list[bytes]:
    """Return the secrets of a set. Raises SettingError, which names ``name`` and no key."""
    found = [key.raw_value for key in _read(text, name, SECRETS) if isinstance(key, OctKey)]
    if not found or any(len(secret) * 8 != SECRET_BITS for secret in found):
        raise _refusal(name, SECRETS)
    return found


def read_file(path: Path) -> str:
    """Return the text of a key file. Raises OSError, and SettingError for one that is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _refusal(str(path), EITHER) from None


def _read(text: str, name: str, accepted: str) -> list[Key]:
    try:
        data: Any = json.loads(text)
        return list(KeySet.import_key_set(data).keys)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):  # their texts may repeat the key
        raise _refusal(name, accepted) from None


def _refusal(name: str, accepted: str) -> SettingError:
    return SettingError(name or "key set", [accepted])
