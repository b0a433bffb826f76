"""Whether several systems mean the same patient: one that they contradict each other about is nobody's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from emh_report.context import Patient
from emh_report.dates import same_date


def agree(patients: Sequence[Patient]) -> bool:
    """Whether no two contradict each other: by number within one namespace or by birth date, where both state it."""
    return not any(_contradict(one, other) for one, other in combinations(patients, 2))


def _contradict(one: Patient, other: Patient) -> bool:
    ours, others = (_numbers(patient) for patient in (one, other))
    if any(ours[system].isdisjoint(others[system]) for system in ours.keys() & others.keys()):
        return True
    return not same_date(one.birth_date, other.birth_date)


def _numbers(patient: Patient) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in patient.identifiers:
        found.setdefault(one.system, set()).add(one.value)
    return found
