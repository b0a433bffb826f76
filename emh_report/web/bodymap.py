"""The map beside the lesions of a form: where they lie, and sites and levels to be picked instead of typed.

Every region is a button that sends the form. A pick goes into the lesion that is being written where that waits for a
site or side; otherwise it begins a new lesion. It never replaces a site: to move a lesion, clear its site first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from emh_report.pictures import body, spine
from emh_report.pictures.atlas import Panel, Point, body_atlas
from emh_report.plan import Plan
from emh_report.template import Field, GroupDefinition, Role
from emh_report.vocabulary import Term
from emh_report.web import sheet as sheets
from emh_report.web.sheet import Entry, Sheet
from emh_report.web.typed.terms import REGIONS, ends, vertebra

NEW: Final = "new"
"""Aim of a pick that begins a lesion."""
SIDES: Final = {"right": frozenset({"right"}), "left": frozenset({"left"}), "bilateral": frozenset({"right", "left"})}
COUNTED: Final = re.compile(r"\([^()]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Spot:
    """A button: what it sends behind the aim, what it is called, and the numbers of the lesions that are there."""

    pick: str
    name: str
    site: str
    side: str
    numbers: tuple[int, ...]
    at: Point | None = None


@dataclass(frozen=True, slots=True)
class PanelView:
    """One view of the body with its buttons."""

    panel: Panel
    ground: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class MapView:
    """The whole map. ``aim`` is the lesion that the next pick goes into; ``opened`` after a pick without a script."""

    aim: str
    opened: bool
    fields: tuple[str, str, str]
    panels: tuple[PanelView, ...]
    others: tuple[Spot, ...]
    levels: tuple[Spot, ...]

    @property
    def regions(self) -> Mapping[str, str]:
        """What people call a region of the spine → its letter, for what is typed on the page."""
        return REGIONS


@dataclass(frozen=True, slots=True)
class Kinds:
    """The questions of a lesion that the map answers; a template may lack side and levels."""

    site: Field
    side: Field | None
    levels: Field | None

    @property
    def terms(self) -> dict[str, Term]:
        """The sites of this template."""
        return dict(self.site.vocabulary.terms) if self.site.vocabulary else {}


def kinds(definition: GroupDefinition) -> Kinds | None:
    """Return the questions of a group that the map answers; None where it is no group of lesions."""
    if definition.role is not Role.FINDING or not definition.repeats:
        return None
    found = {field.role: field for field in reversed(list(definition.fields.values()))}
    site = found.get(Role.SITE)
    return Kinds(site, found.get(Role.LATERALITY), found.get(Role.LEVELS)) if site else None


def view(sheet: Sheet, definition: GroupDefinition, focus: str) -> MapView | None:
    """Return the map of a group of lesions, aimed by ``focus``; None for any other group."""
    asked = kinds(definition)
    if asked is None:
        return None
    there = sheet.of(definition.id)
    terms = asked.terms
    displays = {term.display.casefold(): code for code, term in terms.items()}
    lies = [(entry.number, *_place(entry, asked, displays)) for entry in there]
    panels = tuple(_panel(panel, terms, lies) for panel in body_atlas().panels)
    drawn = {spot.site for panel in panels for spot in panel.spots}
    others = tuple(
        Spot(f"{code}:", term.display, code, "", tuple(number for number, site, _, _ in lies if site == code))
        for code, term in terms.items()
        if code not in drawn
    )
    names = tuple(field.id if field else "" for field in (asked.site, asked.side, asked.levels))
    levels = tuple(_level(level, lies) for level in spine.LEVELS) if asked.levels else ()
    aim = _aim(there, asked, focus)
    opened = focus.startswith(f"{aim}.")
    return MapView(aim, opened, (names[0], names[1], names[2]), panels, others, levels)


Place = tuple[int, str, frozenset[str], tuple[str, ...]]


def _place(entry: Entry, asked: Kinds, displays: dict[str, str]) -> tuple[str, frozenset[str], tuple[str, ...]]:
    """Return site, sides and levels of a lesion, as far as what was typed says them."""
    site = displays.get(_text(entry, asked.site).casefold().partition(":")[0].strip(), "")
    side = SIDES.get(_text(entry, asked.side).casefold(), frozenset())
    return site, side, covered(_text(entry, asked.levels))


def _text(entry: Entry, field: Field | None) -> str:
    texts = entry.texts.get(field.id, ()) if field else ()
    return next((text.strip() for text in texts if text.strip()), "")


def _aim(there: Sequence[Entry], asked: Kinds, focus: str) -> str:
    """Return the lesion a pick goes into: the one in focus, else the first without a site, else a new one."""
    named = next((entry.key for entry in there if focus == entry.key or focus.startswith(f"{entry.key}.")), "")
    return named or next((entry.key for entry in there if not _text(entry, asked.site)), NEW)


def _panel(panel: Panel, terms: dict[str, Term], lies: Sequence[Place]) -> PanelView:
    spots = []
    touched = set()
    for region in panel.regions.values():
        term = terms.get(region.site)
        if term is None:
            continue
        for side in region.sides:
            numbers = tuple(number for number, site, sides, _ in lies if site == region.site and _on(side, sides))
            name = f"{term.display}, {side}" if side else term.display
            spots.append(Spot(f"{region.site}:{side}", name, region.site, side, numbers, region.point(side)))
            if numbers:
                touched.add((region.site, side))
    return PanelView(panel, body.ground(panel.id, frozenset(touched)), tuple(spots))


def _on(side: str, sides: frozenset[str]) -> bool:
    """Whether a lesion is shown on a side of its site; on both while nobody has said which."""
    return not side or not sides or side in sides


def _level(level: str, lies: Sequence[Place]) -> Spot:
    return Spot(level, level, "", "", tuple(number for number, _, _, levels in lies if level in levels))


# --- levels as they are typed ----------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def covered(text: str) -> tuple[str, ...]:
    """Return every level that a typed range covers, from above; nothing for a text that is no range."""
    places = sorted(spine.LEVELS.index(end) for end in _ends(text))
    if not places:
        return ()
    return spine.LEVELS[places[0] : places[-1] + 1]


def extended(text: str, level: str) -> str:
    """Return the range after a level was picked: the first pick begins it, the second ends it, a third begins anew."""
    named, counted = _ends(text), _counted(text)
    if len(named) != 1 or named[0] == level:
        return f"{level}{counted}"
    first, last = sorted((named[0], level), key=spine.LEVELS.index)
    return f"{first}-{last}{counted}"


def _ends(text: str) -> tuple[str, ...]:
    upper, lower, _ = ends(text)
    named = tuple(dict.fromkeys((vertebra(upper), vertebra(lower))))
    return named if all(end in spine.LEVELS for end in named) else ()


def _counted(text: str) -> str:
    """Return how levels were counted, as it stands behind whatever was typed: that stays."""
    found = COUNTED.search(text)
    return f" {found[0].strip()}" if found else ""


Read = Callable[[Kinds, str, Entry], Iterator[tuple[Field, str]]]

# --- picks -----------------------------------------------------------------------------------------------------------


def site_picked(plan: Plan, sheet: Sheet, target: str) -> tuple[Sheet, str]:
    """Return the sheet after a site was picked (``AIM:CODE:SIDE``), and the question that it answered.

    Raises KeyError for a lesion, site or side that this form does not have.
    """
    aim, _, pick = target.partition(":")
    definition, asked = _group(plan)
    entry = next((one for one in sheet.of(definition.id) if one.key == aim), None)
    if entry is not None and not _waits(entry, asked, *pick.split(":", 1)):
        target = f"{NEW}:{pick}"
    return _picked(plan, sheet, target, _site_answers)


def _waits(entry: Entry, asked: Kinds, code: str, side: str = "") -> bool:
    """Whether a lesion has no site yet, or this one and no other side."""
    there = _text(entry, asked.site).partition(":")[0]
    if not there:
        return True
    sides = SIDES.get(_text(entry, asked.side).casefold(), frozenset((side,)))
    return there == asked.terms[code].display and sides == {side}


def level_picked(plan: Plan, sheet: Sheet, target: str) -> tuple[Sheet, str]:
    """Return the sheet after a level was picked (``AIM:LEVEL``), and the question that it answered.

    Raises KeyError for a lesion or level that this form does not have.
    """
    return _picked(plan, sheet, target, _level_answers)


def _picked(plan: Plan, sheet: Sheet, target: str, read: Read) -> tuple[Sheet, str]:
    """Return the sheet with the answers of a pick in the lesion that it is aimed at."""
    aim, _, pick = target.partition(":")
    definition, asked = _group(plan)
    key = aim
    if aim == NEW:
        sheet, key = sheets.added(plan, sheet, definition.id)
    entry = next((one for one in sheet.of(definition.id) if one.key == key), None)
    if entry is None:
        raise KeyError(key)
    answers = list(read(asked, pick, entry))
    for field, text in answers:
        entry.texts[field.id] = (text,)
    return sheet, f"{entry.key}.{answers[0][0].id if answers else asked.site.id}"


def _group(plan: Plan) -> tuple[GroupDefinition, Kinds]:
    for definition in plan.template.groups.values():
        asked = kinds(definition)
        if asked is not None:
            return definition, asked
    raise KeyError(NEW)


def _level_answers(asked: Kinds, pick: str, entry: Entry) -> Iterator[tuple[Field, str]]:
    if asked.levels is None or pick not in spine.LEVELS:
        raise KeyError(pick)
    yield asked.levels, extended(_text(entry, asked.levels), pick)


def _site_answers(asked: Kinds, pick: str, entry: Entry) -> Iterator[tuple[Field, str]]:
    code, _, side = pick.partition(":")
    term = asked.terms[code]
    if not _text(entry, asked.site):  # "Other: words" stays as it was typed
        yield asked.site, f"{term.display}: " if term.needs_text else term.display
    if side and asked.side is not None and asked.side.vocabulary is not None:
        yield asked.side, asked.side.vocabulary.terms[side].display
