"""A released version said again by this program, as long as it says what its signer saw.

Words come from templates and from this program, which both change; what was signed does not. So whoever sends a version
on, in whatever format, goes through here.
"""

from __future__ import annotations

from typing import NamedTuple

from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.errors import NotAsSignedError
from emh_report.records import StoredVersion
from emh_report.report import Narrative, Report


class Restated(NamedTuple):
    """What a version says, and the narrative that was signed, laid out."""

    report: Report
    narrative: Narrative


def restated(catalog: Catalog, version: StoredVersion) -> Restated:
    """Return what a version says.

    Raises InvalidReportError where the templates installed here do not read it as it was released, and
    NotAsSignedError where its narrative would read otherwise today.
    """
    from emh_report.export import narrative

    document = version.document
    report = pipeline.release(catalog, document.draft, document.context).report
    worded = narrative.narrate(report)
    if worded.text != document.narrative:
        raise NotAsSignedError("this program words the report otherwise than it was signed")
    return Restated(report, worded)
