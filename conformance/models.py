"""fhir.resources as a judge: pydantic models of R4B and R5. It knows types and cardinalities, little more."""

from __future__ import annotations

from typing import Any, Final

from fhir.resources.bundle import Bundle as BundleR5
from fhir.resources.R4B.bundle import Bundle as BundleR4B
from pydantic import ValidationError

from conformance.findings import Finding, Target, kind_at, read

JUDGE: Final = "fhir.resources"

MODELS: Final[dict[str, Any]] = {"4.0.1": BundleR4B, "5.0.0": BundleR5}
"""The library has R4B, not R4: the resources of a report are the same in both."""


def judge(target: Target) -> list[Finding]:
    """Return what the models refuse in a bundle; nothing for a file that is not a bundle."""
    content = read(target.file)
    if kind_at(content, "") != "Bundle":
        return []
    try:
        MODELS[target.version].model_validate_json(target.file.read_bytes())
    except ValidationError as refused:
        return [
            Finding(JUDGE, target.name, kind_at(content, path), "error", path, error["msg"], error["type"])
            for error in refused.errors(include_url=False)
            for path in [_path(error["loc"])]
        ]
    return []


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
