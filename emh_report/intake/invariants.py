"""What FHIR demands of several elements together, by type (R4 and R5; the names are those of the specification)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from emh_report.dates import is_before
from emh_report.export.fhir.urls import UCUM
from emh_report.intake.content import Json
from emh_report.intake.units import is_unit

Fault = tuple[str, str, str]
"""Rule, element below (empty: the element itself) and message."""

PRESENT: Final = "value"


def _quantity(value: Json) -> Iterator[Fault]:
    if "code" in value and "system" not in value:
        yield "fhir-invariant", "code", "a unit code without its system (qty-3)"
    if value.get("system") == UCUM and isinstance(value.get("code"), str) and not is_unit(value["code"]):
        yield "fhir-code", "code", "not a unit of UCUM"


def _period(value: Json) -> Iterator[Fault]:
    start, end = value.get("start"), value.get("end")
    if isinstance(start, str) and isinstance(end, str) and is_before(end, start):
        yield "fhir-invariant", "", "a period that ends before it starts (per-1)"


def _observation(value: Json) -> Iterator[Fault]:
    valued = any(name.startswith(PRESENT) for name in value)
    if valued and "dataAbsentReason" in value:
        yield "fhir-invariant", "dataAbsentReason", "a value and a reason why there is none (obs-6)"
    coded, parts = _codes(value.get("code")), value.get("component")
    alike = isinstance(parts, list) and any(isinstance(one, dict) and _codes(one.get("code")) & coded for one in parts)
    if valued and alike:
        yield "fhir-invariant", "", "a component with the code of the observation beside its value (obs-7)"


def _component(value: Json) -> Iterator[Fault]:
    if "dataAbsentReason" in value and any(name.startswith(PRESENT) for name in value):
        yield "fhir-invariant", "dataAbsentReason", "a value and a reason why there is none (obs-6)"


def _codes(concept: Json) -> set[tuple[str, str]]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    listed = codings if isinstance(codings, list) else []
    return {(str(one.get("system")), str(one.get("code"))) for one in listed if isinstance(one, dict)}


def _condition(value: Json) -> Iterator[Fault]:
    if "clinicalStatus" in value and "entered-in-error" in {
        code for _, code in _codes(value.get("verificationStatus"))
    }:
        yield "fhir-invariant", "clinicalStatus", "what was entered in error has no clinical status (con-5)"


def _extension(value: Json) -> Iterator[Fault]:
    if ("extension" in value) == any(name.lstrip("_").startswith(PRESENT) for name in value):
        yield "fhir-invariant", "", "an extension has either a value or extensions (ext-1)"


def _attachment(value: Json) -> Iterator[Fault]:
    if "data" in value and "contentType" not in value:
        yield "fhir-invariant", "", "data without a content type (att-1)"


def _reference(value: Json) -> Iterator[Fault]:
    if not {"reference", "identifier", "display", "extension", "_reference"} & value.keys():
        yield "fhir-invariant", "", "a reference to nothing (ref-2)"


def _contact(value: Json) -> Iterator[Fault]:
    if "value" in value and "system" not in value:
        yield "fhir-invariant", "system", "a contact without its system (cpt-2)"


def _section(value: Json) -> Iterator[Fault]:
    if not {"text", "entry", "section", "emptyReason"} & value.keys():
        yield "fhir-invariant", "", "a section without text, entries or sections (cmp-1)"
    if "emptyReason" in value and "entry" in value:
        yield "fhir-invariant", "emptyReason", "entries and a reason why there are none (cmp-2)"


INVARIANTS: Final[Mapping[str, Callable[[Json], Iterator[Fault]]]] = {
    "Quantity": _quantity,
    "Age": _quantity,
    "Count": _quantity,
    "Distance": _quantity,
    "Duration": _quantity,
    "Period": _period,
    "Observation": _observation,
    "ObservationComponent": _component,
    "Condition": _condition,
    "Extension": _extension,
    "Attachment": _attachment,
    "Reference": _reference,
    "ContactPoint": _contact,
    "CompositionSection": _section,
}

NOT_OF: Final = frozenset({("5.0", "Condition")})
"""Versions that have none of these of a type: R5 asks for a clinicalStatus in any case, and has no con-5."""
