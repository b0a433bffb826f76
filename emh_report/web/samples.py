"""Studies on the worklist: those that PACS and RIS answer, and those to try the form on.

The latter are the published case that is shipped, and invented studies without answers, all marked as test data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from emh_report import demo
from emh_report.context import Context, Identifier, Order, Patient, ReportIdentity, ReportStatus, Sex, Study
from emh_report.draft import Draft
from emh_report.sources import Found
from emh_report.suggestions import Suggestions


@dataclass(frozen=True, slots=True)
class Sample:
    """One study on the worklist; ``template_id`` is the template that fits it best."""

    id: str
    template_id: str
    context: Context
    draft: Draft | None = None
    note: str = ""


class _Invented(NamedTuple):
    """What is invented of a study. ``patient`` is a number: studies of the same one are of one patient."""

    id: str
    template_id: str
    modality: str
    description: str
    reason: str
    patient: int
    started: str = "2026-05-04"


_PATIENTS: Final = {
    1: ("1989-03-02", Sex.MALE),
    2: ("1971-11-20", Sex.FEMALE),
    3: ("1958-06-14", Sex.MALE),
    4: ("1995-01-30", Sex.FEMALE),
    5: ("1983-08-08", Sex.MALE),
    6: ("1992-09-17", Sex.FEMALE),
}
"""Number of an invented patient → birth date and sex."""

EARLIER: Final = "course-ct"
"""The study whose report is complete, so that the later one of its patient can follow it up."""

_INVENTED: Final = (
    _Invented("spine-mr", "emh-mri-spine", "MR", "MR whole spine", "Back pain, known beta thalassemia", 1),
    _Invented("body-ct", "emh-ct-body", "CT", "CT chest, abdomen and pelvis", "Paravertebral mass", 2),
    _Invented("abdomen-us", "emh-us-abdomen", "US", "Ultrasound abdomen", "Myelofibrosis, spleen size", 3),
    _Invented("chest-cr", "emh-chest-radiograph", "CR", "Chest radiograph, two views", "Cough", 4),
    _Invented("quick-ct", "emh-minimal", "CT", "CT abdomen", "Trauma; incidental mass", 5),
    _Invented(EARLIER, "emh-minimal", "CT", "CT chest and abdomen", "Masses on a radiograph", 6, "2025-10-06"),
    _Invented("course-ct-later", "emh-followup", "CT", "CT chest and abdomen, follow-up", "Course of masses", 6),
)


def samples() -> Mapping[str, Sample]:
    """Return the studies by id, in the order of the worklist."""
    draft, context = demo.read_case()
    case = Sample("case-009", draft.template_id, _as_draft(context), draft, demo.CITATION)
    found = {row.id: _invented(number, context, row) for number, row in enumerate(_INVENTED, 1)}
    found[EARLIER] = replace(found[EARLIER], draft=demo.read_earlier())
    return {**found, case.id: case}


def of_source(found: Found, suggestions: Suggestions) -> Sample:
    """Return a study of a source, with the template that its modalities and the words for it suggest."""
    context = found.context
    modalities = {code for study in context.studies for code in study.modalities}
    texts = [*found.body_parts, *(order.description for order in context.orders)]
    for study in context.studies:
        texts += [study.description, *(series.description for series in study.series)]
    return Sample(found.id, suggestions.template(modalities, texts), context)


def _as_draft(context: Context) -> Context:
    return replace(context, report=replace(context.report, status=ReportStatus.DRAFT, issued=""))


def _invented(number: int, base: Context, row: _Invented) -> Sample:
    accession = Identifier(base.orders[0].accession.system, f"ACC-SAMPLE-{number}")
    patient_id = Identifier(base.patient.identifiers[0].system, f"MRN-SAMPLE-{row.patient}")
    identity = ReportIdentity(Identifier(base.report.identifier.system, f"REP-SAMPLE-{number}"))
    patient = Patient((patient_id,), "Fictional", (f"Sample {row.patient}",), *_PATIENTS[row.patient])
    study = Study(f"2.25.{number}00{number}", (row.modality,), row.started, row.description, accession.value)
    order = Order(accession, Identifier(), row.description, row.reason)
    context = replace(base, report=identity, patient=patient, orders=(order,), studies=(study,))
    return Sample(row.id, row.template_id, context)
