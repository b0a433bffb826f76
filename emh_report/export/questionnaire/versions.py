"""What FHIR versions call the same thing in a Questionnaire, and URLs of extensions."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
SDC: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"
"""SDC 4.0.0; as a profile and, with a hyphen and a name, as an extension."""

ITEM_CONTROLS: Final = "http://hl7.org/fhir/questionnaire-item-control"
VERSION_ALGORITHMS: Final = "http://hl7.org/fhir/version-algorithm"


class Release(StrEnum):
    """A FHIR release."""

    R4 = "r4"
    R5 = "r5"


class Names(NamedTuple):
    """What a release calls things. ``choice``: type of a question with a list of answers."""

    fhir: str
    choice: str
    answer_constraint: bool
    profiles: tuple[str, ...]


NAMES: Final = {
    Release.R4: Names("4.0", "choice", answer_constraint=False, profiles=(SDC,)),
    Release.R5: Names("5.0", "coding", answer_constraint=True, profiles=()),
}
"""The SDC profiles are profiles of R4; an R5 Questionnaire uses the same extensions and claims none of them."""
