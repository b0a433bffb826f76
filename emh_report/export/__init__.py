"""Exporters: pure functions from a Report to an exchange format. One module or package per standard."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, assert_never

from emh_report.context import Practitioner, ReportStatus
from emh_report.report import Narrative, Report


class Format(StrEnum):
    """Exchange formats."""

    FHIR_R4_TRANSACTION = "fhir-r4-transaction"
    TEXT = "text"
    HTML = "html"
    FHIR_R5_TRANSACTION = "fhir-r5-transaction"
    FHIR_R4_DOCUMENT = "fhir-r4-document"
    FHIR_R5_DOCUMENT = "fhir-r5-document"
    FHIR_R4_IMR = "fhir-r4-imr"
    PDF = "pdf"

    @property
    def is_fhir(self) -> bool:
        """Whether it is a FHIR bundle, which a draft in editing has none of."""
        return self not in (Format.TEXT, Format.HTML, Format.PDF)


class Exported(NamedTuple):
    """A report in an exchange format, and its media type."""

    content: bytes
    content_type: str


def export(  # noqa: PLR0913 - one parameter for each choice
    report: Report,
    format_: Format,
    *,
    create_patient: bool = False,
    with_pdf: bool = False,
    signature: str = "",
    actor: Practitioner | None = None,
    worded: Narrative | None = None,
) -> Exported:
    """Return ``report`` in ``format_``. Exporters are loaded when they are first used.

    ``create_patient``: a FHIR transaction carries the patient, to be created where the receiver has none.
    By default the patient is only looked up; a document always carries it, an IMR transaction never.
    ``with_pdf``: a FHIR bundle presents the report as PDF too, beside the HTML.
    ``signature``: that of the stored version, carried along in a Provenance; ``actor``: who made that version.
    ``worded``: its narrative, where the caller has it.
    Raises InvalidReportError for a report that has no bundle of the kind, and for PDF MissingExtraError and LimitError.
    """
    from emh_report.export import narrative

    worded = worded or narrative.narrate(report)
    match format_:
        case Format.TEXT:
            return Exported(worded.text.encode(), "text/plain; charset=utf-8")
        case Format.HTML:
            return Exported(worded.html.encode(), "text/html; charset=utf-8")
        case Format.PDF:
            printed = _printed(report, worded, create_patient=create_patient, signature=signature, actor=actor)
            return Exported(printed, "application/pdf")
        case (
            Format.FHIR_R4_TRANSACTION
            | Format.FHIR_R5_TRANSACTION
            | Format.FHIR_R4_DOCUMENT
            | Format.FHIR_R5_DOCUMENT
            | Format.FHIR_R4_IMR
        ):
            from emh_report.export import fhir

            kind = fhir.KINDS[format_.value]
            pdf = b""
            if with_pdf:
                pdf = _printed(report, worded, create_patient=create_patient, signature=signature, actor=actor)
            options = fhir.Options(create_patient, pdf, signature, actor)
            content = fhir.serialize(report, worded, kind, options)
            return Exported(content, f"application/fhir+json; fhirVersion={kind.version.value}")
        case _:
            assert_never(format_)


def _printed(
    report: Report, worded: Narrative, *, create_patient: bool, signature: str, actor: Practitioner | None
) -> bytes:
    """Return ``report`` as PDF, with its R4 transaction attached; a draft in editing has none."""
    from emh_report.export import pdf

    attached: tuple[pdf.Attached, ...] = ()
    if report.context.report.status is not ReportStatus.DRAFT:
        bundle = export(
            report,
            Format.FHIR_R4_TRANSACTION,
            create_patient=create_patient,
            signature=signature,
            actor=actor,
            worded=worded,
        )
        attached = (pdf.fhir_bundle(bundle.content),)
    return pdf.make(pdf.sheet(report, worded.html, attached))
