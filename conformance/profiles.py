"""The project's own profiles as judge: which one a resource of a report must meet, and the package that has them."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from conformance import cache, packages
from conformance.archives import unpack
from conformance.findings import Json
from conformance.walk import entries, resource_of
from emh_report.codes import CANONICAL

BASE: Final = f"{CANONICAL}/StructureDefinition/emh-"
SYSTEM: Final = f"{CANONICAL}/CodeSystem/"
PRESENCE: Final = ("http://snomed.info/sct", "705057003")
OTHER_PACKAGES: Final = (
    "hl7.fhir.uv.extensions.r4#5.3.0",
    "hl7.terminology.r4#7.3.0",
    "hl7.fhir.uv.xver-r5.r4#0.0.1-snapshot-2",
    "fhir.dicom#2025.2.20250411",
)
"""What the validator needs beside ours: extensions that stand in for elements of R5, and value sets of modalities."""

BY_CODE: Final[Mapping[tuple[str, str], str]] = {
    (f"{SYSTEM}group", "finding"): "finding",
    (f"{SYSTEM}group", "impression"): "impression",
    (f"{SYSTEM}diagnosis", "extramedullary-hematopoiesis"): "diagnosis",
    PRESENCE: "presence",
}
"""Profiles of Observations with a certain code."""


def profile_of(resource: Json) -> str | None:
    """Return the canonical URL of the profile that a resource of a transaction must meet; None where there is none."""
    match resource.get("resourceType"):
        case "Bundle":
            name = "transaction"
        case "DiagnosticReport":
            name = "report"
        case "ServiceRequest" if resource.get("intent") == "proposal":
            name = "recommendation"
        case "Observation":
            name = _of_observation(resource)
        case _:
            return None
    return BASE + name


def _of_observation(resource: Json) -> str:
    codes = [(coding.get("system"), coding.get("code")) for coding in resource.get("code", {}).get("coding", [])]
    named = next((BY_CODE[code] for code in codes if code in BY_CODE), None)
    return named or ("measurement" if "valueQuantity" in resource else "observation")


def claiming(bundle: Json) -> Json:
    """Return a copy of a transaction in which every resource claims the profile that it must meet."""
    return {
        **_claim(bundle),
        "entry": [{**entry, "resource": _claim(resource_of(entry))} for entry in entries(bundle)],
    }


def _claim(resource: Json) -> Json:
    profile = profile_of(resource)
    return resource if profile is None else {**resource, "meta": {**resource.get("meta", {}), "profile": [profile]}}


def claimed(bundle: Json) -> Iterator[str]:
    """Yield the name of each profile that something in a transaction must meet."""
    for resource in (bundle, *map(resource_of, entries(bundle))):
        if profile := profile_of(resource):
            yield profile.removeprefix(BASE)


def install(store: Path, package: bytes) -> str:
    """Unpack a FHIR package of ours beside the others, and return its name and version there.

    Without its canonical: by that the validator would find it also in runs that did not ask for it.
    """
    name = f"emh-report.fhir#0.0.0-{cache.digest(package)}"
    if not (store / name).is_dir():
        work = Path(tempfile.mkdtemp(dir=store.parent))
        with tarfile.open(fileobj=io.BytesIO(package)) as content:
            unpack(content, work)
        about = work / packages.INNER
        known = json.loads(about.read_bytes())
        about.write_text(json.dumps({key: known[key] for key in known if key != "canonical"}), encoding="utf-8")
        try:
            work.rename(store / name)
        except OSError:  # another run was faster
            shutil.rmtree(work, ignore_errors=True)
    return name
