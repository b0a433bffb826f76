"""Published artefacts of the official validator and of HAPI FHIR, fetched by Maven as their pom.xml pins them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from conformance import cache

POM = Path(__file__).with_name("pom.xml")
HAPI = Path(__file__).with_name("hapi") / "pom.xml"


class MissingProgramError(RuntimeError):
    """Java or Maven is not installed."""


def program(name: str) -> str:
    """Return the path of a program. Raises MissingProgramError."""
    found = shutil.which(name)
    if found is None:
        raise MissingProgramError(f"{name} is not installed")
    return found


def jars(pom: Path = POM) -> Path:
    """Return the folder with the validator, or what ``pom`` names, and everything it needs.

    It is fetched once for each content of the file. Raises MissingProgramError, or CalledProcessError when Maven cannot
    fetch an artefact.
    """
    name = "validator" if pom == POM else "hapi"
    return cache.filled(f"{name}-{cache.digest(pom.read_bytes())}", lambda folder: _fetch(pom, folder))


def _fetch(pom: Path, folder: Path) -> None:
    command = [program("mvn"), "-B", "-q", "-Dstyle.color=never", "-f", str(pom), "dependency:copy-dependencies"]
    subprocess.run([*command, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"], check=True)
