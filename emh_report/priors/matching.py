"""Which lesion of an earlier report is which of this one: said by a person, by a tracking id, or by its place.

Two lesions are paired only where each is the only one that fits the other. Everything else that may fit is offered and
left to a person: a wrong pair would be a wrong statement about growth. The order of lesions plays no part, and swapping
the two reports gives the same pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from emh_report.errors import InputError
from emh_report.priors.examined import Lesion

ADJACENT: Final = 1
"""Levels so far apart may be one place, counted differently."""

UNSIDED: Final = frozenset({"", "unspecified"})


class Place(IntEnum):
    """How two places relate, the worst of site, side, levels and part of the site."""

    OTHER = 0
    NEAR = 1
    UNKNOWN = 2
    OVERLAPPING = 3
    SAME = 4


class Basis(StrEnum):
    """Why two lesions are one."""

    CHOSEN = "chosen"
    TRACKING_UID = "tracking-uid"
    TRACKING_ID = "tracking-id"
    SAME_PLACE = "same-place"
    OVERLAPPING_LEVELS = "overlapping-levels"


class Doubt(StrEnum):
    """Why two lesions that may be one are not paired without being told to."""

    SEVERAL_FIT = "several-fit"
    PLACE_INCOMPLETE = "place-incomplete"
    PLACE_DIFFERS = "place-differs"
    TRACKED_APART = "tracked-apart"


class Rule(NamedTuple):
    """One way of pairing. ``least`` is the relation of places that it needs.

    ``rivals``: an incomplete place rivals a pair that is made by place, since that lesion may be the one that is meant.
    """

    basis: Basis
    confidence: str
    same: Callable[[Lesion, Lesion], bool]
    least: Place
    rivals: bool


class Match(NamedTuple):
    """One lesion in both reports, by the uids of its two entries."""

    prior_uid: str
    current_uid: str
    basis: Basis
    confidence: str


class Candidate(NamedTuple):
    """Two entries that may be one lesion; a person decides."""

    prior_uid: str
    current_uid: str
    doubt: Doubt


class Pair(NamedTuple):
    """What a person decided: these are one lesion, or, where one uid is empty, the other has no counterpart."""

    prior_uid: str
    current_uid: str


class Matching(NamedTuple):
    """What was paired, in the order of the current report, and what may fit. Lesions in neither list stand alone."""

    matches: tuple[Match, ...]
    candidates: tuple[Candidate, ...]


def place(one: Lesion, other: Lesion) -> Place:
    """Return how the places of two lesions relate."""
    if one.site is None or one.site is not other.site:
        return Place.OTHER
    if one.site.needs_text:  # "other": said in free text, which is not compared
        return Place.UNKNOWN
    return min(_side(one, other), _levels(one, other), _part(one, other))


def _side(one: Lesion, other: Lesion) -> Place:
    sides = {one.laterality, other.laterality}
    if sides == {""} and one.site is not None and one.site.properties.get("laterality") != "required":
        return Place.SAME
    if sides & UNSIDED:
        return Place.UNKNOWN
    if len(sides) == 1:
        return Place.SAME
    return Place.OTHER if sides == {"left", "right"} else Place.NEAR


def _levels(one: Lesion, other: Lesion) -> Place:
    first, second = one.levels, other.levels
    if first is None and second is None:
        needed = one.site is not None and one.site.properties.get("levels") == "required"
        return Place.UNKNOWN if needed else Place.SAME
    if first is None or second is None:
        return Place.UNKNOWN
    if first == second:
        return Place.SAME
    gap = max(first.upper, second.upper) - min(first.lower, second.lower)
    return Place.OVERLAPPING if gap <= 0 else Place.NEAR if gap <= ADJACENT else Place.OTHER


def _part(one: Lesion, other: Lesion) -> Place:
    if any(part.needs_text for part in one.parts | other.parts):  # said in free text, which is not compared
        return Place.UNKNOWN
    if one.parts == other.parts:
        return Place.SAME
    if not one.parts or not other.parts:
        return Place.UNKNOWN
    return Place.NEAR if one.parts.isdisjoint(other.parts) else Place.OVERLAPPING


def _same_uid(one: Lesion, other: Lesion) -> bool:
    first, second = (lesion.tracking_uid or lesion.own_uid for lesion in (one, other))
    return first == second != ""


def _same_id(one: Lesion, other: Lesion) -> bool:
    return one.tracking_id.casefold() == other.tracking_id.casefold() != "" and not _uids_differ(one, other)


def _uids_differ(one: Lesion, other: Lesion) -> bool:
    """Whether both state other Tracking UIDs, or one states that it begins in its own report."""
    stated = bool(one.tracking_uid and other.tracking_uid)
    return one.tracking_uid != other.tracking_uid and (stated or _begins(one) or _begins(other))


def _begins(lesion: Lesion) -> bool:
    return lesion.tracking_uid == lesion.own_uid != ""


def _tracked_apart(one: Lesion, other: Lesion) -> bool:
    """Whether both are tracked, and not as one."""
    named = one.tracking_id and other.tracking_id and one.tracking_id.casefold() != other.tracking_id.casefold()
    return bool(named) or _uids_differ(one, other)


def _together(one: Lesion, other: Lesion) -> bool:
    return not _tracked_apart(one, other)


RULES: Final = (
    Rule(Basis.TRACKING_UID, "high", _same_uid, Place.NEAR, rivals=False),
    Rule(Basis.TRACKING_ID, "high", _same_id, Place.UNKNOWN, rivals=False),
    Rule(Basis.SAME_PLACE, "medium", _together, Place.SAME, rivals=True),
    Rule(Basis.OVERLAPPING_LEVELS, "low", _together, Place.OVERLAPPING, rivals=True),
)
"""The ways of pairing, tried in this order; what one has paired the next does not see."""


def match(priors: Sequence[Lesion], currents: Sequence[Lesion], pairs: Iterable[Pair] = ()) -> Matching:
    """Pair the lesions of two reports. ``pairs`` win over everything else.

    Raises InputError for a pair that names no lesion, or a lesion that another pair names too.
    """
    decided = tuple(pairs)
    _check(priors, currents, decided)
    matches = [
        Match(pair.prior_uid, pair.current_uid, Basis.CHOSEN, "confirmed")
        for pair in decided
        if pair.prior_uid and pair.current_uid
    ]
    left = [lesion for lesion in priors if lesion.uid not in {pair.prior_uid for pair in decided}]
    right = [lesion for lesion in currents if lesion.uid not in {pair.current_uid for pair in decided}]
    for rule in RULES:
        found = _unique(left, right, rule)
        matches += found
        left = [lesion for lesion in left if lesion.uid not in {one.prior_uid for one in found}]
        right = [lesion for lesion in right if lesion.uid not in {one.current_uid for one in found}]
    order = {lesion.uid: position for position, lesion in enumerate(currents)}
    matches.sort(key=lambda one: order[one.current_uid])
    return Matching(tuple(matches), tuple(_candidates(left, right)))


def _unique(left: Sequence[Lesion], right: Sequence[Lesion], rule: Rule) -> list[Match]:
    """Return the pairs that the rule makes and that nothing rivals on either side."""
    fits = [(one, other) for one in left for other in right if rule.same(one, other)]
    fits = [(one, other) for one, other in fits if place(one, other) >= rule.least]
    rivals = _incomplete(left, right) if rule.rivals else []
    befores = Counter(one.uid for one, _ in fits + rivals)
    nows = Counter(other.uid for _, other in fits + rivals)
    return [
        Match(one.uid, other.uid, rule.basis, rule.confidence)
        for one, other in fits
        if befores[one.uid] == nows[other.uid] == 1
    ]


def _incomplete(left: Sequence[Lesion], right: Sequence[Lesion]) -> list[tuple[Lesion, Lesion]]:
    return [(one, other) for one in left for other in right if place(one, other) is Place.UNKNOWN]


def _candidates(left: Sequence[Lesion], right: Sequence[Lesion]) -> Iterable[Candidate]:
    for other in right:
        for one in left:
            doubt = _doubt(one, other)
            if doubt is not None:
                yield Candidate(one.uid, other.uid, doubt)


def _doubt(one: Lesion, other: Lesion) -> Doubt | None:
    related = place(one, other)
    if related is Place.OTHER:
        return Doubt.PLACE_DIFFERS if _same_uid(one, other) or _same_id(one, other) else None
    if related is Place.NEAR:
        return Doubt.PLACE_DIFFERS
    if _tracked_apart(one, other):
        return Doubt.TRACKED_APART
    return Doubt.PLACE_INCOMPLETE if related is Place.UNKNOWN else Doubt.SEVERAL_FIT


def _check(priors: Sequence[Lesion], currents: Sequence[Lesion], pairs: Sequence[Pair]) -> None:
    sides = (("prior_uid", {lesion.uid for lesion in priors}), ("current_uid", {lesion.uid for lesion in currents}))
    wrong: list[tuple[str, str]] = []
    for name, known in sides:
        named = Counter(getattr(pair, name) for pair in pairs)
        for position, pair in enumerate(pairs):
            uid = getattr(pair, name)
            if uid and uid not in known:
                wrong.append((f"pairs[{position}].{name}", "no lesion of that report has this uid"))
            elif uid and named[uid] > 1:
                wrong.append((f"pairs[{position}].{name}", "a lesion is named in one pair only"))
    empty = (number for number, pair in enumerate(pairs) if not (pair.prior_uid or pair.current_uid))
    wrong += [(f"pairs[{number}]", "a pair names at least one lesion") for number in empty]
    if wrong:
        raise InputError(wrong)
