"""A folder as a peer: three files for each version, whole or not there, the same names at every try.

The report in the format of the peer is written last: whoever waits for it finds the signed document beside it.
"""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path
from typing import Final

from pydantic import field_validator

from emh_report.delivery.sender import DELIVERED, End, Outcome, Parcel, PeerSettings, Sender

SUFFIXES: Final = {"application/pdf": "pdf", "text/plain": "txt", "text/html": "html"}
"""By media type; everything else is FHIR."""

MODE: Final = 0o660
"""Owner and group read and write, as far as the umask of the service lets them; nobody else."""

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Settings(PeerSettings):
    """``path`` has to be there: a folder that is made by mistake is one that nobody reads."""

    path: Path

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError("an absolute path is needed")
        if not path.is_dir():
            raise ValueError("no such folder: it is not made here; accepted is the path of a folder that is there")
        return path


def target(settings: PeerSettings) -> str:
    """Return the folder."""
    return str(settings.path) if isinstance(settings, Settings) else ""


def make(settings: PeerSettings) -> Sender:
    """Return the sender of a folder."""
    if not isinstance(settings, Settings):
        raise TypeError(type(settings).__name__)
    return FolderSender(settings.path)


class FolderSender:
    """Writes into one folder."""

    def __init__(self, folder: Path) -> None:
        """Take a folder."""
        self._folder = folder

    def close(self) -> None:
        """Nothing is held."""

    def send(self, parcel: Parcel) -> Outcome:
        """Write document, signature and report."""
        name = f"{parcel.report_id}.v{parcel.version:04}"
        files = {f"{name}.signed.json": parcel.document, f"{name}.signed.json.jws": parcel.signature.encode()}
        try:
            for file, content in files.items():
                if content:
                    self._write(file, content)
            self._write(f"{name}.{_suffix(parcel.content_type)}", parcel.content)
        except OSError as error:
            code = "FOLDER_FULL" if error.errno in FULL else "FOLDER_UNUSABLE"
            return Outcome(End.AWAY, code, (errno.errorcode.get(error.errno or 0, ""),))
        return DELIVERED

    def _write(self, name: str, content: bytes) -> None:
        """Write a file so that it is whole and on the disk, or not there."""
        temporary = self._folder / f".{name}.{secrets.token_hex(4)}.part"
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._folder / name)
        except BaseException:  # also when interrupted: no half file stays, and the error goes on
            temporary.unlink(missing_ok=True)
            raise
        if os.name == "posix":  # elsewhere folders cannot be opened, and a rename is on the disk by itself
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _suffix(content_type: str) -> str:
    return SUFFIXES.get(content_type.partition(";")[0], "json")
