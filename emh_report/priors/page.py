"""The course as HTML, shown beside a report or behind its narrative: never a part of the signed text."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from emh_report.priors.change import Course
from emh_report.priors.series import series
from emh_report.priors.trend import draw
from emh_report.priors.wording import HEAD, limits, rows

TITLE = "Compared with earlier reports"
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:11pt/1.4 system-ui,sans-serif;margin:1em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #8886;padding:.3em .8em .3em 0;"
    "text-align:left;vertical-align:top}td:nth-child(2),td:nth-child(3){white-space:nowrap}.scroll{overflow-x:auto}svg{height:auto;max-width:100%}"
    "figure{break-inside:avoid;margin:1em 0}figcaption{font-size:.9em}"
)
UNSIGNED = "Computed from both reports when this was shown; not part of the signed text."


def fragment(course: Course) -> str:
    """Return a section: the comparison as a table, the limits that were used, and the pictures with their words."""
    return "".join(_parts(course))


def whole(course: Course) -> str:
    """Return the course as a page of its own, for the screen and for paper."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>{TITLE}</title>'
        f"<style>{STYLE}</style></head><body>{fragment(course)}</body></html>"
    )


def _parts(course: Course) -> Iterator[str]:
    prior = course.prior
    compared = f"the report of {prior.date or 'an unknown date'}" + (
        f", version {prior.version}" if prior.version else ""
    )
    yield f'<section class="course"><h2>{TITLE}</h2><p>Compared with {escape(compared)}. {UNSIGNED}</p>'
    head = "".join(f'<th scope="col">{cell}</th>' for cell in HEAD)
    yield f'<div class="scroll" role="region" aria-label="{TITLE}" tabindex="0">'
    yield f"<table><thead><tr>{head}</tr></thead><tbody>"
    for row in rows(course):
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row[1:5])
        yield f'<tr><th scope="row">{escape(row.what)}</th>{cells}</tr>'
    yield f"</tbody></table></div><p>{escape(limits(course.thresholds))}</p>"
    for one in series(course):
        words = "".join(f"<li>{escape(line)}</li>" for line in one.lines)
        yield f"<figure>{draw(one)}<figcaption><ul>{words}</ul></figcaption></figure>"
    yield "</section>"
