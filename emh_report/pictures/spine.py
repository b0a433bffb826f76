"""The map of the spine: levels from C1 to S5, and each lesion as a bar along its levels, on its side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from emh_report.pictures import svg
from emh_report.pictures.body import badge
from emh_report.pictures.lesions import Lesion, Levels
from emh_report.pictures.svg import element

REGIONS: Final[Mapping[str, int]] = {"C": 7, "T": 13, "L": 6, "S": 5}
"""Region → most levels that it can have."""
LEVELS: Final = tuple(f"{region}{number}" for region, most in REGIONS.items() for number in range(1, most + 1))
"""Every level that a report can name, from above."""
SELDOM: Final = frozenset({"T13", "L6"})
"""Levels of a transitional anatomy: drawn only where a report names them."""
NAMES: Final = {"C": "Cervical", "T": "Thoracic", "L": "Lumbar", "S": "Sacral"}

SCALE: Final = 1.2
"""Of a drawing on paper."""
ROW: Final = 11.0
BODY: Final = 36.0
BREADTHS: Final = {"C": (24.0, 0.0), "T": (27.0, 0.4), "L": (33.0, 0.6), "S": (33.0, -3.5)}
"""Region → breadth of its first body, and how much each further one differs: the column looks like one."""
LANE: Final = 34.0
TOP: Final = 34.0
EDGE: Final = 46.0
"""At the left edge: the names of the regions."""


class Bar(NamedTuple):
    """A lesion in a lane beside the spine: 0 is next to it."""

    lesion: Lesion
    levels: Levels
    lane: int


def rows(lesions: Sequence[Lesion]) -> tuple[str, ...]:
    """Return the levels that are drawn."""
    named = {level for one in lesions if one.levels for level in one.levels}
    return tuple(level for level in LEVELS if level not in SELDOM or level in named)


def drawing(lesions: Sequence[Lesion]) -> str:
    """Return the map of lesions with levels as one SVG: the right side of the patient on the left."""
    shown = rows(lesions)
    right = _lanes([one for one in lesions if one.side in ("right", "bilateral")], shown)
    middle = _lanes([one for one in lesions if one.side not in ("right", "left", "bilateral")], shown)
    left = _lanes([one for one in lesions if one.side in ("left", "bilateral")], shown)
    start = EDGE + _width(right)
    end = start + BODY
    width = end + _width(middle) + _width(left) + 8
    parts = [_column(shown, start, width)]
    parts += [_bar(bar, shown, start - (bar.lane + 0.5) * LANE) for bar in right]
    parts += [_bar(bar, shown, end + (bar.lane + 0.5) * LANE) for bar in middle]
    parts += [_bar(bar, shown, end + _width(middle) + (bar.lane + 0.5) * LANE) for bar in left]
    heads = (
        ("Right", start - _width(right) / 2, right),
        ("Middle", end + _width(middle) / 2, middle),
        ("Left", end + _width(middle) + _width(left) / 2, left),
    )
    parts += [
        svg.text(words, x, 10, 9, text_anchor="middle", fill=svg.SOFT, class_="map-side")
        for words, x, any_ in heads
        if any_
    ]
    words = "; ".join(one.line for one in lesions)
    height = TOP + len(shown) * ROW + 16
    return svg.picture(
        f"Spine map. {words}",
        "Levels from above; the right side of the patient is on the left.",
        "".join(parts),
        width,
        height,
        width=width * SCALE,
        height=height * SCALE,
        class_="spine-map",
    )


def _width(bars: Sequence[Bar]) -> float:
    return (max(bar.lane for bar in bars) + 1) * LANE if bars else 0.0


def _lanes(lesions: Sequence[Lesion], shown: Sequence[str]) -> list[Bar]:
    """Return bars of which no two overlap in a lane; a lane has one level free between two."""
    ends: list[int] = []
    bars = []
    ordered = sorted((one for one in lesions if one.levels), key=lambda one: shown.index(_levels(one).upper))
    for lesion in ordered:
        first, last = (shown.index(level) for level in _levels(lesion))
        lane = next((number for number, end in enumerate(ends) if end + 4 < first), len(ends))
        ends[lane : lane + 1] = [max(first, last)]
        bars.append(Bar(lesion, _levels(lesion), lane))
    return bars


def _levels(lesion: Lesion) -> Levels:
    assert lesion.levels is not None  # noqa: S101 - only such lesions come here
    return lesion.levels


def _column(shown: Sequence[str], x: float, width: float) -> str:
    parts = []
    for region, name in NAMES.items():
        own = [place for place, level in enumerate(shown) if level.startswith(region)]
        y = TOP + own[0] * ROW
        parts.append(element("path", d=f"M0 {svg.number(y)} H{svg.number(width)}", stroke=svg.LINE, stroke_width=0.5))
        parts.append(svg.text(name, 0, y + ROW * 0.8, 8, fill=svg.SOFT, class_="map-side"))
        parts += [_vertebra(shown[place], x + BODY / 2, place, place - own[0]) for place in own]
    return "".join(parts)


def _vertebra(level: str, middle: float, place: int, within: int) -> str:
    first, more = BREADTHS[level[0]]
    breadth, y = first + within * more, TOP + place * ROW
    box = element(
        "rect",
        x=middle - breadth / 2,
        y=y + 0.6,
        width=breadth,
        height=ROW - 1.2,
        rx=2.5,
        fill=svg.ORGAN,
        stroke=svg.LINE,
        stroke_width=0.8,
        class_="map-region",
    )
    return box + svg.text(level, middle, y + ROW * 0.76, 7.5, text_anchor="middle", class_="map-level")


def _bar(bar: Bar, shown: Sequence[str], x: float) -> str:
    """Return a bar with its sign above and its levels below; critical ones have a double edge and a flag."""
    first, last = sorted(shown.index(level) for level in bar.levels)
    y, height = TOP + first * ROW, (last - first + 1) * ROW
    lesion = bar.lesion
    colour = svg.URGENT if lesion.critical else svg.INK
    fill = "#ffffff" if lesion.doubtful else svg.TOUCHED
    dashes = {"stroke_dasharray": "3 2"} if lesion.doubtful else {}
    form = element(
        "rect",
        x=x - 5,
        y=y + 1,
        width=10,
        height=height - 2,
        rx=2,
        fill=fill,
        stroke=colour,
        stroke_width=2.4 if lesion.critical else 1.3,
        class_="map-bar",
        **dashes,
    )
    if lesion.critical:
        form += element(
            "rect", x=x - 1.6, y=y + 3.5, width=3.2, height=max(height - 7, 1), fill=colour, class_="map-core"
        )
    sign = badge(
        lesion.label, x, y - (13 if lesion.critical else 10), critical=lesion.critical, doubtful=lesion.doubtful
    )
    words = svg.text(bar.levels.words, x, y + height + 8, 7.5, text_anchor="middle", class_="map-level")
    return form + sign + words
