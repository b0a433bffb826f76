"""Report templates: sections of groups of fields, compiled once and shared by every report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from emh_report.codes import Concept
from emh_report.conditions import Condition
from emh_report.decimals import Unit
from emh_report.vocabulary import Term, Vocabulary


class Kind(StrEnum):
    """What kind of value a field takes."""

    CODED = "coded"
    QUANTITY = "quantity"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_TIME = "datetime"
    TEXT = "text"
    LEVELS = "levels"
    MEASUREMENT = "measurement"
    IMAGE = "image"


class Role(StrEnum):
    """The part a field or group plays in a report. Exporters and the narrative branch on these only."""

    SITE = "site"
    LATERALITY = "laterality"
    LEVELS = "levels"
    PRESENCE = "presence"
    MEASUREMENT = "measurement"
    FEATURE = "feature"
    CERTAINTY = "certainty"
    BASIS = "basis"
    DIFFERENTIAL = "differential"
    COMPLICATION = "complication"
    CHANGE = "change"
    CAUSE = "cause"
    CAUSE_STATUS = "cause-status"
    CAUSE_SOURCE = "cause-source"
    MEDICATION = "medication"
    PROCEDURE = "procedure"
    HISTORY = "history"
    COMPARISON = "comparison"
    FINDING = "finding"
    IMPRESSION = "impression"
    RECOMMENDATION = "recommendation"
    COMMUNICATION = "communication"
    CRITICAL = "critical"
    IMAGE = "image"
    ORGAN = "organ"
    REMARK = "remark"
    OTHER = "other"


class Bounds(NamedTuple):
    """Inclusive limits in the field's first unit."""

    low: Decimal
    high: Decimal
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Says:
    """Whole clauses for a yes/no question. ``quiet``: a no needs no words."""

    true: str = ""
    false: str = ""
    unknown: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One question. ``when`` says when it is asked, ``required_when`` when it also needs an answer."""

    id: str
    label: str
    kind: Kind
    role: Role
    concept: Concept
    repeats: bool = False
    required: bool = False
    vocabulary: Vocabulary | None = None
    units: Mapping[str, Unit] | None = None
    bounds: Bounds | None = None
    when: Condition | None = None
    required_when: Condition | None = None
    help: str = ""
    phrase: str = ""
    says: Says = Says()
    references: tuple[str, ...] = ()

    @property
    def reference_unit(self) -> Unit | None:
        """The first unit, in which limits and rules are stated."""
        return next(iter(self.units.values())) if self.units else None


@dataclass(frozen=True, slots=True, eq=False)
class GroupDefinition:
    """A group of questions. ``key`` names the field that tells instances apart (organ)."""

    id: str
    title: str
    section: str
    repeats: bool
    role: Role
    key: str
    required_keys: tuple[str, ...]
    at_least: int
    fields: Mapping[str, Field]


class Renamed(NamedTuple):
    """What had another name in an older version of a template: old to new, and for answers (question, old code) to new.

    Questions of answers go by the names they have now.
    """

    groups: Mapping[str, str]
    fields: Mapping[str, str]
    answers: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A report template. ``content_hash`` is the SHA-256 of everything that gives its answers meaning.

    ``study_types`` are the examinations that it is meant for; ``any_study`` is the one that is true of every report.
    """

    id: str
    title: str
    version: str
    description: str
    language: str
    modalities: tuple[str, ...]
    body_regions: tuple[str, ...]
    study_types: tuple[Term, ...]
    any_study: Term
    sections: tuple[Term, ...]
    groups: Mapping[str, GroupDefinition]
    content_hash: str
    renamed: Renamed
