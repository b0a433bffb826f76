"""What is judged: every published example and every golden output, with the profiles that it claims by its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from conformance.findings import Target

ROOT: Final = Path(__file__).resolve().parent.parent

EU_DOCUMENT: Final = "http://hl7.eu/fhir/imaging/StructureDefinition/BundleReportEuImaging"
EU_DOCUMENT_R5: Final = "http://hl7.eu/fhir/imaging-r5/StructureDefinition/BundleReportEuImaging"
IMR: Final = "https://profiles.ihe.net/RAD/IMR/StructureDefinition/imr-store-multimedia-report-bundle"


class Kind(NamedTuple):
    """One kind of output, known by the end of its file name."""

    pattern: re.Pattern[str]
    version: str
    profiles: tuple[str, ...] = ()


KINDS: Final = (
    Kind(re.compile(r"(fhir-r4-document|eu-document-r4(-strict)?)\.json$"), "4.0.1", (EU_DOCUMENT,)),
    Kind(re.compile(r"(fhir-r5-document|eu-document-r5(-strict)?)\.json$"), "5.0.0", (EU_DOCUMENT_R5,)),
    Kind(re.compile(r"(fhir-r4-imr|imr-transaction-r4)\.json$"), "4.0.1", (IMR,)),
    Kind(re.compile(r"(^|[-.])r4([-.].*)?\.json$"), "4.0.1"),
    Kind(re.compile(r"(^|[-.])r5([-.].*)?\.json$"), "5.0.0"),
)
"""The first that fits."""

FOLDERS: Final = (
    "tests/cases/*/expected",
    "tests/synthetic/*",
    "tests/synthetic/*/expected*",
    "fhir_profiles/examples",
)


def target_of(file: Path, context: Path | None = None) -> Target | None:
    """Return how a file is judged; None for one that is not FHIR by its name."""
    kind = next((kind for kind in KINDS if kind.pattern.search(file.name)), None)
    return Target(file, _name(file), kind.version, kind.profiles, context) if kind else None


def _name(file: Path) -> str:
    inside = file.relative_to(ROOT).parts if file.is_relative_to(ROOT) else (file.name,)
    return "/".join(part for part in inside if part not in {"tests", "cases", "expected"})


def golden() -> Iterator[Target]:
    """Yield every golden output of this checkout, R4 before R5: the validator keeps one version at a time."""
    files = sorted({file for folder in FOLDERS for file in ROOT.glob(f"{folder}/*.json")})
    found = [target for file in files if (target := target_of(file))]
    yield from sorted(found, key=lambda target: target.version)


def for_seeding(judged: Iterable[Target]) -> list[Target]:
    """Return the smallest bundle of each kind that has a place for the most mistakes: one is enough to tell."""
    chosen: dict[tuple[str, tuple[str, ...]], Target] = {}
    for target in judged:
        kind = (target.version, target.profiles)
        if kind not in chosen or _richness(target) > _richness(chosen[kind]):
            chosen[kind] = target
    return sorted(chosen.values(), key=lambda target: target.version)


def _richness(target: Target) -> tuple[int, int, int]:
    content = target.file.read_bytes()
    guides = sum(name in content for name in SEEDED_IN_GUIDES) if target.profiles else 0
    return guides, sum(name in content for name in SEEDED_IN), -len(content)


SEEDED_IN: Final = (b'"valueQuantity"', b'"PractitionerRole"', b'"conclusionCode"', b'"hasMember"', b'"ImagingStudy"')
"""What the mistakes of mistakes.py need."""
SEEDED_IN_GUIDES: Final = (b'"emptyReason"', b'"Organization"', b'"ServiceRequest"')
"""What those of profile_mistakes.py need."""
