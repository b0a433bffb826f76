"""Repaired copies of guides whose published rules no correct document can meet; docs name the defects in plain words.

G1: the slice accessionNumber of ServiceRequest.identifier is told apart by its type, but fixes no type. So no judge can
    decide about an order that has an identifier, and everything that refers to the order fails with it.
G2: the entries of the sections procedure and impression are told apart by the reference itself, not by what it refers
    to. So every entry matches several slices.
G3: the performer of an IMR report is told apart by the type of resource that the reference leads to, but the closed
    bundle may not carry the organization. So no judge can follow it.
A copy has a version of its own, is used in tests only, and is never published or claimed to be the guide.

One repair is for the validator, not for a guide, and is made in its own cache: V1, a value set of R5 that includes
another one beside a code system makes it fail on a null pointer of its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from conformance.findings import Json

SUFFIX: Final = "-repaired"
SLICE: Final = "ServiceRequest.identifier:accessionNumber"
SECTIONS: Final = ("Composition.section:procedure.entry", "Composition.section:impression.entry")
PERFORMER: Final = "DiagnosticReport.performer"
NESTED: Final = "version-independent-all-resource-types"
LISTED: Final = "all-resource-types"
ACCESSION: Final = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}


def repaired(published: Path) -> Path:
    """Return a package with the defects repaired, beside the ``published`` one; made once."""
    copy = published.with_name(published.name + SUFFIX)
    if copy.is_dir():
        return copy
    work = published.with_name(f"{copy.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(published, work)
    (work / "package" / ".index.db").unlink(missing_ok=True)
    _edit(work / "package" / "package.json", _rename)
    for file in sorted((work / "package").glob("StructureDefinition-*.json")):
        _edit(file, _repair)
    work.rename(copy)
    return copy


def flattened(core: Path) -> None:
    """Repair V1: in a core package, list what the value set of all types includes instead of naming where it is."""
    file = core / "package" / f"ValueSet-{NESTED}.json"
    if not file.is_file():
        return
    outer = json.loads(file.read_bytes())
    parts = outer["compose"]["include"]
    inner = [part for part in parts if "valueSet" in part]
    if not inner:
        return
    listed = json.loads(file.with_name(f"ValueSet-{LISTED}.json").read_bytes())["compose"]["include"]
    outer["compose"]["include"] = [*listed, *(part for part in parts if part not in inner)]
    work = file.with_suffix(".work")
    work.write_text(json.dumps(outer), encoding="utf-8")
    work.rename(file)


def _edit(file: Path, change: Callable[[Json], bool]) -> None:
    content = json.loads(file.read_bytes())
    if change(content):
        file.write_text(json.dumps(content), encoding="utf-8")


def _rename(package: Json) -> bool:
    package["version"] += SUFFIX
    package["title"] = f"{package.get('title', package['name'])}, repaired for tests, not the published guide"
    return True


def _repair(definition: Json) -> bool:
    repairs = (_fix_orders(definition), _fix_sections(definition), _fix_performers(definition))
    return any(repairs)


def _fix_orders(definition: Json) -> bool:
    """Repair G1: fix the type; the validator works the snapshot out again, also of what derives from the profile."""
    if not any(element["id"] == SLICE for element in definition.get("snapshot", {}).get("element", [])):
        return False
    del definition["snapshot"]
    elements = definition["differential"]["element"]
    index = next((at for at, element in enumerate(elements) if element.get("sliceName") == "accessionNumber"), None)
    if index is not None and definition["baseDefinition"].startswith("http://hl7.org/fhir/StructureDefinition/"):
        fixed = {"id": f"{SLICE}.type", "path": "ServiceRequest.identifier.type", "min": 1}
        elements.insert(index + 1, {**fixed, "patternCodeableConcept": ACCESSION})
    return True


def _fix_sections(definition: Json) -> bool:
    """Repair G2: look at what an entry refers to."""
    changed = False
    for view in ("snapshot", "differential"):
        for element in definition.get(view, {}).get("element", []):
            for discriminator in element.get("slicing", {}).get("discriminator", []):
                if element["id"] in SECTIONS and discriminator["path"] == "$this":
                    discriminator["path"] = "resolve()"
                    changed = True
    return changed


def _fix_performers(definition: Json) -> bool:
    """Repair G3: the type that the reference itself states tells performers apart."""
    elements = definition.get("differential", {}).get("element", [])
    sliced = next((one for one in elements if one["id"] == PERFORMER and "slicing" in one), None)
    if sliced is None or sliced["slicing"]["discriminator"] != [{"type": "type", "path": "resolve()"}]:
        return False
    del definition["snapshot"]
    sliced["slicing"]["discriminator"] = [{"type": "value", "path": "type"}]
    index = next(at for at, one in enumerate(elements) if one["id"] == f"{PERFORMER}:organization")
    fixed = {"id": f"{PERFORMER}:organization.type", "path": f"{PERFORMER}.type", "min": 1}
    elements.insert(index + 1, {**fixed, "patternUri": "Organization"})
    return True
