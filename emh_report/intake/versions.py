"""Where the FHIR versions keep what the way back reads: one table, one column for a version.

A path is the names of elements from a resource down; lists on the way are passed through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from emh_report.intake.content import Json
from emh_report.template import Kind, Role

Path = tuple[str, ...]
Asked = Role | Kind | str
"""Which question an element answers: the first one with a role or of a kind, or the one with an id."""


@dataclass(frozen=True, slots=True)
class Version:
    """One FHIR version. ``members``: by type of resource, where the other answers of its group are listed.

    ``answers``: by type of resource, which elements answer which question. ``studies``: the studies of a report.
    """

    fhir: str
    members: Mapping[str, Path]
    answers: Mapping[str, Mapping[Path, Asked]]
    studies: Path


R4: Final = Version(
    fhir="4.0",
    members={
        "Observation": ("hasMember",),
        "Condition": ("evidence", "detail"),
        "MedicationStatement": ("derivedFrom",),
        "ServiceRequest": ("supportingInfo",),
        "Communication": ("about",),
    },
    answers={
        "Condition": {("code",): Role.CAUSE},
        "MedicationStatement": {
            ("medicationCodeableConcept",): Role.MEDICATION,
            ("effectivePeriod", "start"): "drug-start",
        },
        "Procedure": {("performedDateTime",): Kind.DATE_TIME, ("bodySite",): "body-region"},
        "ServiceRequest": {
            ("code",): "recommendation",
            ("orderDetail",): "recommendation-modality",
            ("asNeededCodeableConcept", "text"): "recommendation-contingency",
        },
        "Communication": {
            ("sender", "display"): "communicated-by",
            ("recipient", "display"): "communicated-to",
            ("medium",): "communication-method",
            ("sent",): "communication-time",
            ("payload", "contentString"): "communication-content",
        },
    },
    studies=("imagingStudy",),
)

R5: Final = Version(
    fhir="5.0",
    members={
        **R4.members,
        "Condition": ("evidence", "reference"),
        "ServiceRequest": ("supportingInfo", "reference"),
    },
    answers={
        **R4.answers,
        "MedicationStatement": {
            ("medication", "concept"): Role.MEDICATION,
            ("effectivePeriod", "start"): "drug-start",
        },
        "Procedure": {("occurrenceDateTime",): Kind.DATE_TIME, ("bodySite",): "body-region"},
        "ServiceRequest": {
            ("code", "concept"): "recommendation",
            ("orderDetail", "parameter", "valueCodeableConcept"): "recommendation-modality",
            ("asNeededCodeableConcept", "text"): "recommendation-contingency",
        },
        "Communication": {
            ("sender", "display"): "communicated-by",
            ("recipient", "display"): "communicated-to",
            ("medium",): "communication-method",
            ("sent",): "communication-time",
            ("payload", "contentCodeableConcept", "text"): "communication-content",
        },
    },
    studies=("study",),
)

VERSIONS: Final[Mapping[str, Version]] = {version.fhir: version for version in (R4, R5)}


def reach(value: Json, path: Path) -> Iterator[Json]:
    """Yield everything at ``path`` below ``value``, in order."""
    if type(value) is list:
        for one in value:
            yield from reach(one, path)
    elif not path:
        yield value
    elif type(value) is dict and path[0] in value:
        yield from reach(value[path[0]], path[1:])
