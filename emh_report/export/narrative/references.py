"""What a report says once for all its lesions: how levels were counted, and the identifiers of images.

Identifiers are for systems. They stand in a list at the end, and the text refers to an image by number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Final

from emh_report.draft import Image, Text
from emh_report.export.narrative.paragraphs import Paragraph
from emh_report.export.narrative.words import KeyImage, capitalized, identifiers, inside
from emh_report.report import Choice, LevelRange, Report, ReportGroup, ReportItem
from emh_report.vocabulary import Term

SEVERAL: Final = 2
"""From so many ranges of levels on, a numbering that all of them share is said once."""
_SPECIAL: Final = frozenset({Image, LevelRange, Text})
"""Values that may be told otherwise than they are."""
_UID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){4,}", re.ASCII)
"""A text that is nothing but a DICOM UID."""


def _is_uid(value: object) -> bool:
    """Whether an answer is an identifier for systems, which no reader reads."""
    return isinstance(value, Text) and _UID.fullmatch(value.value) is not None


def as_told(report: Report, section: str) -> tuple[list[ReportGroup], list[Paragraph]]:
    """Return the groups as the text tells them, and what it says once about the levels of ``section``."""
    ranges = [
        item.value
        for group in report.groups
        if group.definition.section == section
        for item in group.items
        if type(item.value) is LevelRange
    ]
    numbering = ranges[0].numbering if len(ranges) >= SEVERAL else None
    shared = numbering is not None and all(levels.numbering is numbering for levels in ranges)
    numbers = count(1)
    told = [_told(group, numbers, shared=shared and group.definition.section == section) for group in report.groups]
    if numbering is None or not shared or _is_answered(report, section, numbering):
        return told, []
    return told, [Paragraph("", (f"{capitalized(numbering.phrase)}.",))]


def _is_answered(report: Report, section: str, numbering: Term) -> bool:
    """Whether a question of its own says how levels were counted."""
    answers = (item.value for group in report.groups if group.definition.section == section for item in group.items)
    return any(
        isinstance(value, Choice)
        and value.term.code == numbering.code
        and value.term.vocabulary_id == numbering.vocabulary_id
        for value in answers
    )


def _told(group: ReportGroup, numbers: Iterator[int], *, shared: bool) -> ReportGroup:
    """Return a group as the text tells it: most of them as they are."""
    special = [(place, item) for place, item in enumerate(group.items) if type(item.value) in _SPECIAL]
    told = {place: _referred(item, numbers, shared=shared) for place, item in special}
    if all(told[place] is item for place, item in special):
        return group
    items: list[ReportItem | None] = list(group.items)
    for place, item in told.items():
        items[place] = item
    return replace(group, items=tuple([item for item in items if item is not None]))


def _referred(item: ReportItem, numbers: Iterator[int], *, shared: bool) -> ReportItem | None:
    """Return an answer as the text tells it; None for an identifier, which no reader reads."""
    value = item.value
    if isinstance(value, Image) and identifiers(value):
        return item._replace(value=KeyImage(next(numbers), value))  # type: ignore[arg-type]  # words.py knows it
    if shared and isinstance(value, LevelRange):
        return item._replace(value=value._replace(numbering=None))
    return None if _is_uid(value) else item


def identifier_paragraphs(report: Report, names: Mapping[str, str], only: Collection[str] | None) -> list[Paragraph]:
    """Return the identifiers of the images and lesions in the sections ``only``, one in a line."""
    found = []
    numbers = count(1)
    for group in report.groups:
        told = only is None or group.definition.section in only
        for field, value in [item for item in group.items if type(item.value) in _SPECIAL]:
            if isinstance(value, Image) and identifiers(value):
                number = next(numbers)  # counted through all sections, as the text counts
                head = f"Key image {number} ({_of(group, names)})"
                found += [Paragraph(head, [f"{identifiers(value)}."])] if told else []
            elif told and isinstance(value, Text) and _is_uid(value):
                found.append(Paragraph(f"{field.label} ({_of(group, names)})", [f"{value.value}."]))
    return found


def _of(group: ReportGroup, names: Mapping[str, str]) -> str:
    """Return what an identifier is of, inside a sentence."""
    name, title = names[group.uid], group.definition.title
    return inside(name if name.startswith(title) else title)
