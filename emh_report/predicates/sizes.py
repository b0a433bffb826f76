"""Sizes against limits and against what is said about change.

Thresholds of change are borrowed from RECIST 1.1 (R44) and not validated for this disease; the
longest axis stands for the sum of diameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from emh_report.conditions import Facts, Row, Span, Test, Truth
from emh_report.predicates.causes import has_cause
from emh_report.predicates.parameters import Factory, Params, both, known, measured, number, text

_HUNDRED = Decimal(100)


def outside(params: Params) -> Test:
    """Whether a number, or any axis of a measurement, is below ``low`` or above ``high``, in its field's first unit."""
    known(params, "field", "low", "high")
    field, low, high = text(params, "field"), number(params, "low"), number(params, "high")

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

    Not where the author decided it: ``decided`` is answered with yes or no.
    """
    known(params, "field", "limit", "otherwise", "decided")
    field, limit, decided = (text(params, name) for name in ("field", "limit", "decided"))
    otherwise = number(params, "otherwise")

    def test(row: Row, _: Facts) -> Truth:
        value, stated = measured(row.get(field)), measured(row.get(limit))
        if isinstance(row.get(decided), bool):
            return False
        return None if value is None else value > (otherwise if stated is None else stated)

    return test


def change_contradicts_size(params: Params) -> Test:
    """Whether the change in ``status`` contradicts ``size`` against ``prior`` (longest axes).

    Stable: but larger by ``grow-percent`` and ``grow-by``, or smaller by ``shrink-percent``. Increased:
    but not larger. Decreased: but not smaller. Other words say nothing about size.
    """
    known(params, "status", "size", "prior", "grow-percent", "grow-by", "shrink-percent")
    status, size, prior = (text(params, name) for name in ("status", "size", "prior"))
    percent, by, shrink = (number(params, name) for name in ("grow-percent", "grow-by", "shrink-percent"))

    def stable_is_wrong(now: Decimal, before: Decimal) -> bool:
        change = now - before
        grown = change >= by and change * _HUNDRED >= percent * before
        return grown or -change * _HUNDRED >= shrink * before

    wrong: dict[str, Callable[[Decimal, Decimal], bool]] = {
        "stable": stable_is_wrong,
        "increased": lambda now, before: now <= before,
        "decreased": lambda now, before: now >= before,
    }

    def test(row: Row, _: Facts) -> Truth:
        said = row.get(status)
        check = wrong.get(said) if isinstance(said, str) else None
        if check is None:
            return False if isinstance(said, str) else None
        now, before = measured(row.get(size)), measured(row.get(prior))
        return None if now is None or not before else check(now, before)

    return test


def volume_decrease_below(params: Params) -> Test:
    """Whether the spleen lost less than ``percent`` of its volume, as stated or from the two volumes."""
    known(params, "percent")
    percent = number(params, "percent")

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
    "exceeds": exceeds,
    "outside": outside,
    "change-contradicts-size": change_contradicts_size,
    "volume-decrease-below-in-cause": both(has_cause, volume_decrease_below, "percent"),
}
