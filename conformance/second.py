"""pyfhircheck as a second judge of R4: structure, invariants and bindings, by other people in another language.

It judges each resource by itself and against the base: with whole bundles its time grows with the square of their
size, and on the European and IHE slicing it reports errors on correct documents. References are left to `house`.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Final

from conformance import cache, codings, packages
from conformance.findings import Finding, Json, Severity, Target, read
from conformance.walk import elements, entries, resource_of

JUDGE: Final = "pyfhircheck"
VERSION: Final = "4.0.1"
UNRESOLVED: Final = "reference.unresolved"

PACKAGES: Final = (
    "hl7.fhir.uv.extensions.r4",
    "hl7.fhir.uv.xver-r5.r4",
    "hl7.fhir.eu.extensions.r4",
    "hl7.fhir.eu.imaging",
)
"""Where extensions are defined, in the version that the validator took. The core has an outdated event-basedOn."""

NOT_UNDERSTOOD: Final = frozenset({"Questionnaire", "QuestionnaireResponse"})
"""Kinds with items inside items, which this judge does not follow (contentReference): it calls inner items unknown,
and counts the codes of all contained value sets as those of one."""

SEVERITIES: Final[dict[str, Severity]] = {"fatal": "error", "error": "error", "warning": "warning"}


NOT_FOR_IT: Final = ("terminology-", "served-metadata-")
"""Start of the names of terminology and statements: it takes minutes for them, misses every value[x] inside a repeated
element, and counts what repeats inside what repeats as one list."""


def can_judge(target: Target) -> bool:
    """Whether this judge has something to say about a target."""
    return target.version == VERSION and not target.name.startswith(NOT_FOR_IT)


def is_installed() -> bool:
    """Whether the package is there; .ci/run installs it."""
    return find_spec("pyfhircheck") is not None


def judge_with(home: Path, targets: Iterable[Target]) -> Callable[[Target], list[Finding]]:
    """Return the judge for ``targets``, with packages of the validator's ``home``.

    Raises ImportError when it is not installed.
    """
    store = packages.store(home)
    extensions = {url for target in targets if can_judge(target) for url in _extensions(read(target.file))}
    settings = {
        "fhirVersion": VERSION,
        "terminology": {
            "mode": "local",
            # it takes a system that it does not know for one of FHIR with the same last word, as in .../study-type
            "ignoredCodeSystems": [system for system in codings.table() if system.startswith(codings.OWN)],
            "cacheDir": str(cache.root() / "pyfhircheck-terminology"),
        },
        "localPackagePaths": [str(store / packages.CORE[VERSION] / "package"), *_files(store, extensions)],
        "packageCacheDir": str(cache.root() / "pyfhircheck-packages"),
        "evidenceOutputDir": str(cache.root() / "pyfhircheck-evidence"),
    }
    config = import_module("pyfhircheck.config").ValidatorConfig.load_dict(settings)
    validator = import_module("pyfhircheck").Validator(config)

    def judge(target: Target) -> list[Finding]:
        if not can_judge(target):
            return []
        content = read(target.file)
        with contextlib.redirect_stdout(io.StringIO()):  # its FHIRPath engine prints traces
            return [finding for resource in _resources(content) for finding in _judge(validator, target, resource)]

    return judge


def _judge(validator: Json, target: Target, resource: Json) -> list[Finding]:
    kind = str(resource.get("resourceType", "?"))
    return [
        Finding(JUDGE, target.name, kind, _severity(issue), issue.path, issue.message, issue.code)
        for issue in validator.validate_resource(_base(resource)).issues
        if issue.code != UNRESOLVED
    ]


def _severity(issue: Json) -> Severity:
    return SEVERITIES.get(issue.severity.value, "information")


def _resources(content: Json) -> list[Json]:
    """Return the resources of a bundle, or the one resource."""
    inside = [resource_of(entry) for entry in entries(content)]
    return [one for one in inside or [content] if one.get("resourceType") not in NOT_UNDERSTOOD]


def _base(resource: Json) -> Json:
    """Return a resource without claims of profiles."""
    meta = resource.get("meta")
    if not isinstance(meta, Mapping) or "profile" not in meta:
        return resource
    rest = {name: value for name, value in meta.items() if name != "profile"}
    return {name: value for name, value in resource.items() if name != "meta"} | ({"meta": rest} if rest else {})


def _extensions(content: Json) -> set[str]:
    """Return the URL of every extension in ``content``."""
    return {
        str(element.value["url"])
        for element in elements(content)
        if ".extension" in element.where and isinstance(element.value, Mapping) and "url" in element.value
    }


def _files(store: Path, urls: set[str]) -> list[str]:
    """Return the definitions of extensions: loading whole packages for a dozen of them takes half a minute."""
    found: dict[str, str] = {}
    indexes = [sorted(store.glob(f"{name}#*/package/.index.json"), reverse=True) for name in PACKAGES]
    for index in chain.from_iterable(indexes):
        for entry in json.loads(index.read_bytes())["files"]:
            if entry.get("url") in urls:
                found.setdefault(entry["url"], str(index.with_name(entry["filename"])))
    return sorted(found.values())
