"""Which examination a report is about, by what was answered: never by the template alone.

A template is a form, and a form can be used for another examination than the one in its title. So an examination is
named only where the answers fit it; everywhere else it is a diagnostic imaging study (LOINC 18748-4), which is true.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.conditions import Row
from emh_report.template import Template
from emh_report.vocabulary import Term


class Answers(NamedTuple):
    """What was answered about the examination; empty where nothing was, or a reason why there is no answer."""

    modalities: frozenset[str]
    regions: frozenset[str]
    tracers: frozenset[str]


FIELDS: Final = ("modality", "body-region", "tracer")
"""Questions of the procedure that say which examination it was."""

PROPERTIES: Final = ("modalities", "hybrid", "regions", "parts", "tracers")


def answers_of(rows: Iterable[Row], modalities: frozenset[str]) -> Answers:
    """Return what the rows of the procedure answer; ``modalities`` of the studies count where none is answered."""
    told: dict[str, frozenset[str]] = dict.fromkeys(FIELDS, frozenset())
    for row in rows:
        for name in FIELDS:
            fact = row.get(name)
            if isinstance(fact, frozenset):
                told[name] |= fact
    modality, regions, tracers = (told[name] for name in FIELDS)
    return Answers(modality or modalities, regions, tracers)


def study_type(template: Template, answers: Answers) -> Term:
    """Return the first examination of the template that the answers fit, else the one that is always true."""
    return next((term for term in template.study_types if _fits(term, answers)), template.any_study)


@lru_cache(maxsize=1024)
def _meant(term: Term) -> tuple[frozenset[str], ...]:
    """Return what the vocabulary says about an examination, in the order of `PROPERTIES`."""
    return tuple(frozenset(term.properties.get(name, ())) for name in PROPERTIES)


def _fits(term: Term, answers: Answers) -> bool:
    modalities, hybrid, regions, parts, tracers = _meant(term)
    read = answers.modalities - hybrid
    return (
        (not modalities or (bool(read) and read <= modalities))
        and (not regions or answers.regions == regions or (bool(answers.regions) and answers.regions <= parts))
        and (not tracers or (bool(answers.tracers) and answers.tracers <= tracers))
    )
