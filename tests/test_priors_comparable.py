"""What two examinations show is only compared where both show it: modality, technique, region of the body, measure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emh_report.context import Study
from emh_report.draft import Boolean, Coded, Date, DateTime, Group, Item, Quantity, Text
from emh_report.priors import Examined, Why, examine, follow
from tests.case_files import catalog
from tests.prior_reports import L, examined, lesion, report

LIMITS = catalog().thresholds


@pytest.mark.parametrize(
    ("then", "now", "why"),
    [("MR", "CT", Why.OTHER_MODALITY), ("", "CT", Why.MODALITY_UNKNOWN), ("CT", "", Why.MODALITY_UNKNOWN)],
)
def test_nothing_is_computed_across_modalities(then: str, now: str, why: Why) -> None:
    prior = examined("2024-01-10", L("a", "40 mm"), L("b", side="right"), volume="900", modality=then)
    gone = L("d", side="right", presence="absent")
    new = L("n", "9 mm", site="presacral", side="", levels="")
    current = examined("2024-06-10", L("c", "80 mm"), gone, new, volume="400", modality=now)
    course = follow(current, [prior], LIMITS)
    assert [(one.status, one.why, one.difference) for one in course.lesions] == [("not-comparable", why, None)] * 3
    assert (course.overall.status, course.overall.sum_status) == ("not-comparable", "")
    assert (course.spleen_volume.why, course.spleen_volume.difference, course.spleen_volume.reaches) == (
        why,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("then", "now", "why"),
    [
        (("chest",), ("chest", "abdomen"), Why.OTHER_REGION),
        (("chest", "abdomen"), ("abdomen",), Why.COMPARABLE),
        (("abdomen",), ("abdomen",), Why.COMPARABLE),
        ((), ("abdomen",), Why.COMPARABLE),
    ],
)
def test_a_lesion_where_nobody_looked_before_is_not_called_new(
    then: tuple[str, ...], now: tuple[str, ...], why: Why
) -> None:
    def shown(day: str, regions: tuple[str, ...], *lesions: L) -> Examined:
        items = (Item("exam-date", DateTime(day)), *(Item("body-region", Coded(region)) for region in regions))
        draft, context = report("", lesions)
        context = replace(context, studies=(Study("1.2.3", ("CT",), day),))
        return examine(catalog(), draft._replace(groups=(Group("procedure", "p", items), *draft.groups)), context)

    current = shown("2024-06-10", now, L("n", "20 mm", site="presacral", side="", levels=""))
    found = follow(current, [shown("2024-01-10", then)], LIMITS).lesions[0]
    assert (found.status, found.why) == ("new" if not why else "not-comparable", why)


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"prior-date": Date("2024-01-10")}, Why.OTHER_TECHNIQUE),
        ({"prior-study-uid": Text("1.2.3.20240110")}, Why.OTHER_TECHNIQUE),
        ({"prior-study-uid": Text("1.2.3.20240110"), "prior-date": Date("2024-01-11")}, Why.OTHER_TECHNIQUE),
        ({"prior-study-uid": Text("1.2.3.9"), "prior-date": Date("2024-01-10")}, Why.COMPARABLE),
        ({"prior-date": Date("2023-01-10")}, Why.COMPARABLE),
        ({}, Why.COMPARABLE),
    ],
)
def test_another_technique_is_not_comparable_where_the_report_says_so_of_that_examination(
    named: dict[str, Date | Text], why: Why
) -> None:
    items = (*(Item(*one) for one in named.items()), Item("prior-same-technique", Boolean(value=False)))
    current = examined("2024-06-10", L("b", "60 mm"), extra=[Group("comparison", "comparison-1", items)])
    course = follow(current, [examined("2024-01-10", L("a", "40 mm"))], LIMITS)
    assert course.lesions[0].why is why


def test_a_size_of_another_measure_is_not_compared() -> None:
    largest = Item("size-largest", Quantity("40", "mm"))
    prior = examined("2024-01-10", extra=[_with(L("a"), largest)])
    course = follow(examined("2024-06-10", L("b", "60 mm")), [prior], LIMITS)
    assert course.lesions[0].why is Why.OTHER_MEASURE
    same = follow(examined("2024-06-10", extra=[_with(L("b"), largest)]), [prior], LIMITS)
    assert (same.lesions[0].status, same.lesions[0].why) == ("stable", Why.COMPARABLE)


def _with(one: L, item: Item) -> Group:
    return (group := lesion(one))._replace(items=(*group.items, item))
