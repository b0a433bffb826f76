"""DiagnosticReport: the report as a whole."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from html import escape
from typing import Final

from emh_report.draft import Text
from emh_report.export.fhir import fixed, incomplete, us_core
from emh_report.export.fhir.datatypes import CACHED, Json, coded, identifier, paragraphs, term_concept, xhtml
from emh_report.export.fhir.diagnosis import is_diagnosed
from emh_report.export.fhir.europe import categories_of, extensions
from emh_report.export.fhir.impressions import disease_concept
from emh_report.export.fhir.versions import composition_status
from emh_report.export.fhir.writer import Writer
from emh_report.report import Choice, Narrative, Report
from emh_report.template import Role
from emh_report.vocabulary import Term

RADIOLOGY: Final = coded(fixed.RADIOLOGY)
SERVICES: Final = {modality: coded(code) for modality, code in fixed.SERVICES.items()}
MODALITY: Final = "modality"
"""Question of the procedure; it adds to the modalities of the studies."""

LONGEST: Final = 1024 * 1024
"""Characters of an R4 string at most (R4 datatypes, string)."""
CUT: Final = "\n[...] The text is too long for this element. All of it stands in the results of this report."


def diagnostic_report(writer: Writer, narrative: Narrative | None) -> None:
    """Add the DiagnosticReport."""
    number = identifier(writer.report.context.report.identifier)
    body = whole(writer, narrative)
    writer.add_document("DiagnosticReport", [number], body, *us_core.profiles(writer, body))


def whole(writer: Writer, narrative: Narrative | None) -> Json:
    """Return the elements of the DiagnosticReport but its identifier."""
    report = writer.report
    context = report.context
    body: Json = {
        "language": report.template.language,
        "text": _text(report, narrative) if narrative else None,
        "extension": extensions(writer),
        "composition": _composition(writer),
        "basedOn": writer.orders,
        "status": writer.status.diagnostic_report,
        "category": categories(writer),
        "code": term_concept(report.study_type),
        "subject": writer.subject,
        "effectiveDateTime": context.exam_date,
        "issued": context.report.issued,
        "performer": [writer.organization] if writer.organization else [],
        "resultsInterpreter": writer.authors,
        "result": writer.results,
        "imagingStudy": writer.studies,
        "conclusion": _conclusion(writer, narrative),
        "conclusionCode": _conclusion_code(writer),
        "presentedForm": _presented(writer, narrative.html) if narrative and narrative.html else [],
    }
    return {name: value for name, value in body.items() if value}


def _composition(writer: Writer) -> Json | None:
    return writer.document("Composition") if composition_status(writer.status, writer.kind.version) else None


def categories(writer: Writer) -> list[Json]:
    """Return the diagnostic services (HL7 table 0074) by modality, and radiology as US Core names it."""
    modalities = [code for study in writer.report.context.studies for code in study.modalities]
    for group in writer.report.in_role(Role.PROCEDURE):
        modalities += [item.value.term.code for item in group.of(MODALITY) if isinstance(item.value, Choice)]
    services: dict[str, Json] = {fixed.SERVICES[code].code: SERVICES[code] for code in modalities if code in SERVICES}
    if writer.kind.document and len(services) > 1:
        services = {}  # HL7 Europe has room for one; the studies name their modalities
    return [*services.values(), RADIOLOGY, *categories_of(writer.kind)]


def _conclusion(writer: Writer, narrative: Narrative | None) -> str:
    """Return the impression in words; ahead of it what an incomplete report lacks."""
    if narrative is not None:
        impression = narrative.impression.strip()
    else:
        groups = writer.report.in_role(Role.IMPRESSION)
        lines = [item.value.value for group in groups for item in group.items if isinstance(item.value, Text)]
        impression = "\n".join(lines).strip()
    words = "\n".join(part for part in (incomplete.words(writer.report), impression) if part)
    return words if len(words) <= LONGEST else words[: LONGEST - len(CUT)] + CUT


def _conclusion_code(writer: Writer) -> list[Json]:
    valid = writer.status.statements and not writer.status.withdrawn
    report = writer.report
    diagnosed = valid and is_diagnosed(report.groups, report.context.focus, writer.lesions.values())
    return [disease_concept()] if diagnosed else []


def _presented(writer: Writer, html: str) -> list[Json]:
    """Return the report as a whole to look at: HTML, and PDF where it was asked for."""
    forms = [("text/html", html.encode()), ("application/pdf", writer.options.pdf)]
    return [_attachment(writer, content_type, data) for content_type, data in forms if data]


def _attachment(writer: Writer, content_type: str, data: bytes) -> Json:
    """Return one form of the report with size in bytes and base64 SHA-1 (R4 Attachment)."""
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    found: Json = {
        "contentType": content_type,
        "language": writer.report.template.language,
        "data": base64.b64encode(data).decode(),
        "size": len(data),
        "hash": base64.b64encode(digest).decode(),
        "title": writer.report.title,
    }
    issued = writer.report.context.report.issued
    return {**found, "creation": issued} if issued else found


def _text(report: Report, narrative: Narrative) -> Json | None:
    """Return the narrative with one div for each section, found by its code (IHE IDR 2026).

    A report that says nothing yet says that it is incomplete: a div without content is none (R4 narrative, txt-2).
    """
    body = "".join(f"{_head(part.section)}{paragraphs(part.text)}</div>" for part in narrative.sections)
    lacking = incomplete.words(report)
    body = body or (paragraphs(lacking) if lacking else "")
    return xhtml(body, report.template.language) if body else None


@lru_cache(CACHED)
def _head(section: Term) -> str:
    """Return the opening of the div of a section."""
    code = next(iter(section.concept.codes), section.concept)
    return f'<div class="{escape(f"{code.system}|{code.code}")}"><h2>{escape(section.display)}</h2>'
