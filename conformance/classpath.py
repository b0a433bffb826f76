"""The published artefacts of the official validator, fetched by Maven as pom.xml pins them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from conformance import cache

POM = Path(__file__).with_name("pom.xml")


class MissingProgramError(RuntimeError):
    """Java or Maven is not installed."""


def program(name: str) -> str:
    """Return the path of a program. Raises MissingProgramError."""
    found = shutil.which(name)
    if found is None:
        raise MissingProgramError(f"{name} is not installed")
    return found


def jars() -> Path:
    """Return the folder with the validator and everything it needs; fetched once for each content of pom.xml.

    Raises MissingProgramError, or CalledProcessError when Maven cannot fetch an artefact.
    """
    return cache.filled(f"validator-{cache.digest(POM.read_bytes())}", _fetch)


def _fetch(folder: Path) -> None:
    command = [program("mvn"), "-B", "-q", "-Dstyle.color=never", "-f", str(POM), "dependency:copy-dependencies"]
    subprocess.run([*command, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"], check=True)
