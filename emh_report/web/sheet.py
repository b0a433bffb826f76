"""A draft as a sheet of typed texts, and back: what a form shows, and what it sends.

Names of form fields are words that can be spoken: ``finding.2.size`` is the size of the second lesion on
the page. Which entry that is says ``entry``: "finding.2 lesion-b", in the order of the draft.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from emh_report.draft import Draft, Group, Item, Override, ReportMode
from emh_report.errors import InputError
from emh_report.phrases import phrase
from emh_report.plan import Plan
from emh_report.template import GroupDefinition
from emh_report.web.typed import Words, settled

Pairs = Sequence[tuple[str, str]]
"""Names and values of a form, in order."""

SHOWN = ("template", "version", "hash", "mode")
ENTRY, KEEP, OPEN = "entry", "keep.", "open"
"""Names beside the answers: entries, reasons for keeping a warning, entries that show every question."""

WANT = "want"
COMMANDS = ("action", "token", "etag", "request", "person", WANT)
"""What a form sends that is no part of the draft."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One instance of a group on the page; ``texts`` has what was typed, by field."""

    key: str
    definition: GroupDefinition
    uid: str
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    commas: set[str] = field(default_factory=set, compare=False)
    """Fields that were typed with a decimal comma, where ``texts`` has a point."""

    def take(self, field_id: str, typed: str) -> None:
        """Add one answer, settled."""
        definition = self.definition.fields[field_id]
        text = settled(definition, typed)
        self.texts[field_id] = (*self.texts.get(field_id, ()), text)
        if definition.units and text != typed:
            self.commas.add(field_id)

    @property
    def number(self) -> int:
        """Position among the entries of its group, from 1."""
        return int(self.key.rpartition(".")[2])

    @property
    def in_draft(self) -> bool:
        """Whether the draft has it: a lesion from when it is added, a group that occurs once when it has an answer."""
        return self.definition.repeats or any(text.strip() for texts in self.texts.values() for text in texts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a form holds. ``reasons`` are those of kept warnings, by (rule, uid)."""

    template_id: str
    version: str
    content_hash: str
    mode: ReportMode
    entries: tuple[Entry, ...]
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    opened: frozenset[str] = frozenset()

    def of(self, group_id: str) -> tuple[Entry, ...]:
        """Return the entries of one group, in order."""
        return tuple(entry for entry in self.entries if entry.definition.id == group_id)


# --- from and to drafts ----------------------------------------------------------------------------------------------


def from_draft(plan: Plan, draft: Draft, words: Words) -> Sheet:
    """Return the sheet of a draft. Raises InputError for what this template has no place for: nothing is left out."""
    template = plan.template
    lost = list(_without_place(plan, draft))
    if lost:
        raise InputError(lost)
    entries: list[Entry] = []
    for group in draft.groups:
        definition = template.groups[group.group_id]
        entry = Entry("", definition, group.uid)
        for item in group.items:
            entry.take(item.field_id, words.shown(definition.fields[item.field_id], item.value))
        entries.append(entry)
    reasons = {(kept.rule_id, kept.group_uid): kept.reason for kept in draft.overrides}
    sheet = Sheet(draft.template_id, draft.template_version, draft.template_hash, draft.mode, tuple(entries), reasons)
    return completed(plan, sheet)


def _without_place(plan: Plan, draft: Draft) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, group in enumerate(draft.groups):
        path = f"draft.groups[{number}]"
        definition = plan.template.groups.get(group.group_id)
        if definition is None or (group.group_id in seen and not definition.repeats):
            yield path, phrase("the form of this template has no place for this group")
            continue
        seen.add(group.group_id)
        for position, item in enumerate(group.items):
            if item.field_id not in definition.fields or item.value is None:
                yield f"{path}.items[{position}]", phrase("the form of this template has no place for this answer")


def to_draft(sheet: Sheet, words: Words) -> Draft:
    """Return the draft. Its groups are the entries that are `in_draft`, in order."""
    return Draft(
        template_id=sheet.template_id,
        template_version=sheet.version,
        groups=tuple(
            Group(entry.definition.id, entry.uid, _items(entry, words)) for entry in sheet.entries if entry.in_draft
        ),
        template_hash=sheet.content_hash,
        mode=sheet.mode,
        overrides=tuple(Override(rule, uid, reason) for (rule, uid), reason in sheet.reasons.items() if reason.strip()),
    )


def _items(entry: Entry, words: Words) -> tuple[Item, ...]:
    return tuple(
        Item(field_id, words.read(definition, text))
        for field_id, definition in entry.definition.fields.items()
        for text in entry.texts.get(field_id, ())
        if text.strip()
    )


# --- from and to forms -----------------------------------------------------------------------------------------------


def from_pairs(plan: Plan, pairs: Pairs) -> Sheet:
    """Return the sheet a form sent. Raises InputError for names that no form of this template has."""
    wrong: list[tuple[str, str]] = []
    single: dict[str, str] = {}
    entries: dict[str, Entry] = {}
    reasons: dict[tuple[str, str], str] = {}
    opened: set[str] = set()
    for name, value in pairs:
        if name in SHOWN:
            single[name] = value
        elif name == ENTRY:
            _declare(plan, entries, value, wrong)
        elif name == OPEN:
            opened.add(value)
        elif name.startswith(KEEP):
            rule, _, uid = name.removeprefix(KEEP).partition(".")
            reasons[rule, uid] = value
        elif name not in COMMANDS:
            _answer(entries, name, value, wrong)
    if wrong:
        raise InputError(wrong[:20])
    mode = ReportMode(single["mode"]) if single.get("mode") in set(ReportMode) else ReportMode.STANDALONE
    template_id = single.get("template", plan.template.id)
    sheet = Sheet(
        template_id, single.get("version", ""), single.get("hash", ""), mode, tuple(entries.values()), reasons
    )
    return completed(plan, replace(sheet, opened=frozenset(opened)))


def _declare(plan: Plan, entries: dict[str, Entry], value: str, wrong: list[tuple[str, str]]) -> None:
    key, _, uid = value.partition(" ")
    group_id, _, number = key.rpartition(".")
    definition = plan.template.groups.get(group_id)
    if definition is None or not (number.isascii() and number.isdigit()) or key in entries:
        wrong.append((ENTRY, phrase("not an entry of this form")))
        return
    entries[key] = Entry(key, definition, uid)


def _answer(entries: dict[str, Entry], name: str, value: str, wrong: list[tuple[str, str]]) -> None:
    key, _, field_id = name.rpartition(".")
    entry = entries.get(key)
    if entry is None or field_id not in entry.definition.fields:
        wrong.append(("form", phrase("a field that this form does not have")))
        return
    entry.take(field_id, value.replace("\r\n", "\n"))


def to_pairs(sheet: Sheet) -> list[tuple[str, str]]:
    """Return what a form with this sheet sends: only answers, no empty fields."""
    pairs = [("template", sheet.template_id), ("version", sheet.version), ("hash", sheet.content_hash)]
    pairs.append(("mode", sheet.mode.value))
    for entry in sheet.entries:
        pairs.append((ENTRY, f"{entry.key} {entry.uid}"))
        for field_id, texts in entry.texts.items():
            pairs += [(f"{entry.key}.{field_id}", text) for text in texts if text.strip()]
    pairs += [(f"{KEEP}{rule}.{uid}", reason) for (rule, uid), reason in sheet.reasons.items()]
    return pairs + [(OPEN, key) for key in sorted(sheet.opened)]


# --- entries ---------------------------------------------------------------------------------------------------------


def blank(plan: Plan) -> Sheet:
    """Return a new sheet: what the template needs at least, without any answer but the organs it asks about."""
    template = plan.template
    entries: list[Entry] = []
    for definition in template.groups.values():
        keys = definition.required_keys
        entries += [Entry("", definition, key, {definition.key: (_named(definition, key),)}) for key in keys]
        entries += [Entry("", definition, new_uid(definition)) for _ in range(len(keys), definition.at_least)]
    sheet = Sheet(template.id, template.version, template.content_hash, ReportMode.STANDALONE, tuple(entries))
    return completed(plan, sheet)


def _named(definition: GroupDefinition, key: str) -> str:
    vocabulary = definition.fields[definition.key].vocabulary
    return vocabulary.terms[key].display if vocabulary and key in vocabulary.terms else key


def completed(plan: Plan, sheet: Sheet) -> Sheet:
    """Return ``sheet`` with an entry for each group that occurs once, numbered in the order of the template."""
    entries: list[Entry] = []
    for definition in plan.template.groups.values():
        there = sheet.of(definition.id)
        if not there and not definition.repeats:
            there = (Entry("", definition, definition.id),)
        entries += [replace(entry, key=f"{definition.id}.{number}") for number, entry in enumerate(there, 1)]
    return replace(sheet, entries=tuple(entries))


def new_uid(definition: GroupDefinition) -> str:
    """Return an identity that no entry had before: a lesion that was removed must not come back as another one."""
    return f"{definition.id}-{secrets.token_hex(4)}"


def added(plan: Plan, sheet: Sheet, group_id: str) -> tuple[Sheet, str]:
    """Return the sheet with one more entry, and its key. Raises KeyError for a group that cannot have one."""
    definition = plan.template.groups[group_id]
    if not definition.repeats:
        raise KeyError(group_id)
    entry = Entry(f"{group_id}.{len(sheet.of(group_id)) + 1}", definition, new_uid(definition))
    return completed(plan, replace(sheet, entries=(*sheet.entries, entry))), entry.key


def duplicated(plan: Plan, sheet: Sheet, key: str) -> tuple[Sheet, str]:
    """Return the sheet with a copy behind an entry, and the key of the copy. Raises KeyError where there is none."""
    position = _position(sheet, key)
    entry = sheet.entries[position]
    copy = replace(entry, uid=new_uid(entry.definition), texts=dict(entry.texts), commas=set(entry.commas))
    entries = (*sheet.entries[: position + 1], copy, *sheet.entries[position + 1 :])
    return completed(plan, replace(sheet, entries=entries)), f"{entry.definition.id}.{entry.number + 1}"


def turned(sheet: Sheet, uid: str) -> Sheet:
    """Return the sheet with all questions of an entry shown, or no longer."""
    return replace(sheet, opened=sheet.opened ^ {uid})


def removed(plan: Plan, sheet: Sheet, key: str) -> Sheet:
    """Return the sheet without an entry. Raises KeyError where there is none."""
    position = _position(sheet, key)
    return completed(plan, replace(sheet, entries=sheet.entries[:position] + sheet.entries[position + 1 :]))


def _position(sheet: Sheet, key: str) -> int:
    position = next((number for number, entry in enumerate(sheet.entries) if entry.key == key), None)
    if position is None or not sheet.entries[position].definition.repeats:
        raise KeyError(key)
    return position
