"""fhir.resources as a judge: pydantic models of R4B and R5. It knows types and cardinalities, little more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fhir.resources import get_fhir_model_class
from fhir.resources.R4B import get_fhir_model_class as get_r4b_model_class
from pydantic import ValidationError

from conformance.findings import Finding, Target, kind_at, read

JUDGE: Final = "fhir.resources"

KINDS: Final = frozenset({"Bundle", "Questionnaire", "QuestionnaireResponse"})
MODELS: Final[dict[str, Callable[[str], Any]]] = {"4.0.1": get_r4b_model_class, "5.0.0": get_fhir_model_class}
"""The library has R4B, not R4: the resources of a report are the same in both."""


def judge(target: Target) -> list[Finding]:
    """Return what the models refuse; nothing for a file of a kind that no output is."""
    content = read(target.file)
    kind = kind_at(content, "")
    if kind not in KINDS:
        return []
    try:
        MODELS[target.version](kind).model_validate_json(target.file.read_bytes())
    except ValidationError as refused:
        return [
            Finding(JUDGE, target.name, kind_at(content, path), "error", path, error["msg"], error["type"])
            for error in refused.errors(include_url=False)
            for path in [_path(error["loc"])]
        ]
    return []


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
