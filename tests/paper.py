"""Reports as PDF for the tests, and the programs of others that read them (poppler-utils, qpdf)."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from emh_report.errors import MissingExtraError
from emh_report.export import Format
from emh_report.export.pdf import engine

Component = Callable[[str], Path]


@functools.cache
def prints() -> bool:
    """Whether this machine makes PDF: the extra [pdf] is installed, and the libraries that it loads."""
    try:
        engine._weasyprint()
    except MissingExtraError:
        return False
    return True


needs_pdf = pytest.mark.skipif(not prints(), reason="the extra [pdf] or its libraries are not installed")


def formats(of: Iterable[Format] = Format) -> list[Any]:
    """Return exchange formats as parameters of a test: PDF is skipped where it is not made."""
    return [pytest.param(one, marks=needs_pdf) if one is Format.PDF else one for one in of]


def possible() -> list[Format]:
    """Return the exchange formats that this machine makes."""
    return [one for one in Format if one is not Format.PDF or prints()]


class Paper:
    """A PDF in a folder, as programs of others read it."""

    def __init__(self, content: bytes, folder: Path, component: Component) -> None:
        """Write the file."""
        self.file = folder / "report.pdf"
        self.file.write_bytes(content)
        self._folder, self._component = folder, component

    def _run(self, program: str, *arguments: str) -> str:
        command = [str(self._component(program)), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=self._folder).stdout

    def text(self) -> str:
        """Return the text with its lines joined: what was broken to fit the page is one word or number again."""
        return self._run("pdftotext", "-layout", str(self.file), "-")

    def info(self) -> dict[str, str]:
        """Return what pdfinfo says."""
        lines = self._run("pdfinfo", str(self.file)).splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def check(self) -> str:
        """Return what qpdf finds; it fails for an error or warning."""
        return self._run("qpdf", "--check", str(self.file))

    def objects(self) -> str:
        """Return the file with its objects and streams in the clear."""
        plain = self._folder / "plain.pdf"
        self._run("qpdf", "--qdf", "--object-streams=disable", str(self.file), str(plain))
        return plain.read_bytes().decode("latin-1")

    def attached(self) -> dict[str, bytes]:
        """Return the files within, by name."""
        folder = self._folder / "attached"
        folder.mkdir()
        self._run("pdfdetach", "-saveall", "-o", str(folder), str(self.file))
        return {path.name: path.read_bytes() for path in folder.iterdir()}
