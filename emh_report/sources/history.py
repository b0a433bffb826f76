"""Earlier examinations of a patient as PACS and RIS list them: to be read, nothing of them is a report here. Pure.

A patient is who has the same number of the same namespace; whoever is contradicted by a birth date is somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from emh_report.context import Context, Identifier, Patient
from emh_report.dates import is_before
from emh_report.phrases import phrase
from emh_report.sources.agreement import agree

ANOTHER: Final = phrase("not surely of this patient")
"""Why an examination is not listed."""


class Examination(NamedTuple):
    """One examination: when, by what, in words of the source. ``reported``: the source has a report of it.

    ``study_instance_uid`` is empty for a report that names no images; ``source`` is the title of who lists it.
    """

    started: str
    modalities: tuple[str, ...] = ()
    description: str = ""
    study_instance_uid: str = ""
    reported: bool = False
    source: str = ""


class History(NamedTuple):
    """Examinations, newest first, and lines about what is not among them. No line says anything of a patient."""

    examinations: tuple[Examination, ...] = ()
    lines: tuple[str, ...] = ()


def numbers(patient: Patient) -> Iterator[Identifier]:
    """Yield the numbers that a patient can be asked for by: those with a namespace."""
    yield from (number for number in patient.identifiers if number.system and number.value)


def is_same(one: Patient, other: Patient) -> bool:
    """Whether two are known as one patient: by a number of one namespace, with nothing that speaks against it."""
    return not set(numbers(one)).isdisjoint(numbers(other)) and agree((one, other))


def before(found: Iterable[Examination], context: Context) -> tuple[Examination, ...]:
    """Return examinations that may be earlier than that of a context, each study once, newest first."""
    own = {study.study_instance_uid for study in context.studies}
    known: dict[str, Examination] = {}
    unnamed: list[Examination] = []
    for one in found:
        uid = one.study_instance_uid
        if uid in own or (context.exam_date and is_before(context.exam_date, one.started)):
            continue
        if not uid:
            unnamed.append(one)
        else:
            known[uid] = _joined(known.get(uid, one), one)
    return tuple(sorted((*known.values(), *unnamed), key=lambda one: one.started, reverse=True))


def _joined(one: Examination, other: Examination) -> Examination:
    """Return one examination as two sources have it: what the first one leaves out is taken from the other."""
    return one._replace(
        started=one.started or other.started,
        modalities=one.modalities or other.modalities,
        description=one.description or other.description,
        reported=one.reported or other.reported,
    )
