"""The REST transaction, everything a report says as one atomic request; and the document, which is to be kept as it is.

Resources born in the report go by PUT on their identifier, so sending twice changes nothing; resources of
the context by POST with ifNoneExist, so nobody's patient or order is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from emh_report.context import Focus
from emh_report.export.fhir import history, impressions, observations, procedures, requests
from emh_report.export.fhir.composition import composition
from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.incomplete import incomplete
from emh_report.export.fhir.kept import kept_warnings
from emh_report.export.fhir.kinds import Kind
from emh_report.export.fhir.needs import require
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.provenance import provenance
from emh_report.export.fhir.report import diagnostic_report
from emh_report.export.fhir.results import collect
from emh_report.export.fhir.sources import add_sources
from emh_report.export.fhir.writer import Writer
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


FIRST: Final = (
    "Composition",
    "DiagnosticReport",
    "Patient",
    "ImagingStudy",
    "ServiceRequest",
    "Procedure",
    "Observation",
)
"""Order of a document: the Composition has to be first (bdl-11), the others follow the European guide."""


W = TypeVar("W", bound=Writer)


def write(report: Report, narrative: Narrative | None, options: Options, kind: Kind, make: Callable[..., W]) -> W:
    """Return the resources of ``report`` and how they hang together.

    Raises InvalidReportError for a report that has no bundle of this kind.
    """
    require(report, kind)
    writer = make(report, options, kind)
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
        collect(writer)
        diagnostic_report(writer, narrative)
        composition(writer, narrative)
    provenance(writer)
    return writer


def assemble(writer: Writer) -> Json:
    """Return the transaction."""
    return {**writer.bundle("transaction"), "entry": writer.entries}


def bind(writer: Writer) -> Json:
    """Return the document."""
    ranks = {type_: rank for rank, type_ in enumerate(FIRST)}
    entries = [{"fullUrl": entry["fullUrl"], "resource": entry["resource"]} for entry in writer.entries]
    entries.sort(key=lambda entry: ranks.get(_type(entry), len(FIRST)))
    return {**writer.bundle("document"), "entry": entries}


def _type(entry: Json) -> str:
    resource = entry["resource"]
    return str(resource["resourceType"]) if isinstance(resource, dict) else ""
