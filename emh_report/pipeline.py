"""The use cases: validate a draft, render it, export it. Every door calls these and nothing below them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from emh_report.assessment import Assessment
from emh_report.catalog import Catalog
from emh_report.completeness import Asked
from emh_report.context import COMPLETE_STATUSES, Context, Practitioner, ReportStatus
from emh_report.draft import Draft
from emh_report.errors import InputError, InvalidReportError, NotFoundError
from emh_report.export import Exported, Format, export
from emh_report.issues import Issue, Severity, Where
from emh_report.plan import Plan
from emh_report.report import CriticalFinding, Narrative, Report
from emh_report.validation import assess, build_report, questions

if TYPE_CHECKING:
    from emh_report.intake.imports import Imported


class Verdict(NamedTuple):
    """What was found about a draft and what may be done with it."""

    issues: tuple[Issue, ...]
    critical: tuple[CriticalFinding, ...] = ()
    can_release_preliminary: bool = False
    can_finalize: bool = False
    communication_pending: bool = False
    required: int = 0
    required_answered: int = 0


class Released(NamedTuple):
    """A report in the state its context names, with the verdict it was released under."""

    report: Report
    verdict: Verdict


class Review(NamedTuple):
    """What a form shows while a report is written; no narrative where nothing could be released."""

    verdict: Verdict
    asked: tuple[Asked, ...]
    narrative: Narrative | None = None
    paste: Narrative | None = None


def validate(catalog: Catalog, draft: Draft, context: Context, compared: Sequence[Issue] = ()) -> Verdict:
    """Return every issue of ``draft`` in one pass. Never raises for what the author typed.

    ``compared`` is what a comparison with earlier reports found (`emh_report.priors.contradictions`).
    """
    plan, issues = _plan(catalog, draft)
    if plan is None:
        return Verdict((*issues, *compared))
    return _verdict(assess(plan, draft, context, issues, compared))


def release(catalog: Catalog, draft: Draft, context: Context) -> Released:
    """Return the report in the state ``context`` names; a draft is shown as preliminary would be.

    Raises InvalidReportError with every issue where that state cannot be reached.
    """
    plan, issues = _plan(catalog, draft)
    if plan is None:
        raise InvalidReportError(issues)
    found = assess(plan, draft, context, issues)
    return Released(build_report(found), _verdict(found))


def render(catalog: Catalog, draft: Draft, context: Context) -> tuple[Narrative, Narrative | None, Verdict]:
    """Return the narrative, the section to paste when it is a companion report, and the verdict.

    Raises InvalidReportError where the state that ``context`` names cannot be reached.
    """
    from emh_report.export import narrative

    released = release(catalog, draft, context)
    report = released.report
    section = narrative.paste_section(report) if report.mode == "companion" else None
    return narrative.narrate(report), section, released.verdict


def review(catalog: Catalog, draft: Draft, context: Context) -> Review:
    """Return the verdict, what is asked and the narrative so far, in one pass. Never raises for what was typed."""
    plan, issues = _plan(catalog, draft)
    if plan is None:
        return Review(Verdict(tuple(issues)), ())
    found = assess(plan, draft, context, issues)
    verdict, asked = _verdict(found), questions(found)
    if not found.can_release_preliminary or (context.report.status in COMPLETE_STATUSES and not found.can_finalize):
        return Review(verdict, asked)
    from emh_report.export import narrative

    report = build_report(found)
    section = narrative.paste_section(report) if report.mode == "companion" else None
    return Review(verdict, asked, narrative.narrate(report), section)


def export_report(  # noqa: PLR0913 - one parameter for each choice
    catalog: Catalog,
    draft: Draft,
    context: Context,
    format_: Format,
    *,
    create_patient: bool = False,
    with_pdf: bool = False,
    signature: str = "",
    actor: Practitioner | None = None,
) -> tuple[Exported, Verdict]:
    """Return the report in ``format_`` and the verdict it was released under.

    ``create_patient``: a FHIR bundle carries the patient, to be created where the receiver has none.
    ``with_pdf``: a FHIR bundle presents the report as PDF too, beside the HTML.
    ``signature``: that of a stored version, carried along in the Provenance of its bundle; ``actor``: who made it.
    Raises InvalidReportError where the state that ``context`` names cannot be reached; a draft in
    editing has no state that may leave the house. Raises InputError for ``with_pdf`` where there is no bundle, and
    where a PDF is made MissingExtraError and LimitError.
    """
    if with_pdf and not format_.is_fhir:
        raise InputError([("with_pdf", "only a FHIR bundle presents the report as PDF beside it")])
    if context.report.status is ReportStatus.DRAFT and format_.is_fhir:
        where = Where("context.report.status")
        message = "a draft does not leave the house: release it as preliminary or final"
        accepted = tuple(status.value for status in ReportStatus if status is not ReportStatus.DRAFT)
        raise InvalidReportError([Issue("not-released", Severity.ERROR, where, message, accepted)])
    released = release(catalog, draft, context)
    exported = export(
        released.report,
        format_,
        create_patient=create_patient,
        with_pdf=with_pdf,
        signature=signature,
        actor=actor,
    )
    return exported, released.verdict


def import_report(catalog: Catalog, content: bytes, fhir_version: str = "") -> Imported:
    """Return draft and context of a FHIR bundle that `export_report` made, or the issues that say why not.

    ``fhir_version``: "4.0" or "5.0"; empty: found out. Raises LimitError and InputError for content that cannot be read
    at all.
    """
    from emh_report.intake import imports

    return imports.import_report(catalog, content, fhir_version)


def import_context(catalog: Catalog, content: bytes, fhir_version: str = "") -> Imported:
    """Return the context of FHIR resources of RIS and PACS (a bundle, or one of them), or the issues that say why not.

    Arguments and errors are those of `import_report`.
    """
    from emh_report.intake import imports

    return imports.import_context(catalog, content, fhir_version)


def _plan(catalog: Catalog, draft: Draft) -> tuple[Plan | None, list[Issue]]:
    """Return the plan the draft is read by, and what is wrong with the choice of template."""
    try:
        plan = catalog.plan(draft.template_id, draft.template_version)
    except NotFoundError as error:
        known = draft.template_id in catalog.newest
        rule, path = ("wrong-template-version", "template_version") if known else ("wrong-template", "template_id")
        message = "this version of the template is not installed" if known else "this template is not installed"
        accepted = error.candidates or tuple(catalog.newest)
        return None, [Issue(rule, Severity.ERROR, Where(f"draft.{path}"), message, accepted, blocking=True)]
    issues = []
    template = plan.template
    if not draft.template_version:
        issues.append(_assumed(template.version))
    if draft.template_hash and draft.template_hash != template.content_hash:
        where, message = Where("draft.template_hash"), "the template installed here has other content"
        issues.append(Issue("wrong-template-version", Severity.ERROR, where, message, (template.content_hash,)))
    return plan, issues


@lru_cache(maxsize=1024)
def _assumed(version: str) -> Issue:
    where, message = Where("draft.template_version"), "no version was given; the newest one was used"
    return Issue("template-version-assumed", Severity.INFORMATION, where, message, (version,))


def _verdict(found: Assessment) -> Verdict:
    return Verdict(
        issues=tuple(found.issues),
        critical=tuple(found.critical),
        can_release_preliminary=found.can_release_preliminary,
        can_finalize=found.can_finalize,
        communication_pending=found.communication_pending,
        required=found.required,
        required_answered=found.required_answered,
    )
