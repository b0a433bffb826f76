"""The places of the body map, read from body.toml: panels, the regions of sites, and sites that are not drawn."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Final, NamedTuple

WIDTH: Final = 200.0
"""Units across a panel; its middle is the midline of the body."""
MIDLINE: Final = WIDTH / 2
RIGHT, LEFT, MIDDLE = "right", "left", ""


class Point(NamedTuple):
    """A point of a panel, in units."""

    x: float
    y: float

    @property
    def mirrored(self) -> Point:
        """The same point on the other side of the body."""
        return Point(WIDTH - self.x, self.y)


class Region(NamedTuple):
    """Where a site is drawn. Of a ``paired`` one outline and point are those of the right side."""

    site: str
    outline: str
    at: Point
    paired: bool

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides it is drawn on; once, and without a side, in the middle or on the one side it lies."""
        return (RIGHT, LEFT) if self.paired else (MIDDLE,)

    def point(self, side: str) -> Point:
        """Return where it is marked: on its side, or in the midline where a paired site has none."""
        if not self.paired or side == RIGHT:
            return self.at
        return self.at.mirrored if side == LEFT else Point(MIDLINE, self.at.y)


class Panel(NamedTuple):
    """One view of the body."""

    id: str
    title: str
    height: float
    outlines: tuple[str, ...]
    regions: Mapping[str, Region]


class Atlas(NamedTuple):
    """All panels, and the sites that none of them shows."""

    panels: tuple[Panel, ...]
    not_drawn: frozenset[str]

    def panel_of(self, site: str) -> Panel | None:
        """Return the panel that shows a site, or None: a department may have sites of its own."""
        return next((panel for panel in self.panels if site in panel.regions), None)


@lru_cache(maxsize=1)
def body_atlas() -> Atlas:
    """Return the atlas, read once."""
    data = tomllib.loads(resources.files(__package__).joinpath("body.toml").read_text(encoding="utf-8"))
    panels = tuple(
        Panel(
            one["id"],
            one["title"],
            one["height"],
            tuple(one["outline"]),
            {
                site: Region(site, region["d"], Point(*region["at"]), region.get("paired", False))
                for site, region in one["region"].items()
            },
        )
        for one in data["panel"]
    )
    return Atlas(panels, frozenset(data["not_drawn"]))
