"""What changed since earlier reports, computed from what they state. Limits are borrowed (`emh_report.thresholds`).

Silence is not a finding: a lesion that this report does not mention is neither stable nor resolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from emh_report.dates import is_before
from emh_report.errors import InputError
from emh_report.priors.examined import Examined, Lesion
from emh_report.priors.matching import Candidate, Match, Matching, Pair, match
from emh_report.priors.sizes import (
    HUNDRED,
    Difference,
    Size,
    Why,
    amount,
    difference,
    is_node,
    percent,
    region,
    sizes,
    stated,
    status,
    technique,
)
from emh_report.thresholds import Thresholds

NOT_COMPARABLE: Final = "not-comparable"
WORST_FIRST: Final = ("new", "increased", NOT_COMPARABLE, "stable", "decreased", "resolved")
"""Codes of the vocabulary change-status. A lesion that cannot be compared may have grown."""


class LesionChange(NamedTuple):
    """One lesion before and now; a uid is empty where a report does not have it.

    ``status`` is a code of the vocabulary change-status, ``why`` says why it is not-comparable. ``smallest`` is the
    smallest size in all reports that were given, where it is smaller than that before.
    """

    prior_uid: str
    current_uid: str
    status: str
    why: Why
    match: Match | None = None
    candidates: tuple[Candidate, ...] = ()
    before: Size | None = None
    now: Size | None = None
    difference: Difference | None = None
    smallest: Size | None = None


class SpleenChange(NamedTuple):
    """Volume or length of the spleen before and now.

    ``reaches`` is whether a loss of volume reaches the borrowed limit: no statement about response.
    """

    before: Size | None
    now: Size | None
    difference: Difference | None
    why: Why
    reaches: bool | None = None


class OverallChange(NamedTuple):
    """All lesions together. ``status`` is that of the worst lesion; sums are those of the diameters in mm.

    The sums are of the ``counted`` lesions that were measured before and now; ``sum_status`` is empty where there is
    none. ``sum_smallest`` is the smallest of them in any report that measured all these lesions.
    """

    status: str
    why: Why
    sum_status: str = ""
    sum_before: Decimal = Decimal(0)
    sum_smallest: Decimal = Decimal(0)
    sum_now: Decimal = Decimal(0)
    counted: int = 0
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A report beside the earlier ones of the patient, the oldest first. ``prior`` is the one it is compared with."""

    current: Examined
    priors: tuple[Examined, ...]
    matchings: tuple[Matching, ...]
    thresholds: Thresholds
    lesions: tuple[LesionChange, ...]
    overall: OverallChange
    spleen_volume: SpleenChange
    spleen_length: SpleenChange

    @property
    def prior(self) -> Examined:
        """The newest of the earlier reports."""
        return self.priors[-1]


def follow(current: Examined, priors: Sequence[Examined], thresholds: Thresholds, pairs: Iterable[Pair] = ()) -> Course:
    """Compare a report with the newest of ``priors`` (any order); the others tell the smallest sizes and the course.

    ``pairs`` are between the newest prior and this report. Raises InputError without a prior, for one that
    is later than this report, and for pairs that fit no lesions.
    """
    if not priors:
        raise InputError([("priors", "at least one earlier report is needed")])
    later = [number for number, one in enumerate(priors) if is_before(current.date, one.date)]
    if later:
        raise InputError(
            [(f"priors[{number}]", "its examination is later than that of this report") for number in later]
        )
    ordered = tuple(sorted(priors, key=lambda one: (one.date, one.report_id)))
    newest = ordered[-1]
    matchings = tuple(
        match([lesion for lesion in one.lesions if lesion.there], current.lesions, pairs if one is newest else ())
        for one in ordered
    )
    earlier = [_sizes_by_current(one, current, found) for one, found in zip(ordered, matchings, strict=True)]
    lesions = _lesions(newest, current, matchings[-1], earlier[:-1], thresholds)
    return Course(
        current=current,
        priors=ordered,
        matchings=matchings,
        thresholds=thresholds,
        lesions=lesions,
        overall=_overall(lesions, earlier[:-1], thresholds),
        spleen_volume=_spleen(newest, current, "spleen-volume", thresholds),
        spleen_length=_spleen(newest, current, "spleen-length", None),
    )


def _sizes_by_current(prior: Examined, current: Examined, found: Matching) -> dict[str, Size]:
    """Return the comparable sizes that an earlier report gives, by the lesion of this one."""
    if technique(prior, current):
        return {}
    befores, nows = _by_uid(prior.lesions), _by_uid(current.lesions)
    compared = ((one.current_uid, sizes(befores[one.prior_uid], nows[one.current_uid])) for one in found.matches)
    return {uid: before for uid, (before, _, why) in compared if before is not None and not why}


def _by_uid(lesions: Iterable[Lesion]) -> dict[str, Lesion]:
    return {lesion.uid: lesion for lesion in lesions}


def _lesions(
    prior: Examined,
    current: Examined,
    found: Matching,
    earlier: Sequence[Mapping[str, Size]],
    thresholds: Thresholds,
) -> tuple[LesionChange, ...]:
    """Every lesion of this report in its order, then those of the earlier one that it does not have."""
    matches = {one.current_uid: one for one in found.matches}
    befores = _by_uid(prior.lesions)
    differs = technique(prior, current)
    changes: list[LesionChange] = []
    for lesion in current.lesions:
        pair = matches.get(lesion.uid)
        if pair is not None:
            smallest = [known[lesion.uid] for known in earlier if lesion.uid in known]
            changes.append(_paired(pair, befores[pair.prior_uid], lesion, differs, smallest, thresholds))
        elif lesion.there:
            changes.append(_alone(lesion, found, differs or region(prior, current)))
    gone = (lesion for lesion in prior.lesions if lesion.there)
    paired = {one.prior_uid for one in found.matches}
    changes += [_unmentioned(lesion, found) for lesion in gone if lesion.uid not in paired]
    return tuple(changes)


def _paired(
    pair: Match, prior: Lesion, current: Lesion, differs: Why, earlier: Sequence[Size], thresholds: Thresholds
) -> LesionChange:
    before, now, why = sizes(prior, current)
    change = LesionChange(pair.prior_uid, pair.current_uid, NOT_COMPARABLE, why, pair, (), before, now)
    if differs or not current.presence:
        return change._replace(why=differs or Why.PRESENCE_UNKNOWN)
    if not current.there:
        return change._replace(status="resolved", why=Why.COMPARABLE)
    if why or before is None or now is None:
        return change
    measurable = thresholds.node.by
    if is_node(prior) and max(before.number, now.number) < measurable:
        return change._replace(why=Why.NODE_NOT_MEASURABLE)
    smallest = min([before, *earlier], key=lambda one: one.number)
    return change._replace(
        status=status(before.number, smallest.number, now.number, thresholds),
        difference=difference(before, now),
        smallest=smallest if smallest.number < before.number else None,
    )


def _alone(lesion: Lesion, found: Matching, differs: Why) -> LesionChange:
    """A lesion without an earlier one: new, unless one may fit or the examinations show different things."""
    offered = tuple(one for one in found.candidates if one.current_uid == lesion.uid)
    why = Why.AMBIGUOUS if offered else differs or _unsaid(lesion)
    called = NOT_COMPARABLE if why else "new"
    return LesionChange("", lesion.uid, called, why, candidates=offered, now=stated(lesion))


def _unsaid(lesion: Lesion) -> Why:
    """What a lesion lacks to be called new: where it is, or that it is there. An entry just begun has neither."""
    if lesion.site is None:
        return Why.NOT_DESCRIBED
    return Why.COMPARABLE if lesion.presence else Why.PRESENCE_UNKNOWN


def _unmentioned(lesion: Lesion, found: Matching) -> LesionChange:
    offered = tuple(one for one in found.candidates if one.prior_uid == lesion.uid)
    why = Why.AMBIGUOUS if offered else Why.NOT_DESCRIBED
    return LesionChange(lesion.uid, "", NOT_COMPARABLE, why, candidates=offered, before=stated(lesion))


def _overall(
    lesions: Sequence[LesionChange], earlier: Sequence[Mapping[str, Size]], thresholds: Thresholds
) -> OverallChange:
    if not lesions:
        return OverallChange(NOT_COMPARABLE, Why.NOT_DESCRIBED)
    worst = min(lesions, key=lambda one: WORST_FIRST.index(one.status))
    overall = OverallChange(worst.status, worst.why)
    uids = {one.current_uid for one in lesions if one.difference is not None}
    if not uids:
        return overall
    before, now = (
        sum((size.number for one in lesions if one.current_uid in uids and (size := part(one))), Decimal(0))
        for part in (attrgetter("before"), attrgetter("now"))
    )
    totals = [sum((known[uid].number for uid in uids), Decimal(0)) for known in earlier if uids <= known.keys()]
    smallest = min([before, *totals])
    return overall._replace(
        sum_status=status(before, smallest, now, thresholds),
        sum_before=before,
        sum_smallest=smallest,
        sum_now=now,
        counted=len(uids),
        percent=percent(before, now),
    )


def _spleen(prior: Examined, current: Examined, field_id: str, thresholds: Thresholds | None) -> SpleenChange:
    before, now = (amount(one.spleen[field_id]) if field_id in one.spleen else None for one in (prior, current))
    if before is None or now is None:
        return SpleenChange(before, now, None, Why.NOT_MEASURED_BEFORE if before is None else Why.NOT_MEASURED_NOW)
    why = technique(prior, current)
    if before.unit.dimension != now.unit.dimension:
        why = Why.OTHER_UNIT
    if why:
        return SpleenChange(before, now, None, why)
    changed = difference(before, now)
    limit = thresholds.spleen.percent if thresholds and changed else None
    reaches = None if limit is None else (before.number - now.number) * HUNDRED >= limit * before.number
    return SpleenChange(before, now, changed, why, reaches)
