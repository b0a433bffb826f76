"""Several lesions in one entry: the size is that of the largest, and says so."""

from __future__ import annotations

from typing import Final

from emh_report.export.narrative.compounds import MEASURING, Answers

SEVERAL: Final = frozenset({"multifocal-masses", "2-5", "6-10", "more-than-10", "innumerable"})
"""Patterns and numbers of more than one lesion."""
LARGEST: Final = "the largest "


def largest(found: Answers) -> Answers:
    """Say whose size it is: "multifocal masses, the largest measuring 20 mm"."""
    if SEVERAL.isdisjoint(said.code for said in found):
        return found
    return [
        said._replace(words=f"{LARGEST}{said.words}") if said.place.phrase.one == (MEASURING, "") else said
        for said in found
    ]
