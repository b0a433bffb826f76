"""Finding released reports. The store gives candidates, and each is held against the version that is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from emh_report import limits
from emh_report.context import Identifier, ReportStatus
from emh_report.errors import NotStoredError
from emh_report.fhir_http import ids
from emh_report.fhir_http.criteria import Criterion, Search, Token
from emh_report.fhir_http.including import included
from emh_report.fhir_http.matching import all_fit
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.report_search import PARAMETERS, Found
from emh_report.fhir_http.served import Matches
from emh_report.fhir_http.shelf import Shelf
from emh_report.fhir_http.spans import Asked, Span, span
from emh_report.records import VersionQuery

NEWEST: Final = "-_lastUpdated"
OLDEST: Final = "_lastUpdated"
LATEST: Final = "-date"
BY_DATE: Final = ("date", LATEST)
ORDERS: Final = (NEWEST, OLDEST, *BY_DATE)
TOO_MANY: Final = (
    "_sort: by date only what fits on one page can be sorted; ask for fewer, such as those of one patient, "
    "or accepted is a _sort by _lastUpdated"
)
UNCOUNTED: Final = (
    f"_count: 0 counts what fits on one page of {limits.MAX_PAGE}; ask for fewer, such as those of one patient, "
    "or read them page by page"
)
EXAMINED: Final = 100
"""Candidates that are opened for one page at most; the next one goes on from there."""
COST: Final = {one.name: place for place, one in enumerate(PARAMETERS)}


class _Page(NamedTuple):
    found: list[Found]
    following: int
    remarks: list[str]


class Finder:
    """Searches for reports."""

    def __init__(self, shelf: Shelf) -> None:
        """Take where reports are opened."""
        self._shelf = shelf

    def search(self, search: Search, start: int) -> Matches:
        """Return one page. A page may have fewer matches than were asked for, and yet not be the last.

        Raises RefusedError (400) where they are wanted by date and are too many to be sorted.
        """
        query = self._query(search)
        if not search.size:
            return self._counted(search, query)
        if query is None:
            return Matches([])
        page = self._page(search, query, start)
        found = page.found
        if search.order in BY_DATE:
            if page.following:
                raise RefusedError(400, "too-costly", TOO_MANY, expression="_sort")
            found = sorted(found, key=_time, reverse=search.order == LATEST)
            found.sort(key=_is_undated)  # last, whichever way
        answers = [one.answer() for one in found]
        beside = included(((one.parts, one.resource) for one in found), search.includes)
        return Matches(answers, page.following, page.remarks, beside)

    def _counted(self, search: Search, query: VersionQuery | None) -> Matches:
        """Return how many there are and none of them (R4 search, _count: 0 is _summary=count).

        Raises RefusedError (400) where more would have to be opened than for one page.
        """
        if query is None:
            return Matches([], total=0)
        page = self._page(search._replace(size=limits.MAX_PAGE), query, 0)
        if page.following:
            raise RefusedError(400, "too-costly", UNCOUNTED, expression="_count")
        return Matches([], remarks=page.remarks, total=len(page.found))

    def _page(self, search: Search, query: VersionQuery, start: int) -> _Page:
        criteria = sorted(search.criteria, key=_cost)
        found: list[Found] = []
        remarks: list[str] = []
        size = max(search.size, EXAMINED) if criteria else search.size
        candidates, following = self._shelf.store.find_versions(query, size=size, after=start)
        for place, one in enumerate(candidates):
            if len(found) == search.size:
                return _Page(found, candidates[place - 1].seq if place else start, remarks)
            try:
                candidate = Found(self._shelf, one)
                if all_fit(criteria, candidate) and candidate.resource:
                    found.append(candidate)
            except RefusedError as error:
                remarks.append(f"DiagnosticReport/{one.report_id} may fit and cannot be shown: {error}")
        return _Page(found, following, remarks)

    def _query(self, search: Search) -> VersionQuery | None:
        """Return what the store can look for; None where nothing can fit."""
        query = VersionQuery(oldest_first=search.order == OLDEST)
        for one in search.criteria:
            narrow = NARROWED.get(one.parameter.name)
            if narrow is None:
                continue
            narrowed = narrow(self._shelf, one)
            if narrowed is None:
                return None
            query = query._replace(**narrowed)
        return query


def _time(found: Found) -> datetime:
    """Return the time of the examination, in UTC as far as its time zone is known."""
    stated = span(found.context.exam_date)
    return stated.start.astimezone(UTC) if stated and stated.start.tzinfo else _naive(stated)


def _naive(stated: Span | None) -> datetime:
    return stated.start.replace(tzinfo=UTC) if stated else datetime.min.replace(tzinfo=UTC)


def _is_undated(found: Found) -> bool:
    return span(found.context.exam_date) is None


def _cost(criterion: Criterion) -> int:
    return COST[criterion.parameter.name]


Narrowed = Mapping[str, Any] | None
"""Members of a VersionQuery; None where nothing fits."""


def _ids(_: Shelf, criterion: Criterion) -> Narrowed:
    found = tuple(value.code for value in criterion.values if ids.is_report(value.code))
    return {"report_ids": found} if found else None


def _statuses(_: Shelf, criterion: Criterion) -> Narrowed:
    codes = {value.code for value in criterion.values}
    found = tuple(status for status in ReportStatus if status.value in codes and status is not ReportStatus.DRAFT)
    return {"statuses": found} if found else {} if "" in codes else None


def _identifiers(member: str) -> Callable[[Shelf, Criterion], Narrowed]:
    def narrow(_: Shelf, criterion: Criterion) -> Narrowed:
        tokens: Sequence[Token] = criterion.values
        if any(not one.code or one.system == "" for one in tokens):  # no index tells these apart
            return {}
        return {member: tuple(Identifier(one.system or "", one.code) for one in tokens)}

    return narrow


def _patients(shelf: Shelf, criterion: Criterion) -> Narrowed:
    """Return the identifiers of the patients that were asked for by id: each report has a Patient of its own."""
    found: list[Identifier] = []
    for value in criterion.values:
        place = ids.place(value.rpartition("/")[2])
        found += _identifiers_of(shelf, place) if place else []
    return {"patients": tuple(found)} if found else None


def _identifiers_of(shelf: Shelf, place: ids.Place) -> list[Identifier]:
    try:
        one = shelf.store.versions_of(place.report_id)[-1]
        context = shelf.store.version(one.report_id, one.version).document.context
    except NotStoredError:
        return []
    return [known for known in context.patient.identifiers[:1] if known.value]


def _days(_: Shelf, criterion: Criterion) -> Narrowed:
    """Return the days that may fit, one more at either end since a day depends on where one is."""
    if len(criterion.values) != 1:
        return {}
    asked: Asked = criterion.values[0]
    first = _day(asked.span.start, -1) if asked.prefix in ("eq", "ge", "gt", "sa") else ""
    last = _day(asked.span.end, 1) if asked.prefix in ("eq", "le", "lt", "eb") else ""
    return {name: day for name, day in (("examined_from", first), ("examined_to", last)) if day}


def _day(moment: datetime, shift: int) -> str:
    return (moment + timedelta(days=shift)).date().isoformat()


NARROWED: Final[Mapping[str, Callable[[Shelf, Criterion], Narrowed]]] = {
    "_id": _ids,
    "status": _statuses,
    "identifier": _identifiers("identifiers"),
    "patient": _patients,
    "subject": _patients,
    "patient.identifier": _identifiers("patients"),
    "patient:identifier": _identifiers("patients"),
    "accession": _identifiers("accessions"),
    "date": _days,
}
"""Parameter → how it narrows what the store looks for. Where one is given twice, the last one does."""
