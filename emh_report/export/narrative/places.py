"""Where something is, in words: an organ or site with its side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from emh_report.export.narrative.words import lines, to_words
from emh_report.report import Choice, Resolved

BOTH_SIDES: Final = "bilateral"
ONE_SIDE: Final = frozenset({"left", "right"})
HOLDS: Final[Mapping[str, frozenset[str]]] = {
    "left": frozenset({"left"}),
    "right": frozenset({"right"}),
    BOTH_SIDES: frozenset({"both", "bilateral"}),
    "midline": frozenset({"midline"}),
}
"""By side: words of a place in free text that say it already."""


def placed(side: Resolved | None, place: Resolved | None) -> str:
    """Return a place with its side: "left orbit", "both orbits"; empty where no place was answered."""
    if not isinstance(place, Choice):
        return ""
    if not isinstance(side, Choice) or holds_side(place, side):
        return to_words(place)
    if is_both(side):
        return _both(place)
    return located(to_words(side), to_words(place))


def is_both(side: Resolved | None) -> bool:
    """Whether a side is both, with nothing written beside it."""
    return isinstance(side, Choice) and side.term.code == BOTH_SIDES and not side.text


def holds_side(what: Choice, side: Choice) -> bool:
    """Whether free text says the side of what it names, and no other: "left orbital fat"."""
    if not what.term.needs_text or side.text:
        return False
    words = set(re.findall(r"\w+", what.text.casefold()))
    return [code for code, said in HOLDS.items() if said & words] == [side.term.code]


def sided(side: Resolved | None, what: Resolved | None, name: str) -> str:
    """Return what is called ``name`` with its side: "left hemothorax", "mediastinal shift to the left"."""
    if not isinstance(side, Choice) or (isinstance(what, Choice) and holds_side(what, side)):
        return name
    if isinstance(what, Choice) and what.term.sided and side.term.code in ONE_SIDE and not side.text:
        return name.replace(what.term.phrase, what.term.sided.replace("{side}", to_words(side)), 1)
    return located(to_words(side), name)


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
