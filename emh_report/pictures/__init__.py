"""Pictures of a report: a body map of its lesions and a map of the spine, drawn from tables as SVG.

`atlas` has the places, `lesions` reads them off a report, `body` and `spine` draw. Pure: a report in, text out.
Whatever a picture shows is also said in words, and colour never says it alone.
"""

from __future__ import annotations

from typing import NamedTuple

from emh_report.pictures import body, lesions, spine
from emh_report.pictures.atlas import body_atlas
from emh_report.report import Report

__all__ = ["NONE", "Pictures", "pictures"]


class Pictures(NamedTuple):
    """Drawings as SVG, what they show line by line (label, words), and what their signs mean."""

    drawings: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    signs: tuple[str, ...] = ()


NONE = Pictures()


def pictures(report: Report) -> Pictures:
    """Return the pictures that a report gives rise to: `NONE` where nothing in it has a place.

    A lesion whose site no drawing shows is among the lines, like every other.
    """
    found = lesions.of(report)
    levelled = [one for one in found if one.levels]
    drawings = []
    if any(body_atlas().panel_of(one.site) for one in found):
        drawings.append(body.drawing(found))
    if levelled:
        drawings.append(spine.drawing(levelled))
    if not drawings:
        return NONE
    return Pictures(tuple(drawings), tuple((one.label, one.words) for one in found), tuple(_signs(found)))


def _signs(found: tuple[lesions.Lesion, ...]) -> list[str]:
    """Return what the signs mean that stand in these drawings."""
    signs = {
        "Diamond with !: critical or actionable": any(one.critical for one in found),
        "Dashed: not certain to be there": any(one.doubtful for one in found),
        "?: side not stated": any(body.unsided(one) for one in found),
        "Square: organ": any(one.label.isupper() for one in found),
        "Small letter: complication": any(one.label.islower() for one in found),
    }
    return [words for words, drawn in signs.items() if drawn]
