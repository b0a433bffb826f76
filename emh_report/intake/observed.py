"""Values of FHIR elements as answers: what the exporter makes of an answer, read backwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Image,
    Integer,
    Levels,
    Measurement,
    Quantity,
    Text,
    Value,
)
from emh_report.export.fhir.values import AXES, IMAGE_PARTS
from emh_report.intake.content import Json
from emh_report.own_codes import ABSENT, NOT_ANSWERED, PARTS
from emh_report.template import Field, Kind
from emh_report.vocabulary import code_system_url

COMPONENT: Final = "component"
FRAME: Final = "frame-number"
NOT_EVALUABLE: Final = "not-evaluable"
_LEVELS: Final = frozenset({code_system_url("vertebral-level"), code_system_url("level-numbering")})
AXIS_NAMES: Final = [part for _, part, _ in AXES]
_IMAGE: Final = {code: attribute for code, _, attribute in IMAGE_PARTS}


def chosen(field: Field, concept: Json) -> Coded | None:
    """Return the term that a CodeableConcept names for a question, with the words typed beside it; None for no term."""
    vocabulary = field.vocabulary
    if vocabulary is None:
        return None
    url = vocabulary.url
    code = next((one.get("code") for one in concept.get("coding", ()) if one.get("system") == url), None)
    if code is None:
        return None
    term, words = vocabulary.terms.get(code), concept.get("text", "")
    if term is None or term.needs_text:
        return Coded(code, text=words)
    if words in ("", term.concept.display):
        return Coded(code)
    return Coded(code, text=words.removeprefix(f"{term.display}: "))


def absent(concept: Json) -> Absent | None:
    """Return a reason why there is no value; None where nobody answered."""
    codes = {(one.get("system"), one.get("code")) for one in concept.get("coding", ())}
    if (NOT_ANSWERED.system, NOT_ANSWERED.code) in codes:
        return None
    if (ABSENT, NOT_EVALUABLE) in codes:
        return Absent.NOT_EVALUABLE
    return Absent.NOT_APPLICABLE if "not-applicable" in {code for _, code in codes} else Absent.UNKNOWN


def moment(field: Field, value: str) -> Value:
    """Return a date, or a date and time, as its question takes it."""
    return Date(value) if field.kind is Kind.DATE else DateTime(value)


def element(field: Field, value: Json) -> Value | None:
    """Return the answer that an element of a resource other than an Observation holds."""
    if isinstance(value, dict):
        return chosen(field, value)
    return Text(value) if field.kind is Kind.TEXT else moment(field, value)


def _quantity(field: Field, value: Json) -> Value | None:
    if "value" not in value:
        return None
    given, unit = value["value"], value.get("code", "")
    number = f"{given:f}" if isinstance(given, Decimal) else str(given)
    return Measurement((number,), unit) if field.kind is Kind.MEASUREMENT else Quantity(number, unit)


_READ: Final[Mapping[str, Callable[[Field, Any], Value | None]]] = {
    "valueCodeableConcept": chosen,
    "valueQuantity": _quantity,
    "valueInteger": lambda _, value: Integer(value),
    "valueBoolean": lambda _, value: Boolean(value),
    "valueDateTime": moment,
    "valueString": lambda _, value: Text(value),
    "dataAbsentReason": lambda _, value: absent(value),
    COMPONENT: lambda _, value: _image(value),
}
"""Answer by the element of an Observation that holds it: export/fhir/values.py, SIMPLE, backwards."""


def observed(field: Field, observation: Json) -> Value | None:
    """Return the answer that an Observation holds; None where it holds none."""
    for name in reversed(observation):  # the value stands at the end of what this program writes
        read = _READ.get(name)
        if read is not None and (name != COMPONENT or field.kind is Kind.IMAGE):  # others may have added parts to any
            return read(field, observation[name])
    return None


def is_open(observation: Json) -> bool:
    """Whether an Observation says that nobody answered."""
    reason = observation.get("dataAbsentReason")
    return reason is not None and absent(reason) is None


def _image(components: Json) -> Value:
    found: dict[str, Any] = {}
    frames = []
    for component in components:
        code = next((one.get("code") for one in component["code"].get("coding", ()) if one.get("system") == PARTS), "")
        value = component.get("valueString", component.get("valueInteger"))
        if code == FRAME:
            frames.append(value)
        elif code in _IMAGE:
            found[_IMAGE[code]] = value
    return Image(**found, frames=tuple(frames))


def joined(field: Field, parts: Mapping[str, Json]) -> Value | None:
    """Return the answer whose parts are Observations of their own.

    None where one of them is missing, and where they are in several units: the answer has one. A single axis is no
    part; it answers the question itself.
    """
    if field.kind is Kind.LEVELS:
        upper, lower, numbering = (_level(parts.get(part)) for part in ("upper", "lower", "numbering"))
        return Levels(upper, lower, numbering) if upper and lower else None
    axes = [observed(field, observation) for part, observation in sorted(parts.items()) if part in AXIS_NAMES]
    found = [one for one in axes if isinstance(one, Measurement)]
    units = {one.unit for one in found}
    whole = len(found) > 1 and sorted(parts) == AXIS_NAMES[: len(found)] and len(units) == 1
    return Measurement(tuple(one.axes[0] for one in found), units.pop()) if whole else None


def _level(observation: Json | None) -> str:
    """Return the code of one end of a level range, or of the way levels were counted; empty where there is none."""
    concept = observation.get("valueCodeableConcept", {}) if observation else {}
    return next((one.get("code", "") for one in concept.get("coding", ()) if one.get("system") in _LEVELS), "")
