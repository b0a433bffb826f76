"""Finding released reports. The store gives candidates, and each is held against the version that is served."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from emh_report.context import Context, Identifier, ReportStatus
from emh_report.errors import NotStoredError
from emh_report.fhir_http import definitions, ids
from emh_report.fhir_http.criteria import Criterion, Search, Token
from emh_report.fhir_http.matching import all_fit
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.served import Answer, Kind, Matches, SearchParameter
from emh_report.fhir_http.shelf import REPORT, Shelf
from emh_report.fhir_http.spans import Asked
from emh_report.intake.content import Json
from emh_report.records import FoundVersion, VersionQuery

NEWEST: Final = "-_lastUpdated"
OLDEST: Final = "_lastUpdated"
ORDERS: Final = (NEWEST, OLDEST)
STATUSES: Final = "http://hl7.org/fhir/diagnostic-report-status"
EXAMINED: Final = 100
"""Candidates that are opened for one page at most; the next one goes on from there."""


class Found:
    """A candidate: what it says is read when it is first needed."""

    def __init__(self, shelf: Shelf, released: FoundVersion) -> None:
        """Take what the store said of it."""
        self._shelf = shelf
        self.released = released

    @functools.cached_property
    def context(self) -> Context:
        """The context of the released version."""
        return self._shelf.store.version(self.released.report_id, self.released.version).document.context

    @functools.cached_property
    def resource(self) -> Json:
        """The DiagnosticReport as it is served."""
        return self._shelf.opened(self.released)[f"{REPORT}/{self.released.report_id}"]

    def answer(self) -> Answer:
        """Return it as an answer."""
        return Answer(self.resource, str(self.released.version), self.released.at, private=True)


def _pairs(identifiers: Iterable[Identifier]) -> list[tuple[str, str]]:
    return [(one.system, one.value) for one in identifiers if one.value]


def _accessions(found: Found) -> list[tuple[str, str]]:
    studies = (Identifier("", study.accession) for study in found.context.studies)
    return _pairs([*(order.accession for order in found.context.orders), *studies])


def _orders(found: Found) -> list[tuple[str, str]]:
    return [
        (one["identifier"].get("system", ""), one["identifier"]["value"]) for one in found.resource.get("basedOn", ())
    ]


def _codings(concepts: Iterable[Json]) -> list[tuple[str, str]]:
    return [(one.get("system", ""), one["code"]) for concept in concepts for one in concept.get("coding", ())]


def _subject(found: Found) -> list[str]:
    return [str(found.resource["subject"]["reference"])]


def _stated(text: str) -> list[str]:
    return [text] if text else []


def _parameter(
    name: str, kind: Kind, definition: str, words: str, values: Callable[[Found], Sequence[object]]
) -> SearchParameter:
    base, _, _ = name.replace(":", ".").partition(".")
    url = definition if ":" in definition else f"{definitions.HL7}/{definition}"
    return SearchParameter(name, kind, url, words, values, part_of=base if base != name else "")


PARAMETERS: Final = (
    _parameter("_id", Kind.TOKEN, "Resource-id", "Id", lambda found: [("", found.released.report_id)]),
    _parameter(
        "_lastUpdated",
        Kind.DATE,
        "Resource-lastUpdated",
        "When this version was stored",
        lambda found: [found.released.at],
    ),
    _parameter(
        "status",
        Kind.TOKEN,
        "DiagnosticReport-status",
        "State",
        lambda found: [(STATUSES, found.released.status.value)],
    ),
    _parameter(
        "identifier",
        Kind.TOKEN,
        "clinical-identifier",
        "Number of the report",
        lambda found: _pairs([found.context.report.identifier]),
    ),
    _parameter("patient", Kind.REFERENCE, "clinical-patient", "The patient, by id", _subject),
    *(
        _parameter(
            name,
            Kind.TOKEN,
            "clinical-patient",
            "The patient, by any of their identifiers",
            lambda found: _pairs(found.context.patient.identifiers),
        )
        for name in ("patient.identifier", "patient:identifier")
    ),
    _parameter("subject", Kind.REFERENCE, "DiagnosticReport-subject", "The same as patient", _subject),
    _parameter(
        "accession", Kind.TOKEN, definitions.ACCESSION_URL, "Accession Number of an order or a study", _accessions
    ),
    _parameter(
        "based-on",
        Kind.REFERENCE,
        "DiagnosticReport-based-on",
        "The order, by id",
        lambda found: [str(one["reference"]) for one in found.resource.get("basedOn", ()) if "reference" in one],
    ),
    _parameter("based-on:identifier", Kind.TOKEN, "DiagnosticReport-based-on", "The order, by its number", _orders),
    _parameter(
        "date", Kind.DATE, "clinical-date", "Time of the examination", lambda found: _stated(found.context.exam_date)
    ),
    _parameter(
        "issued",
        Kind.DATE,
        "DiagnosticReport-issued",
        "Time of release",
        lambda found: _stated(found.context.report.issued),
    ),
    _parameter(
        "code", Kind.TOKEN, "clinical-code", "Kind of examination", lambda found: _codings([found.resource["code"]])
    ),
    _parameter(
        "category",
        Kind.TOKEN,
        "DiagnosticReport-category",
        "Diagnostic service",
        lambda found: _codings(found.resource["category"]),
    ),
)
"""In the order of what it costs to look: what the store says, what the context says, what the resource says."""

COST: Final = {one.name: place for place, one in enumerate(PARAMETERS)}


class Finder:
    """Searches for reports."""

    def __init__(self, shelf: Shelf) -> None:
        """Take where reports are opened."""
        self._shelf = shelf

    def search(self, search: Search, start: int) -> Matches:
        """Return one page. A page may have fewer matches than were asked for, and yet not be the last."""
        query = self._query(search)
        if query is None:
            return Matches([])
        criteria = sorted(search.criteria, key=_cost)
        found: list[Answer] = []
        remarks: list[str] = []
        size = max(search.size, EXAMINED) if criteria else search.size
        candidates, following = self._shelf.store.find_versions(query, size=size, after=start)
        for place, one in enumerate(candidates):
            if len(found) == search.size:
                return Matches(found, candidates[place - 1].seq if place else start, remarks)
            try:
                candidate = Found(self._shelf, one)
                if all_fit(criteria, candidate):
                    found.append(candidate.answer())
            except RefusedError as error:
                remarks.append(f"DiagnosticReport/{one.report_id} may fit and cannot be shown: {error}")
        return Matches(found, following, remarks)

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
