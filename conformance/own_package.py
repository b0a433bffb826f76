"""The project's own terminology and Questionnaires as a FHIR package.

So the validator knows every own code with its display, and compares responses with the questions that were asked.
Beside them is the code system of languages: without it, the validator takes every language for wrong as soon as it has
seen one as a Coding. The packages of R4 have it, those of R5 do not.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from conformance import cache as folders
from conformance.findings import Json
from emh_report import __version__, questionnaires
from emh_report.catalog import load_catalog
from emh_report.export.questionnaire import Release as FormRelease
from emh_report.export.terminology import Release, file_name, terminology, to_json

NAMES: Final[Mapping[str, str]] = {"4.0.1": "emh-report.terms.r4", "5.0.0": "emh-report.terms.r5"}
LANGUAGES: Final[Json] = {
    "resourceType": "CodeSystem",
    "id": "bcp-47",
    "url": "urn:ietf:bcp:47",
    "version": "0.0.0",
    "name": "TagsForIdentifyingLanguages",
    "status": "active",
    "content": "not-present",
}


@cache
def resources(version: str) -> tuple[Json, ...]:
    """Return the code systems, value sets and concept maps of the project for a FHIR version."""
    return tuple(terminology(load_catalog(), Release(version), __version__))


@cache
def forms(version: str) -> Mapping[str, bytes]:
    """Return the Questionnaires of the project for a FHIR version by template id."""
    known = load_catalog()
    release = FormRelease.R4 if version == Release.R4.value else FormRelease.R5
    ids = [template.id for template in known.templates]
    return {id_: questionnaires.questionnaire(known, id_, release).content for id_ in ids}


def install(store: Path, version: str) -> str:
    """Write the package for a FHIR version beside the others, and return its name and version."""
    content = b"".join([*map(to_json, resources(version)), *forms(version).values()])
    name = f"{NAMES[version]}#0.0.0-{folders.digest(content, Path(__file__).read_bytes())}"
    if (store / name).is_dir():
        return name
    work = Path(tempfile.mkdtemp(dir=store.parent))
    _write(work / "package", name, version)
    try:
        work.rename(store / name)
    except OSError:  # another run was faster
        shutil.rmtree(work, ignore_errors=True)
    return name


def _write(folder: Path, name: str, version: str) -> None:
    folder.mkdir(parents=True)
    id_, _, release = name.partition("#")
    about = {"name": id_, "version": release, "type": "fhir.ig", "fhirVersions": [version], "dependencies": {}}
    files = []
    for resource in (*resources(version), *([LANGUAGES] if version == "5.0.0" else [])):
        (folder / file_name(resource)).write_bytes(to_json(resource))
        keys = ("resourceType", "id", "url", "version", "content")
        files.append({"filename": file_name(resource), **{key: resource[key] for key in keys if key in resource}})
    for id_, content in forms(version).items():
        name = f"Questionnaire-{id_}.json"
        (folder / name).write_bytes(content)
        form = json.loads(content)
        files.append({"filename": name, **{key: form[key] for key in ("resourceType", "id", "url", "version")}})
    (folder / "package.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / ".index.json").write_text(json.dumps({"index-version": 2, "files": files}), encoding="utf-8")
