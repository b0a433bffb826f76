"""Codes as they are given to operations: as code and system, as Coding, or as CodeableConcept."""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.fhir_http.inputs import Input, Inputs
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.intake.content import Json

CODING: Final = Input("coding", "Coding", "Instead of code and system")
CONCEPT: Final = Input("codeableConcept", "CodeableConcept", "Instead of code and system: any of its codings is to fit")
LANGUAGES: Final = "en"
"""Language of everything that is published."""


class Given(NamedTuple):
    """A code that was given. ``version`` is that of its system."""

    system: str
    code: str
    display: str = ""
    version: str = ""


def given(inputs: Inputs, *, system: str = "system", version: str = "version") -> list[Given]:
    """Return the codes that were given in any of the three ways. Raises RefusedError (400) where it is not one way."""
    ways = [name for name in ("code", "coding", "codeableConcept") if inputs.has(name)]
    match ways:
        case ["code"]:
            return [
                Given(inputs.text(system), inputs.text("code"), inputs.text("display"), inputs.text(version)),
            ]
        case ["coding"]:
            return [coding(inputs.part("coding"), "coding")]
        case ["codeableConcept"]:
            return _codings(inputs.part("codeableConcept"))
        case _:
            raise RefusedError(400, "required", "one of code, coding and codeableConcept is needed", expression="code")


def coding(found: Json, name: str) -> Given:
    """Return what a Coding says. Raises RefusedError (400) where its elements are no texts."""
    texts = [found.get(element, "") for element in ("system", "code", "display", "version")]
    if not all(isinstance(text, str) for text in texts) or not texts[1]:
        raise RefusedError(400, "value", f"{name}: system, code, display and version are texts", expression=name)
    return Given(*texts)


def _codings(concept: Json) -> list[Given]:
    listed = concept.get("coding", [])
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise RefusedError(400, "required", "codeableConcept: a coding is needed", expression="codeableConcept")
    return [coding(one, "codeableConcept") for one in listed]
