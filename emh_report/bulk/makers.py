"""What an export makes of one released version: a line of NDJSON, or rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from emh_report import pipeline
from emh_report.export import Format, export
from emh_report.export.lesions import Row, rows
from emh_report.restated import restated

if TYPE_CHECKING:
    from emh_report.records import StoredVersion
    from emh_report.report import Report
    from emh_report.store import Store


def bundles(store: Store, format_: Format, *, create_patient: bool = False) -> Callable[[StoredVersion], list[bytes]]:
    """Return what makes a version one line: its FHIR bundle in ``format_``, with the narrative that was signed.

    It raises InvalidReportError and NotAsSignedError.
    """

    def make(version: StoredVersion) -> list[bytes]:
        report, worded = restated(store.catalog, version)
        made = export(
            report,
            format_,
            create_patient=create_patient,
            signature=version.signature,
            actor=version.document.actor.person,
            worded=worded,
        )
        return [made.content]

    return make


def lesions(store: Store) -> Callable[[StoredVersion], list[Row]]:
    """Return what makes a version rows, one for each lesion. It raises InvalidReportError."""
    return partial(_lesions, store)


def _lesions(store: Store, version: StoredVersion) -> list[Row]:
    document = version.document
    report = pipeline.release(store.catalog, document.draft, document.context).report
    return rows(report, version.report_id, partial(_patient, store))


def _patient(store: Store, report: Report) -> str:
    """Return the pseudonym of the patient; empty where the patient has no identifier."""
    identifiers = report.context.patient.identifiers
    return store.pseudonym("table", identifiers[0].system, identifiers[0].value) if identifiers else ""
