"""FHIR packages for the validator: unpacked from a folder, or fetched by the validator itself.

With EMH_FHIR_PACKAGES (a folder of <name>-<version>.tgz) no package comes from the network: the folder is unpacked into
a package cache together with stand-ins for what the validator asks for by itself, and the core of R5 comes out of an
artefact that is fetched with the validator (pom.xml). Without it the validator fills an equal cache from its package
server.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from conformance import cache
from conformance.archives import unpack

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

AS_PUBLISHED: Final[Mapping[str, str]] = {"hl7.fhir.uv.sdc#4.0.0-ci-build": "hl7.fhir.uv.sdc#4.0.0"}
"""What a folder has as it is built from its source, by the name under which servers of packages have it."""

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
PUBLISHED: Final = "hapi-fhir-validation-resources-r5-*.jar", "org/hl7/fhir/r5/packages/hl7.fhir.r5.core-5.0.0.tgz"
"""The artefact that carries the core of R5 as it was published, and where; one in EMH_FHIR_PACKAGES may be a draft."""


def wanted(version: str, *, offline: bool) -> list[str]:
    """Return the packages of a FHIR version as a folder has them, or as servers have them."""
    return [name if offline else AS_PUBLISHED.get(name, name) for name in ENGINES[version]]


def source() -> Path | None:
    """Return the folder of EMH_FHIR_PACKAGES. Raises FileNotFoundError for one without packages."""
    chosen = os.environ.get(VARIABLE)
    if not chosen:
        return None
    folder = Path(chosen).resolve()
    if not any(folder.glob("*.tgz")):
        raise FileNotFoundError(f"{VARIABLE} names a folder without packages")
    return folder


def home(folder: Path | None, libraries: Path | None = None) -> Path:
    """Return a home folder with the packages of ``folder`` in its cache, and the one in ``libraries`` of the validator.

    Raises FileNotFoundError where that is not in ``libraries``.
    """
    if folder is None:
        online = cache.root() / "home-fetched"
        online.mkdir(parents=True, exist_ok=True)
        return online
    content = [path.read_bytes() for path in sorted(folder.glob("*.tgz"))]
    if libraries is not None:
        content.append(_published(libraries))
    name = cache.digest(Path(__file__).read_bytes(), *content)
    return cache.filled(f"home-{name}", lambda work: _unpack(content, store(work)))


def store(home_folder: Path) -> Path:
    """Return the folder in which the validator looks for packages."""
    return home_folder / ".fhir" / "packages"


def _published(libraries: Path) -> bytes:
    """Return the archive of the core of R5. Raises FileNotFoundError."""
    pattern, inside = PUBLISHED
    for artefact in libraries.glob(pattern):
        with zipfile.ZipFile(artefact) as content:
            return content.read(inside)
    raise FileNotFoundError(f"{pattern} is not among the artefacts of the validator")


def _unpack(archives: Iterable[bytes], packages: Path) -> None:
    """Unpack packages; the last one of a name and version is the one that stays."""
    packages.mkdir(parents=True)
    for name in STAND_INS:
        stand_in(packages / name, name.partition("#")[0])
    for archive in archives:
        with tarfile.open(fileobj=io.BytesIO(archive)) as content:
            about = json.load(content.extractfile(INNER))  # type: ignore[arg-type] # a package without it is none
            folder = packages / f"{about['name']}#{about['version']}"
            shutil.rmtree(folder, ignore_errors=True)
            unpack(content, folder)
    (packages / "packages.ini").write_text("[cache]\nversion=4\n", encoding="utf-8")


def stand_in(folder: Path, name: str) -> None:
    """Write an empty package to ``folder``."""
    about = {"name": name, "version": "0.0.0-empty", "type": "fhir.ig", "fhirVersions": ["4.0.1"], "dependencies": {}}
    (folder / "package").mkdir(parents=True)
    (folder / INNER).write_text(json.dumps(about), encoding="utf-8")
    (folder / "package" / ".index.json").write_text('{"index-version":2,"files":[]}', encoding="utf-8")
