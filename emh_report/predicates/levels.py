"""Vertebral levels against the part of the spine that a site belongs to."""

from __future__ import annotations

from typing import Final

from emh_report.conditions import Facts, Row, Span, Test, Truth
from emh_report.predicates.parameters import Factory, Params, known, names, text

REGIONS = {"cervical": 0, "thoracic": 1, "lumbar": 2, "sacral": 3}
"""Groups of the vocabulary vertebral-level, cranial to caudal."""


def levels_outside(params: Params) -> Test:
    """Whether a range of levels lies outside the region of its site: entirely (``part`` = all) or at its first level.

    ``sites`` are pairs "site:region". A range may cross regions: T12 to L2 is a thoracic range.
    """
    known(params, "sites", "part")
    region_of = dict(pair.split(":") for pair in names(params, "sites"))
    part = text(params, "part")
    if not set(region_of.values()) <= REGIONS.keys() or part not in ("all", "first"):
        msg = f"regions are {', '.join(REGIONS)}; part is all or first"
        raise ValueError(msg)

    def test(row: Row, _: Facts) -> Truth:
        site, span = row.get("site"), row.get("levels")
        if not isinstance(site, str):
            return None
        if site not in region_of:
            return False
        if not isinstance(span, Span) or span.upper_region not in REGIONS or span.lower_region not in REGIONS:
            return None
        region = REGIONS[region_of[site]]
        first, last = REGIONS[span.upper_region], REGIONS[span.lower_region]
        return not first <= region <= last if part == "all" else first < region <= last

    return test


def span_outside(params: Params) -> Test:
    """Whether the levels in ``field`` are not all within the levels in ``within``."""
    known(params, "field", "within")
    field, within = text(params, "field"), text(params, "within")

    def test(row: Row, _: Facts) -> Truth:
        inner, outer = row.get(field), row.get(within)
        if not isinstance(inner, Span) or not isinstance(outer, Span):
            return None
        return inner.upper < outer.upper or inner.lower > outer.lower

    return test


PREDICATES: Final[dict[str, Factory]] = {"levels-outside": levels_outside, "span-outside": span_outside}
