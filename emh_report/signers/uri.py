"""Where a key is in a token: a PKCS#11 URI (RFC 7512). The PIN is never in it, only where the PIN is found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from emh_report.errors import SettingError, SignerUnavailableError

SCHEME: Final = "pkcs11:"
ACCEPTED: Final = (
    "pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=file:FILE (RFC 7512)",
    "serial beside or instead of token",
    "id beside or instead of object",
    "pin-source=env:VARIABLE",
    "no pin-value: a PIN does not belong here",
)
_PATH: Final = frozenset({"token", "serial", "object", "id", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source"})


class TokenUri(NamedTuple):
    """Which key of which token, by what library. ``pin_source`` is ``file:FILE`` or ``env:VARIABLE``."""

    token: str
    serial: bytes
    object: str
    id: bytes
    module: str
    pin_source: str

    def pin(self) -> str:
        """Return the PIN, without the line's end of a file. Raises SignerUnavailableError where there is none."""
        kind, _, place = self.pin_source.partition(":")
        try:
            pin = os.environ.get(place, "") if kind == "env" else Path(place).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            pin = ""
        if not pin:
            what = "variable" if kind == "env" else "file"
            raise SignerUnavailableError(f"its PIN is not found (pin-source: a {what} that is not there, or is empty)")
        return pin


def read_uri(text: str) -> TokenUri:
    """Return what a URI says. Raises SettingError for another one than is accepted; repeats nothing of it."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    try:
        where, how = _attributes(path, ";", _PATH), _attributes(query, "&", _QUERY)
        uri = TokenUri(
            token=where.get("token", b"").decode(),
            serial=where.get("serial", b""),
            object=where.get("object", b"").decode(),
            id=where.get("id", b""),
            module=how.get("module-path", b"").decode(),
            pin_source=_source(how.get("pin-source", b"").decode()),
        )
    except ValueError:
        raise _refusal() from None
    complete = (uri.token or uri.serial) and (uri.object or uri.id) and uri.module and uri.pin_source
    if not text.startswith(SCHEME) or not complete or where.get("type", b"private") != b"private":
        raise _refusal()
    return uri


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    """Return the attributes by name, without their percent-encoding. Raises ValueError for one twice or unknown."""
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, _, value = part.partition("=")
        if name not in known or name in found:
            raise ValueError
        found[name] = unquote_to_bytes(value)
    return found


def _source(text: str) -> str:
    """Return a source of the PIN as ``file:FILE`` or ``env:VARIABLE``. Raises ValueError for a command to run."""
    if text.startswith("/"):
        return f"file:{text}"
    if text.startswith("file:///"):
        return f"file:{text.removeprefix('file://')}"
    if text and not text.startswith(("file:", "env:")):
        raise ValueError
    return text


def _refusal() -> SettingError:
    return SettingError("PKCS#11 URI", ACCEPTED)
