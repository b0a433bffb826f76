"""Extraction by template (HL7 SDC): one Observation for each entry of a group, its answers as components.

A component says nothing without the entry it belongs to, so no answer can be read apart from its lesion. What is
extracted is what is marked for extraction by observation: nothing from history, nothing with parts of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from emh_report.export.questionnaire.datatypes import Json, sdc
from emh_report.export.questionnaire.versions import CORE, SDC
from emh_report.linkids import ABSENT

MARK: Final = f"{SDC}-observationExtract"
UNIT: Final = f"{CORE}questionnaire-unit"
CODING: Final = ("system", "code", "display")
IS_REASON: Final = " or ".join(f"system = '{system}'" for system in sorted({code.system for code in ABSENT.values()}))
"""FHIRPath: whether a chosen code is a reason for having no answer."""

AS_QUANTITY: Final = {"unit": "display", "system": "system", "code": "code"}
"""Elements of a Quantity by those of the Coding of its unit."""

STATUS: Final = "preliminary"
"""Of what a form engine extracts: nobody has signed it."""


class Extraction(StrEnum):
    """How a form engine makes Observations of a response. ``template`` is beside the marks of ``observation``."""

    OBSERVATION = "observation"
    TEMPLATE = "template"


def templates(items: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield each group that is extracted, with its Observation template; the group is a copy that refers to it."""
    for group in items:
        if not _is_marked(group):
            continue
        parts = [component for item in _list(group["item"]) if _is_marked(item) for component in [_component(item)]]
        name = f"extract-{group['linkId']}"
        used: Json = {"url": "template", "valueReference": {"reference": f"#{name}"}}
        mark: Json = {"url": f"{SDC}-templateExtract", "extension": [used]}
        yield {**group, "extension": [*_list(group["extension"]), mark]}, _observation(name, group, parts)


def _observation(name: str, group: Json, parts: list[Json]) -> Json:
    subject: Json = {"type": "Patient", "identifier": _from("%resource.subject.identifier", ("system", "value"))}
    return {
        "resourceType": "Observation",
        "id": name,
        "status": STATUS,
        "code": {"coding": group["code"]},
        "subject": subject,
        "component": parts,
    }


def _component(item: Json) -> Json:
    """Return the component of one question, once for each of its answers."""
    context = sdc("templateExtractContext", "String", f"item.where(linkId = '{item['linkId']}').answer")
    return {"extension": [context], "code": {"coding": item["code"]}, **_VALUES[str(item["type"])](item)}


def _value(expression: str) -> Json:
    return {"extension": [sdc("templateExtractValue", "String", expression)]}


def _from(expression: str, names: tuple[str, ...]) -> Json:
    return {f"_{name}": _value(f"{expression}.{name}") for name in names}


def _choice(_: Json) -> Json:
    return {
        "valueCodeableConcept": {"coding": [_from(f"value.where(({IS_REASON}).not())", CODING)]},
        "dataAbsentReason": {"coding": [_from(f"value.where({IS_REASON})", CODING)]},
    }


def _decimal(item: Json) -> Json:
    unit = next(one["valueCoding"] for one in _list(item["extension"]) if one["url"] == UNIT)
    known = unit if isinstance(unit, dict) else {}
    named = {name: known[part] for name, part in AS_QUANTITY.items() if part in known}
    return {"valueQuantity": {"_value": _value("value"), **named}}


def _quantity(_: Json) -> Json:
    return {"valueQuantity": _from("value", ("value", "unit", "system", "code"))}


_VALUES: Final[Mapping[str, Callable[[Json], Json]]] = {
    "choice": _choice,
    "coding": _choice,
    "decimal": _decimal,
    "quantity": _quantity,
    "integer": lambda _: {"_valueInteger": _value("value")},
    "date": lambda _: {"_valueDateTime": _value("value")},
    "text": lambda _: {"_valueString": _value("value")},
}
"""By type of the item."""


def _is_marked(item: Json) -> bool:
    return any(one["url"] == MARK for one in _list(item.get("extension")))


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []
