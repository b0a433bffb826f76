"""What released reports are found by: each parameter with what of a report it is compared with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from emh_report.context import Context, Identifier
from emh_report.fhir_http import definitions
from emh_report.fhir_http.served import Answer, Kind, SearchParameter
from emh_report.fhir_http.shelf import REPORT, Shelf
from emh_report.intake.content import Json
from emh_report.records import FoundVersion

STATUSES: Final = "http://hl7.org/fhir/diagnostic-report-status"
CODES: Final = (
    *("registered", "partial", "preliminary", "modified", "final", "amended", "corrected", "appended"),
    *("cancelled", "entered-in-error", "unknown"),
)
"""All states there are (R5, with those of R4); reports here have some of them."""


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
        return self.parts[f"{REPORT}/{self.released.report_id}"]

    @property
    def parts(self) -> Mapping[str, Json]:
        """Everything that the report consists of, by ``type/id``."""
        return self._shelf.opened(self.released)

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
    replace(
        _parameter(
            "status",
            Kind.TOKEN,
            "DiagnosticReport-status",
            "State",
            lambda found: [(STATUSES, found.released.status.value)],
        ),
        codes=CODES,
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
