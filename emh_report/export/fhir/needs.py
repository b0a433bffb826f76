"""Which reports have no bundle of a kind, and what it cannot do without that a report can."""

from __future__ import annotations

from collections.abc import Iterator

from emh_report.context import ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import InvalidReportError
from emh_report.export.fhir.kinds import Kind
from emh_report.export.fhir.versions import composition_status
from emh_report.issues import Issue, Severity, Where
from emh_report.report import Report
from emh_report.statuses import STATUSES


def require(report: Report, kind: Kind) -> None:
    """Raise InvalidReportError with everything that stands in the way of a bundle of this kind."""
    status = report.context.report.status
    if status not in STATUSES:
        accepted = tuple(status.value for status in ReportStatus if status in STATUSES)
        raise InvalidReportError([_issue("not-released", "report.status", "a draft has no FHIR form", accepted)])
    if not kind.document and not kind.closed:
        return
    if report.mode is ReportMode.COMPANION:
        message = f"a companion report has no {kind.name}: the report it accompanies does; export a transaction"
        where = Where("draft.mode")
        raise InvalidReportError([Issue("no-such-bundle", Severity.ERROR, where, message, ("standalone",))])
    found = [
        _issue("context-missing", path, f"a FHIR {kind.name} needs {what}") for path, what in _missing(report, kind)
    ]
    if kind.document and not composition_status(STATUSES[status], kind.version):
        message = f"FHIR has no {kind.name} of a {status.value} report; export a transaction"
        found.append(_issue("no-such-bundle", "report.status", message))
    if found:
        raise InvalidReportError(found)


def _missing(report: Report, kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield path and name of what a bundle cannot do without and the context lacks."""
    if kind.document and not report.context.report.issued:  # Bundle.timestamp, bdl-10
        yield "report.issued", "the time of release"
    if not report.context.studies:
        yield "studies", "at least one study"


def _issue(rule: str, path: str, message: str, accepted: tuple[str, ...] = ()) -> Issue:
    return Issue(rule, Severity.ERROR, Where(f"context.{path}"), message, accepted)
