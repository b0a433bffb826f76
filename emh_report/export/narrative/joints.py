"""Which questions of a group may make one phrase, worked out once per group: most answers take no time here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from emh_report.export.narrative.answers import Said
from emh_report.export.narrative.compounds import (
    ALIKE,
    EXPANSION,
    FLUID,
    MEASURED,
    MEASURING,
    NUMBER,
    ON,
    ON_ONE,
    PATTERN,
    SIZE_IN_WORDS,
    Answers,
    by_side,
    dated,
    expanded,
    extents,
    guided,
    imaged,
    measured,
    names_it,
    of_fluid,
    patterned,
    said_before,
    shared_noun,
    sized,
    with_earlier,
)
from emh_report.export.narrative.layout import Layout, Place
from emh_report.export.narrative.several import FORMS, THICKNESS, formed, largest
from emh_report.template import Field


def compounded(following: Sequence[Said], layout: Layout) -> Answers:
    """Return answers with those that make one phrase as one; absent reasons come last."""
    rules, wanted = _rules_of(layout), 0
    for said in following:
        wanted |= rules.get(said.place.field, 0)
    if not wanted:
        return list(following)
    found = [said for said in following if said.words]
    for position, rule in enumerate(_RULES):
        if wanted >> position & 1:
            found = rule(found)
    return found + [said for said in following if not said.words]


@lru_cache(maxsize=1024)
def _rules_of(layout: Layout) -> Mapping[Field, int]:
    """Return by question the rules that an answer to it may start, as bits: most questions have none."""
    found: dict[Field, int] = {}
    before: list[Place] = []
    for place in layout.places.values():
        starts = [_STARTS[rule](place, before) for rule in _RULES]
        bits = sum(1 << position for position, start in enumerate(starts) if start)
        if bits:
            found[place.field] = bits
        before.append(place)
    return found


_STARTS: Final[Mapping[Callable[[Answers], Answers], Callable[[Place, list[Place]], bool]]] = {
    formed: lambda place, _: _vocabulary(place) in FORMS or place.phrase.one[0] == THICKNESS,
    sized: lambda place, _: _vocabulary(place) == SIZE_IN_WORDS,
    measured: lambda place, _: place.phrase.one[0].startswith(MEASURED),
    imaged: lambda place, before: _after(place, ON) and any(_after(one, ON) for one in before),
    shared_noun: lambda place, before: place.phrase.one[0] == "" and _is_noun_of(place, before),
    patterned: lambda place, _: place.phrase.one[0].endswith(PATTERN),
    guided: lambda place, _: place.phrase.one[0] == "with ",
    extents: lambda place, before: any(_start_alike(place, one) for one in before),
    of_fluid: lambda place, _: place.phrase.one == ("", FLUID),
    said_before: lambda place, _: _vocabulary(place) == NUMBER,
    with_earlier: lambda place, before: any(_is_earlier(place, one) for one in before),
    by_side: lambda place, _: place.phrase.one[1] in ON_ONE,
    expanded: lambda place, _: place.phrase.one[1] == EXPANSION,
    dated: lambda place, before: any(_is_date_of(place, one) for one in before),
    largest: lambda place, _: place.phrase.one[0] == MEASURING,
}
"""What each rule starts from: the last of the questions that it joins, given those before it."""
_RULES: Final = tuple(_STARTS)


def _vocabulary(place: Place) -> str:
    return place.field.vocabulary.id if place.field.vocabulary else ""


def _after(place: Place, words: str) -> bool:
    return place.phrase.one[1].startswith(words)


def _is_noun_of(place: Place, before: Sequence[Place]) -> bool:
    return any(f" {one.phrase.one[0]}".endswith(f"{place.phrase.one[1]} ") for one in before if place.phrase.one[1])


def _start_alike(place: Place, before: Place) -> bool:
    sides = ((place.field.says.true, before.field.says.true), (place.field.says.false, before.field.says.false))
    return any(one.split()[:ALIKE] == other.split()[:ALIKE] for one, other in sides if one and other)


def _is_earlier(place: Place, now: Place) -> bool:
    return now.phrase.one[0] != "" and place.phrase.one[0].endswith(f" {now.phrase.one[0]}")


def _is_date_of(place: Place, yes: Place) -> bool:
    return names_it(place, f"{yes.field.says.true.rstrip('.').rpartition(' ')[2]} ")
