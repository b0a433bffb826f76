"""What a finding and the complication that it implies both say: one of the two says it for both.

"Heart: severe tricuspid regurgitation." is not followed by "Severe tricuspid regurgitation."; beside "Left hemothorax,
massive." the left pleura does not say "hemothorax". Nothing is left out whose words would not be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from emh_report.draft import Boolean
from emh_report.export.narrative.answers import say
from emh_report.export.narrative.layout import Place, layout_of
from emh_report.export.narrative.phrases import POLARITY, Form
from emh_report.export.narrative.words import to_words
from emh_report.report import Amount, Choice, ReportGroup, ReportItem
from emh_report.template import Role

AFFIRMED: Final = frozenset({"present", "suspected"})
"""Presences of a complication that a finding can say."""
DOUBTS: Final = frozenset({"no", "not", "without", "suspected", "indeterminate", "equivocal", "possible"})
"""Words before a name with which it is not the same any more."""
YES: Final = Boolean(value=True)
THERE_IS: Final = "There is "
NAMING: Final = frozenset({Role.COMPLICATION, Role.PRESENCE, Role.LATERALITY})
"""What a complication says that has nothing more to say than its name."""


class Named(NamedTuple):
    """A complication by the words of its name: with its doubt, its side as a code, and whether it says more."""

    group: ReportGroup
    words: str
    side: str
    more: bool


def told_once(groups: Sequence[ReportGroup]) -> list[ReportGroup]:
    """Return the groups without what another one says in the same words; one that is said elsewhere has no items."""
    found = list(groups)
    for named in _named(groups):
        position, finding = next(_saying(named, found), (-1, None))
        if finding is None:
            continue
        if not named.more:
            found = [replace(group, items=()) if group is named.group else group for group in found]
        elif _is_spare(found[position], finding, named):
            group = found[position]
            found[position] = replace(group, items=tuple(item for item in group.items if item is not finding))
    return found


def _named(groups: Sequence[ReportGroup]) -> Iterator[Named]:
    for group in groups:
        if group.definition.role is not Role.COMPLICATION:
            continue
        what, presence = group.first(Role.COMPLICATION), group.first(Role.PRESENCE)
        if what is None or presence is None or not _is_plain(what) or not _is_plain(presence):
            continue
        name, code = what.value.term.phrase, presence.value.term.code  # type: ignore[union-attr]  # plain choices
        if code in AFFIRMED:
            more = any(item.field.role not in NAMING and not _is_in(item, name) for item in group.items)
            yield Named(group, POLARITY[code].format(name), _side(group.first(Role.LATERALITY)), more)


def _is_plain(item: ReportItem) -> bool:
    return isinstance(item.value, Choice) and not item.value.text


def _is_in(item: ReportItem, name: str) -> bool:
    """Whether a degree is part of the name: "severe tricuspid regurgitation"."""
    of_name = item.field.role is Role.FEATURE and not item.field.repeats and _is_plain(item)
    return of_name and to_words(item.value) in name.casefold().split()


def _side(item: ReportItem | None) -> str:
    return item.value.term.code if item and isinstance(item.value, Choice) else ""


def _saying(named: Named, groups: Sequence[ReportGroup]) -> Iterator[tuple[int, ReportItem]]:
    """Yield the answers to other questions of the section that say what a complication is called."""
    for position, group in enumerate(groups):
        definition = group.definition
        if definition.section != named.group.definition.section or definition.role not in (Role.ORGAN, Role.OTHER):
            continue
        for item in group.items:
            if _says(item, group, named.words) and named.side in ("", _side_of(item, group)):
                yield position, item


def _says(item: ReportItem, group: ReportGroup, name: str) -> bool:
    place, value = layout_of(group.definition).places[item.field], item.value
    if place.opens is not None:
        return False
    if isinstance(value, Amount):
        return place.phrase.one == (f"{name} ", "") and Decimal(value.text) > 0
    words = _words(place, item)
    before = words.removesuffix(name)
    return words == name or (before != words and before.endswith(" ") and DOUBTS.isdisjoint(before.split()))


def _words(place: Place, item: ReportItem) -> str:
    """Return what an answer says, without the "there is" of a yes; empty for what no complication is called."""
    said = say(place, item.value).words
    if item.value == YES:
        return said.removeprefix(THERE_IS).removesuffix(".") if said.startswith(THERE_IS) else ""
    return said if _is_plain(item) else ""


def _side_of(item: ReportItem, group: ReportGroup) -> str:
    """Return the side of a finding: its own, or that of the organ."""
    places = layout_of(group.definition).places
    sides = (other for other in group.items if other.field.role is Role.LATERALITY)
    own = next((side for side in sides if places[side.field].antecedent is item.field), None)
    return _side(own or (group.first(Role.LATERALITY) if group.definition.role is Role.ORGAN else None))


def _is_spare(group: ReportGroup, item: ReportItem, named: Named) -> bool:
    """Whether a finding says nothing but the name, on the same side, and its group has more to say without it."""
    places = layout_of(group.definition).places
    follows = any(places[other.field].antecedent is item.field and other is not item for other in _next(group, item))
    same = say(places[item.field], item.value).words == named.words and _side_of(item, group) == named.side
    rest = [other for other in group.items if other is not item and places[other.field].opens is None]
    return same and not follows and rest != []


def _next(group: ReportGroup, item: ReportItem) -> Iterator[ReportItem]:
    """Yield the answer behind ``item``, when it goes on from it."""
    items = list(group.items)
    places = layout_of(group.definition).places
    for other in items[items.index(item) + 1 :][:1]:
        if places[other.field].phrase.form is Form.CONTINUATION:
            yield other
