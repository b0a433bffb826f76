"""A comparison in words: the same rows for the command line, the form and paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from emh_report.priors.change import Course, LesionChange, SpleenChange
from emh_report.priors.matching import Basis, Doubt
from emh_report.priors.series import NOTES, name
from emh_report.priors.sizes import Difference, Size
from emh_report.thresholds import Thresholds

STATUSES: Final = {
    "resolved": "resolved",
    "decreased": "decreased",
    "stable": "stable",
    "increased": "increased",
    "new": "new: not in the earlier report",
    "not-comparable": "not comparable",
}
BASES: Final = {
    Basis.CHOSEN: "chosen by a person",
    Basis.TRACKING_UID: "same Tracking UID",
    Basis.TRACKING_ID: "same lesion name",
    Basis.SAME_PLACE: "same place",
    Basis.OVERLAPPING_LEVELS: "levels overlap",
}
DOUBTS: Final = {
    Doubt.SEVERAL_FIT: "several fit",
    Doubt.PLACE_INCOMPLETE: "place not fully stated",
    Doubt.PLACE_DIFFERS: "place differs",
    Doubt.TRACKED_APART: "tracked as two lesions",
}
HEAD: Final = ("Lesion", "Before", "Now", "Change", "Matched by")
NOTHING: Final = "–"


class Row(NamedTuple):
    """One line of a comparison, as `HEAD` names its cells. ``uid`` is that of the lesion in this report."""

    what: str
    before: str
    now: str
    change: str
    matched: str
    uid: str = ""
    prior_uid: str = ""


def rows(course: Course) -> tuple[Row, ...]:
    """Return a line for every lesion, for all of them together, and for the spleen."""
    found = [_lesion(course, change) for change in course.lesions]
    found += [_overall(course)] if course.lesions else []
    for quantity, change in (("Spleen volume", course.spleen_volume), ("Spleen length", course.spleen_length)):
        found += [_spleen(quantity, change)] if change.before or change.now else []
    return tuple(found)


def _lesion(course: Course, change: LesionChange) -> Row:
    lesions = {lesion.uid: lesion for lesion in course.current.lesions}
    priors = {lesion.uid: lesion for lesion in course.prior.lesions}
    lesion = lesions[change.current_uid] if change.current_uid else priors[change.prior_uid]
    return Row(
        name(lesion),
        _size(change.before),
        _size(change.now),
        _change(change.status, change.difference, NOTES.get(change.why, "")) + _from(change.smallest),
        _matched(change),
        change.current_uid,
        change.prior_uid,
    )


def _change(status: str, difference: Difference | None, why: str) -> str:
    words = STATUSES[status] if not why else f"{STATUSES[status]}: {why}"
    return f"{words}, {_difference(difference, 'mm')}" if difference else words


def _from(smallest: Size | None) -> str:
    return f"; smallest {smallest.text}" if smallest else ""


def _difference(difference: Difference, unit: str) -> str:
    return f"{_signed(difference.by)} {unit} ({_signed(difference.percent)} %)"


def _signed(number: Decimal) -> str:
    return f"+{number:f}" if number > 0 else f"{number:f}".replace("-", "−")


def _matched(change: LesionChange) -> str:
    if change.match is not None:
        sure = "" if change.match.basis is Basis.CHOSEN else f" ({change.match.confidence} confidence)"
        return f"{BASES[change.match.basis]}{sure}"
    doubts = dict.fromkeys(DOUBTS[candidate.doubt] for candidate in change.candidates)
    return f"not matched: {', '.join(doubts)}" if doubts else NOTHING


def _overall(course: Course) -> Row:
    overall = course.overall
    words = "new lesion" if overall.status == "new" else _change(overall.status, None, NOTES.get(overall.why, ""))
    if not overall.sum_status or overall.percent is None:
        return Row("All lesions", NOTHING, NOTHING, words, "worst lesion")
    lesions = "lesion" if overall.counted == 1 else "lesions"
    counted = f"sum of {overall.counted} {lesions} {overall.sum_status}, {_signed(overall.percent)} %"
    if overall.sum_smallest < overall.sum_before:  # from which growth counts: a sum that is "increased" may be smaller
        counted = f"{counted}; smallest {overall.sum_smallest:f} mm"
    return Row(
        "All lesions", f"{overall.sum_before:f} mm", f"{overall.sum_now:f} mm", f"{words}; {counted}", "worst lesion"
    )


def _spleen(quantity: str, change: SpleenChange) -> Row:
    words = NOTES.get(change.why, "")
    if change.difference is not None:
        words = _difference(change.difference, "mL" if "volume" in quantity else "mm")
    return Row(quantity, _size(change.before), _size(change.now), words, NOTHING)


def _size(size: Size | None) -> str:
    return size.text if size else NOTHING


def limits(thresholds: Thresholds) -> str:
    """Return which limits were used and that they are borrowed."""
    up, down, spleen = thresholds.increase, thresholds.decrease, thresholds.spleen
    return (
        f"Limits are borrowed from {up.borrowed_from} and not validated for extramedullary hematopoiesis: increased "
        f"from +{up.percent} % and +{up.by} {up.unit} over the smallest known size, decreased from "
        f"−{down.percent} %, else stable. Spleen: {spleen.borrowed_from} trials ask for −{spleen.percent} % of volume; "
        "imaging alone makes no response."
    )
