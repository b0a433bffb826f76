"""What is stored about patients, sealed: compressed, and encrypted where the installation has a key (AES-256-GCM).

A sealed payload is one byte for its form, then the payload: Zstandard (RFC 8878) with a dictionary, or, of before form
0007 of the database, zlib (RFC 1950) with one of its own. Encrypted ones are bound to their place: what was copied into
another row does not open there.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from emh_report.errors import DamagedError

PLAIN: Final = b"\x00"
ENCRYPTED: Final = b"\x01"
WORDS: Final = Path(__file__).with_name("words.zdict").read_bytes()
EARLIER_WORDS: Final = Path(__file__).with_name("words-zlib.bin").read_bytes()
"""What payloads have in common (scripts/store_words.py). They cannot be opened without it, so neither ever changes."""

LEVEL: Final = 3
_DICTIONARY: Final = zstandard.ZstdCompressionDict(WORDS, dict_type=zstandard.DICT_TYPE_FULLDICT)
_DICTIONARY.precompute_compress(level=LEVEL)  # it takes longer to read than most payloads do

_KEY_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_HEAD: Final = 1 + _KEY_ID_BYTES + _NONCE_BYTES


class Sealer:
    """Seals with the first of its secrets, opens with any of them. Without secrets payloads are only compressed."""

    def __init__(self, secrets: Sequence[bytes] = ()) -> None:
        """Take secrets of 256 bits, the one in use first."""
        self._ciphers = {_key_id(secret): AESGCM(secret) for secret in secrets}
        self._current = _key_id(secrets[0]) if secrets else b""
        self._chain = {_key_id(secret).hex(): digest(secret, "chain").encode() for secret in secrets}

    @property
    def encrypts(self) -> bool:
        """Whether payloads are encrypted."""
        return bool(self._current)

    @property
    def key_id(self) -> str:
        """Short id of the key in use; empty where there is none."""
        return self._current.hex()

    def chain_secret(self, key_id: str) -> bytes:
        """Return what the audit is keyed with under this key. Raises DamagedError for a key that is not there."""
        if key_id and key_id not in self._chain:
            raise DamagedError("the audit was written with a key that this installation does not have")
        return self._chain.get(key_id, b"")

    def seal(self, content: bytes, place: str) -> bytes:
        """Return ``content`` sealed for ``place``, which is where it will be stored."""
        packed = _packed(content)
        if not self._current:
            return PLAIN + packed
        head = ENCRYPTED + self._current + os.urandom(_NONCE_BYTES)
        return head + self._ciphers[self._current].encrypt(head[-_NONCE_BYTES:], packed, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return what was sealed for ``place``. Raises DamagedError where it is not that, or its key is not there."""
        try:
            return _unpacked(self._opened(sealed, place))
        except (InvalidTag, zstandard.ZstdError, zlib.error):
            raise DamagedError("a stored payload is not what was written") from None

    def _opened(self, sealed: bytes, place: str) -> bytes:
        if sealed[:1] == PLAIN:
            return sealed[1:]
        cipher = self._ciphers.get(sealed[1 : 1 + _KEY_ID_BYTES])
        if sealed[:1] != ENCRYPTED or cipher is None:
            raise DamagedError("a stored payload is encrypted with a key that this installation does not have")
        return cipher.decrypt(sealed[1 + _KEY_ID_BYTES : _HEAD], sealed[_HEAD:], place.encode())


def _packed(content: bytes) -> bytes:
    """Return ``content`` in fewer bytes, with a checksum: what it shares with all payloads is referred to."""
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=_DICTIONARY, write_checksum=True).compress(content)


def _unpacked(packed: bytes) -> bytes:
    """Return what was packed, today or in earlier forms. Raises ZstdError, zlib.error where it is not whole."""
    unpacker: zstandard.ZstdDecompressionObj | zlib._Decompress
    if packed.startswith(zstandard.FRAME_HEADER):
        # in pieces: the call for the whole takes a frame that says it is empty at its word
        unpacker = zstandard.ZstdDecompressor(_DICTIONARY).decompressobj()
    else:
        unpacker = zlib.decompressobj(zdict=EARLIER_WORDS)
    content = unpacker.decompress(packed)
    if not unpacker.eof or unpacker.unused_data:
        raise zlib.error("not one whole payload")
    return content


def _key_id(secret: bytes) -> bytes:
    return hashlib.sha256(b"emh_report key id" + secret).digest()[:_KEY_ID_BYTES]


def digest(secret: bytes, *parts: str) -> str:
    """Return a keyed digest of ``parts``, in hexadecimal. ``parts`` are told apart whatever they hold."""
    counted = b"".join(f"{len(part)}:{part}".encode() for part in parts)
    return hmac.digest(secret, counted, "sha256").hex()
