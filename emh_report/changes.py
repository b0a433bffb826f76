"""What differs between two drafts of one report, answer by answer: as data, and as lines that people read.

Answers are compared as typed: 4.20 and 4.2 differ; 4,2 and 4.2 do not, since both are printed as 4.2. Groups are the
same group where group id and uid are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from emh_report.decimals import with_point
from emh_report.draft import Draft, Group, Measurement, Quantity
from emh_report.resolve import as_typed
from emh_report.template import Field, Template
from emh_report.typed_answers import in_words


class ChangeKind(StrEnum):
    """What happened to an answer."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(NamedTuple):
    """One question whose answers differ: all of them as typed, before and after."""

    kind: ChangeKind
    group_id: str
    group_uid: str
    field_id: str
    before: tuple[str, ...]
    after: tuple[str, ...]


Place = tuple[str, str, int, str]
"""Group id, uid, which of those that have no uid, field id."""


def compare(before: Draft, after: Draft) -> tuple[Change, ...]:
    """Return what changed, in the order of ``after``; what was removed comes last."""
    old, new = _answers(before.groups), _answers(after.groups)
    found = [
        Change(
            ChangeKind.CHANGED if place in old else ChangeKind.ADDED,
            *(place[0], place[1], place[3]),
            _typed(old.get(place, ())),
            _typed(values),
        )
        for place, values in new.items()
        if values != old.get(place)
    ]
    gone = ((place, values) for place, values in old.items() if place not in new)
    found += [Change(ChangeKind.REMOVED, *(place[0], place[1], place[3]), _typed(values), ()) for place, values in gone]
    return tuple(found)


def _answers(groups: Iterable[Group]) -> Mapping[Place, list[object]]:
    found: dict[Place, list[object]] = {}
    nameless: dict[str, int] = {}
    for group in groups:
        number = 0
        if not group.uid:
            number = nameless[group.group_id] = nameless.get(group.group_id, -1) + 1
        found.setdefault((group.group_id, group.uid, number, ""), [])  # a group without answers is a statement too
        for item in group.items:
            found.setdefault((group.group_id, group.uid, number, item.field_id), []).append(_pointed(item.value))
    return found


def _pointed(value: object) -> object:
    match value:
        case Quantity(number, unit):
            return Quantity(with_point(number), unit)
        case Measurement(axes, unit):
            return Measurement(tuple(map(with_point, axes)), unit)
        case _:
            return value


def _typed(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(as_typed(value) for value in values)


PENDING = ("critical", "communication-status")
"""The answer that an addendum may change: that a critical result is still to be communicated."""


def takes_back(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes that are more than additions: what an addendum may not do.

    That the communication of a result was pending, and why, may change: the addendum is how it is reported.
    """
    return tuple(
        change
        for change in changes
        if change.kind is not ChangeKind.ADDED
        and not ((change.group_id, change.field_id) == PENDING and change.before == ("pending",))
        and not (change.group_id == PENDING[0] and change.field_id == "communication-pending-reason")
        and not _more_of_the_same(change)
    )


def _more_of_the_same(change: Change) -> bool:
    """Whether a question with several answers got more of them and kept those it had."""
    return change.kind is ChangeKind.CHANGED and change.after[: len(change.before)] == change.before != ()


def lines(changes: Iterable[Change], template: Template | None = None) -> list[str]:
    """Return one line for each change, in the words of ``template`` where it knows group and field."""
    return [line(change, template) for change in changes]


def line(change: Change, template: Template | None) -> str:
    """Return a change in words: "Lesion (k1), Size: 30 mm → 40 mm"."""
    field = _field(change, template)
    where = place(change, template)
    before, after = "; ".join(_words(field, change.before)), "; ".join(_words(field, change.after))
    match change.kind:
        case ChangeKind.ADDED:
            return f"{where}: added {after}".rstrip()
        case ChangeKind.REMOVED:
            return f"{where}: removed {before}".rstrip()
        case ChangeKind.CHANGED:
            return f"{where}: {before or '(none)'} → {after or '(none)'}"


def place(change: Change, template: Template | None) -> str:
    """Return what a change is of: "Lesion (k1), Size"; a group of its own name says it once."""
    group = template.groups.get(change.group_id) if template else None
    field = _field(change, template)
    title, label = group.title if group else change.group_id, field.label if field else change.field_id
    named = f"{title} ({change.group_uid})" if change.group_uid not in {"", change.group_id} else title
    return named if label in {"", named} else f"{named}, {label}"


def _field(change: Change, template: Template | None) -> Field | None:
    group = template.groups.get(change.group_id) if template else None
    return group.fields.get(change.field_id) if group else None


def _words(field: Field | None, typed: Iterable[str]) -> Iterable[str]:
    return (in_words(field, answer) for answer in typed) if field else typed
