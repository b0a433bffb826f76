"""Who signs: a key of a file, or one that never leaves its PKCS#11 token."""

from __future__ import annotations

from typing import Protocol

from emh_report.keys import TOKEN, SigningKey
from emh_report.signers.key_file import FileSigner
from emh_report.signers.token import TokenSigner
from emh_report.signers.uri import read_uri


class Signer(Protocol):
    """What signs with ES256 (RFC 7518, 3.4). ``key`` verifies; its ``kid`` is the id of the key."""

    @property
    def key(self) -> SigningKey:
        """The key that verifies what this one signs."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature of ``data``, 64 bytes: r and s. Raises SignerUnavailableError."""

    def check(self) -> None:
        """Sign something and see that it holds. Raises SignerUnavailableError, MissingExtraError."""


def signer(key: SigningKey) -> Signer:
    """Return who signs with ``key``: its token where it names one, else the key itself. Raises SettingError.

    Nothing of a token is opened before something is signed.
    """
    uri = key.get(TOKEN)
    return TokenSigner(key, read_uri(str(uri))) if uri else FileSigner(key)
