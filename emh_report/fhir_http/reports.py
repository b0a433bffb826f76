"""Released reports: DiagnosticReport to read and find, and everything that it refers to. Drafts are not there."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from emh_report.catalog import Catalog
from emh_report.draft import ReportMode
from emh_report.fhir_http import definitions, ids
from emh_report.fhir_http.including import INCLUDES
from emh_report.fhir_http.inputs import Inputs
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.releases import FhirRelease
from emh_report.fhir_http.report_finder import ORDERS, Finder
from emh_report.fhir_http.report_search import PARAMETERS
from emh_report.fhir_http.served import Answer, Operation, Served
from emh_report.fhir_http.shelf import REPORT, Shelf
from emh_report.fhir_http.validation import Validation
from emh_report.intake.content import Json
from emh_report.records import FoundVersion

if TYPE_CHECKING:
    from emh_report.store import Store

PARTS: Final[Mapping[str, str]] = {
    "Composition": "A report as sections",
    "Observation": "What was seen, measured and concluded, answer by answer",
    "Condition": "Causes",
    "MedicationStatement": "Drugs",
    "Procedure": "The examination",
    "ServiceRequest": "Orders as the report knew them, and recommendations",
    "Communication": "Who was told of a critical result",
    "Task": "Critical results that are still to be told",
    "ImagingStudy": "Studies as the report knew them",
    "Patient": "The patient as the report knew them",
    "Practitioner": "Authors as the report knew them",
    "PractitionerRole": "Authors in their organization",
    "Organization": "The organization as the report knew it",
    "Provenance": "Who made a version of a report, with its signature where it has one",
}
"""Types of what a report refers to. A companion report is these alone: it accompanies a report made elsewhere."""


def rows(catalog: Catalog, store: Store, release: FhirRelease, validation: Validation) -> Iterator[Served]:
    """Yield the rows of the table."""
    reports = Reports(Shelf(catalog, store, release))
    document = Operation(
        "document",
        definitions.DOCUMENT_URL,
        "The report as a document of HL7 Europe Imaging Report",
        reports.document,
        on_type=False,
    )
    yield Served(
        REPORT,
        "Released reports, the newest version of each",
        private=True,
        read=reports.read,
        vread=reports.vread,
        history=reports.history,
        search=Finder(reports.shelf).search,
        parameters=PARAMETERS,
        includes=INCLUDES,
        orders=ORDERS,
        operations=(document, validation.operation(REPORT)),
    )
    for type_, words in PARTS.items():
        part = functools.partial(reports.part, type_)
        yield Served(type_, words, read=part, vread=part, operations=(validation.operation(type_),))


class Reports:
    """Reports and their parts, by id."""

    def __init__(self, shelf: Shelf) -> None:
        """Take the shelf."""
        self.shelf = shelf

    def read(self, id_: str) -> Answer:
        """Return the newest released version of a report."""
        return self._report(self._releases(id_)[-1])

    def vread(self, id_: str, version: int) -> Answer:
        """Return one released version of a report."""
        return self._report(_version(self._releases(id_), version))

    def history(self, id_: str) -> Sequence[Answer]:
        """Return every released version of a report, newest first."""
        return [self._report(one) for one in reversed(self._releases(id_))]

    def document(self, id_: str, _: Inputs) -> Answer:
        """Answer $document."""
        one = self._releases(id_)[-1]
        return Answer(self.shelf.document(one), str(one.version), one.at, private=True)

    def part(self, type_: str, id_: str, version: int = 0) -> Answer:
        """Return a resource that a report refers to; with a version as that version of the report has it.

        What an earlier version said and the newest one does not is entered in error.
        """
        place = ids.place(id_)
        if place is None:
            raise _missing(type_)
        releases = self.shelf.store.versions_of(place.report_id)
        one = _version(releases, version) if version else releases[-1]
        found = self.shelf.opened(one).get(f"{type_}/{id_}")
        if found is None and not version:
            found = self._withdrawn(f"{type_}/{id_}", releases)
        if found is None:
            raise _missing(type_)
        return _answer(found, one)

    def _withdrawn(self, name: str, releases: Sequence[FoundVersion]) -> Json | None:
        for earlier in reversed(releases[:-1]):
            if name in self.shelf.opened(earlier):
                own = self.shelf.opened(earlier)[name]  # what was signed once stays signed: a Provenance as it was
                return self.shelf.withdrawn(releases[-1], earlier).get(name, own)
        return None

    def _releases(self, id_: str) -> Sequence[FoundVersion]:
        if not ids.is_report(id_):
            raise _missing(REPORT)
        found = self.shelf.store.versions_of(id_)
        if found[-1].mode is not ReportMode.STANDALONE:
            reason = "this accompanies a report that is made elsewhere, and is no report of its own"
            raise RefusedError(404, "not-found", reason)
        return found

    def _report(self, one: FoundVersion) -> Answer:
        return _answer(self.shelf.opened(one)[f"{REPORT}/{one.report_id}"], one)


def _version(releases: Sequence[FoundVersion], version: int) -> FoundVersion:
    for one in releases:
        if one.version == version:
            return one
    raise RefusedError(404, "not-found", "there is no such version")


def _missing(type_: str) -> RefusedError:
    return RefusedError(404, "not-found", f"there is no {type_} with this id here")


def _answer(resource: Json, one: FoundVersion) -> Answer:
    return Answer(resource, str(one.version), one.at, private=True)
