"""The course of one measurement over several reports, as points and as words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from emh_report.priors.change import Course
from emh_report.priors.examined import Examined, Lesion, values
from emh_report.priors.matching import Matching
from emh_report.priors.sizes import Size, Why, amount, is_node, sizes, technique
from emh_report.report import Choice, LevelRange

LEAST: Final = 2
"""So many points make a course."""

EARLIER: Final = "earlier report"
NOW: Final = "this report"


class Point(NamedTuple):
    """One measurement: when (as precisely as known), how large, as entered, and in which version of which report.

    ``why`` says why it cannot be compared with the newest one; empty where it can.
    """

    date: str
    size: Size
    source: str
    why: Why = Why.COMPARABLE


class Series(NamedTuple):
    """One measurement of one thing, the oldest point first. ``uid`` is that of the lesion in the newest report."""

    title: str
    quantity: str
    unit: str
    points: tuple[Point, ...]
    uid: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Return one line for each point: everything the picture shows, in words."""
        return tuple(
            f"{point.date or 'date not known'}: {point.size.text} ({point.source}"
            f"{f'; {NOTES[point.why]}' if point.why else ''})"
            for point in self.points
        )


NOTES: Final = {
    Why.NOT_DESCRIBED: "not described",
    Why.AMBIGUOUS: "several lesions fit",
    Why.PRESENCE_UNKNOWN: "presence not stated",
    Why.NOT_MEASURED_BEFORE: "not measured before",
    Why.NOT_MEASURED_NOW: "not measured now",
    Why.OTHER_MEASURE: "measured in another way",
    Why.OTHER_UNIT: "in units that cannot be converted",
    Why.OTHER_MODALITY: "other modality, not comparable",
    Why.MODALITY_UNKNOWN: "modality not known, not comparable",
    Why.OTHER_TECHNIQUE: "other technique, not comparable",
    Why.OTHER_REGION: "the earlier examination shows less of the body",
    Why.SHORT_AXIS_UNKNOWN: "short axis not known",
    Why.NODE_NOT_MEASURABLE: "node too small to be compared",
}
"""Why something is not comparable, in words."""


def series(course: Course) -> tuple[Series, ...]:
    """Return the course of every lesion and of the spleen that has at least two measurements."""
    found = [_lesion(course, lesion) for lesion in course.current.lesions]
    found += [_spleen(course, field_id, quantity) for field_id, quantity in SPLEEN.items()]
    return tuple(one for one in found if len(one.points) >= LEAST)


SPLEEN: Final = {"spleen-volume": "Volume", "spleen-length": "Length"}


def name(lesion: Lesion) -> str:
    """Return what a lesion is called in lists: its site, side and levels, and its own name where it has one."""
    parts = [lesion.site.display if lesion.site else "Lesion"]
    parts += [
        value.term.display.lower() for value in values(lesion.answered, "laterality") if isinstance(value, Choice)
    ]
    parts += [_levels(value) for value in values(lesion.answered, "levels") if isinstance(value, LevelRange)]
    parts += [f"“{lesion.tracking_id}”"] if lesion.tracking_id else []
    return ", ".join(parts)


def _levels(value: LevelRange) -> str:
    upper, lower = value.upper.code, value.lower.code
    return upper if upper == lower else f"{upper}–{lower}"


def _lesion(course: Course, lesion: Lesion) -> Series:
    points = [
        point
        for prior, matching in zip(course.priors, course.matchings, strict=True)
        for point in _before(prior, course.current, matching, lesion)
    ]
    _, now, why = sizes(lesion, lesion)
    points += [Point(course.current.date, now, _source(course.current, NOW), why)] if now is not None else []
    quantity = "Short axis" if is_node(lesion) else "Longest diameter"
    return Series(name(lesion), quantity, "mm", tuple(points), lesion.uid)


def _before(prior: Examined, current: Examined, matching: Matching, lesion: Lesion) -> Iterator[Point]:
    uid = next((one.prior_uid for one in matching.matches if one.current_uid == lesion.uid), "")
    for earlier in prior.lesions:
        if earlier.uid == uid:
            before, _, why = sizes(earlier, lesion)
            if why is Why.SHORT_AXIS_UNKNOWN:  # which of the two it is
                before, _, why = sizes(earlier, earlier)
            if before is not None:
                yield Point(prior.date, before, _source(prior), technique(prior, current) or _serious(why))


def _serious(why: Why) -> Why:
    """A size that is missing now does not make the earlier one a doubtful point."""
    return Why.COMPARABLE if why is Why.NOT_MEASURED_NOW else why


def _spleen(course: Course, field_id: str, quantity: str) -> Series:
    current = course.current
    reports = [(one, technique(one, current)) for one in course.priors] + [(current, Why.COMPARABLE)]
    points = tuple(
        Point(one.date, amount(one.spleen[field_id]), _source(one, NOW if one is current else EARLIER), why)
        for one, why in reports
        if field_id in one.spleen
    )
    return Series("Spleen", quantity, "mL" if field_id == "spleen-volume" else "mm", points)


def _source(one: Examined, unnamed: str = EARLIER) -> str:
    modalities = "/".join(sorted(one.modalities))
    return ", ".join(part for part in (modalities, f"version {one.version}" if one.version else unnamed) if part)
