"""The R4 REST transaction: everything a report says, as one atomic request.

Resources born in the report go by PUT on their identifier, so sending twice changes nothing; resources of
the context by POST with ifNoneExist, so nobody's patient or order is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from emh_report.context import Focus, ReportStatus
from emh_report.errors import InvalidReportError
from emh_report.export.fhir import history, impressions, observations, procedures, requests
from emh_report.export.fhir.composition import composition
from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.incomplete import incomplete
from emh_report.export.fhir.kept import kept_warnings
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.report import diagnostic_report
from emh_report.export.fhir.sources import add_sources
from emh_report.export.fhir.statuses import STATUSES
from emh_report.export.fhir.urls import URI
from emh_report.export.fhir.writer import Writer
from emh_report.issues import Issue, Severity, Where
from emh_report.report import Narrative, Report, ReportGroup
from emh_report.template import Role

GroupWriter = Callable[[Writer, ReportGroup], object]

OBSERVED: Final[Mapping[Role, GroupWriter]] = {
    Role.FINDING: impressions.finding,
    Role.ORGAN: observations.organ,
    Role.COMPLICATION: observations.complication,
    Role.COMPARISON: procedures.comparison,
    Role.IMPRESSION: impressions.impression,
}
"""Groups that have a shape of their own among the observations; any other group is a panel."""

COMPLETE: Final[Mapping[Role, GroupWriter]] = {
    **OBSERVED,
    Role.CAUSE: history.cause,
    Role.MEDICATION: history.medication,
    Role.PROCEDURE: procedures.procedure,
    Role.RECOMMENDATION: requests.recommendation,
    Role.COMMUNICATION: requests.communication,
}
"""The same, where what is stated leaves as resources of its own."""


def write(report: Report, narrative: Narrative | None, options: Options) -> Writer:
    """Return the resources of ``report`` and how they hang together. Raises InvalidReportError for a draft."""
    if report.context.report.status not in STATUSES:
        where = Where("context.report.status")
        accepted = tuple(status.value for status in ReportStatus if status in STATUSES)
        raise InvalidReportError([Issue("not-released", Severity.ERROR, where, "a draft has no FHIR form", accepted)])
    writer = Writer(report, options)
    add_sources(writer)
    writer.share()
    shapes = COMPLETE if writer.statements else OBSERVED
    of_fetus = report.context.focus is Focus.FETUS
    for group in report.groups:
        role = group.definition.role
        if not group.items:
            continue
        # A condition of the fetus has no place in the record of the mother.
        shape = observations.panel if of_fetus and role is Role.CAUSE else shapes.get(role, observations.panel)
        shape(writer, group)
    for critical in report.critical:
        impressions.actionable(writer, critical)
    requests.pending(writer)
    kept_warnings(writer)
    incomplete(writer)
    if not writer.companion:
        diagnostic_report(writer, narrative)
        composition(writer, narrative)
    return writer


def assemble(writer: Writer) -> Json:
    """Return the transaction. Its identifier is that of this version of the report."""
    identity = writer.report.context.report
    version: Json = {"system": URI, "value": writer.version_urn()}
    found: Json = {"resourceType": "Bundle", **writer.document_meta, "identifier": version, "type": "transaction"}
    if identity.issued:
        found["timestamp"] = identity.issued
    found["entry"] = writer.entries
    return found
