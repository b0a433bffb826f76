"""Build the FHIR package of this project into dist/: profiles, terminology, examples. docs/fhir-package.md.

Profiles come from fhir_profiles/ through SUSHI, terminology from templates/, examples from tests/cases. The same
checkout gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from conformance import packages
from emh_report import __version__
from emh_report.catalog import load_catalog
from emh_report.export.terminology import Release, file_name, terminology, to_json

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "fhir_profiles"
CASES: Final = ROOT / "tests" / "cases"
SUSHI: Final = ROOT / "node_modules" / ".bin" / "sushi"
TERMS: Final = ("LICENSE", "NOTICE")

STAND_INS: Final = ("hl7.fhir.uv.tools.r4", "hl7.terminology.r4", "hl7.fhir.uv.extensions.r4")
"""Packages that SUSHI loads by itself. No profile uses them, so offline they may be empty."""
EMPTY: Final = "0.0.0"

NEWER_SUSHI: Final = "latest version of sushi"
"""SUSHI asks for a newer one of itself, and warns where it cannot: that says nothing about the source."""

Json = dict[str, Any]
Files = Mapping[str, bytes]
"""Content by name inside the folder package/."""


class PackageError(RuntimeError):
    """The package could not be built: SUSHI is missing, or found something wrong."""


def build(folder: Path) -> Path:
    """Write the package to ``folder`` and return its path. Raises PackageError."""
    files = content()
    about = json.loads(files["package.json"])
    path = folder / f"{about['name']}-{about['version']}.tgz"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(archive(files))
    return path


def content() -> Files:
    """Return every file of the package. Raises PackageError."""
    profiles = _profiles()
    terms = {file_name(one): to_json(one) for one in terminology(load_catalog(), Release.R4, __version__)}
    resources = {**profiles, **terms}
    about = json.loads((SOURCE / "package.json").read_bytes())
    about = {"name": about.pop("name"), "version": __version__, **about}
    return {
        "package.json": _json(about),
        ".index.json": _json(_index(resources)),
        **dict(sorted(resources.items())),
        **{f"example/Bundle-{path.parts[-3]}.json": path.read_bytes() for path in examples()},
        **{f"other/{name}": (ROOT / name).read_bytes() for name in TERMS},
    }


def examples() -> list[Path]:
    """Return the golden R4 transactions of the published cases."""
    return sorted(CASES.glob("*/expected/fhir-r4-transaction.json"))


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def _index(resources: Files) -> Json:
    keys = ("resourceType", "id", "url", "version", "kind", "type", "content")
    rows = []
    for name, data in sorted(resources.items()):
        resource = json.loads(data)
        rows.append({"filename": name, **{key: resource[key] for key in keys if key in resource}})
    return {"index-version": 2, "files": rows}


def archive(files: Files) -> bytes:
    """Return a tgz that depends on ``files`` alone: no times, owners or order of a file system."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def _profiles() -> dict[str, bytes]:
    """Return what SUSHI makes of fhir_profiles/, with snapshots. Raises PackageError for an error or a warning."""
    if not SUSHI.exists():
        raise PackageError("SUSHI is not installed: npm ci")
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "source"
        shutil.copytree(SOURCE, work)
        home = _home(Path(scratch), work)
        command = [str(SUSHI), "build", "--snapshot", "--log-level", "warn", str(work)]
        done = subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).splitlines()
        said = [line for line in lines if line.startswith(("error", "warn")) and NEWER_SUSHI not in line]
        if done.returncode or said:
            raise PackageError("\n".join(said) or done.stderr or done.stdout)
        made = sorted((work / "fsh-generated" / "resources").glob("*.json"))
        return {path.name: path.read_bytes() for path in made}


def _home(scratch: Path, work: Path) -> dict[str, str]:
    """Return where SUSHI finds packages: its own cache, or offline one with the core package and empty stand-ins."""
    source = packages.source()
    if source is None:
        return {}
    cache = scratch / "home" / ".fhir" / "packages"
    cache.mkdir(parents=True)
    core = packages.CORE[Release.R4]
    (cache / core).symlink_to(packages.store(packages.home(source)) / core)
    for name in STAND_INS:
        packages.stand_in(cache / f"{name}#{EMPTY}", name)
    with (work / "sushi-config.yaml").open("a", encoding="utf-8") as config:
        config.write("".join(["dependencies:\n", *(f"  {name}: {EMPTY}\n" for name in STAND_INS)]))
    return {"HOME": str(scratch / "home")}


if __name__ == "__main__":
    try:
        print(build(ROOT / "dist").relative_to(ROOT))
    except PackageError as error:
        sys.exit(f"the FHIR package was not built:\n{error}")
