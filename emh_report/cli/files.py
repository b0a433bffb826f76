"""Reading draft files and contexts, and writing results."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from emh_report import limits
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.errors import InputError

STANDARD = "-"
"""Name of standard input and output."""
STANDARD_OUTPUT = "standard output"


def read_case(name: str, context: str | None = None) -> tuple[Draft, Context]:
    """Return draft and context of one file, or of two; either may be standard input.

    Raises InputError, OSError, and click.UsageError where both are standard input.
    """
    from emh_report.wire.draft_file import read_draft_file

    if name == context == STANDARD:
        raise click.UsageError("FILE and --context cannot both be standard input")
    contents = read_content(name), None if context is None else read_content(context)
    try:
        return read_draft_file(*contents)
    except InputError as error:
        error.file = context if context and error.violations[0][0].startswith("context") else name
        raise


def read_content(name: str, most: int = limits.FILE_BYTES) -> bytes:
    """Return what a file holds, or standard input, and no more than shows that it is too much. Raises OSError."""
    if name == STANDARD:
        return sys.stdin.buffer.read(most + 1)
    with Path(name).open("rb") as file:
        return file.read(most + 1)


@contextmanager
def read_from(name: str) -> Iterator[None]:
    """Say which file it was that is not what it should be: what reads messages does not know."""
    try:
        yield
    except InputError as error:
        error.file = name
        raise


def write_standard(content: bytes) -> None:
    """Write all of ``content`` to standard output now, not at the end of the program. Raises OSError that names it."""
    with named(STANDARD_OUTPUT):
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def named(place: str) -> Iterator[None]:
    """Say where it was that could not be written: the system names only what cannot be opened."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, place) from None
        raise


def write_atomically(path: Path, content: bytes, *, public: bool = False) -> None:
    """Write ``content``: afterwards the file has all of it, or what it had before. Raises OSError that names it.

    A new file is for its owner only, unless it is ``public``: it may be about a patient. One that was there keeps its
    mode.
    """
    with named(str(path)):
        _write_atomically(path, content, public=public)


def _write_atomically(path: Path, content: bytes, *, public: bool) -> None:
    if path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced
        path.write_bytes(content)
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:  # its file name is one that nobody asked for
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if public or path.exists():  # mkstemp makes files for the owner only
            Path(name).chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:  # also when interrupted: no half file stays, and the error goes on
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
