"""Sizes of lesions: behind what and where a lesion is, and those of the largest where an entry is of several."""

from __future__ import annotations

from typing import Final

from emh_report.export.narrative.answers import Said
from emh_report.export.narrative.compounds import (
    MEASURED,
    MEASURING,
    NEGATIONS,
    SIZE_IN_WORDS,
    Answers,
    is_of,
    is_size,
)
from emh_report.export.narrative.phrases import Form
from emh_report.report import Choice

FORMS: Final = frozenset({"skin-form", "lung-pattern", "perirenal-form", "node-station", "head-compartment"})
"""Vocabularies of what and where a lesion is at its site, which stands before its size and what it does there."""
SIZES: Final = ("measuring ", "smallest ", "largest ", "volume ", "thickness ")
THICKNESS: Final = SIZES[-1]
EFFECTS: Final = frozenset({"adjacent-effect", "severity", "swi-finding"})
"""Vocabularies of what stands behind the size of a lesion: what it does at its site, and bleeding in it."""
SEVERAL: Final = frozenset({"multifocal-masses", "2-5", "6-10", "more-than-10", "innumerable"})
"""Patterns and numbers of more than one lesion."""
LARGEST: Final = "the largest "


def largest(found: Answers) -> Answers:
    """Say whose size it is: "multifocal masses, the largest measuring 62 mm on the right, 48 mm on the left"."""
    several = False
    for position, said in enumerate(found):
        if said.place.phrase.one[0] == MEASURING:
            size = said._replace(words=f"{LARGEST}{said.words}")
            return [*found[:position], size, *found[position + 1 :]] if several else found
        several = several or said.code in SEVERAL
    return found


def formed(found: Answers) -> Answers:
    """Say what and where a lesion is before how large it is: "nodules, measuring 6 mm"; its thickness is a size."""
    start = next((place for place, said in enumerate(found) if _is_extent(said)), len(found))
    forms: Answers = []
    sizes: Answers = []
    rest: Answers = []
    for said in found[start:]:
        goes_on = said.form is Form.CONTINUATION and forms and said.place.antecedent is forms[-1].place.field
        thick = said.words.startswith(THICKNESS)
        (forms if goes_on or _is_form(said) else sizes if thick else rest).append(said)
    while rest and (is_size(rest[0]) or rest[0].words.startswith(MEASURED) or is_of(rest[0], SIZE_IN_WORDS)):
        forms.append(rest.pop(0))
    return [*found[:start], *forms, *sizes, *rest]


def _is_extent(said: Said) -> bool:
    """Whether an answer is how large a lesion is, or what it does to what is beside it."""
    does = isinstance(said.value, Choice) and said.value.term.vocabulary_id in EFFECTS
    return does or (said.words.startswith(SIZES) and is_size(said))


def _is_form(said: Said) -> bool:
    """Whether an answer is what a lesion is at its site, and not that nothing was seen or looked for."""
    of = isinstance(said.value, Choice) and said.value.term.vocabulary_id in FORMS
    return of and NEGATIONS.isdisjoint(said.words.split())
