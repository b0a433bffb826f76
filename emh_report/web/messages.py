"""Issues as messages of the form: what is wrong in the words of the page, and which question it is about."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from emh_report.issues import Issue, Severity, Where
from emh_report.phrases import phrase
from emh_report.search import SearchIndex
from emh_report.template import Field, GroupDefinition, Kind
from emh_report.web.language import Language
from emh_report.web.reasons import COMMA, GROUPED, LEVELS, accepted, reason, unstorable
from emh_report.web.sheet import KEEP, Entry, Sheet
from emh_report.web.typed.numbers import looks_grouped

MAX_CANDIDATES: Final = 8
_GROUP = re.compile(r"(?:draft\.)?groups\[(\d+)\](?:\.items\[(\d+)\])?")
_OVERRIDE = re.compile(r"(?:draft\.)?overrides\[(\d+)\]")
_NOT_A_TERM: Final = "S01"
_MISSING: Final = "missing-required"
_NOT_A_DATE: Final = "bad-date"
_WRONG_KIND: Final = "wrong-type"
_AMBIGUOUS: Final = phrase("this may mean one of these: choose")
_UNLISTED: Final = phrase("not in the list of answers: choose one")


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``target`` is the name of the question, the key of an entry, or empty for the whole report."""

    kind: str
    text: str
    target: str
    place: str
    rule_id: str = ""
    candidates: tuple[str, ...] = ()
    choose: bool = False
    """Whether a candidate can be taken as the answer."""
    refused: str = ""
    """The text in whose place a candidate comes, where a question has several answers."""
    keep: str = ""
    reason: str = ""


def messages(sheet: Sheet, issues: Iterable[Issue], index: SearchIndex) -> list[Message]:
    """Return a message for every issue, in their order; what is merely missing comes last, in the order of the form."""
    found, keeps = [], set()
    for issue in issues:
        message = _message(sheet, issue, index)
        found.append(replace(message, keep="") if message.keep in keeps else message)  # one reason, one field
        keeps.add(message.keep)
    names = [f"{entry.key}.{field_id}" for entry in sheet.entries for field_id in entry.definition.fields]
    places = {name: place for place, name in enumerate(names)}
    missing = sorted(
        (one for one in found if one.kind == "missing"), key=lambda one: places.get(one.target, len(places))
    )
    return [one for one in found if one.kind != "missing"] + missing


def too_large(sheet: Sheet, violations: Sequence[tuple[str, str]]) -> list[Message]:
    """Return a message for everything that no report may contain. It stays in the form until it is mended."""
    found = []
    for path, text in violations:
        entry, field_id = _place(sheet, Where(path), path)
        found.append(Message("error", unstorable(text), _target(entry, field_id, ""), _name(entry, field_id), "limit"))
    return found


@dataclass(frozen=True, slots=True)
class Unstored:
    """What no report may contain: where it is in the words of the form, why, and which answer or reason it is."""

    name: str
    why: str
    entry: Entry | None = None
    field_id: str = ""
    kept: tuple[str, str] | None = None


def unstored(sheet: Sheet, violations: Sequence[tuple[str, str]]) -> list[Unstored]:
    """Return everything that no report may contain."""
    found: list[Unstored] = []
    for path, text in violations:
        entry, field_id = _place(sheet, Where(path), path)
        kept = _OVERRIDE.match(path)
        reasons = [place for place, said in sheet.reasons.items() if said.strip()]
        if kept and int(kept[1]) < len(reasons):
            place = reasons[int(kept[1])]
            name = phrase("Reason for keeping the warning {rule}", rule=place[0])
            found.append(Unstored(name, text, kept=place))
        else:
            found.append(Unstored(_name(entry, field_id, ": ") or path, text, entry, field_id))
    return found


def notes(sheet: Sheet, language: Language) -> list[Message]:
    """Return a hint for every number that was read otherwise than who reads ``language`` may have meant it."""
    comma = language.decimal != "."
    return [
        Message("hint", GROUPED if comma else COMMA, f"{entry.key}.{field_id}", _name(entry, field_id))
        for entry in sheet.entries
        for field_id, texts in entry.texts.items()
        if (_grouped(entry, field_id, texts) if comma else field_id in entry.commas)
    ]


def _grouped(entry: Entry, field_id: str, texts: Sequence[str]) -> bool:
    return bool(entry.definition.fields[field_id].units) and any(map(looks_grouped, texts))


def _message(sheet: Sheet, issue: Issue, index: SearchIndex) -> Message:
    entry, field_id = _place(sheet, issue.where, issue.where.path)
    definition = entry.definition.fields.get(field_id) if entry else None
    kind = _kind(issue)
    text = reason(issue, definition, _typed(entry, field_id))
    refused = ""
    if issue.rule_id == _NOT_A_TERM and issue.where.path.endswith(".coded.code"):
        refused = _refused(entry, issue.where.path)
        found = _matching(refused, definition, index) or _near(refused, definition, issue)
        candidates = found[:MAX_CANDIDATES]
        text = _AMBIGUOUS if len(found) > 1 else _UNLISTED
    else:
        candidates = tuple(islice(_candidates(definition, issue), MAX_CANDIDATES))
    where = issue.where
    keep = f"{KEEP}{issue.rule_id}.{where.group_uid}" if issue.overridable else ""
    target = _target(entry, field_id, where.group_id)
    place = _name(entry, field_id)
    choose = bool(definition and definition.vocabulary)
    return Message(kind, text, target, place, issue.rule_id, candidates, choose, refused, keep, issue.override_reason)


def _typed(entry: Entry | None, field_id: str) -> str:
    return " ".join(entry.texts.get(field_id, ())) if entry else ""


def _kind(issue: Issue) -> str:
    if issue.override_reason:
        return "kept"
    if issue.rule_id == _MISSING:
        return "missing"
    return "hint" if issue.severity is Severity.INFORMATION else issue.severity.value


def _place(sheet: Sheet, where: Where, path: str) -> tuple[Entry | None, str]:
    """Return the entry and the field an issue is about."""
    there = [entry for entry in sheet.entries if entry.in_draft]
    found = _GROUP.match(path)
    if found and int(found[1]) < len(there):
        entry = there[int(found[1])]
        return entry, where.field_id or (_field_at(entry, int(found[2])) if found[2] else "")
    single = [entry for entry in sheet.of(where.group_id) if not entry.definition.repeats]
    named = [entry for entry in sheet.of(where.group_id) if where.group_uid and entry.uid == where.group_uid]
    return next(iter((*single, *named)), None), where.field_id


def _field_at(entry: Entry, position: int) -> str:
    return _item_at(entry, position)[0]


def _item_at(entry: Entry, position: int) -> tuple[str, str]:
    """Return field and text of the item at ``position``, as `sheet.to_draft` orders them."""
    order = [
        (field_id, text)
        for field_id in entry.definition.fields
        for text in entry.texts.get(field_id, ())
        if text.strip()
    ]
    return order[position] if position < len(order) else ("", "")


def _refused(entry: Entry | None, path: str) -> str:
    """Return the text of the answer that an issue is about."""
    found = _GROUP.match(path)
    return _item_at(entry, int(found[2]))[1].strip() if entry and found and found[2] else ""


def _target(entry: Entry | None, field_id: str, group_id: str) -> str:
    if entry is None:
        return f"group-{group_id}" if group_id else ""
    return f"{entry.key}.{field_id}" if field_id in entry.definition.fields else entry.key


def _name(entry: Entry | None, field_id: str, between: str = ", ") -> str:
    if entry is None:
        return ""
    definition: GroupDefinition = entry.definition
    name = f"{definition.title} {entry.number}" if definition.repeats else definition.title
    label = definition.fields[field_id].label if field_id in definition.fields else name
    return name if label == name else f"{name}{between}{label}"


def _candidates(definition: Field | None, issue: Issue) -> Iterator[str]:
    """Yield what would be accepted, in words."""
    if issue.rule_id in {_MISSING, _NOT_A_DATE, _WRONG_KIND}:
        return
    vocabulary = definition.vocabulary if definition else None
    if definition and definition.kind is Kind.LEVELS and len(issue.accepted) > MAX_CANDIDATES:
        yield LEVELS  # nothing is like what was typed: the first of all levels would look like all there are
        return
    if vocabulary is None:
        units = definition.units if definition and definition.units else {}
        yield from (units[one].display if one in units else accepted(one, definition) for one in issue.accepted)
        return
    for code in issue.accepted:
        yield vocabulary.terms[code].display if code in vocabulary.terms else code


def _matching(text: str, definition: Field | None, index: SearchIndex) -> tuple[str, ...]:
    """Return the terms that what was typed may mean, in words; none where nothing is like it."""
    if not (text and definition and definition.vocabulary):
        return ()
    matches = index.search(text, definition.vocabulary.id)
    return tuple(dict.fromkeys(match.term.display for match in matches))


def _near(text: str, definition: Field | None, issue: Issue) -> tuple[str, ...]:
    """Return the terms that are written much like what was typed, of those the issue names, in words."""
    terms = definition.vocabulary.terms if definition and definition.vocabulary else {}
    close = difflib.get_close_matches(text[:80].casefold(), issue.accepted, n=3)
    return tuple(terms[code].display for code in close if code in terms)
