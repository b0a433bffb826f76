"""FHIR packages for the validator: unpacked from a folder, or fetched by the validator itself.

With EMH_FHIR_PACKAGES (a folder of <name>-<version>.tgz) nothing comes from the network: the folder is unpacked into a
package cache together with stand-ins for what the validator asks for by itself. Without it the validator fills an
equal cache from its package server.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conformance import cache

VARIABLE: Final = "EMH_FHIR_PACKAGES"

ENGINES: Final[Mapping[str, tuple[str, ...]]] = {
    "4.0.1": (
        # first: a guide that brings an older extension pack would let an outdated event-basedOn win
        "hl7.fhir.uv.extensions.r4#5.3.0",
        "hl7.terminology.r4#7.3.0",
        "hl7.fhir.eu.imaging#1.0.0-ballot-repaired",
        "ihe.rad.imr#1.1.0-repaired",
        "hl7.fhir.us.core#9.0.0",
        "hl7.fhir.uv.sdc#4.0.0-ci-build",
    ),
    "5.0.0": (
        "hl7.fhir.uv.extensions.r5#5.3.0",
        "hl7.terminology.r5#7.3.0",
        "hl7.fhir.eu.imaging-r5#1.0.0-ballot-repaired",
        # published for R4 only; its extensions are used in R5 as well
        "hl7.fhir.uv.sdc#4.0.0-ci-build",
    ),
}
"""Packages that the validator loads for each FHIR version, in this order. repairs.py makes the repaired ones."""

CORE: Final[Mapping[str, str]] = {"4.0.1": "hl7.fhir.r4.core#4.0.1", "5.0.0": "hl7.fhir.r5.core#5.0.0"}

STAND_INS: Final = (
    # asked for by this version of the validator, and superseded by the ones in ENGINES
    "hl7.terminology.r4#6.2.0",
    "hl7.terminology.r5#6.2.0",
    "hl7.fhir.uv.extensions.r4#5.2.0",
    "hl7.fhir.uv.extensions.r5#5.2.0",
    "hl7.fhir.pubpack#0.2.5",
    # asked for without a version: offline that means this folder, and a real one would mix R5 into an R4 run
    "hl7.terminology#null",
    "hl7.fhir.uv.extensions#null",
)
"""Packages that must be found and may be empty."""

INNER: Final = "package/package.json"


def source() -> Path | None:
    """Return the folder of EMH_FHIR_PACKAGES. Raises FileNotFoundError for one without packages."""
    chosen = os.environ.get(VARIABLE)
    if not chosen:
        return None
    folder = Path(chosen).resolve()
    if not any(folder.glob("*.tgz")):
        raise FileNotFoundError(f"{VARIABLE} names a folder without packages")
    return folder


def home(folder: Path | None) -> Path:
    """Return the home folder for the validator, with the packages of ``folder`` in its cache."""
    if folder is None:
        online = cache.root() / "home-fetched"
        online.mkdir(parents=True, exist_ok=True)
        return online
    content = [path.read_bytes() for path in sorted(folder.glob("*.tgz"))]
    name = cache.digest(Path(__file__).read_bytes(), *content)
    return cache.filled(f"home-{name}", lambda work: _unpack(folder, store(work)))


def store(home_folder: Path) -> Path:
    """Return the folder in which the validator looks for packages."""
    return home_folder / ".fhir" / "packages"


def _unpack(folder: Path, packages: Path) -> None:
    packages.mkdir(parents=True)
    for name in STAND_INS:
        stand_in(packages / name, name.partition("#")[0])
    for archive in sorted(folder.glob("*.tgz")):
        with tarfile.open(archive) as content:
            about = json.load(content.extractfile(INNER))  # type: ignore[arg-type] # a package without it is none
            content.extractall(packages / f"{about['name']}#{about['version']}", filter="data")
    (packages / "packages.ini").write_text("[cache]\nversion=4\n", encoding="utf-8")


def stand_in(folder: Path, name: str) -> None:
    """Write an empty package to ``folder``."""
    about = {"name": name, "version": "0.0.0-empty", "type": "fhir.ig", "fhirVersions": ["4.0.1"], "dependencies": {}}
    (folder / "package").mkdir(parents=True)
    (folder / INNER).write_text(json.dumps(about), encoding="utf-8")
    (folder / "package" / ".index.json").write_text('{"index-version":2,"files":[]}', encoding="utf-8")
