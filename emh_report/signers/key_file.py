"""A key that stands in a file signs by itself."""

from __future__ import annotations

from typing import Final, NamedTuple

from joserfc.jws import JWSRegistry

from emh_report.errors import SignerUnavailableError
from emh_report.keys import SigningKey

_ES256: Final = JWSRegistry.algorithms["ES256"]


class FileSigner(NamedTuple):
    """Signs with the secret half of ``key``."""

    key: SigningKey

    def sign(self, data: bytes) -> bytes:
        """Return the signature of ``data``. Raises SignerUnavailableError for a public key."""
        self.check()
        return _ES256.sign(data, self.key)

    def check(self) -> None:
        """Raise SignerUnavailableError where the secret half of the key is not there."""
        if not self.key.is_private:
            raise SignerUnavailableError("the first key of the file is a public one, and names no token")
