"""Where something is, in words: an organ or site with its side."""

from __future__ import annotations

from typing import Final

from emh_report.export.narrative.words import lines, to_words
from emh_report.report import Choice, Resolved

BOTH_SIDES: Final = "bilateral"


def placed(side: Resolved | None, place: Resolved | None) -> str:
    """Return a place with its side: "left orbit", "both orbits"; empty where no place was answered."""
    if not isinstance(place, Choice):
        return ""
    if not isinstance(side, Choice):
        return to_words(place)
    if side.term.code == BOTH_SIDES and not side.text:
        return _both(place)
    return located(to_words(side), to_words(place))


def located(side: str, name: str) -> str:
    """Return a name with a side as its adjective: "left pleura", "bilateral proptosis"."""
    if " " in side:  # "side not stated" is no adjective
        return f"{name}, {side}" if name else side
    return f"{side} {name}".strip()


def parted(place: str, part: str) -> str:
    """Return a place with its part: "left orbit, eyelid"; one that names its place is alone: "liver segment 6"."""
    if not place or part.startswith(f"{place} ") or part.endswith(f" {place}"):
        return part or place
    return f"{place}, {part}" if part else place


def _both(place: Choice) -> str:
    term, text = place
    if term.needs_text:
        return f"{to_words(place)} on both sides"
    return f"{term.bilateral} ({lines(text)})" if text else term.bilateral
