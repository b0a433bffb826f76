"""Exporters: pure functions from a Report to an exchange format. One module or package per standard."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, assert_never

from emh_report.report import Report


class Format(StrEnum):
    """Exchange formats."""

    FHIR_R4_TRANSACTION = "fhir-r4-transaction"
    TEXT = "text"
    HTML = "html"


class Exported(NamedTuple):
    """A report in an exchange format, and its media type."""

    content: bytes
    content_type: str


def export(report: Report, format_: Format, *, create_patient: bool = False) -> Exported:
    """Return ``report`` in ``format_``. Exporters are loaded when they are first used.

    ``create_patient``: a FHIR bundle carries the patient, to be created where the receiver has none.
    By default the patient is only looked up.
    """
    from emh_report.export import narrative

    match format_:
        case Format.TEXT:
            return Exported(narrative.narrate(report).text.encode(), "text/plain; charset=utf-8")
        case Format.HTML:
            return Exported(narrative.narrate(report).html.encode(), "text/html; charset=utf-8")
        case Format.FHIR_R4_TRANSACTION:
            from emh_report.export import fhir

            options = fhir.Options(create_patient=create_patient)
            bundle = fhir.transaction(report, narrative.narrate(report), options)
            return Exported(fhir.to_json(bundle), "application/fhir+json; fhirVersion=4.0")
        case _:
            assert_never(format_)
