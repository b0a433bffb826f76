"""Who and what a report is about: patient, orders, studies, authors, and the report's identity.

A context comes from RIS and PACS, never from the form. `facts` turns it into what conditions and
rules may read; context_issues.py says what a receiver could not do without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from emh_report.dates import age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emh_report.conditions import Fact


class Sex(StrEnum):
    """Administrative sex, FHIR administrative-gender."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class Focus(StrEnum):
    """Who the images show: the patient, or the fetus of the patient."""

    PATIENT = "patient"
    FETUS = "fetus"


class ReportStatus(StrEnum):
    """State in which the report is to be released."""

    DRAFT = "draft"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    CORRECTED = "corrected"
    APPENDED = "appended"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


COMPLETE_STATUSES = frozenset({ReportStatus.FINAL, ReportStatus.CORRECTED, ReportStatus.APPENDED})
"""States that claim completeness and need zero errors."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value within a namespace URI."""

    system: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """The subject of the report; for fetal studies the mother."""

    identifiers: tuple[Identifier, ...] = ()
    family: str = ""
    given: tuple[str, ...] = ()
    birth_date: str = ""
    sex: Sex = Sex.UNKNOWN


@dataclass(frozen=True, slots=True)
class Order:
    """An imaging order; ``accession`` is the Accession Number (0008,0050)."""

    accession: Identifier = Identifier()
    placer: Identifier = Identifier()
    description: str = ""
    reason: str = ""

    @property
    def numbered(self) -> bool:
        """Whether it can be told from others: one without a number leaves in no bundle."""
        return bool(self.accession.value or self.placer.value)


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a study that the report refers to."""

    series_instance_uid: str = ""
    number: int = 0
    modality: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """An imaging study; ``modalities`` is Modalities in Study (0008,0061), several for PET/CT."""

    study_instance_uid: str = ""
    modalities: tuple[str, ...] = ()
    started: str = ""
    description: str = ""
    accession: str = ""
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A person who writes or signs reports."""

    identifier: Identifier = Identifier()
    family: str = ""
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization that is responsible for the report."""

    identifier: Identifier = Identifier()
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReportIdentity:
    """Number (same for all versions), version from 1, state, and time of release (RFC 3339)."""

    identifier: Identifier = Identifier()
    version: int = 1
    status: ReportStatus = ReportStatus.DRAFT
    issued: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything around the answers."""

    report: ReportIdentity = ReportIdentity()
    patient: Patient = Patient()
    focus: Focus = Focus.PATIENT
    orders: tuple[Order, ...] = ()
    studies: tuple[Study, ...] = ()
    author: Practitioner = Practitioner()
    supervisor: Practitioner | None = None
    organization: Organization = Organization()
    test_data: bool = False

    @property
    def exam_date(self) -> str:
        """Start of the first study that states one; empty when none does."""
        for study in self.studies:
            if study.started:
                return study.started
        return ""


def same_study(one: Context, other: Context) -> bool:
    """Whether two contexts share a study, by its UID; where one of them has none, by an accession number."""
    studied, also = ({study.study_instance_uid for study in each.studies} - {""} for each in (one, other))
    if studied and also:
        return not studied.isdisjoint(also)
    return not accessions(one).isdisjoint(accessions(other))


def accessions(context: Context) -> set[str]:
    """Return the accession numbers of orders and studies."""
    ordered = {order.accession.value for order in context.orders}
    found = ordered | {study.accession for study in context.studies}
    return {number for number in found if number.strip()}


def known_by(orders: Sequence[Order]) -> list[Identifier]:
    """Return the number by which each order is told from the others: its Accession Number, else that of the placer.

    One accession may stand for several requested procedures (IHE RAD-TF 1): those go by the number of the placer, and
    one that lacks it cannot be told from them: it has an empty one.
    """
    numbers = [order.accession if order.accession.value else order.placer for order in orders]
    if len(orders) < 2 or len(set(numbers)) == len(numbers):  # noqa: PLR2004 - nearly always so
        return numbers
    placed = {order.accession for order in orders if order.placer.value}
    several = {order.accession for order in orders if numbers.count(order.accession) > 1} & placed
    return [
        order.placer if order.accession in several else number for order, number in zip(orders, numbers, strict=True)
    ]


def facts(context: Context, mode: str) -> dict[str, Fact]:
    """What conditions and rules read as ``context.*``. What is not known is not in the result.

    Ages are whole days and whole years from birth to examination; a fetus has none, since the
    patient is then the mother.
    """
    known: dict[str, Fact] = {"focus": context.focus.value, "mode": mode}
    if context.patient.sex is not Sex.UNKNOWN:
        known["sex"] = context.patient.sex.value
    modalities = {code for study in context.studies for code in study.modalities}
    if modalities:
        known["modality"] = frozenset(modalities)
    studies = frozenset(study.study_instance_uid for study in context.studies if study.study_instance_uid)
    if studies:
        known["study-instance-uid"] = studies
    born, exam = context.patient.birth_date, context.exam_date
    if exam:
        known["exam-date"] = exam
    if context.report.issued:
        known["issued"] = context.report.issued
    if born and exam and context.focus is Focus.PATIENT:
        days, years = age(born, exam)
        if years is not None:
            known["age-years"] = years
        if days is not None:
            known["age-days"] = days
    return known


_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")


def is_uid(text: str) -> bool:
    """Whether ``text`` is a DICOM UID: up to 64 characters, numeric components without leading zeros (PS3.5, 9.1)."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None  # noqa: PLR2004 - PS3.5 section 9.1
