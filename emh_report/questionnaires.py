"""The use cases of FHIR forms: the Questionnaire of a template, responses out of drafts, drafts out of responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emh_report.catalog import Catalog
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.export import Exported
from emh_report.prefill import prefill
from emh_report.values import LevelTables

if TYPE_CHECKING:
    from emh_report.export.questionnaire import Release
    from emh_report.intake.answers import Answers

MEDIA_TYPE = "application/fhir+json; fhirVersion="


def questionnaire(
    catalog: Catalog, template_id: str, release: Release, version: str = "", *, extraction: str = "observation"
) -> Exported:
    """Return the Questionnaire of a template; the newest version where none is named. Raises NotFoundError.

    ``extraction``: ``template`` adds Observation templates, which make it a good third larger.
    """
    from emh_report.export import questionnaire as exporter

    template = catalog.plan(template_id, version).template
    content = exporter.to_bytes(template, _tables(catalog), release, exporter.Extraction(extraction))
    return Exported(content, f"{MEDIA_TYPE}{exporter.NAMES[release].fhir}")


def as_resource(catalog: Catalog, template_id: str, release: Release, version: str = "") -> dict[str, Any]:
    """Return the same as JSON; decimals are Decimal objects with their digits. Raises NotFoundError."""
    from emh_report.export import questionnaire as exporter

    return exporter.questionnaire(catalog.plan(template_id, version).template, _tables(catalog), release)


def response(catalog: Catalog, draft: Draft, context: Context) -> bytes:
    """Return the QuestionnaireResponse that says what ``draft`` says; the same for R4 and R5.

    Raises NotFoundError for a template that is not installed, and InputError with the path of every answer that is
    none to its questions.
    """
    from emh_report.export import questionnaire as exporter

    template = catalog.plan(draft.template_id, draft.template_version).template
    return exporter.to_json(exporter.response(template, _tables(catalog), draft, context))


def prefilled(catalog: Catalog, template_id: str, context: Context) -> bytes:
    """Return a QuestionnaireResponse with what the context tells, to open a form with. Raises NotFoundError."""
    return response(catalog, prefill(catalog.plan(template_id).template, context), context)


def read_answers(catalog: Catalog, content: bytes) -> Answers:
    """Return the draft that a QuestionnaireResponse says. Raises InputError and LimitError."""
    from emh_report.intake import answers

    return answers.read_answers(catalog, content)


def _tables(catalog: Catalog) -> LevelTables:
    return LevelTables(catalog.vocabulary("vertebral-level"), catalog.vocabulary("level-numbering"))
