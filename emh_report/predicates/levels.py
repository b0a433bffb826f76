"""Vertebral levels against the part of the spine that a site belongs to."""

from __future__ import annotations

from typing import Final

from emh_report.conditions import Facts, Row, Span, Test, Truth
from emh_report.predicates.parameters import Factory, Params, known, names, text

REGIONS = ("cervical", "thoracic", "lumbar", "sacral")
"""Groups of the vocabulary vertebral-level, cranial to caudal."""


def levels_outside(params: Params) -> Test:
    """Whether a range of levels lies outside the region of its site: entirely (``part`` = all) or at its first level.

    ``sites`` are pairs "site:region". A range may cross regions: T12 to L2 is a thoracic range.
    """
    known(params, "sites", "part")
    region_of = dict(pair.split(":") for pair in names(params, "sites"))
    part = text(params, "part")
    if not set(region_of.values()) <= set(REGIONS) or part not in ("all", "first"):
        msg = f"regions are {', '.join(REGIONS)}; part is all or first"
        raise ValueError(msg)

    def test(row: Row, _: Facts) -> Truth:
        site, span = row.get("site"), row.get("levels")
        region = region_of.get(site) if isinstance(site, str) else None
        if region is None or not isinstance(span, Span) or not {span.upper_region, span.lower_region} <= set(REGIONS):
            return False if isinstance(site, str) and region is None else None
        inside = region in _covered(span)
        return not inside if part == "all" else inside and span.upper_region != region

    return test


def _covered(span: Span) -> tuple[str, ...]:
    return REGIONS[REGIONS.index(span.upper_region) : REGIONS.index(span.lower_region) + 1]


PREDICATES: Final[dict[str, Factory]] = {"levels-outside": levels_outside}
