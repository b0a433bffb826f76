"""Claims that open a paragraph: what it is about, where that is, and what is said of it first."""

from __future__ import annotations

import re
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
from emh_report.export.narrative.readback.spellings import listed_answers, on_both_sides, spelled, squeezed
from emh_report.report import Choice, ReportGroup, ReportItem, Resolved
from emh_report.template import Field, Kind, Role

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


def place_of(group: ReportGroup, role: Role) -> str:
    """Return where the site or organ of a group is: "left orbit", "both orbits", "orbit, side not stated"."""
    (_, side), (_, place) = _first(group, Role.LATERALITY), _first(group, role)
    if isinstance(place, Choice) and isinstance(side, Choice) and _names(place, side):
        return spelled(place)
    if isinstance(place, Choice) and is_on_both(side):
        return on_both_sides(place)
    return _located(_answer(group, Role.LATERALITY)[1], _answer(group, role)[1])


def _names(what: Choice, side: Choice) -> bool:
    """Whether a place or complication that was typed says the side, and not another one too."""
    typed = squeezed(what.text).casefold() if what.term.needs_text and not side.text else ""
    sides = ("left", "right", "both", "bilateral", "midline")
    found = {word for word in sides if re.search(rf"\b{word}\b", typed)}
    both = side.term.code == "bilateral" and bool(found)
    return found <= {"both", "bilateral"} if both else found == {side.term.code}


def is_on_both(side: Resolved | None) -> bool:
    """Whether a side is both, with nothing written beside it."""
    return isinstance(side, Choice) and (side.term.code, side.text) == ("bilateral", "")


def _finding(group: ReportGroup) -> Opening:
    side_asked, asked = _answer(group, Role.LATERALITY)[0], _answer(group, Role.SITE)[0]
    levels_asked, levels = _answer(group, Role.LEVELS)
    part_asked, part = _part(group)
    where = place_of(group, Role.SITE)
    holds = where != "" and re.search(rf"^{re.escape(where)} | {re.escape(where)}$", part) is not None
    place = squeezed(", ".join(filter(None, ("" if holds else where, part, levels))))
    yield Claim("place", (place,) if place else ()), asked
    yield Claim("", ()), part_asked
    yield Claim("", ()), side_asked
    yield Claim("", ()), levels_asked
    presence, value = _first(group, Role.PRESENCE)
    if presence is not None and value is None:
        yield Claim(presence.id, (UNSTATED,)), presence
    elif presence is not None and isinstance(value, Absent):
        yield Claim(presence.id, (f"presence {GAPS[value]}",)), presence
    elif presence is not None and isinstance(value, Choice) and value.term.code == "present":
        needed = bool(value.text) or not any(map(_describes, group.items))
        yield Claim(presence.id, (f"{subject(presence)} present{beside(value)}",), needed=needed), presence
    elif presence is not None and isinstance(value, Choice) and value.term.code == "indeterminate" and not value.text:
        yield Claim(presence.id, (f"presence of {subject(presence)} indeterminate",)), presence


def _describes(item: ReportItem) -> bool:
    """Whether an answer says what a lesion is like now, and so that it is there."""
    asked = item.field
    named = asked.role in (Role.PRESENCE, Role.SITE, Role.LATERALITY, Role.LEVELS, Role.OTHER, Role.IMAGE, Role.REMARK)
    place = asked.vocabulary is not None and asked.vocabulary.id == "site-part"
    before = frame(asked, several=False).startswith("previously ")
    return not (named or place or before or asked.kind is Kind.TEXT or isinstance(item.value, Absent))


def _part(group: ReportGroup) -> tuple[Field | None, str]:
    """Return the question for the part of a site, when it has answers, and the parts in words."""
    asked = [item for item in group.items if item.field.vocabulary and item.field.vocabulary.id == "site-part"]
    if not asked or isinstance(asked[0].value, Absent):
        return None, ""
    return asked[0].field, listed_answers(list(dict.fromkeys(spelled(item.value) for item in asked)))


def _organ(group: ReportGroup) -> Opening:
    organ_asked, side_asked = _answer(group, Role.ORGAN)[0], _answer(group, Role.LATERALITY)[0]
    if organ_asked is not None:
        yield Claim(organ_asked.id, (place_of(group, Role.ORGAN),)), organ_asked
        yield Claim("", ()), side_asked
        if all(item.field in (organ_asked, side_asked) for item in group.items):
            yield Claim(organ_asked.id, ("not described",)), organ_asked
    yield from _grade(group)


def _complication(group: ReportGroup) -> Opening:
    (what_asked, what), (side_asked, side) = _answer(group, Role.COMPLICATION), _answer(group, Role.LATERALITY)
    (levels_asked, levels), (presence, value) = _answer(group, Role.LEVELS), _first(group, Role.PRESENCE)
    absent = isinstance(value, Choice) and value.term.code == "absent"
    neither = absent and is_on_both(_first(group, Role.LATERALITY)[1])
    name = moved(group) or _located("" if neither else side, what or group.definition.title.casefold())
    if levels_asked is not None:
        framed = frame(levels_asked, several=False).replace("{value}", levels)
        name = f"{name} {framed}" if framed[:3] == "at " else f"{name}, {framed}"
    if isinstance(value, Choice):
        words = POLAR[value.term.code].format(name) if value.term.code in POLAR else f"{name}: {spelled(value)}"
        words += " on either side" if neither else ""
        if absent and (what_asked is None or _holds(group, MISREAD)):
            words = f"{'' if what_asked else 'unnamed '}{name}: absent{' on both sides' if neither else ''}"
        words += beside(value) if value.term.code in POLAR else ""
    else:
        words = f"{name}: {UNSTATED if value is None else GAPS[value] if isinstance(value, Absent) else ''}"
    yield Claim("complication", (squeezed(words),)), what_asked
    for asked in (side_asked, levels_asked, presence):
        yield Claim("", ()), asked
    yield from _timing(group)
    yield from _degree(group, absent=absent)


def moved(group: ReportGroup) -> str:
    """Return a complication whose own words have its side: "midline shift to the left"; empty where they do not."""
    (_, what), (_, side) = _first(group, Role.COMPLICATION), _first(group, Role.LATERALITY)
    if not isinstance(what, Choice) or not isinstance(side, Choice) or side.text:
        return ""
    if _names(what, side):
        return spelled(what)
    ends = "{side}" in what.term.sided and side.term.code in ("left", "right")
    return what.term.sided.format(side=side.term.phrase) + beside(what) if ends else ""


def _grade(group: ReportGroup) -> Opening:
    """An organ is "moderately enlarged", where its degree of enlargement was answered."""
    degree = next((item for item in group.items if item.field.phrase == "{value} enlargement"), None)
    for item in group.items:
        if degree is None or item.field.phrase != "{value}" or not isinstance(item.value, Choice):
            continue
        grade = degree.value.term.phrase if isinstance(degree.value, Choice) and not degree.value.text else ""
        if item.value.term.code == "enlarged" and grade in ("mild", "moderate", "severe", "massive"):
            yield Claim(item.field.id, (f"{grade}ly {spelled(item.value)}",)), item.field
            yield Claim("", ()), degree.field
            return


def _timing(group: ReportGroup) -> Opening:
    """A complication that is called after its procedure does not say again that there was one."""
    for item in group.items:
        after = isinstance(item.value, Choice) and (item.value.term.code, item.value.text) == ("after-procedure", "")
        if after and _holds(group, {"after"}):
            yield Claim("", ()), item.field


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
        plain = stated is not None and (stated.term.code, stated.text) == ("indeterminate", "")
        if asked is not None and plain and is_polar(asked):
            yield Claim(asked.id, (f"presence of {subject(asked)} indeterminate",)), asked
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
        ending = f"its presence is {words}" if plain else f"{certain.label.casefold()}: {words}"
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
