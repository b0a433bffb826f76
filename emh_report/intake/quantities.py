"""Numbers that do not say what they seem to say: below or above a value, in a unit that is none, in two units."""

from __future__ import annotations

from collections.abc import Iterator

from emh_report.export.fhir.urls import UCUM
from emh_report.intake.content import Json
from emh_report.intake.faults import error
from emh_report.intake.questions import OBSERVABLE
from emh_report.intake.units import is_unit
from emh_report.intake.versions import reach
from emh_report.intake.view import View
from emh_report.issues import Issue

VALUE = "value.ofType(Quantity)"


def quantities(found: View) -> Iterator[Issue]:
    """Yield an error for every answer that is a number and would be read as another one."""
    for url, resource in found.of_type("Observation"):
        value = resource.get("valueQuantity")
        if value is None or url in found.negated or OBSERVABLE not in reach(resource, ("code", "coding", "system")):
            continue
        path = f"{found.paths[url]}.{VALUE}"
        if "comparator" in value:
            message = "says that the value is not this number but below or above it, which no answer can say"
            yield error("fhir-modifier", f"{path}.comparator", message, ("a number that was measured",))
        yield from _unit(value, path)


def _unit(value: Json, path: str) -> Iterator[Issue]:
    code, shown = value.get("code", ""), value.get("unit", "")
    if code and value.get("system") != UCUM:
        yield error("fhir-code", f"{path}.system", "the unit of an answer is a code of UCUM", (UCUM,))
    elif code and shown.casefold() != code.casefold() and is_unit(shown):
        message = "names another unit than the code beside it: who reads it sees another value"
        yield error("fhir-contradiction", f"{path}.unit", message, ("the unit of the code, in words or as the code",))
