"""A report as typed: groups of items, before anything is checked.

Nothing here is validated. Values are named tuples because a draft of a hundred answers is built
for every keystroke a form validates.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class ReportMode(StrEnum):
    """How the report relates to the order it is read for."""

    STANDALONE = "standalone"
    COMPANION = "companion"


class Absent(StrEnum):
    """Why a question has no value although it was answered."""

    UNKNOWN = "unknown"
    NOT_EVALUABLE = "not-evaluable"
    NOT_APPLICABLE = "not-applicable"


class Coded(NamedTuple):
    """A choice from a vocabulary; ``text`` goes with terms that ask for it."""

    code: str
    display: str = ""
    text: str = ""


class Quantity(NamedTuple):
    """A decimal as typed, and its UCUM unit (empty only where the field has one unit)."""

    value: str
    unit: str = ""


class Integer(NamedTuple):
    """A whole number."""

    value: int


class Boolean(NamedTuple):
    """Yes or no."""

    value: bool


class Date(NamedTuple):
    """A date with the precision that is known: YYYY, YYYY-MM or YYYY-MM-DD."""

    value: str


class DateTime(NamedTuple):
    """A partial date, or a full date and time with time zone (RFC 3339)."""

    value: str


class Text(NamedTuple):
    """Free text."""

    value: str


class Levels(NamedTuple):
    """A range of vertebral levels, cranial to caudal, and how they were counted."""

    upper: str
    lower: str
    numbering: str = ""


class Measurement(NamedTuple):
    """One to three axes of one lesion as typed, and their UCUM unit."""

    axes: tuple[str, ...]
    unit: str = ""


class Image(NamedTuple):
    """The image that shows a finding: DICOM UIDs, or series and image number."""

    study_instance_uid: str = ""
    series_instance_uid: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    frames: tuple[int, ...] = ()
    series_number: int = 0
    instance_number: int = 0


Value = Coded | Quantity | Integer | Boolean | Date | DateTime | Text | Levels | Measurement | Image | Absent


class Item(NamedTuple):
    """One answer: one field, one value. ``None`` is an item that was sent without a value."""

    field_id: str
    value: Value | None


class Group(NamedTuple):
    """One instance of a group: one lesion, one organ, one prior examination."""

    group_id: str
    uid: str
    items: tuple[Item, ...]


class Override(NamedTuple):
    """A warning the author decided to keep, with the reason."""

    rule_id: str
    group_uid: str
    reason: str


class Draft(NamedTuple):
    """One report as typed."""

    template_id: str
    template_version: str
    groups: tuple[Group, ...]
    template_hash: str = ""
    mode: ReportMode = ReportMode.STANDALONE
    overrides: tuple[Override, ...] = ()
