"""The project's own code systems as a FHIR package, so that the validator knows their codes and displays.

Made from the files of templates/ for each run; what is published stands in fhir_profiles/.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conformance import cache, codings
from conformance.findings import Json

NAMES: Final[Mapping[str, str]] = {"4.0.1": "emh-report.terms.r4", "5.0.0": "emh-report.terms.r5"}


def code_systems() -> list[Json]:
    """Return the own systems whose codes templates/ lists, complete."""
    own = {system: codes for system, codes in codings.table().items() if system.startswith(codings.OWN)}
    return [_code_system(system, codes) for system, codes in sorted(own.items())]


def _code_system(system: str, codes: Mapping[str, frozenset[str]]) -> Json:
    name = system.removeprefix(codings.OWN)
    head = {"resourceType": "CodeSystem", "id": name, "url": system, "version": "0.0.0", "name": name.replace("-", "_")}
    kind = {"status": "draft", "content": "complete", "caseSensitive": True}
    return {**head, **kind, "concept": [_concept(code, sorted(words)) for code, words in sorted(codes.items())]}


def _concept(code: str, displays: list[str]) -> Json:
    """Return a concept; a question may be worded differently in two templates."""
    found: Json = {"code": code}
    if displays:
        found["display"] = displays[0]
    if displays[1:]:
        found["designation"] = [{"language": "en", "value": words} for words in displays[1:]]
    return found


def install(store: Path, version: str) -> str:
    """Write the package for a FHIR version beside the others, and return its name and version."""
    systems = code_systems()
    content = json.dumps(systems).encode()
    name = f"{NAMES[version]}#0.0.0-{cache.digest(content, Path(__file__).read_bytes())}"
    if (store / name).is_dir():
        return name
    work = Path(tempfile.mkdtemp(dir=store.parent))
    _write(work / "package", name, version, systems)
    try:
        work.rename(store / name)
    except OSError:  # another run was faster
        shutil.rmtree(work, ignore_errors=True)
    return name


def _write(folder: Path, name: str, version: str, systems: list[Json]) -> None:
    folder.mkdir(parents=True)
    id_, _, release = name.partition("#")
    about = {"name": id_, "version": release, "type": "fhir.ig", "fhirVersions": [version], "dependencies": {}}
    files = []
    for system in systems:
        file = f"CodeSystem-{system['id']}.json"
        (folder / file).write_text(json.dumps(system), encoding="utf-8")
        keys = ("resourceType", "id", "url", "version")
        files.append({"filename": file, **{key: system[key] for key in keys}, "content": "complete"})
    (folder / "package.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / ".index.json").write_text(json.dumps({"index-version": 2, "files": files}), encoding="utf-8")
