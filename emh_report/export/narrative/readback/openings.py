"""Claims that open a paragraph: what it is about, where that is, and what is said of it first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from emh_report.draft import Absent
from emh_report.export.narrative.readback.claim import (
    DOUBTED,
    GAPS,
    MISREAD,
    POLAR,
    UNSTATED,
    Claim,
    beside,
    frame,
    is_polar,
    subject,
)
from emh_report.export.narrative.readback.spellings import spelled, squeezed
from emh_report.report import Choice, ReportGroup, Resolved
from emh_report.template import Field, Role

Opening = Iterator[tuple[Claim, Field | None]]
"""Claims that open a paragraph, with the question that each settles."""


def _first(group: ReportGroup, role: Role) -> tuple[Field | None, Resolved | None]:
    """Return the first question that plays ``role``, and its answer."""
    asked = next((field for field in group.definition.fields.values() if field.role is role), None)
    return asked, next((item.value for item in group.items if item.field is asked), None)


def _answer(group: ReportGroup, role: Role) -> tuple[Field | None, str]:
    """Return the first question that plays ``role`` when it has a value, and the value in words."""
    asked, value = _first(group, role)
    return (None, "") if value is None or isinstance(value, Absent) else (asked, spelled(value))


def _located(side: str, place: str, levels: str = "") -> str:
    adjective = side if " " not in side else ""
    parts = (f"{adjective} {place}", "" if adjective else side, levels)
    return ", ".join(part.strip() for part in parts if part.strip())


def _finding(group: ReportGroup) -> Opening:
    (side_asked, side), (asked, site) = _answer(group, Role.LATERALITY), _answer(group, Role.SITE)
    levels_asked, levels = _answer(group, Role.LEVELS)
    place = squeezed(_located(side, site, levels))
    yield Claim("place", (place,) if place else ()), asked
    yield Claim("", ()), side_asked
    yield Claim("", ()), levels_asked
    presence, value = _first(group, Role.PRESENCE)
    if presence is not None and value is None:
        yield Claim(presence.id, (UNSTATED,)), presence
    elif presence is not None and isinstance(value, Absent):
        yield Claim(presence.id, (f"presence {GAPS[value]}",)), presence
    elif presence is not None and isinstance(value, Choice) and value.term.code == "present":
        needed = len(group.items) == 1 or bool(value.text)
        yield Claim(presence.id, (f"{subject(presence)} present{beside(value)}",), needed=needed), presence


def _organ(group: ReportGroup) -> Opening:
    (organ_asked, organ), (side_asked, side) = _answer(group, Role.ORGAN), _answer(group, Role.LATERALITY)
    if organ_asked is not None:
        noun, bracket, beside = organ.partition(" (")
        endings = ("", "s", "e") if side.startswith("bilateral") else ("",)
        names = (f"{noun}{ending}{bracket}{beside}" for ending in endings)
        yield Claim(organ_asked.id, tuple(_located(side, name) for name in names)), organ_asked
        yield Claim("", ()), side_asked


def _complication(group: ReportGroup) -> Opening:
    (what_asked, what), (side_asked, side) = _answer(group, Role.COMPLICATION), _answer(group, Role.LATERALITY)
    (levels_asked, levels), (presence, value) = _answer(group, Role.LEVELS), _first(group, Role.PRESENCE)
    name = _located(side, what or group.definition.title.casefold())
    if levels_asked is not None:
        framed = frame(levels_asked, several=False).replace("{value}", levels)
        name = f"{name} {framed}" if framed[:3] == "at " else f"{name}, {framed}"
    if isinstance(value, Choice):
        words = POLAR[value.term.code].format(name) if value.term.code in POLAR else f"{name}: {spelled(value)}"
        if value.term.code == "absent" and _holds(group, MISREAD):
            words = f"{name}: absent"
        words += beside(value) if value.term.code in POLAR else ""
    else:
        words = f"{name}: {UNSTATED if value is None else GAPS[value] if isinstance(value, Absent) else ''}"
    yield Claim("complication", (squeezed(words),)), what_asked
    for asked in (side_asked, levels_asked, presence):
        yield Claim("", ()), asked
    yield from _degree(group, absent=isinstance(value, Choice) and value.term.code == "absent")


def _holds(group: ReportGroup, words: Collection[str]) -> bool:
    """Whether the term of a complication has one of these words."""
    _, what = _first(group, Role.COMPLICATION)
    return isinstance(what, Choice) and any(word in words for word in what.term.phrase.casefold().split())


def _degree(group: ReportGroup, *, absent: bool) -> Opening:
    """A degree of what is absent stands by its label; one that is part of the name is not said again."""
    for item in group.items:
        if item.field.role is not Role.FEATURE or item.field.repeats or not isinstance(item.value, Choice):
            continue
        words = spelled(item.value)
        if absent:
            words = item.value.term.display.casefold() if words == "no" else words
            yield Claim(item.field.id, (f"{item.field.label}: {words}",)), item.field
        elif _holds(group, {words}):
            yield Claim("", ()), item.field


def _cause(group: ReportGroup) -> Opening:
    asked, status = _answer(group, Role.CAUSE_STATUS)
    if asked is not None:
        yield Claim(asked.id, (f", {status}",)), asked


def is_about_lesions(group: ReportGroup) -> bool:
    """Whether conclusion and certainty are one sentence about lesions: neither denies the other."""
    (asked, value), (certain, sure) = _first(group, Role.IMPRESSION), _first(group, Role.CERTAINTY)
    if not isinstance(sure, Choice) or certain is None:
        return False
    if not isinstance(value, Choice) or asked is None:
        return True
    if value.text or not certain.phrase.startswith("{value} "):
        return False
    agrees = value.term.code == "present" and sure.term.code not in DOUBTED
    return agrees or value.term.code == "indeterminate"


def _impression(group: ReportGroup) -> Opening:
    """Conclusion and certainty are one sentence; its subject is for surroundings.py to check."""
    (asked, value), (certain, sure) = _first(group, Role.IMPRESSION), _first(group, Role.CERTAINTY)
    stated = value if isinstance(value, Choice) else None
    if certain is None or not isinstance(sure, Choice):
        if asked is not None and stated is not None and stated.term.code == "present" and is_polar(asked):
            yield Claim(asked.id, (f"{subject(asked)} present{beside(stated)}",)), asked
        return
    words, noun = spelled(sure), squeezed(certain.phrase.replace("{value}", ""))
    if is_about_lesions(group):
        doubtful = stated is not None and stated.term.code == "indeterminate"
        claim = Claim(certain.id, tuple(_predicates(words, noun, sure.term.code, doubtful=doubtful)))
    else:
        found = POLAR[stated.term.code].format(subject(asked)) if stated and asked else ""
        found += " present" if stated and stated.term.code == "present" else ""
        denied = stated is not None and stated.term.code == "absent" and sure.term.code in DOUBTED
        plain = denied and stated is not None and not stated.text and certain.phrase.startswith("{value} ")
        ending = f"it is {words}" if plain else f"{certain.label.casefold()}: {words}"
        claim = Claim(certain.id, (f"{found}{beside(stated) if stated else ''}; {ending}",))
    yield claim, certain
    if stated is not None:
        yield Claim("", ()), asked


def _predicates(words: str, noun: str, code: str, *, doubtful: bool) -> Iterator[str]:
    for verb in ("is", "are"):
        start = f"{verb} indeterminate and " if doubtful else "" if code == "may-represent" else f"{verb} "
        yield f"{start}{words} {'to be ' if code in DOUBTED else ''}{noun}"


OPENINGS: Final[Mapping[Role, Callable[[ReportGroup], Opening]]] = {
    Role.FINDING: _finding,
    Role.ORGAN: _organ,
    Role.COMPLICATION: _complication,
    Role.CAUSE: _cause,
    Role.IMPRESSION: _impression,
}
