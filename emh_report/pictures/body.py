"""The body map: the panels that show a lesion, with its number where it lies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.pictures import svg
from emh_report.pictures.atlas import LEFT, MIDDLE, RIGHT, WIDTH, Panel, Point, Region, body_atlas
from emh_report.pictures.lesions import Lesion
from emh_report.pictures.svg import element

GAP: Final = 14.0
HEAD: Final = 26.0
"""Above a panel: its title, and which side of the patient is where."""
APART: Final = 19.0
"""Distance of the middles of two marks; nearer ones would hide each other."""
EDGE: Final = 10.0
"""Nearest that a mark that had to give way comes to the edge of its panel."""
AROUND: Final = sorted(
    ((right, down) for right in range(-5, 6) for down in range(-5, 6)),
    key=lambda step: (math.hypot(*step), step[1], step),
)
"""Steps to free places, the nearest first."""
SIDES: Final = {"right": (RIGHT,), "left": (LEFT,), "bilateral": (RIGHT, LEFT)}
"""Side of a lesion → sides it is marked on; the midline for any other."""
LARGEST: Final = 1.1
BROADEST: Final = 636.0
"""Pixels of a drawing on paper: four panels fit beside each other on A4, and one does not fill the page."""


class Mark(NamedTuple):
    """A lesion at a point. ``stated`` is whether its side was, where the site has two."""

    lesion: Lesion
    at: Point
    stated: bool


def drawing(lesions: Sequence[Lesion]) -> str:
    """Return the map as one SVG: the panels that have a lesion, at least one. Other sites are told in words."""
    shown = [one for one in body_atlas().panels if any(lesion.site in one.regions for lesion in lesions)]
    height = max(one.height for one in shown) + HEAD
    width = len(shown) * (WIDTH + GAP) - GAP
    content = "".join(
        element("g", panel(one, lesions), transform=f"translate({svg.number(place * (WIDTH + GAP))} 0)")
        for place, one in enumerate(shown)
    )
    words = "; ".join(lesion.line for lesion in lesions)
    scale = min(LARGEST, BROADEST / width)
    return svg.picture(
        f"Body map. {words}",
        "Seen from the front: the right side of the patient is on the left.",
        content,
        width,
        height,
        width=width * scale,
        height=height * scale,
        class_="body-map",
    )


def panel(one: Panel, lesions: Sequence[Lesion]) -> str:
    """Return a panel of ``WIDTH`` units with its title, its regions and the lesions that lie in them."""
    touched = frozenset((lesion.site, side) for lesion in lesions for side in sides(one, lesion))
    heads = (
        svg.text(one.title, WIDTH / 2, 10, 10, text_anchor="middle", font_weight="bold", class_="map-title"),
        svg.text("R", 4, 22, 10, fill=svg.SOFT, class_="map-side"),
        svg.text("L", WIDTH - 4, 22, 10, fill=svg.SOFT, text_anchor="end", class_="map-side"),
    )
    content = ground(one.id, touched) + "".join(drawn(mark) for mark in marks(one, lesions))
    return "".join(heads) + element("g", content, transform=f"translate(0 {svg.number(HEAD)})")


@lru_cache(maxsize=64)
def ground(one: str, touched: frozenset[tuple[str, str]]) -> str:
    """Return outline and regions of a panel; ``touched`` are the (site, side) that a lesion takes up."""
    found = next(panel_ for panel_ in body_atlas().panels if panel_.id == one)
    outlines = (
        element("path", d=d, fill=svg.GROUND, stroke=svg.LINE, stroke_width=1.2, class_="map-body")
        for d in found.outlines
    )
    regions = (
        shape(region, side, touched=(region.site, side) in touched)
        for region in found.regions.values()
        for side in region.sides
    )
    return "".join((*outlines, *regions))


def sides(one: Panel, lesion: Lesion) -> tuple[str, ...]:
    """Return the sides of its region that a lesion takes up; none where the panel does not show its site."""
    region = one.regions.get(lesion.site)
    if region is None:
        return ()
    return SIDES.get(lesion.side, ()) if region.paired else (MIDDLE,)


def shape(region: Region, side: str, *, touched: bool) -> str:
    """Return the outline of a region on one side."""
    fill, width = (svg.TOUCHED, 1.6) if touched else (svg.ORGAN, 0.8)
    stroke = svg.INK if touched else svg.LINE
    mirror = {"transform": f"translate({svg.number(WIDTH)} 0) scale(-1 1)"} if side == LEFT else {}
    name = f"map-region{' touched' if touched else ''}"
    return element(
        "path",
        d=region.outline,
        fill=fill,
        stroke=stroke,
        stroke_width=width,
        class_=name,
        data_region=f"{region.site}:{side}",
        **mirror,
    )


def marks(one: Panel, lesions: Sequence[Lesion]) -> list[Mark]:
    """Return where the lesions of a panel are marked: none hides another, and a bilateral one is marked twice."""
    placed: list[Mark] = []
    for lesion in lesions:
        region = one.regions.get(lesion.site)
        if region is None:
            continue
        stated = not unsided(lesion)
        for side in sides(one, lesion) or (MIDDLE,):
            placed.append(Mark(lesion, _free(region.point(side), placed), stated))
    return placed


def unsided(lesion: Lesion) -> bool:
    """Whether a lesion lies at a site that has two sides, and nobody said on which."""
    panel_ = body_atlas().panel_of(lesion.site)
    return panel_ is not None and panel_.regions[lesion.site].paired and lesion.side not in (*SIDES, "midline")


def _free(wanted: Point, placed: Sequence[Mark]) -> Point:
    """Return the nearest free point around ``wanted``; the point itself where there is none."""
    return next((one for one in _around(wanted) if all(_apart(one, mark.at) for mark in placed)), wanted)


def _around(wanted: Point) -> Iterator[Point]:
    for right, down in AROUND:
        point = Point(wanted.x + right * APART, wanted.y + down * APART)
        if EDGE <= point.x <= WIDTH - EDGE and point.y >= EDGE:
            yield point


def _apart(one: Point, other: Point) -> bool:
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= APART**2 - 1


def drawn(mark: Mark) -> str:
    """Return a mark: a disc with the number; a diamond with "!" where critical; dashed where in doubt."""
    (x, y), lesion = mark.at, mark.lesion
    sign = badge(lesion.label, x, y, critical=lesion.critical, doubtful=lesion.doubtful)
    if mark.stated:
        return sign
    return sign + svg.text("?", x + 11, y - 5, 10, font_weight="bold", class_="map-note")


def badge(label: str, x: float, y: float, *, critical: bool, doubtful: bool) -> str:
    """Return the sign of a lesion at a point, 16 units across."""
    dashes = {"stroke_dasharray": "2.5 1.8"} if doubtful else {}
    fill, ink = ("#ffffff", svg.INK) if doubtful else (svg.INK, "#ffffff")
    if not critical:
        if label.isupper():
            square = {"x": x - 8, "y": y - 8, "width": 16, "height": 16, "rx": 2}
            form = element("rect", **square, fill=fill, stroke=svg.INK, stroke_width=1.5, class_="map-mark", **dashes)
            return form + _label(label, x, y, ink)
        form = element(
            "circle", cx=x, cy=y, r=8, fill=fill, stroke=svg.INK, stroke_width=1.5, class_="map-mark", **dashes
        )
        return form + _label(label, x, y, ink)
    fill, ink = ("#ffffff", svg.URGENT) if doubtful else (svg.URGENT, "#ffffff")
    corners = " ".join(
        f"{svg.number(x + dx)},{svg.number(y + dy)}" for dx, dy in ((0, -11), (11, 0), (0, 11), (-11, 0))
    )
    halo = element("polygon", points=corners, fill="#ffffff", stroke="#ffffff", stroke_width=5)
    form = element(
        "polygon", points=corners, fill=fill, stroke=svg.URGENT, stroke_width=2, class_="map-mark urgent", **dashes
    )
    flag = svg.text("!", x + 10, y - 6, 13, font_weight="bold", fill=svg.URGENT, class_="map-flag")
    return halo + form + flag + _label(label, x, y, ink)


def _label(label: str, x: float, y: float, ink: str) -> str:
    size = 10.5 if len(label) == 1 else 8.5
    return svg.text(
        label, x, y + size * 0.36, size, text_anchor="middle", font_weight="bold", fill=ink, class_="map-number"
    )
