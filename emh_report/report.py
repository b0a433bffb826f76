"""The report: a tree of (concept, value), fully resolved and immutable.

A report is groups of items; an item is a field, which carries concept, role and label, and a value,
which carries its term and codes. An exporter walks it and needs no template, vocabulary or look-up.
Only validation.py builds one, so a report that exists is valid for the state it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from emh_report.context import COMPLETE_STATUSES, Context
from emh_report.decimals import Unit
from emh_report.draft import Absent, Boolean, Date, DateTime, Image, Integer, ReportMode, Text
from emh_report.issues import Issue, Where
from emh_report.template import Field, GroupDefinition, Role, Template
from emh_report.vocabulary import Term


class Choice(NamedTuple):
    """A term, and what was written where the term asks for more."""

    term: Term
    text: str = ""


class Amount(NamedTuple):
    """A decimal exactly as entered, its unit, and the number in that unit."""

    text: str
    unit: Unit
    number: Decimal


class Axes(NamedTuple):
    """One to three axes exactly as entered, in one unit."""

    texts: tuple[str, ...]
    unit: Unit
    numbers: tuple[Decimal, ...]


class LevelRange(NamedTuple):
    """A range of vertebral levels; equal ends are a single level."""

    upper: Term
    lower: Term
    numbering: Term | None


Resolved = Choice | Amount | Axes | LevelRange | Integer | Boolean | Date | DateTime | Text | Image | Absent


class ReportItem(NamedTuple):
    """One answered question."""

    field: Field
    value: Resolved


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """One instance of a group; ``uid`` is its identity in every version of the report."""

    definition: GroupDefinition
    uid: str
    items: tuple[ReportItem, ...]

    def first(self, role: Role) -> ReportItem | None:
        """Return the first item that plays ``role``, or None."""
        for item in self.items:
            if item[0].role is role:
                return item
        return None

    def of(self, field_id: str) -> Iterator[ReportItem]:
        """Yield the items of one field, in the order they were entered."""
        return iter([item for item in self.items if item[0].id == field_id])

    def code(self, field_id: str) -> str:
        """Return the code chosen for a coded field; empty when there is none."""
        item = next(self.of(field_id), None)
        return item.value.term.code if item and isinstance(item.value, Choice) else ""


class CriticalFinding(NamedTuple):
    """A finding that must be told to someone, with its ACR category (cat-1 minutes, cat-2 hours, cat-3 days)."""

    rule_id: str
    urgency: str
    label: str
    group_uid: str


class Unresolved(NamedTuple):
    """An answer that was not accepted and is carried as typed, so that a preliminary report loses nothing."""

    where: Where
    label: str
    as_typed: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report that may be released in the state its context names.

    ``issues`` are those it was released with: none of severity error for a complete report.
    ``study_type`` is the examination, as far as the answers tell.
    ``pending_reason`` is why the communication of a critical result is still open; empty also where nobody said why.
    """

    template: Template
    context: Context
    mode: ReportMode
    study_type: Term
    groups: tuple[ReportGroup, ...]
    critical: tuple[CriticalFinding, ...] = ()
    issues: tuple[Issue, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    pending_reason: str = ""

    @property
    def title(self) -> str:
        """What the report is called: as its template where that is true of the examination, else as this was."""
        template = self.template
        usual = not template.study_types or self.study_type is template.study_types[0]
        return template.title if usual else self.study_type.display

    @property
    def complete(self) -> bool:
        """Whether the report claims completeness: final, corrected or appended."""
        return self.context.report.status in COMPLETE_STATUSES

    @property
    def missing(self) -> tuple[Issue, ...]:
        """Required questions without an answer: what a preliminary report labels as incomplete."""
        return tuple([issue for issue in self.issues if issue.rule_id == "missing-required"])

    def instances(self, group_id: str) -> tuple[ReportGroup, ...]:
        """Return the instances of one group, in order."""
        return tuple(group for group in self.groups if group.definition.id == group_id)

    def in_role(self, role: Role) -> tuple[ReportGroup, ...]:
        """Return the instances of all groups that play ``role``, in order."""
        return tuple([group for group in self.groups if group.definition.role is role])

    def in_section(self, section: str) -> tuple[ReportGroup, ...]:
        """Return the group instances of one section, in order."""
        return tuple(group for group in self.groups if group.definition.section == section)


class SectionText(NamedTuple):
    """The narrative of one section, as plain text and as an HTML fragment without its heading."""

    section: Term
    text: str
    html: str


class Narrative(NamedTuple):
    """The narrative of a report: whole and by section. ``impression`` is the text of its conclusion."""

    text: str
    html: str
    sections: tuple[SectionText, ...]
    impression: str
