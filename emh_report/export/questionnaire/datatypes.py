"""FHIR datatypes of a Questionnaire as plain dictionaries: treat what these functions return as read-only."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import orjson

from emh_report.codes import Code
from emh_report.decimals import Unit
from emh_report.export.questionnaire.versions import CORE, ITEM_CONTROLS, SDC
from emh_report.linkids import UCUM

Json = dict[str, object]


def coding(code: Code) -> Json:
    """Return a Coding; a display that the source does not print is left out."""
    found: Json = {"system": code.system, "code": code.code}
    return {**found, "display": code.display} if code.display else found


def unit_coding(unit: Unit) -> Json:
    """Return a unit as a Coding. One without a name (UCUM 1) has its code only."""
    return coding(Code(UCUM, unit.code, unit.display))


def quantity(number: Decimal, unit: Unit) -> Json:
    """Return a Quantity with the digits as given."""
    named: Json = {"unit": unit.display} if unit.display else {}
    return {"value": number, **named, "system": UCUM, "code": unit.code}


def core(name: str, kind: str, value: object) -> Json:
    """Return an extension that HL7 publishes with FHIR."""
    return {"url": f"{CORE}{name}", f"value{kind}": value}


def sdc(name: str, kind: str, value: object) -> Json:
    """Return an extension of SDC."""
    return {"url": f"{SDC}-{name}", f"value{kind}": value}


def control(code: str) -> Json:
    """Return the extension that says how a question is to be shown."""
    return core("questionnaire-itemControl", "CodeableConcept", {"coding": [{"system": ITEM_CONTROLS, "code": code}]})


HIDDEN = core("questionnaire-hidden", "Boolean", value=True)


def extended(*extensions: Json | None) -> Json:
    """Return the element ``extension``, or nothing where there is none."""
    found = [one for one in extensions if one]
    return {"extension": found} if found else {}


def answers(kind: str, values: Iterable[object]) -> Json:
    """Return the element ``answer`` of a response; nothing without values."""
    found = [{f"value{kind}": value} for value in values]
    return {"answer": found} if found else {}


def to_json(content: Json) -> bytes:
    """Return FHIR JSON. 4.20 stays 4.20: a binary number would drop the zero, which states the precision."""
    return orjson.dumps(content, default=_decimal)


def _decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)
