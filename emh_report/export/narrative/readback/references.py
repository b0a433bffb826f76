"""Groups as a narrative tells them, and the identifiers it lists at its end; the reading side of references.py."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from emh_report.draft import Image, Text
from emh_report.export.narrative.readback.spellings import Pointed, uids
from emh_report.report import Choice, LevelRange, Report, ReportGroup, ReportItem

_UID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*)){4,}", re.ASCII)


def told_groups(report: Report) -> list[ReportGroup]:
    """Return the groups without what the narrative says once for all of them or lists at its end."""
    once = bool(numbering_once(report))
    seen = 0
    found = []
    for group in report.groups:
        items: list[ReportItem] = []
        for item in group.items:
            value = item.value
            if isinstance(value, Image) and uids(value):
                seen += 1
                items.append(item._replace(value=Pointed(seen, value)))  # type: ignore[arg-type]  # spelled as such
            elif once and isinstance(value, LevelRange) and group.definition.section == "findings":
                items.append(item._replace(value=value._replace(numbering=None)))
            elif not _is_uid(value):
                items.append(item)
        found.append(replace(group, items=tuple(items)))
    return found


def numbering_note(report: Report) -> str:
    """Return what is said before the findings on how levels were counted; empty where a question of its own says it."""
    counted = numbering_once(report)
    answers = [item.value for group in report.in_section("findings") for item in group.items]
    asked = any(
        isinstance(value, Choice) and value.term.vocabulary_id == "level-numbering" and value.term.phrase == counted
        for value in answers
    )
    return "" if asked else counted


def numbering_once(report: Report) -> str:
    """Return how levels were counted where several ranges agree on it; empty where each says it for itself."""
    counted = [
        item.value.numbering
        for group in report.in_section("findings")
        for item in group.items
        if isinstance(item.value, LevelRange)
    ]
    first = counted[0] if len(counted) > 1 else None
    return first.phrase if first is not None and set(map(id, counted)) == {id(first)} else ""


def identifier_lines(report: Report, only: Collection[str] | None) -> Iterator[tuple[str, str]]:
    """Yield (where, line) for every identifier that has to be listed: what it is of, then the identifier."""
    seen = 0
    for group in report.groups:
        told = only is None or group.definition.section in only
        for field, value in group.items:
            where = f"{group.definition.section}/{group.uid}/{field.id}"
            if isinstance(value, Image) and uids(value):
                seen += 1
                if told:
                    yield where, rf"Key image {seen} \([^:]*\): {re.escape(uids(value))}\."
            elif told and isinstance(value, Text) and _is_uid(value):
                yield where, rf"{re.escape(field.label)} \([^:]*\): {re.escape(value.value)}\."


def _is_uid(value: object) -> bool:
    return isinstance(value, Text) and _UID.fullmatch(value.value) is not None
