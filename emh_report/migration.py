"""A draft of an older template version under the one installed now: what is kept, what moved, what becomes a remark.

Pure. No answer is dropped and none is guessed: one that the template no longer takes is written out, as typed, in the
remark of its group, or of another group of its section where the group is gone. Ids of questions mean the same in every
version; what was renamed stands in the template file (``renamed``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from emh_report import limits
from emh_report.catalog import Catalog
from emh_report.draft import Boolean, Coded, Draft, Group, Item, Text, Value
from emh_report.errors import InvalidReportError, NotFoundError
from emh_report.issues import Issue, Severity, Where
from emh_report.plan import GroupPlan, Plan
from emh_report.resolve import as_typed
from emh_report.template import GroupDefinition, Renamed, Template
from emh_report.text import visible
from emh_report.values import Rejected

REMARK: Final = "remark"


class Fate(StrEnum):
    """What became of an answer."""

    KEPT = "kept"
    MOVED = "moved"
    TO_REMARK = "to-remark"


class Carried(NamedTuple):
    """One answer, or a group without any: where it stood, where it stands now, and why it did not stay as it was."""

    fate: Fate
    path: str
    group_id: str
    group_uid: str
    field_id: str
    to_path: str
    reason: str = ""


class Migration(NamedTuple):
    """A draft as it would be under the installed template, and what became of every answer.

    ``needed`` is false where the draft is of that version and content already; then nothing is changed.
    """

    template_id: str
    from_version: str
    to_version: str
    to_hash: str
    needed: bool
    draft: Draft
    carried: tuple[Carried, ...]


class _Note(NamedTuple):
    """An answer on its way into a remark."""

    path: str
    group: Group
    field_id: str
    text: str
    reason: str


def migrate(catalog: Catalog, draft: Draft) -> Migration:
    """Return ``draft`` under the newest installed version of its template.

    Raises NotFoundError where the template is not installed at all, and InvalidReportError where an answer could not
    even be kept as a remark.
    """
    plan = catalog.plan(draft.template_id)
    template = plan.template
    to = (template.version, template.content_hash)
    if (draft.template_version, draft.template_hash) == to:
        return Migration(template.id, draft.template_version, *to, needed=False, draft=draft, carried=())
    moving = _Moving(plan, *_installed(catalog, draft))
    for position, group in enumerate(draft.groups):
        moving.take(position, group)
    moved = draft._replace(template_version=to[0], template_hash=to[1], groups=moving.groups())
    return Migration(template.id, draft.template_version, *to, needed=True, draft=moved, carried=moving.carried())


def _installed(catalog: Catalog, draft: Draft) -> tuple[Template | None, Plan | None]:
    """Return the version the draft was begun with, and its plan where its content is still the same."""
    try:
        found = catalog.plan(draft.template_id, draft.template_version)
    except NotFoundError:
        return None, None
    same = draft.template_hash in ("", found.template.content_hash)
    return found.template, found if same else None


class _Moving:
    """The groups of a draft on their way to another template."""

    def __init__(self, plan: Plan, before: Template | None, old: Plan | None) -> None:
        self._plan = plan
        self._before = before
        self._old = old
        self._renamed: Renamed = plan.template.renamed
        self._groups: list[tuple[str, str, list[Item]]] = []
        self._taken: set[str] = set()
        self._carried: list[Carried] = []
        self._notes: list[tuple[int | None, _Note]] = []

    def take(self, position: int, group: Group) -> None:
        """Take one group: all of its answers, or, where there is no such group any more, remarks."""
        path = f"draft.groups[{position}]"
        group_id = self._renamed.groups.get(group.group_id, group.group_id)
        plan = self._plan.groups.get(group_id)
        if plan is None:
            self._leave(path, group, "the template has no such group")
        elif group_id in self._taken and not plan.definition.repeats:
            self._leave(path, group, f"{plan.definition.title} occurs once only")
        else:
            self._taken.add(group_id)
            self._groups.append((group_id, group.uid, []))
            if not group.items:
                moved = group_id != group.group_id
                self._list(path, group, "", f"draft.groups[{len(self._groups) - 1}]", moved=moved)
            self._take_items(path, group, plan)

    def _take_items(self, path: str, group: Group, plan: GroupPlan) -> None:
        number = len(self._groups) - 1
        group_id, _, items = self._groups[number]
        several = self._several(plan, group)
        for place, item in enumerate(group.items):
            where = f"{path}.items[{place}]"
            field_id = self._renamed.fields.get(item.field_id, item.field_id)
            now = Item(field_id, self._value(field_id, item.value))
            reason = self._refusal(plan, group, now, item)
            if not reason and field_id in several:
                reason = f"{plan.definition.fields[field_id].label} takes one answer now"
            if reason:
                self._notes.append((number, self._note(where, group, item, reason)))
                continue
            to = f"draft.groups[{number}].items[{len(items)}]"
            self._list(where, group, item.field_id, to, moved=(group_id, now) != (group.group_id, item))
            items.append(now)

    def _leave(self, path: str, group: Group, reason: str) -> None:
        definition = self._old_group(group.group_id)
        title = f"{definition.title if definition else visible(group.group_id)} {visible(group.uid)}".rstrip()
        for place, item in enumerate(group.items):
            note = self._note(f"{path}.items[{place}]", group, item, reason)
            self._notes.append((None, note._replace(text=f"{title}, {note.text}")))
        if not group.items:
            self._notes.append((None, _Note(path, group, "", f"{title} (no answers)", reason)))

    def _list(self, path: str, group: Group, field_id: str, to: str, *, moved: bool) -> None:
        fate = Fate.MOVED if moved else Fate.KEPT
        self._carried.append(Carried(fate, path, group.group_id, group.uid, field_id, to))

    def _value(self, field_id: str, value: Value | None) -> Value | None:
        """Return the answer with the code its term has now; its display is that of the old one, and goes."""
        if isinstance(value, Coded) and (field_id, value.code) in self._renamed.answers:
            return Coded(self._renamed.answers[field_id, value.code], "", value.text)
        return value

    def _refusal(self, plan: GroupPlan, group: Group, item: Item, before: Item) -> str:
        """Say why the template does not take an answer. What was not accepted before either stays for its author."""
        field = plan.definition.fields.get(item.field_id)
        if field is None:
            return f"{plan.definition.title} has no such question"
        reason = _rejection(plan, item)
        old = self._old.groups.get(group.group_id) if self._old else None
        if reason and old and before.field_id in old.readers and _rejection(old, before):
            return ""
        return reason

    def _several(self, plan: GroupPlan, group: Group) -> set[str]:
        """Return the questions that took several answers, got them, and take one now."""
        names = Counter(self._renamed.fields.get(item.field_id, item.field_id) for item in group.items)
        old = self._old_group(group.group_id)
        before = {self._renamed.fields.get(name, name): field for name, field in old.fields.items()} if old else {}
        once = {name for name, field in plan.definition.fields.items() if not field.repeats}
        return {
            name
            for name, count in names.items()
            if count > 1 and name in once and (name not in before or before[name].repeats)
        }

    def _old_group(self, group_id: str) -> GroupDefinition | None:
        return self._before.groups.get(group_id) if self._before else None

    def _note(self, path: str, group: Group, item: Item, reason: str) -> _Note:
        definition = self._old_group(group.group_id)
        field = definition.fields.get(item.field_id) if definition else None
        label = field.label if field else visible(item.field_id)
        value = item.value
        if isinstance(value, Coded) and not value.display and field and field.vocabulary:
            term = field.vocabulary.terms.get(value.code)
            value = value._replace(display=term.display) if term else value
        typed = {True: "yes", False: "no"}[value.value] if isinstance(value, Boolean) else as_typed(value)
        return _Note(path, group, item.field_id, f"{label}: {typed or '(no value)'}", reason)

    def groups(self) -> tuple[Group, ...]:
        """Return the groups with their remarks. Raises InvalidReportError where a remark cannot be kept."""
        version = self._plan.template.version
        wrong: list[Issue] = []
        for number, note in self._notes:
            target = self._home(note.group) if number is None else number
            if target is None:
                wrong.append(_issue(note, "no group of this template could keep this answer as a remark"))
                continue
            _, _, items = self._groups[target]
            place = _add_remark(items, f"{note.text} [not asked so in version {version} of the template]")
            if len(str(items[place].value)) > limits.TEXT:
                wrong.append(_issue(note, f"the remark would have more than {limits.TEXT} characters"))
            to = f"draft.groups[{target}].items[{place}]"
            given = (note.path, note.group.group_id, note.group.uid, note.field_id)
            self._carried.append(Carried(Fate.TO_REMARK, *given, to, note.reason))
        if wrong:
            raise InvalidReportError(wrong)
        return tuple(Group(group_id, uid, tuple(items)) for group_id, uid, items in self._groups)

    def carried(self) -> tuple[Carried, ...]:
        """Return what became of every answer: those that became remarks last."""
        return tuple(self._carried)

    def _home(self, group: Group) -> int | None:
        """Return the group that keeps what a group said that is gone: once only, of its section where there is one."""
        definition = self._old_group(group.group_id)
        groups = self._plan.template.groups
        once = [number for number, (known, _, _) in enumerate(self._groups) if not groups[known].repeats]
        section = definition.section if definition else ""
        near = [number for number in once if groups[self._groups[number][0]].section == section]
        if near or once:
            return (near or once)[0]
        new = next(_once(self._plan.template), None)
        if new is None:
            return None
        self._groups.append((new, "", []))
        return len(self._groups) - 1


def _rejection(plan: GroupPlan, item: Item) -> str:
    if item.value is None:
        return ""
    try:
        plan.readers[item.field_id][1](item.value)
    except Rejected as error:
        return error.message
    return ""


def _once(template: Template) -> Iterator[str]:
    return (group_id for group_id, definition in template.groups.items() if not definition.repeats)


def _add_remark(items: list[Item], text: str) -> int:
    """Add a line to the remark of a group and return its place; what it said stays."""
    for place, item in enumerate(items):
        if item.field_id == REMARK:
            before = item.value.value if isinstance(item.value, Text) else as_typed(item.value)
            items[place] = Item(REMARK, Text(f"{before}\n{text}"))
            return place
    items.append(Item(REMARK, Text(text)))
    return len(items) - 1


def _issue(note: _Note, message: str) -> Issue:
    where = Where(note.path, note.group.group_id, note.group.uid, note.field_id)
    return Issue("cannot-migrate", Severity.ERROR, where, message)
