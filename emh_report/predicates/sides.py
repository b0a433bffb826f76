"""The same thing said in two entries: once denied, once not, of places that overlap."""

from __future__ import annotations

from typing import Final

from emh_report.conditions import Fact, Facts, Row, Span, Test, Truth
from emh_report.predicates.parameters import (
    Factory,
    Params,
    all_of,
    amount,
    any_of,
    both,
    is_one_of,
    known,
    names,
    text,
)
from emh_report.predicates.records import no_record, without_value, worded

_ONE_SIDE: Final = frozenset({"left", "right"})
_OWN: Final = frozenset({"group", "same", "side", "other-side", "levels", "other-levels", "worst", "denied"})


def said_elsewhere(params: Params) -> Test:
    """Whether another entry of ``group`` answers every other parameter (field id = codes) with one of its codes.

    ``same``: pairs "own=other" of fields with an answer in common. ``side`` and ``other-side``, ``levels`` and
    ``other-levels``: the fields of the place here and there, of levels there the ``worst`` where they are known; one of
    the two is ``denied`` ("here" or "there"), and a place that is denied is not another one.
    """
    group = text(params, "group")
    pairs = [(own, other) for own, _, other in (pair.partition("=") for pair in sorted(names(params, "same", ())))]
    side, other_side = text(params, "side", ""), text(params, "other-side", "")
    levels, other_levels, worst = (text(params, name, "") for name in ("levels", "other-levels", "worst"))
    here = text(params, "denied", "here") == "here"
    wanted = {name: names(params, name) for name in params if name not in _OWN}

    def says(row: Row, other: Row) -> Truth:
        sides = _side(row.get(side)), _side(other.get(other_side))
        spans = _span(row.get(levels)), _span(other.get(worst)) or _span(other.get(other_levels))
        (denied, said), (denied_at, said_at) = (sides, spans) if here else (sides[::-1], spans[::-1])
        if not _covers(denied, said) or not _is_level_with(denied_at, said_at):
            return False
        equal = [_is_common(row.get(one), other.get(two)) for one, two in pairs]
        return all_of([*equal, *(is_one_of(worded(other.get(name)), codes) for name, codes in wanted.items())])

    def test(row: Row, facts: Facts) -> Truth:
        return any_of([says(row, other) for other in facts.get(group, ()) if other is not row])

    return test


def not_listed(params: Params) -> Test:
    """Whether no complication answers every parameter with one of its codes."""
    return no_record({"group": "complication", **params})


def other_side_only(params: Params) -> Test:
    """Whether what is answered of one side has every entry of ``group`` on the other one; two-valued.

    ``side`` is the question of its side, or the side itself. Entries at ``site`` reach their own side alone; any other
    entry, and one without a side, may reach either.
    """
    known(params, "group", "side", "site")
    group, side, sites = text(params, "group"), text(params, "side"), names(params, "site")

    def test(row: Row, facts: Facts) -> Truth:
        own = side if side in _ONE_SIDE else _side(row.get(side))
        there = [other for other in facts.get(group, ()) if other.get("presence") != "absent"]
        opposite = next(iter(_ONE_SIDE - {own})) if own in _ONE_SIDE else ""
        apart = all(other.get("site") in sites and other.get("laterality") == opposite for other in there)
        return bool(there) and opposite != "" and apart

    return test


def compartments(params: Params) -> Test:
    """Whether entries of ``group`` that answer every other parameter name at least ``least`` codes of ``key``."""
    group, key, least = text(params, "group"), text(params, "key"), amount(params, "least")
    wanted = {name: names(params, name) for name in params if name not in ("group", "key", "least")}

    def test(_: Row, facts: Facts) -> Truth:
        surely, perhaps = set(), set()
        for row in facts.get(group, ()):
            truth = all_of([is_one_of(row.get(name), codes) for name, codes in wanted.items()])
            if truth is not False:
                perhaps.add(row.get(key))
            if truth:
                surely.add(row.get(key))
        if len(surely) >= least:
            return True
        return None if len(perhaps) >= least else False

    return test


def _side(fact: Fact | None) -> str:
    return fact if isinstance(fact, str) else ""


def _covers(denied: str, said: str) -> bool:
    """Whether what is denied on one side is said of it: a denial without a side, or of both, is one of either side."""
    return denied not in _ONE_SIDE or said in (denied, "bilateral")


def _span(fact: Fact | None) -> Span | None:
    return fact if isinstance(fact, Span) else None


def _is_level_with(denied: Span | None, said: Span | None) -> bool:
    """Whether what is denied at some levels may be said of them: a denial without levels is one of all."""
    if denied is None:
        return True
    return said is not None and said.upper <= denied.lower and denied.upper <= said.lower


def _is_common(one: Fact | None, other: Fact | None) -> Truth:
    if isinstance(one, str):
        return is_one_of(other, frozenset({one}))
    return is_one_of(other, one) if isinstance(one, frozenset) else None


PREDICATES: Final[dict[str, Factory]] = {
    "said-elsewhere": said_elsewhere,
    "said-elsewhere-not-listed": both(said_elsewhere, not_listed, "complication", "complication-presence"),
    "said-elsewhere-at-large": both(said_elsewhere, without_value, "fields"),
    "other-side-only": other_side_only,
    "compartments": compartments,
}
