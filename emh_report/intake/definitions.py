"""What FHIR says of each element, read from the models of fhir.resources: type, number, binding, targets.

The library knows more than it enforces. Where what it prints of a value set is cut short ("+"), the codes stand here.
"""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Final, NamedTuple

from emh_report.errors import MissingExtraError

MODULES: Final = {"4.0": "fhir.resources.R4B", "5.0": "fhir.resources"}
"""Models by FHIR version. The library has none of R4 4.0.1; R4_TARGETS has what differs in what is read here."""

_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,60}", re.ASCII)

_REPORT: Final = (
    *("registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled"),
    *("entered-in-error", "unknown"),
)
_OBSERVATION: Final = (
    *("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"),
)
_TASK: Final = (
    *("draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold"),
    *("failed", "completed", "entered-in-error"),
)
_INTENT: Final = (
    *("proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order", "instance-order"),
    "option",
)
_COMPARATORS: Final = ("<", "<=", ">=", ">")
_CONFIDENTIALITY: Final = ("U", "L", "M", "N", "R", "V")

BOTH: Final = ("4.0", "5.0")
CODES: Final[Mapping[tuple[str, str, str], frozenset[str]]] = {
    (version, type_, element): frozenset(codes)
    for versions, type_, element, codes in (
        (("4.0",), "DiagnosticReport", "status", _REPORT),
        (("5.0",), "DiagnosticReport", "status", (*_REPORT, "modified")),
        (BOTH, "Observation", "status", _OBSERVATION),
        (BOTH, "ServiceRequest", "intent", _INTENT),
        (BOTH, "Task", "status", _TASK),
        (("4.0",), "Quantity", "comparator", _COMPARATORS),
        (("5.0",), "Quantity", "comparator", (*_COMPARATORS, "ad")),
        (("4.0",), "Composition", "confidentiality", _CONFIDENTIALITY),
    )
    for version in versions
}
"""Required value sets in full (R4 4.0.1 and R5 5.0.0), where the library cuts them short or has none."""

_SUBJECTS: Final = frozenset({"Patient", "Group", "Device", "Location"})
R4_TARGETS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("Observation", "subject"): _SUBJECTS,
    ("DiagnosticReport", "subject"): _SUBJECTS,
}
"""Types that a reference may lead to in R4 4.0.1, where R4B widened them."""


class Element(NamedTuple):
    """One element of a type. ``choice`` is x where the element is one of x[x]; empty sets bind nothing.

    ``summary``: it is part of a summary of the resource.
    """

    name: str
    type: str
    many: bool
    required: bool
    primitive: bool
    codes: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    choice: str = ""
    choice_required: bool = False
    summary: bool = False


@lru_cache(1024)
def definition(version: str, type_: str) -> Mapping[str, Element] | None:
    """Return the elements of a type by their JSON names; None for a type that FHIR does not have."""
    model = model_of(version, type_)
    if model is None:
        return None
    found = {}
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra or {}
        if name.endswith("__ext") or not extra.get("element_property"):
            continue
        kind, many = _kind(field.annotation)
        alias = field.alias or name
        key = (type_, alias)
        targets = R4_TARGETS.get(key) if version == "4.0" else None
        codes = CODES.get((version, *key)) or frozenset(extra.get("enum_values", ()))
        found[alias] = Element(
            name=alias,
            type=kind.removesuffix("Type"),
            many=many,
            required=field.is_required() or bool(extra.get("element_required")),
            primitive=not kind.endswith("Type"),
            codes=frozenset() if "+" in codes or kind != "Code" else codes,
            targets=targets or frozenset(extra.get("enum_reference_types", ())),
            choice=extra.get("one_of_many", ""),
            choice_required=bool(extra.get("one_of_many_required")),
            summary=bool(extra.get("summary_element_property")),
        )
    return found


@lru_cache(1024)
def model_of(version: str, type_: str) -> Any:  # noqa: ANN401 - a class of fhir.resources
    """Return the model of a type; None for a type that FHIR does not have. Raises MissingExtraError."""
    try:
        package = import_module(MODULES[version])
    except ModuleNotFoundError as error:
        raise MissingExtraError("Reading FHIR", "fhir.resources") from error
    if _TYPE.fullmatch(type_) is None:
        return None
    try:
        model = package.get_fhir_model_class(type_)
    except (ValueError, LookupError, ImportError, AttributeError):
        return None
    return model if hasattr(model, "model_fields") else None


def is_resource(version: str, type_: str) -> bool:
    """Whether a type is one of resources, not of elements."""
    model = model_of(version, type_)
    return model is not None and any(base.__name__ == "Resource" for base in model.__mro__)


def _kind(annotation: Any) -> tuple[str, bool]:  # noqa: ANN401 - what a model is annotated with
    """Return the name of the type of an element, and whether there may be several."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, UnionType):
        return _kind(next(one for one in arguments if one is not NoneType))
    if origin is list:
        return _kind(arguments[0])[0], True
    if origin is typing.Annotated:
        return type(arguments[1]).__name__, False
    name: str = getattr(annotation, "__name__", str(annotation))
    return sys.intern(name), False
