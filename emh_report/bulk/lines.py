"""Lines of a file that grows: one entry a line, NDJSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from emh_report.bulk.checkpoint import SHORTER
from emh_report.errors import InputError


class Lines:
    """A file of lines. Its place is its size in bytes."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made, for its owner only, where it is not there."""
        self._path = path
        self._file = open(path, "ab", opener=_private)  # noqa: SIM115 - open until `close`; paths take no opener

    def resume(self, place: int) -> None:
        """Cut off what was written after ``place``. Raises InputError where less than that is there."""
        if self._file.seek(0, os.SEEK_END) < place:
            raise InputError([(str(self._path), SHORTER)])
        self._file.truncate(place)
        self._file.seek(0, os.SEEK_END)

    def write(self, entries: Sequence[bytes]) -> int:
        """Add entries and return the place after them, once they are on the disk. Raises OSError."""
        for entry in entries:
            self._file.write(entry)
            self._file.write(b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
