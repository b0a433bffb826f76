"""Which calls read stored reports, and how the audit knows of them: before anything is answered, or nothing is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from emh_report.grpc_server.method import Check, Method
from emh_report.reads import Read, ReadAction
from emh_report.wire import stored

Table = Mapping[str, Mapping[str, Method]]


class Exchange(NamedTuple):
    """A call that is about to be answered: messages of its method."""

    request: Any
    response: Any


class Kind(NamedTuple):
    """How a method reads. Where an exchange has the report, its version, and what a search found; empty: nowhere."""

    action: ReadAction
    report: str = ""
    version: str = ""
    found: str = ""


_REPORT: Final = Kind(ReadAction.READ, report="request.report_id")

READS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "StoredReportService": {
        "GetReport": _REPORT,
        "GetReportVersion": _REPORT._replace(version="response.version.version"),
        "PreviewRelease": _REPORT,
        "ListReports": Kind(ReadAction.SEARCH, found="response.reports"),
        "WatchReports": Kind(ReadAction.SEARCH),
    },
    "MigrationService": {"PreviewMigration": _REPORT},
    "PriorService": {
        "PrefillFollowUp": Kind(ReadAction.READ, report="response.prior.report_id", version="response.prior.version"),
        "ListPriors": Kind(ReadAction.SEARCH, found="response.priors"),
        "CompareReports": Kind(ReadAction.SEARCH, found="response.priors"),
    },
    "DeliveryService": {
        "GetDelivery": Kind(ReadAction.READ, report="response.delivery.report_id", version="response.delivery.version"),
        "ListDeliveries": Kind(ReadAction.SEARCH, found="response.deliveries"),
    },
}
"""Every method that reads reports, or says which there are; a test holds it against what scopes say.

A watch is noted when it begins. ListPeers has numbers only.
"""


def noted(table: Table, note: Callable[[Read], None]) -> dict[str, dict[str, Method]]:
    """Return the same methods; those that read reports have ``note`` know it before they answer."""
    return {
        service: {name: _noted(method, READS.get(service, {}).get(name), note) for name, method in methods.items()}
        for service, methods in table.items()
    }


def _noted(method: Method, kind: Kind | None, note: Callable[[Read], None]) -> Method:
    if kind is None:
        return method

    def call(request: Any, check: Check) -> Any:  # noqa: ANN401 - of the method
        response = method.call(request, check)
        note(_read(kind, Exchange(request, response)))
        return response

    return method._replace(call=call)


def _read(kind: Kind, exchange: Exchange) -> Read:
    asked = exchange.request
    actor = stored.read_actor(asked.actor) if "actor" in type(asked).DESCRIPTOR.fields_by_name else None
    return Read(
        kind.action,
        attrgetter(kind.report)(exchange) if kind.report else "",
        attrgetter(kind.version)(exchange) if kind.version else 0,
        len(attrgetter(kind.found)(exchange)) if kind.found else 0,
        actor,
    )
