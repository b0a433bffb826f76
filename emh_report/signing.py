"""Detached signatures over the stored bytes of a report: JWS, compact, ES256 (RFC 7515 and its appendix F).

The payload is the document exactly as stored. It is never written again for signing or verifying: another spelling of
the same JSON is another document.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from emh_report import limits
from emh_report.keys import TRIAL, SigningKey
from emh_report.signers import Signer

ALGORITHM: Final = "ES256"
MEDIA_TYPE: Final = "application/jose"


class _Registry(jws.JWSRegistry):
    """Takes documents of any size that this service takes; the library's own limit is for tokens."""

    max_payload_length = 8 * limits.FILE_BYTES


_REGISTRY: Final = _Registry(algorithms=[ALGORITHM])


class Signed(NamedTuple):
    """A signature that holds: by which key, and whether that is only one for trying out."""

    key_id: str
    trial: bool


class SignatureError(Exception):
    """A signature that does not hold. Says why, and nothing of what was signed."""


def sha256(content: bytes) -> str:
    """Return the digest of a document in hexadecimal: what a signer is shown beside the narrative."""
    return hashlib.sha256(content).hexdigest()


def sign(content: bytes, signer: Signer) -> str:
    """Return the detached signature of ``content``: header and signature, with nothing between them.

    Raises SignerUnavailableError.
    """
    header = {"alg": ALGORITHM, "kid": signer.key.kid or signer.key.thumbprint()}
    protected = _base64url(json.dumps(header, separators=(",", ":")).encode())
    signature = signer.sign(b".".join((protected, _base64url(content))))
    return b"..".join((protected, _base64url(signature))).decode()


def verify(content: bytes, signature: str, keys: Sequence[SigningKey]) -> Signed:
    """Return by which of ``keys`` ``content`` was signed. Raises SignatureError."""
    try:
        header = jws.extract_compact(signature.encode(), content, _REGISTRY).headers()
        known = [key for key in keys if key.kid == header.get("kid")]
        if not known:
            raise SignatureError("signed with a key that is not among those given")
        jws.deserialize_compact(signature, KeySet(list(known)), registry=_REGISTRY, payload=content)
    except (JoseError, ValueError):
        raise SignatureError("the document is not what was signed, or the signature is not one") from None
    key_id = known[0].kid or ""
    return Signed(key_id, key_id.startswith(TRIAL))


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
