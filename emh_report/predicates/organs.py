"""Organ size against limits that depend on age and sex.

Spleen length: pediatric upper limits by age from R45, linear in between (unverified use); from 15
years by sex until the adult limit applies. All of it is a parameter.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from emh_report.conditions import Facts, Row, Test, Truth
from emh_report.predicates.causes import has_cause
from emh_report.predicates.parameters import Factory, Params, amount, both, known, measured, scale, text

DAYS_PER_MONTH: Final = Decimal("30.4375")
MONTHS_PER_YEAR: Final = 12
_PARAMETERS = ("side", "months", "adolescent-months", "female", "male", "adult-years", "adult")
_NOBODY: Row = {}


class Limits(NamedTuple):
    """Upper limits of spleen length in mm: by age in months, for adolescents by sex, for adults."""

    points: tuple[tuple[Decimal, Decimal], ...]
    adolescent: Decimal
    by_sex: dict[str, Decimal]
    adult_age: Decimal
    adult: Decimal

    def at(self, months: Decimal, sex: str) -> Decimal:
        """Return the limit at an age in months."""
        if months >= self.adult_age:
            return self.adult
        if months >= self.adolescent:
            return self.by_sex[sex]
        points = (*self.points, (self.adolescent, self.by_sex[sex]))
        before = points[0]
        for point in points:
            if months < point[0]:
                share = (months - before[0]) / (point[0] - before[0]) if point[0] > before[0] else Decimal(0)
                return before[1] + max(share, Decimal(0)) * (point[1] - before[1])
            before = point
        return before[1]

    def range_of(self, person: Row) -> tuple[Decimal, Decimal] | None:
        """Return the lowest and highest limit that fits what is known of age and sex; None without an age."""
        ages = _months(person)
        if ages is None:
            return None
        if min(ages) >= self.adult_age:
            return self.adult, self.adult
        sexes = [person["sex"]] if person.get("sex") in self.by_sex else list(self.by_sex)
        found = [self.at(age, str(sex)) for age in ages for sex in sexes]
        return min(found), max(found)


def _months(person: Row) -> tuple[Decimal, ...] | None:
    """Return the age in months, or the first and last month it can be when only years are known."""
    days, years = person.get("age-days"), person.get("age-years")
    if isinstance(days, int) and days >= 0:
        return (days / DAYS_PER_MONTH,)
    if isinstance(years, int) and years >= 0:
        return Decimal(years * MONTHS_PER_YEAR), Decimal(years * MONTHS_PER_YEAR + MONTHS_PER_YEAR - 1)
    return None


def spleen_limit(params: Params) -> Test:
    """Whether the spleen is longer than its limit (``side`` = above), or not longer (``side`` = within).

    ``months`` are points "age in months:limit in mm"; ``adolescent-months`` is the age from which
    ``female`` and ``male`` apply, ``adult-years`` the age from which ``adult`` does. Unknown where age
    or sex could make the difference and are not known.
    """
    known(params, *_PARAMETERS)
    above = {"above": True, "within": False}[text(params, "side")]
    limits = Limits(
        scale(params, "months"),
        amount(params, "adolescent-months"),
        {"female": amount(params, "female"), "male": amount(params, "male")},
        amount(params, "adult-years") * MONTHS_PER_YEAR,
        amount(params, "adult"),
    )

    def test(row: Row, facts: Facts) -> Truth:
        length = measured(row.get("spleen-length"))
        person = next(iter(facts.get("context", ())), _NOBODY)
        limit = None if length is None else limits.range_of(person)
        if length is None or limit is None:
            return None
        low, high = limit
        return above if length > high else not above if length <= low else None

    return test


PREDICATES: Final[dict[str, Factory]] = {
    "spleen-limit": spleen_limit,
    "spleen-limit-in-cause": both(has_cause, spleen_limit, *_PARAMETERS),
}
