"""Composition: the sections of the report and what each of them refers to."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.context import COMPLETE_STATUSES
from emh_report.export.fhir import fixed, incomplete, kept
from emh_report.export.fhir.datatypes import (
    CACHED,
    Json,
    clean,
    coded,
    concept,
    identifier,
    paragraphs,
    term_concept,
    xhtml,
)
from emh_report.export.fhir.report import categories
from emh_report.export.fhir.results import entries_of
from emh_report.export.fhir.sources import NOT_KNOWN, NOT_KNOWN_WHO
from emh_report.export.fhir.urls import COMPOSITION_REPORT, EVENT_BASED_ON, NOTE
from emh_report.export.fhir.versions import composition_status
from emh_report.export.fhir.writer import Writer
from emh_report.report import Narrative
from emh_report.template import Template

STUDY: Final = "imaging-study"
ORDER: Final = "order"
NEEDED: Final = frozenset({STUDY, ORDER, "clinical", "procedure"})
"""Sections that are there even when they are empty (HL7 Europe imaging report, cardinality 1..1)."""

UNAVAILABLE: Final = coded(fixed.UNAVAILABLE)
NOTHING: Final = "<p>No information</p>"


class Section(NamedTuple):
    """One section of the Composition."""

    id: str
    title: str
    code: Json


@lru_cache(CACHED)
def _plan(template: Template) -> tuple[Section, ...]:
    """Return every section a report of ``template`` may have: study and order, then its own in the order it gives.

    HL7 Europe slices the sections by code, open and not ordered, so a department's order is kept.
    """
    return (
        Section(STUDY, "Imaging study", coded(fixed.STUDY_SECTION)),
        Section(ORDER, "Order", coded(fixed.ORDER_SECTION)),
        *(Section(term.code, term.display, term_concept(term)) for term in template.sections),
        Section(kept.SECTION, "Warnings kept by the author", concept(kept.KEPT)),
        Section(incomplete.SECTION, "Incomplete", incomplete.CODE),
    )


def composition(writer: Writer, narrative: Narrative | None) -> None:
    """Add the Composition, unless this state of a report has none."""
    status = composition_status(writer.status, writer.kind.version)
    if not status:
        return
    report = writer.report
    identity = report.context.report
    date: Json = {"date": identity.issued} if identity.issued else {"_date": NOT_KNOWN}
    authors = [*writer.authors, writer.organization] if writer.organization else writer.authors
    body: Json = {
        "language": report.template.language,
        "extension": _links(writer) if writer.kind.document else [],
        "version": str(identity.version),
        "status": status,
        "type": term_concept(report.study_type),
        "category": categories(writer),
        "subject": writer.subject,
        **date,
        "author": authors or [NOT_KNOWN_WHO],
        "title": report.title,
        "attester": [_attester(writer)] if identity.status in COMPLETE_STATUSES else [],
        "custodian": writer.organization,
        "relatesTo": _earlier(writer) if writer.kind.document else [],
        "section": _sections(writer, narrative),
    }
    number = identifier(identity.identifier)
    writer.add_document("Composition", number, {name: value for name, value in body.items() if value})


def _links(writer: Writer) -> list[Json]:
    """Return the orders that the document answers and its report, for which compositions have no element."""
    orders: list[Json] = [{"url": EVENT_BASED_ON, "valueReference": order} for order in writer.requested]
    return [*orders, {"url": COMPOSITION_REPORT, "valueReference": writer.document("DiagnosticReport")}]


def _earlier(writer: Writer) -> list[Json]:
    """Return how the document relates to the version before it, named by the identifier of its bundle."""
    number = writer.report.context.report.version
    if number == 1 or not writer.status.relates:
        return []
    return [{"code": writer.status.relates, "targetIdentifier": identifier(writer.version(number - 1))}]


def _attester(writer: Writer) -> Json:
    """Return who signed and when: the supervisor where there is one."""
    found: Json = {"mode": "legal"}
    if writer.report.context.report.issued:
        found["time"] = writer.report.context.report.issued
    return {**found, "party": writer.authors[-1]} if writer.authors else found


def _sections(writer: Writer, narrative: Narrative | None) -> list[Json]:
    texts = {part.section.code: part.text for part in narrative.sections} if narrative else {}
    if narrative:
        texts |= {kept.SECTION: kept.words(writer.report), incomplete.SECTION: incomplete.words(writer.report)}
    entries = {**entries_of(writer), STUDY: writer.studies, ORDER: writer.requested}
    language = writer.report.template.language
    found: list[Json] = []
    for id_, title, code in _plan(writer.report.template):
        text, listed = texts.get(id_), entries.get(id_)
        if not text and not listed and id_ not in NEEDED:
            continue
        section: Json = {"title": title, "code": code}
        if text:
            section["text"] = xhtml(paragraphs(text), language)
            if writer.kind.document:  # the words as they are, also for who shows no XHTML
                section["extension"] = [{"url": NOTE, "valueAnnotation": {"text": clean(text)}}]
        if listed:
            section["entry"] = listed
        if not text and not listed:
            section |= {"text": xhtml(NOTHING, language), "emptyReason": UNAVAILABLE}
        found.append(section)
    return found
