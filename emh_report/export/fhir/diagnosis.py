"""What may be said about the diagnosis: the only place that decides whether it leaves as present.

Lesion and diagnosis are two statements. That a lesion is there says nothing about what it is, that none
is there does not deny a diffuse disease, and an unlikely diagnosis must never be readable as a diagnosis.
So the diagnosis is Present only where it was made, Absent only where it was denied, and Indeterminate,
with its certainty beside it, everywhere else.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.context import Focus
from emh_report.report import Choice, ReportGroup, ReportItem
from emh_report.template import Field, GroupDefinition, Role
from emh_report.vocabulary import Term

PRESENT: Final = "present"
ABSENT: Final = "absent"
INDETERMINATE: Final = "indeterminate"
"""Terms of the vocabulary presence."""

MADE: Final = "diagnostic-of"
ESTABLISHED: Final = "consistent-with"
"""Terms of the vocabulary certainty: the diagnosis is made; it was made before."""
DENYING: Final = frozenset({"", "unlikely", "very-unlikely"})
"""Certainties that do not contradict a denial; the empty one is no statement."""
PROVEN: Final = "known-histology"
"""Term of the vocabulary diagnosis-basis: proven earlier."""


ASKED: Final = (Role.PRESENCE.value, Role.CERTAINTY.value, Role.BASIS.value)
"""What is asked of a lesion that bears on the diagnosis."""


class Lesion(NamedTuple):
    """What was answered about one lesion, and what follows for the diagnosis there (empty: nothing)."""

    uid: str
    presence: str
    certainty: Term | None
    basis: str
    result: str


class Conclusion(NamedTuple):
    """The coded conclusion of an impression, its certainty, and what may be said."""

    item: ReportItem
    entered: Choice
    certainty: Term | None
    result: str


def of_lesion(presence: str, certainty: str, basis: str) -> str:
    """Return what may be said about the diagnosis at one lesion, from the terms answered (empty: none).

    An empty result means that the report says nothing about the diagnosis there.
    """
    if not certainty:
        return ""
    if presence == ABSENT:
        return ABSENT if certainty in DENYING else INDETERMINATE
    made = certainty == MADE or (certainty == ESTABLISHED and basis == PROVEN)
    return PRESENT if made and presence == PRESENT else INDETERMINATE


def of_report(conclusion: str, certainty: str, lesions: Collection[Lesion]) -> str:
    """Return what may be said about the diagnosis in conclusion, from the term and certainty answered.

    A conclusion without a certainty of its own rests on its lesions.
    """
    proven = any(lesion.result == PRESENT for lesion in lesions)
    if conclusion == ABSENT:
        return ABSENT if certainty in DENYING and not proven else INDETERMINATE
    established = any(lesion.presence == PRESENT and lesion.basis == PROVEN for lesion in lesions)
    made = certainty == MADE or (certainty == ESTABLISHED and established) or (not certainty and proven)
    return PRESENT if made and conclusion == PRESENT else INDETERMINATE


def lesions_of(groups: Collection[ReportGroup]) -> dict[str, Lesion]:
    """Return what the groups of a report say about each lesion, by uid."""
    return {group.uid: _lesion(group) for group in groups if group.definition.role is Role.FINDING}


def _lesion(group: ReportGroup) -> Lesion:
    found: dict[str, Term] = {}
    asked = _asked(group.definition)
    for field, value in group.items:
        if field in asked and isinstance(value, Choice):
            found.setdefault(asked[field], value.term)
    presence, certain, basis = map(found.get, ASKED)
    code, based = presence.code if presence else "", basis.code if basis else ""
    return Lesion(group.uid, code, certain, based, of_lesion(code, certain.code if certain else "", based))


@lru_cache(1024)
def _asked(definition: GroupDefinition) -> dict[Field, str]:
    """Return the role of each question that bears on the diagnosis."""
    return {field: field.role.value for field in definition.fields.values() if field.role in ASKED}


def _certainty(group: ReportGroup) -> Term | None:
    item = group.first(Role.CERTAINTY)
    return item.value.term if item and isinstance(item.value, Choice) else None


def conclusion_of(impression: ReportGroup, lesions: Collection[Lesion]) -> Conclusion | None:
    """Return the coded conclusion of an impression; None where there is none or it has an absent reason."""
    for item in impression.items:
        field, value = item
        if field.role is Role.IMPRESSION and isinstance(value, Choice):
            certainty = _certainty(impression)
            result = of_report(value.term.code, certainty.code if certainty else "", lesions)
            return Conclusion(item, value, certainty, result)
    return None


def is_diagnosed(groups: Collection[ReportGroup], focus: Focus, lesions: Collection[Lesion]) -> bool:
    """Whether the report as a whole makes the diagnosis, so that it may carry the code of the disease.

    The impression decides; where it says nothing, a lesion does. What is seen in a fetus is not coded as a
    conclusion about the patient, who is the mother.
    """
    if focus is not Focus.PATIENT:
        return False
    impressions = [group for group in groups if group.definition.role is Role.IMPRESSION]
    concluded = [found for group in impressions if (found := conclusion_of(group, lesions))]
    results = [found.result for found in concluded] or [lesion.result for lesion in lesions]
    return PRESENT in results
