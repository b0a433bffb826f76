"""What a printed report says beside its narrative, and the whole as one HTML document for the page engine.

The narrative is taken as it is. Around it stand who it is about, which version it is and who signed it, on every page;
behind it the figure, which repeats what the text says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from html import escape
from importlib import resources
from typing import Final, NamedTuple

from emh_report.context import Context, Identifier, ReportStatus
from emh_report.export.pdf.glyphs import note
from emh_report.pictures import NONE, Pictures, pictures
from emh_report.report import Report
from emh_report.text import visible

STATES: Final = {
    ReportStatus.DRAFT: "DRAFT, not released",
    ReportStatus.PRELIMINARY: "PRELIMINARY",
    ReportStatus.FINAL: "Final",
    ReportStatus.CORRECTED: "CORRECTED",
    ReportStatus.APPENDED: "With addendum",
    ReportStatus.CANCELLED: "CANCELLED",
    ReportStatus.ENTERED_IN_ERROR: "ENTERED IN ERROR",
}
"""As the foot of every page has it: a page that was torn off still says what it is part of."""
UNSIGNED: Final = "Not signed electronically"
FIGURE: Final = "Where the findings lie"
ORIENTED: Final = "The right side of the patient is on the left. Marks show sites and levels, not outlines"
REPEATED: Final = "The figure repeats what the text says; the text is the report"


class Attached(NamedTuple):
    """A file within the PDF. ``relationship`` as ISO 32000-2, 7.11.3 has it: Source, Data, Supplement."""

    name: str
    media_type: str
    content: bytes
    description: str
    relationship: str = "Data"


class Sheet(NamedTuple):
    """A report to be printed. ``html`` is a whole narrative; ``signature`` are lines (label, text) about who signed.

    ``signed`` is the short form for the foot of each page; ``issued`` an instant (RFC 3339), or empty; ``banners`` is
    what a reader has to know before anything else; ``behind`` is HTML for the end, which says itself what it is.
    """

    html: str
    patient: str
    version: str
    issued: str = ""
    signed: str = UNSIGNED
    signature: tuple[tuple[str, str], ...] = ()
    figure: Pictures = NONE
    attachments: tuple[Attached, ...] = ()
    banners: tuple[str, ...] = ()
    behind: str = ""


def sheet(report: Report, html: str, attachments: tuple[Attached, ...] = ()) -> Sheet:
    """Return what is printed of ``report``, whose narrative is ``html``."""
    context = report.context
    return Sheet(
        html,
        patient_line(context),
        version_line(context),
        issued=context.report.issued,
        figure=pictures(report),
        attachments=attachments,
    )


def fhir_bundle(content: bytes) -> Attached:
    """Return a FHIR bundle as a file of the PDF."""
    return Attached("report.fhir.json", "application/fhir+json", content, "The report as FHIR R4 transaction bundle")


def laid_out(printed: Sheet, missing: Collection[str] = ()) -> str:
    """Return the document that the page engine prints."""
    head, _, rest = printed.html.partition("</head>")
    opening, _, body = rest.partition("<body>")
    narrative, _, closing = body.rpartition("</body>")
    banners = (*printed.banners, *((note(missing),) if missing else ()))
    created = f'<meta name="dcterms.created" content="{escape(printed.issued)}"/>' if printed.issued else ""
    return "".join(
        (
            f'{head}{created}<meta name="generator" content="emh_report"/><style>{_style()}</style></head>',
            f"{opening}<body>",
            _running(printed),
            *(f'<p class="banner">{escape(banner)}</p>' for banner in banners),
            narrative,
            _signature(printed.signature),
            _figure(printed.figure),
            printed.behind,
            f"</body>{closing}",
        )
    )


@lru_cache(maxsize=1)
def _style() -> str:
    return resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def _running(printed: Sheet) -> str:
    """Return what stands on every page; the style sheet takes it out of the flow."""
    return (
        f'<p class="run-patient">{escape(printed.patient)}</p>'
        f'<p class="run-version">{escape(printed.version)} · {escape(printed.signed)}</p>'
    )


def _signature(lines: Sequence[tuple[str, str]]) -> str:
    if not lines:
        return ""
    rows = "".join(f'<tr><th scope="row">{escape(label)}</th><td>{escape(text)}</td></tr>' for label, text in lines)
    return f'<table class="seal">{rows}</table>'


def _figure(shown: Pictures) -> str:
    if not shown.drawings:
        return ""
    drawings = "".join(f'<div class="drawing">{one}</div>' for one in shown.drawings)
    lines = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{escape(words)}</td></tr>' for label, words in shown.lines
    )
    remark = ". ".join((ORIENTED, *shown.signs, REPEATED))
    return (
        f'<section class="figure"><h2>{FIGURE}</h2><div class="drawings">{drawings}</div>'
        f'<table class="legend">{lines}</table><p class="remark">{escape(remark)}.</p></section>'
    )


def patient_line(context: Context) -> str:
    """Return the patient in one line: name, birth date, identifiers."""
    patient = context.patient
    name = ", ".join(part for part in (patient.family, " ".join(patient.given)) if part) or "name not given"
    born = f"born {patient.birth_date}" if patient.birth_date else ""
    numbers = ", ".join(one.value for one in patient.identifiers if one.value)
    test = "TEST DATA" if context.test_data else ""
    return " · ".join(visible(part) for part in (name, born, numbers, test) if part)


def version_line(context: Context) -> str:
    """Return which report in which version this is, in one line."""
    report = context.report
    number = f"Report {report.identifier.value}" if report.identifier != Identifier() else ""
    parts = (number, f"version {report.version}", STATES[report.status])
    return " · ".join(visible(part) for part in parts if part)
