"""Reading a draft by its template: items become resolved values and facts, or issues.

Nothing is dropped: an answer that is not accepted is kept as typed (Unresolved) beside its issue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from emh_report.conditions import Fact, Gap
from emh_report.draft import Absent, Coded, Draft, Group, Item
from emh_report.issues import Issue, Severity, Where
from emh_report.plan import GroupPlan, Plan
from emh_report.report import ReportItem, Unresolved
from emh_report.template import Field, GroupDefinition
from emh_report.text import visible
from emh_report.values import Rejected, nearest
from emh_report.values.numeric import COMMA_NOTE

UID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""Identity of a group instance: what fits into a FHIR id and a DICOM Tracking Identifier."""

MAX_SUGGESTIONS = 100
"""After so many answers that are not accepted no more suggestions are looked for: nobody reads them, and a
hostile draft would pay for ten thousand comparisons with ours."""


@dataclass(slots=True)
class Answered:
    """One group instance after reading: resolved items, facts, and where each field stood in the draft."""

    plan: GroupPlan
    uid: str
    path: str
    typed: tuple[Item, ...] = ()
    items: list[ReportItem] = field(default_factory=list)
    row: dict[str, Fact] = field(default_factory=dict)

    @property
    def definition(self) -> GroupDefinition:
        """The group of the template."""
        return self.plan.definition

    def where(self, field_id: str = "") -> Where:
        """Return where ``field_id`` stands, or would stand, in the draft."""
        position = next((number for number, item in enumerate(self.typed) if item.field_id == field_id), None)
        path = self.path if position is None else f"{self.path}.items[{position}]"
        return Where(path, self.definition.id, self.uid, field_id)


@dataclass(slots=True)
class Reading:
    """A draft after reading."""

    groups: list[Answered] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Path of the group and field of every answer that is not accepted: it has an issue of its own already."""

    def reject(self, where: Where, label: str, item: Item, error: Rejected) -> None:
        """Record an answer that is not accepted."""
        path = f"{where.path}.{error.part}" if error.part else where.path
        accepted = error.accepted if len(self.unresolved) < MAX_SUGGESTIONS else ()
        found = Issue(error.rule_id, Severity.ERROR, where._replace(path=path), error.message, tuple(accepted))
        self.refused.add((where.path.rpartition(".items[")[0], where.field_id))
        self.issues.append(found)
        self.unresolved.append(Unresolved(where, label, as_typed(item.value), error.rule_id))

    def note(self, rule_id: str, where: Where, message: str, severity: Severity = Severity.ERROR) -> None:
        """Record something about a group or an accepted answer."""
        self.issues.append(Issue(rule_id, severity, where, message))


def as_typed(value: object) -> str:
    """Return a rejected value as one visible line, parts separated by spaces."""
    if isinstance(value, Absent):
        return value.value
    parts = value if isinstance(value, tuple) else (value,)
    flat = (part for piece in parts for part in (piece if isinstance(piece, tuple) else (piece,)))
    return visible(" ".join(str(part) for part in flat if part not in ("", None)))


def read(plan: Plan, draft: Draft) -> Reading:
    """Read every group of ``draft``."""
    reading = Reading()
    seen: set[str] = set()
    uids: set[str] = set()
    for position, group in enumerate(draft.groups):
        path = f"draft.groups[{position}]"
        group_plan = plan.groups.get(group.group_id)
        if group_plan is None:
            _unknown_group(reading, plan, group, path)
            continue
        uid = _identity(reading, group_plan, group, path, uids)
        if group.group_id in seen and not group_plan.definition.repeats:
            where = Where(path, group.group_id, uid)
            reading.note("group-not-repeatable", where, f"{group_plan.definition.title} occurs once only")
            _keep(reading, where, group, "group-not-repeatable")
            continue
        seen.add(group.group_id)
        answered = Answered(group_plan, uid, path, group.items)
        reading.groups.append(answered)
        _read_items(reading, answered, group)
    return reading


def _keep(reading: Reading, where: Where, group: Group, rule_id: str) -> None:
    """Keep all answers of a group that cannot be read, as typed."""
    for number, item in enumerate(group.items):
        place = where._replace(path=f"{where.path}.items[{number}]", field_id=item.field_id)
        label = f"{visible(group.group_id)} / {visible(item.field_id)}"
        reading.unresolved.append(Unresolved(place, label, as_typed(item.value), rule_id))


def _unknown_group(reading: Reading, plan: Plan, group: Group, path: str) -> None:
    near = nearest(group.group_id, plan.groups) if len(reading.unresolved) < MAX_SUGGESTIONS else ()
    where = Where(f"{path}.group_id", "", group.uid if UID.fullmatch(group.uid) else "")
    reading.issues.append(Issue("unknown-group", Severity.ERROR, where, "not a group of this template", tuple(near)))
    _keep(reading, Where(path), group, "unknown-group")


def _identity(reading: Reading, plan: GroupPlan, group: Group, path: str, uids: set[str]) -> str:
    """Return the uid of a group instance; a wrong one is reported and replaced by the position."""
    definition = plan.definition
    uid = group.uid or ("" if definition.repeats else definition.id)
    if not UID.fullmatch(uid):
        message = f"every {definition.title} needs a uid of letters, digits, dot, underscore or hyphen (at most 64)"
        reading.note("bad-uid", Where(f"{path}.uid", definition.id), message)
    elif uid in uids:
        reading.note("duplicate-uid", Where(f"{path}.uid", definition.id, uid), "this uid is used twice in the draft")
    else:
        uids.add(uid)
        return uid
    fallback = path.removeprefix("draft.").replace("[", "-").replace("]", "")
    uids.add(fallback)
    return fallback


def _read_items(reading: Reading, answered: Answered, group: Group) -> None:
    chosen, row, items = answered.plan.chosen, answered.row, answered.items
    for position, typed in enumerate(group.items):
        field_id, value = typed
        if type(value) is Coded and field_id not in row:
            checked = chosen.get(typed)
            if checked is not None:
                item, row[field_id], _ = checked
                items.append(item)
                continue
        _read_item(reading, answered, position, typed)


def _read_item(reading: Reading, answered: Answered, position: int, typed: Item) -> None:
    field_id, value = typed
    reader, row = answered.plan.readers.get(field_id), answered.row
    if reader is None or value is None:
        _unreadable(reading, answered, position, typed)
        return
    definition, check = reader
    try:
        item, fact, note = check(value)
        row[field_id] = fact if field_id not in row else _joined(row[field_id], fact, definition)
    except Rejected as error:
        where = Where(f"{answered.path}.items[{position}]", answered.definition.id, answered.uid, field_id)
        reading.reject(where, definition.label, typed, error)
        return
    answered.items.append(item)
    if note:
        rule_id = "decimal-comma" if note == COMMA_NOTE else "weeks-and-days"
        reading.note(rule_id, answered.where(field_id), note, Severity.INFORMATION)


def _joined(before: Fact, fact: Fact, definition: Field) -> Fact:
    """Add an answer to those already given to the same question."""
    if not definition.repeats:
        raise Rejected("duplicate-answer", f"{definition.label} takes one answer")
    if isinstance(before, Gap) or isinstance(fact, Gap):
        raise Rejected("duplicate-answer", f"{definition.label}: an absent reason stands alone")
    if not isinstance(before, frozenset) or not isinstance(fact, frozenset):
        return before  # repeated values other than codes: conditions see the first one
    if fact <= before:
        raise Rejected("duplicate-answer", f"{definition.label}: the same answer is given twice")
    return before | fact


def _unreadable(reading: Reading, answered: Answered, position: int, item: Item) -> None:
    """Report an item whose field is not in the template, or that has no value."""
    fields = answered.definition.fields
    known = fields.get(item.field_id)
    where = Where(f"{answered.path}.items[{position}]", answered.definition.id, answered.uid)
    if known is None:
        near = nearest(item.field_id, fields)
        error = Rejected("unknown-field", f"not a field of {answered.definition.title}", near, "field_id")
        reading.reject(where, visible(item.field_id), item, error)
    else:
        error = Rejected("no-value", f"{known.label} was sent without a value; leave the item out instead")
        reading.reject(where._replace(field_id=item.field_id), known.label, item, error)
