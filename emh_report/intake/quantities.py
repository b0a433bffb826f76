"""Numbers that do not say what they seem to say: below or above a value, in a unit that is none, in two units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from emh_report.export.fhir.urls import UCUM
from emh_report.intake.content import Json
from emh_report.intake.faults import error
from emh_report.intake.units import is_unit
from emh_report.intake.versions import reach
from emh_report.intake.view import View
from emh_report.issues import Issue
from emh_report.own_codes import OBSERVABLES

VALUE: Final = "value.ofType(Quantity)"
_ANNOTATION: Final = re.compile(r"\{[^{}]*\}")
"""Words in a unit that change nothing of what it is (UCUM, 2.2, annotations)."""
ALIKE: Final = (
    frozenset({"mL", "ml", "cm3"}),
    frozenset({"10*9/L", "10*3/uL", "G/L", "G/l", "K/uL"}),
    frozenset({"/s", "1/s", "s-1", "Hz"}),
)
"""Units of answers that are one, and what laboratories write for them: G/L is giga, K is thousand."""


def quantities(found: View) -> Iterator[Issue]:
    """Yield an error for every answer that is a number and would be read as another one."""
    for url, resource in found.of_type("Observation"):
        value = resource.get("valueQuantity")
        if value is None or url in found.negated or OBSERVABLES not in reach(resource, ("code", "coding", "system")):
            continue
        path = f"{found.paths[url]}.{VALUE}"
        if "comparator" in value:
            message = "says that the value is not this number but below or above it, which no answer can say"
            yield error("fhir-modifier", f"{path}.comparator", message, ("a number that was measured",))
        yield from _unit(value, path)


def _unit(value: Json, path: str) -> Iterator[Issue]:
    code, shown = value.get("code", ""), value.get("unit", "")
    if not code or value.get("system") != UCUM:  # in words alone it would be taken for the only one that is accepted
        element = "system" if code else "code"
        yield error("fhir-code", f"{path}.{element}", "the unit of an answer is a code of UCUM", (UCUM,))
    elif is_unit(shown) and not _is_same(shown, code):
        message = "names another unit than the code beside it: who reads it sees another value"
        yield error("fhir-contradiction", f"{path}.unit", message, ("the unit of the code, in words or as the code",))


def _is_same(shown: str, code: str) -> bool:
    return _plain(shown).casefold() == _plain(code).casefold() or any({_plain(shown), code} <= one for one in ALIKE)


def _plain(unit: str) -> str:
    """Return a unit without annotations; 10^ is 10* (UCUM, 4.1), and no unit is the unit 1."""
    return _ANNOTATION.sub("", unit).replace("10^", "10*") or "1"
