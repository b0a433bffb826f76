"""Studies on the worklist: those that PACS and RIS answer, and those to try the form on.

The latter are the published case that is shipped, and invented studies without answers, all marked as test data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

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


_INVENTED: Final = (
    ("spine-mr", "emh-mri-spine", "MR", "MR whole spine", "Back pain, known beta thalassemia", "1989-03-02", Sex.MALE),
    ("body-ct", "emh-ct-body", "CT", "CT chest, abdomen and pelvis", "Paravertebral mass", "1971-11-20", Sex.FEMALE),
    ("abdomen-us", "emh-us-abdomen", "US", "Ultrasound abdomen", "Myelofibrosis, spleen size", "1958-06-14", Sex.MALE),
    ("chest-cr", "emh-chest-radiograph", "CR", "Chest radiograph, two views", "Cough", "1995-01-30", Sex.FEMALE),
    ("quick-ct", "emh-minimal", "CT", "CT abdomen", "Trauma; incidental mass", "1983-08-08", Sex.MALE),
)
"""Id, template, modality, description, reason for the order, birth date, sex."""


def samples() -> Mapping[str, Sample]:
    """Return the studies by id, in the order of the worklist."""
    draft, context = demo.read_case()
    case = Sample("case-009", draft.template_id, _as_draft(context), draft, demo.CITATION)
    found = [_invented(number, context, *row) for number, row in enumerate(_INVENTED, 1)]
    return {sample.id: sample for sample in (*found, case)}


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


def _invented(  # noqa: PLR0913, PLR0917 - one row of the table
    number: int, base: Context, id_: str, template: str, modality: str, text: str, reason: str, born: str, sex: Sex
) -> Sample:
    accession = Identifier(base.orders[0].accession.system, f"ACC-SAMPLE-{number}")
    patient_id = Identifier(base.patient.identifiers[0].system, f"MRN-SAMPLE-{number}")
    identity = ReportIdentity(Identifier(base.report.identifier.system, f"REP-SAMPLE-{number}"))
    patient = Patient((patient_id,), "Fictional", (f"Sample {number}",), born, sex)
    study = Study(f"2.25.{number}00{number}", (modality,), "2026-05-04", text, accession.value)
    order = Order(accession, Identifier(), text, reason)
    context = replace(base, report=identity, patient=patient, orders=(order,), studies=(study,))
    return Sample(id_, template, context)
