"""Two sheets of one report that were written at the same time: where they differ, and one made of both. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from emh_report.draft import ReportMode
from emh_report.phrases import Line, phrase
from emh_report.plan import Plan
from emh_report.template import Field
from emh_report.web.sheet import Entry, Sheet, completed
from emh_report.web.typed import marked
from emh_report.web.view import summary

TAKE: Final = "take."
"""What the names of choices begin with."""

MINE: Final = "mine"
THEIRS: Final = "theirs"

Place = tuple[str, str, int]
"""Group id, uid, which of those that have the same; a group that occurs once has no uid here."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One question, entry or reason on which two sides differ, each as typed; empty where a side has nothing.

    ``taken`` is the side that loses nothing: that which has something where the other has nothing.
    """

    name: str
    place: str
    mine: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def taken(self) -> str:
        """The side that is proposed; empty where somebody has to choose."""
        if self.mine and self.theirs:
            return ""
        return MINE if self.mine else THEIRS


def differences(mine: Sheet, theirs: Sheet) -> tuple[Difference, ...]:
    """Return what differs, in the order of the form."""
    return (*_entries(mine, theirs), *_beside(mine, theirs))


def merged(plan: Plan, mine: Sheet, theirs: Sheet, chosen: Mapping[str, str]) -> Sheet:
    """Return the sheet of what was chosen: name of a difference → side. What does not differ is what both say."""

    def side(name: str) -> Sheet:
        return theirs if chosen.get(f"{TAKE}{name}") == THEIRS else mine

    entries = []
    for place, ours, other in _pairs(mine, theirs):
        name = _name(place)
        if ours is None or other is None:
            kept = ours if side(name) is mine else other
            entries += [kept] if kept else []
            continue
        texts = {
            field_id: (ours if side(f"{name}.{field_id}") is mine else other).texts.get(field_id, ())
            for field_id in ours.definition.fields
        }
        entries.append(replace(ours, texts=texts))
    keys = {**mine.reasons, **theirs.reasons}
    reasons = {(rule, uid): side(f"keep.{rule}.{uid}").reasons.get((rule, uid), "") for rule, uid in keys}
    sheet = replace(mine, mode=side("mode").mode, entries=tuple(entries), reasons=reasons)
    return completed(plan, sheet)


def _pairs(mine: Sheet, theirs: Sheet) -> Iterator[tuple[Place, Entry | None, Entry | None]]:
    ours, others = _placed(mine), _placed(theirs)
    for place in {**ours, **others}:
        yield place, ours.get(place), others.get(place)


def _placed(sheet: Sheet) -> dict[Place, Entry]:
    found: dict[Place, Entry] = {}
    for entry in sheet.entries:
        group_id, uid = entry.definition.id, entry.uid if entry.definition.repeats else ""
        number = sum(1 for place in found if place[:2] == (group_id, uid))
        found[group_id, uid, number] = entry
    return found


def _name(place: Place) -> str:
    group_id, uid, number = place
    return f"{group_id}.{uid}.{number}"


def _entries(mine: Sheet, theirs: Sheet) -> Iterator[Difference]:
    for place, ours, other in _pairs(mine, theirs):
        name = f"{TAKE}{_name(place)}"
        if ours is None or other is None:
            yield Difference(name, _titled(ours or other), _whole(ours), _whole(other))
            continue
        for field_id, definition in ours.definition.fields.items():
            said, heard = _said(ours, field_id), _said(other, field_id)
            if said != heard:
                yield Difference(f"{name}.{field_id}", _asked(ours, definition), said, heard)


def _beside(mine: Sheet, theirs: Sheet) -> Iterator[Difference]:
    if mine.mode != theirs.mode:
        yield Difference(f"{TAKE}mode", phrase("Report"), (_mode(mine),), (_mode(theirs),))
    for rule, uid in {**mine.reasons, **theirs.reasons}:
        said, heard = (sheet.reasons.get((rule, uid), "").strip() for sheet in (mine, theirs))
        if said != heard:
            place = phrase("Reason for keeping the warning {rule}", rule=rule)
            yield Difference(f"{TAKE}keep.{rule}.{uid}", place, _text(said), _text(heard))


def _mode(sheet: Sheet) -> str:
    return phrase("beside another") if sheet.mode is ReportMode.COMPANION else phrase("of its own")


def _text(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _asked(entry: Entry, definition: Field) -> str:
    titled = _titled(entry)
    return titled if titled == definition.label else Line(titled, f": {definition.label}")


def _titled(entry: Entry | None) -> str:
    if entry is None:  # a place comes from one of the sides
        return ""
    if not entry.definition.repeats:
        return entry.definition.title
    named = summary(entry)
    return Line(f"{entry.definition.title} {entry.number}", *((" (", named, ")") if named else ()))


def _said(entry: Entry, field_id: str) -> tuple[str, ...]:
    definition = entry.definition.fields[field_id]
    return tuple(marked(definition, text.strip()) for text in entry.texts.get(field_id, ()) if text.strip())


def _whole(entry: Entry | None) -> tuple[str, ...]:
    """Return every answer of an entry that only one side has."""
    if entry is None:
        return ()
    lines = (
        Line(f"{definition.label}: ", Line(*said, between="; "))
        for field_id, definition in entry.definition.fields.items()
        if (said := _said(entry, field_id))
    )
    return tuple(lines) or (phrase("no answers yet"),)
