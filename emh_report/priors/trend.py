"""The picture of a course: one measurement over time as SVG, drawn in the colour of the text around it.

Every size is written beside its point, the axis starts at zero, and the distance of dates is the distance of points. A
point that is not comparable is hollow and not joined. What the picture shows stands in `Series.lines` too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from emh_report.priors.series import Point, Series

WIDTH: Final = 560
HEIGHT: Final = 250
LEFT: Final = 58
RIGHT: Final = 40
TOP: Final = 52
BOTTOM: Final = 46
_STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_TICKS: Final = 5
_GAP: Final = 86
"""Units of the picture that a written date takes."""

STYLE: Final = (
    "<style>svg{color:#111;background:#fff}"
    "@media (prefers-color-scheme:dark){svg{color:#eee;background:#16191d}}"
    "@media print{svg{color:#000;background:#fff}}</style>"
)
"""Colours of a picture that stands alone; within a page it takes those of the text."""


class Spot(NamedTuple):
    """A point and where it is drawn."""

    x: float
    y: float
    point: Point


def draw(series: Series, *, alone: bool = False) -> str:
    """Return the picture as an SVG element; ``alone``: as a file of its own, with colours for light, dark and paper.

    Points without any date are not drawn; the title counts them.
    """
    dated = [point for point in series.points if point.date]
    top, step = _scale([point.size.number for point in dated])
    spots = _spots(dated, top)
    return "".join(
        (
            *_head(series, len(series.points) - len(dated), alone=alone),
            *_axis(series, top, step),
            *_line(spots),
            *_points(spots),
            "</svg>",
        )
    )


def _head(series: Series, undated: int, *, alone: bool) -> Iterator[str]:
    number = sha256("".join((series.title, series.quantity, series.uid, *series.lines)).encode()).hexdigest()[:8]
    heading = f"{series.title}: {series.quantity.lower()} over time"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'class="trend" role="img" aria-labelledby="trend-{number}-title trend-{number}-desc" '
        'font-family="system-ui, \'Noto Sans\', \'DejaVu Sans\', sans-serif" font-size="12" fill="currentColor">'
    )
    yield f'<title id="trend-{number}-title">{escape(heading)}</title>'
    yield f'<desc id="trend-{number}-desc">{escape("; ".join(series.lines))}</desc>'
    yield STYLE if alone else ""
    yield f'<text x="8" y="18" font-size="14" font-weight="600">{escape(_short(series.title))}</text>'
    note = f" · {undated} without a date, not drawn" if undated else ""
    hollow = " · hollow: not comparable" if any(point.why for point in series.points) else ""
    yield f'<text x="8" y="36" fill-opacity="0.8">{escape(f"{series.quantity} ({series.unit}){hollow}{note}")}</text>'


def _short(title: str) -> str:
    most = 70
    return title if len(title) <= most else f"{title[: most - 1]}…"


def _scale(numbers: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Return the upper end of the axis and the distance of its ticks: round numbers, with room above the largest."""
    largest = max(numbers, default=Decimal(1)) or Decimal(1)
    rough = largest / _TICKS
    power = Decimal(10) ** rough.adjusted()
    step = next(power * one for one in _STEPS if power * one >= rough)
    return step * (largest // step + 1), step


def _spots(points: Sequence[Point], top: Decimal) -> list[Spot]:
    days = [_day(point.date) for point in points]
    first, span = min(days, default=0), max(days, default=0) - min(days, default=0)
    width, height = WIDTH - LEFT - RIGHT - 40, HEIGHT - TOP - BOTTOM
    return [
        Spot(
            LEFT + 20 + (width * (day - first) / span if span else width / 2),
            TOP + height * float(1 - point.size.number / top),
            point,
        )
        for day, point in zip(days, points, strict=True)
    ]


def _day(text: str) -> int:
    """Return the day a point is drawn at: of a month or a year the middle."""
    return date.fromisoformat(text + {4: "-07-01", 7: "-15"}.get(len(text), "")).toordinal()


def _axis(series: Series, top: Decimal, step: Decimal) -> Iterator[str]:
    height = HEIGHT - TOP - BOTTOM
    value = Decimal(0)
    while value <= top:
        y = TOP + height * float(1 - value / top)
        opacity = "0.9" if not value else "0.15"
        ends = f'x1="{LEFT}" x2="{WIDTH - RIGHT + 20}" y1="{y:.1f}" y2="{y:.1f}"'
        yield f'<line {ends} stroke="currentColor" stroke-opacity="{opacity}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_plain(value)}</text>'
        value += step
    across, below = LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 8
    yield f'<text x="{across:.1f}" y="{below}" text-anchor="middle" fill-opacity="0.8">Date of examination</text>'
    middle = TOP + height / 2
    yield (
        f'<text x="14" y="{middle:.1f}" text-anchor="middle" transform="rotate(-90 14 {middle:.1f})">'
        f"{escape(series.unit)}</text>"
    )


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _line(spots: Sequence[Spot]) -> Iterator[str]:
    joined = [spot for spot in spots if not spot.point.why]
    if len(joined) > 1:
        path = " ".join(f"{spot.x:.1f},{spot.y:.1f}" for spot in joined)
        yield f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="2"/>'


def _points(spots: Sequence[Spot]) -> Iterator[str]:
    drawn = _dates(spots)
    for spot in spots:
        fill = "none" if spot.point.why else "currentColor"
        words = escape(f"{spot.point.date}: {spot.point.size.text} ({spot.point.source})")
        yield (
            f'<circle cx="{spot.x:.1f}" cy="{spot.y:.1f}" r="4.5" fill="{fill}" stroke="currentColor" stroke-width="2">'
            f"<title>{words}</title></circle>"
        )
        size, when = _plain(spot.point.size.number), escape(spot.point.date)
        yield f'<text x="{spot.x:.1f}" y="{spot.y - 10:.1f}" text-anchor="middle" font-weight="600">{size}</text>'
        if spot in drawn:
            yield f'<text x="{spot.x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{when}</text>'


def _dates(spots: Sequence[Spot]) -> list[Spot]:
    """Return the spots whose dates are written: the last, the first, and each between them that has room."""
    written: list[Spot] = []
    for spot in [*spots[-1:], *spots[:-1]]:
        if all(abs(spot.x - other.x) >= _GAP for other in written):
            written.append(spot)
    return written
