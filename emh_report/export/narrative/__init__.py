"""The narrative: a report in the words a radiologist signs, as plain text and as XHTML.

Words are made by plain functions (words, phrases, paragraphs, notes, frame); jinja2 only lays them out
(pages). `readback` reads a narrative back against its report.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from emh_report.export.narrative.frame import Lines, banners, header, signature
from emh_report.export.narrative.notes import critical_paragraphs, incomplete_paragraphs, override_paragraphs
from emh_report.export.narrative.pages import Layout, Page, layouts
from emh_report.export.narrative.references import identifier_paragraphs
from emh_report.export.narrative.sections import IMPRESSION, PASTED, group_names, sections
from emh_report.report import Narrative, Report, SectionText

__all__ = ["narrate", "paste_section"]

SUBJECT: Final = "Extramedullary hematopoiesis"
INCOMPLETE: Final = "Incomplete report"
CRITICAL: Final = "Critical findings"
ACTIONABLE: Final = "Actionable findings"
KEPT: Final = "Warnings that were kept"
IMAGES: Final = "Key images"


def narrate(report: Report) -> Narrative:
    """Return the narrative of a report, whole and by section in the order of its template."""
    return _laid_out(report, f"{SUBJECT}: {report.title}", None, header(report), signature(report))


def paste_section(report: Report) -> Narrative:
    """Return findings, impression, recommendation and communication as one section for the main report.

    It has no patient header and no signature: those are the main report's. What is not final or not
    complete says so here too.
    """
    return _laid_out(report, SUBJECT, PASTED, [], [])


def _laid_out(report: Report, title: str, only: Collection[str] | None, above: Lines, below: Lines) -> Narrative:
    names = group_names(report)
    critical = critical_paragraphs(report)
    chosen = [part for part in sections(report, names, critical) if only is None or part[0].code in only]
    notes = [
        (INCOMPLETE, incomplete_paragraphs(report, names)),
        (KEPT, override_paragraphs(report)),
        (IMAGES, identifier_paragraphs(report, names, only)),
    ]
    urgent = CRITICAL if any(head.startswith("Critical") for head, *_ in critical) else ACTIONABLE
    language, banner = report.template.language, banners(report)

    def page(layout: Layout, contents: Sequence[str]) -> str:
        named = [(term.display, content) for (term, _), content in zip(chosen, contents, strict=True)]
        named += [(heading, layout.paragraphs(note)) for heading, note in notes if note]
        first = layout.paragraphs(critical) if critical else ""
        lines_above, lines_below = layout.lines(above), layout.lines(below)
        return layout.page(Page(language, title, banner, lines_above, urgent, first, named, lines_below))

    text, html = layouts()
    texts = [text.paragraphs(paragraphs) for _, paragraphs in chosen]
    htmls = [html.paragraphs(paragraphs) for _, paragraphs in chosen]
    parts = tuple(
        SectionText(term, plain, str(markup)) for (term, _), plain, markup in zip(chosen, texts, htmls, strict=True)
    )
    impression = next((part.text for part in parts if part.section.code == IMPRESSION), "")
    return Narrative(page(text, texts), page(html, htmls), parts, impression)
