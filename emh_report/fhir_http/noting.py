"""Which requests read stored reports, for an audit that has reads."""

from __future__ import annotations

from emh_report.fhir_http import ids
from emh_report.fhir_http.routing import Route
from emh_report.fhir_http.served import Answer
from emh_report.fhir_http.shelf import REPORT
from emh_report.reads import Read, ReadAction


def read_by(route: Route, answer: Answer) -> Read | None:
    """Return what was read of stored reports; None where that was nothing. A part of a report is a read of it."""
    match route.interaction:
        case "search-type" if route.served and route.served.type == REPORT:
            entries = answer.resource.get("entry", ())
            return Read(ReadAction.SEARCH, found=sum(one["search"]["mode"] == "match" for one in entries))
        case "read" | "vread" | "history-instance" if answer.private:
            return Read(ReadAction.READ, _report(route.id), _version(answer))
        case "operation" if answer.private and route.id:
            return Read(ReadAction.EXPORT, _report(route.id), _version(answer))
        case _:
            return None


def _version(answer: Answer) -> int:
    """Return the released version that was shown, also where none was named; 0 for all of them."""
    return int(answer.version or 0)


def _report(id_: str) -> str:
    place = ids.place(id_)
    return place.report_id if place else id_
