"""Sizes against limits and against what is said about change.

Thresholds of change are borrowed from RECIST 1.1 (R44) and not validated for this disease; for what is stable the
longest axis stands for the sum of diameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from emh_report.conditions import Fact, Facts, Row, Span, Test, Truth
from emh_report.predicates.causes import has_cause
from emh_report.predicates.parameters import Factory, Params, amount, both, known, measured, number, text

_HUNDRED = Decimal(100)


Axes = tuple[Decimal, ...]
"""Axes of a measurement, the longest first."""


def outside(params: Params) -> Test:
    """Whether a number, or any axis of a measurement, is below ``low`` or above ``high``, in its field's first unit."""
    known(params, "field", "low", "high")
    field, low, high = text(params, "field"), number(params, "low"), number(params, "high")
    if low > high:
        msg = "low is not above high"
        raise ValueError(msg)

    def test(row: Row, _: Facts) -> Truth:
        fact = row.get(field)
        if isinstance(fact, Decimal):
            return not low <= fact <= high
        if not isinstance(fact, tuple) or isinstance(fact, Span):
            return None
        return max(fact) > high or min(fact) < low

    return test


def exceeds(params: Params) -> Test:
    """Whether the number in ``field`` is above that in ``limit``, or above ``otherwise`` where no limit is known.

    Not where the author decided it: ``decided``, where it is given, is answered with yes or no.
    """
    known(params, "field", "limit", "otherwise", "decided")
    field, limit, decided = text(params, "field"), text(params, "limit"), text(params, "decided", "")
    otherwise = number(params, "otherwise")

    def test(row: Row, _: Facts) -> Truth:
        value, stated = measured(row.get(field)), measured(row.get(limit))
        if isinstance(row.get(decided), bool):
            return False
        return None if value is None else value > (otherwise if stated is None else stated)

    return test


def above(params: Params) -> Test:
    """Whether the number in ``field`` is above that in ``limit``; not known where one of them is not."""
    known(params, "field", "limit")
    field, limit = text(params, "field"), text(params, "limit")

    def test(row: Row, _: Facts) -> Truth:
        value, most = measured(row.get(field)), measured(row.get(limit))
        return None if value is None or most is None else value > most

    return test


def change_contradicts_size(params: Params) -> Test:
    """Whether the change in ``status`` contradicts ``size`` against ``prior``.

    Stable: but the longest axis is larger by ``grow-percent`` and ``grow-by``, or smaller by ``shrink-percent``.
    Increased: but no axis is larger. Decreased: but none is smaller. Other words say nothing about size.
    """
    known(params, "status", "size", "prior", "grow-percent", "grow-by", "shrink-percent")
    status, size, prior = (text(params, name) for name in ("status", "size", "prior"))
    percent, by, shrink = (amount(params, name) for name in ("grow-percent", "grow-by", "shrink-percent"))

    def stable_is_wrong(now: Axes, before: Axes) -> bool:
        change = max(now) - max(before)
        grown = change >= by and change * _HUNDRED >= percent * max(before)
        return grown or -change * _HUNDRED >= shrink * max(before)

    wrong: dict[str, Callable[[Axes, Axes], bool]] = {
        "stable": stable_is_wrong,
        "increased": lambda now, before: all(one <= two for one, two in zip(now, before, strict=False)),
        "decreased": lambda now, before: all(one >= two for one, two in zip(now, before, strict=False)),
    }

    def test(row: Row, _: Facts) -> Truth:
        said = row.get(status)
        check = wrong.get(said) if isinstance(said, str) else None
        if check is None:
            return False if isinstance(said, str) else None
        now, before = _axes(row.get(size)), _axes(row.get(prior))
        return None if not now or not before or not max(before) else check(now, before)

    return test


def _axes(fact: Fact | None) -> Axes:
    """Return the axes of a measurement, or a single number; none where it is not known."""
    if isinstance(fact, Decimal):
        return (fact,)
    return tuple(sorted(fact, reverse=True)) if isinstance(fact, tuple) and not isinstance(fact, Span) else ()


def volume_decrease_below(params: Params) -> Test:
    """Whether the spleen lost less than ``percent`` of its volume, as stated or from the two volumes."""
    known(params, "percent")
    percent = amount(params, "percent")

    def changes(row: Row, facts: Facts) -> Iterator[Decimal]:
        stated, before = measured(row.get("spleen-volume-change")), measured(row.get("spleen-volume-prior"))
        if stated is not None:
            yield stated
        elif before:
            volumes = (measured(organ.get("spleen-volume")) for organ in facts.get("organ", ()))
            yield from ((volume - before) * _HUNDRED / before for volume in volumes if volume is not None)

    def test(row: Row, facts: Facts) -> Truth:
        change = next(changes(row, facts), None)
        return None if change is None else change > -percent

    return test


PREDICATES: Final[dict[str, Factory]] = {
    "above": above,
    "exceeds": exceeds,
    "outside": outside,
    "change-contradicts-size": change_contradicts_size,
    "volume-decrease-below-in-cause": both(has_cause, volume_decrease_below, "percent"),
}
