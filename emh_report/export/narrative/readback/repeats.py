"""Which answers another group says for them: a complication for a finding, or a finding for a complication.

The reading side of repeats.py, which it does not use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from emh_report.draft import Boolean
from emh_report.export.narrative.readback.claim import POLAR, frame, is_polar, subject
from emh_report.export.narrative.readback.spellings import spelled
from emh_report.report import Amount, Choice, ReportGroup, ReportItem
from emh_report.template import Role

YES: Final = Boolean(value=True)
DOUBTED: Final = r"\b(?:no|not|without|suspected|indeterminate|equivocal|possible)\b"


def said_once(groups: Sequence[ReportGroup]) -> list[ReportGroup]:
    """Return the groups with the answers that their own paragraphs say."""
    found = list(groups)
    for complication in [group for group in groups if group.definition.role is Role.COMPLICATION]:
        parts = {item.field.role: item.value for item in complication.items}
        what, presence = parts.get(Role.COMPLICATION), parts.get(Role.PRESENCE)
        if not isinstance(what, Choice) or not isinstance(presence, Choice) or what.text or presence.text:
            continue
        if presence.term.code not in ("present", "suspected"):
            continue
        name = POLAR[presence.term.code].format(what.term.phrase)
        side = parts.get(Role.LATERALITY)
        code = side.term.code if isinstance(side, Choice) else ""
        named = {Role.COMPLICATION, Role.PRESENCE, Role.LATERALITY}
        more = [item for item in complication.items if item.field.role not in named]
        bare = all(_is_degree_of(item, what.term.phrase) for item in more)
        _settle(found, complication, name, code, bare=bare)
    return found


def _is_degree_of(item: ReportItem, name: str) -> bool:
    """Whether a degree is a word of the name itself: "severe"."""
    degree = item.value
    if item.field.role is not Role.FEATURE or item.field.repeats or not isinstance(degree, Choice) or degree.text:
        return False
    return re.search(rf"(?:^| ){re.escape(degree.term.phrase)}(?: |$)", name.casefold()) is not None


def _settle(found: list[ReportGroup], complication: ReportGroup, name: str, code: str, *, bare: bool) -> None:
    """Take out the first finding that says a complication, or the complication that a finding says."""
    section = complication.definition.section
    for index, group in enumerate(found):
        if group.definition.section != section or group.definition.role not in (Role.ORGAN, Role.OTHER):
            continue
        for item in group.items:
            side = _side(item, group)
            if not _says(item, name) or code not in ("", side):
                continue
            if bare:
                found[:] = [replace(one, items=()) if one is complication else one for one in found]
            elif item.value != YES and _words(item) == name and side == code and not _goes_on(item, group):
                kept = tuple(one for one in group.items if one is not item)
                own = {Role.ORGAN, Role.LATERALITY} if group.definition.role is Role.ORGAN else set()
                if any(one.field.role not in own for one in kept):
                    found[index] = replace(group, items=kept)
            return


def _words(item: ReportItem) -> str:
    value = item.value
    if value == YES:
        there = re.fullmatch(r"There is (.+)\.", item.field.says.true)
        return there[1] if there else ""
    if not isinstance(value, Choice) or value.text:
        return ""
    if is_polar(item.field):
        return POLAR[value.term.code].format(subject(item.field))
    return frame(item.field, several=False).replace("{value}", spelled(value))


def _says(item: ReportItem, name: str) -> bool:
    if item.field.role in (Role.ORGAN, Role.LATERALITY):
        return False
    if isinstance(item.value, Amount):
        some = re.search(r"[1-9]", item.value.text) is not None and not item.value.text.startswith("-")
        return some and frame(item.field, several=False) == f"{name} {{value}}"
    words = _words(item)
    ends = re.fullmatch(rf"(.* )?{re.escape(name)}", words)
    return ends is not None and (words == name or re.search(DOUBTED, ends[1]) is None)


def _side(item: ReportItem, group: ReportGroup) -> str:
    """Return the side of a finding: what is asked behind it, or the side of its organ."""
    fields = list(group.definition.fields.values())
    behind = fields[fields.index(item.field) + 1 :][:1]
    sides = [one for one in group.items if one.field.role is Role.LATERALITY]
    own = [one for one in sides if one.field in behind]
    chosen = own or (sides if group.definition.role is Role.ORGAN else [])
    value = chosen[0].value if chosen else None
    return value.term.code if isinstance(value, Choice) else ""


def _goes_on(item: ReportItem, group: ReportGroup) -> bool:
    """Whether the answer behind a finding goes on from it: "(left)", "in the frontal lobe"."""
    items = list(group.items)
    behind = items[items.index(item) + 1 :][:1]
    return any(re.match(r"\(|(?:at|in|of|on|with|relative|over) ", frame(one.field, several=False)) for one in behind)
