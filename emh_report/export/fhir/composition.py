"""Composition: the sections of the report and what each of them refers to."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.context import COMPLETE_STATUSES
from emh_report.export.fhir import fixed, incomplete, kept
from emh_report.export.fhir.datatypes import CACHED, Json, coded, concept, identifier, paragraphs, term_concept, xhtml
from emh_report.export.fhir.report import categories
from emh_report.export.fhir.urls import DATA_ABSENT_EXTENSION, R4
from emh_report.export.fhir.writer import Writer
from emh_report.report import Narrative
from emh_report.template import Template

NOT_KNOWN: Final[Json] = {"extension": [{"url": DATA_ABSENT_EXTENSION, "valueCode": "unknown"}]}
"""Stands for a required element nobody knows: never a date or name of our own."""

STUDY: Final = "imaging-study"
ORDER: Final = "order"
SECTIONS: Final = ("clinical", "procedure", "comparison", "findings", "impression", "recommendation", "communication")
"""Terms of the vocabulary section in the order of the HL7 Europe imaging report, after study and order."""
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
    """Return every section a report of ``template`` may have, in order."""
    known = {term.code: term for term in template.sections}
    codes = [*(code for code in SECTIONS if code in known), *(code for code in known if code not in SECTIONS)]
    return (
        Section(STUDY, "Imaging study", coded(fixed.STUDY_SECTION)),
        Section(ORDER, "Order", coded(fixed.ORDER_SECTION)),
        *(Section(code, known[code].display, term_concept(known[code])) for code in codes),
        Section(kept.SECTION, "Warnings kept by the author", concept(kept.KEPT)),
        Section(incomplete.SECTION, "Incomplete", concept(incomplete.INCOMPLETE)),
    )


def composition(writer: Writer, narrative: Narrative | None) -> None:
    """Add the Composition, unless this state of a report has none."""
    if not writer.status.composition:
        return
    report = writer.report
    identity = report.context.report
    date: Json = {"date": identity.issued} if identity.issued else {"_date": NOT_KNOWN}
    authors = [*writer.authors, writer.organization] if writer.organization else writer.authors
    body: Json = {
        "language": report.template.language,
        "extension": [{"url": R4.composition_version, "valueString": str(identity.version)}],
        "status": writer.status.composition,
        "type": term_concept(report.study_type),
        "category": categories(writer),
        "subject": writer.subject,
        **date,
        "author": authors or [NOT_KNOWN],
        "title": report.title,
        "attester": [_attester(writer)] if identity.status in COMPLETE_STATUSES else [],
        "custodian": writer.organization,
        "section": _sections(writer, narrative),
    }
    number = identifier(identity.identifier)
    writer.add_document("Composition", number, {name: value for name, value in body.items() if value})


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
    entries = {**writer.sections, STUDY: writer.studies, ORDER: writer.orders}
    language = writer.report.template.language
    found: list[Json] = []
    for id_, title, code in _plan(writer.report.template):
        text, listed = texts.get(id_), entries.get(id_)
        section: Json = {"title": title, "code": code}
        if text:
            section["text"] = xhtml(paragraphs(text), language)
        if listed:
            section["entry"] = listed
        if text or listed:
            found.append(section)
        elif id_ in NEEDED:
            found.append({**section, "text": xhtml(NOTHING, language), "emptyReason": UNAVAILABLE})
    return found
