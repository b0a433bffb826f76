"""What changed between reports: computed exactly, by borrowed limits, and only where it may be compared."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.draft import Coded, Group, Item, Quantity
from emh_report.errors import InputError
from emh_report.priors import Course, LesionChange, Pair, Why, follow
from tests.case_files import catalog
from tests.prior_reports import L, course_of_four, examined, measured

LIMITS = catalog().thresholds


def compared(before: list[L], now: list[L], *, earlier: tuple[L, ...] = ()) -> Course:
    """Compare a report with one of half a year before, and that with one of a year before."""
    priors = [examined("2023-12-10", *earlier)] if earlier else []
    return follow(examined("2024-06-10", *now), [*priors, examined("2024-01-10", *before)], LIMITS)


def change(before: str, now: str, site: str = "paraspinal-thoracic", levels: str = "T8") -> LesionChange:
    """Return the change of one lesion."""
    return compared([L("a", before, site, levels=levels)], [L("b", now, site, levels=levels)]).lesions[0]


@pytest.mark.parametrize(
    ("before", "now", "status", "by", "percent"),
    [
        ("40 mm", "40 mm", "stable", "0", "0.0"),
        ("40 mm", "48 mm", "increased", "8", "20.0"),
        ("40 mm", "47.9 mm", "stable", "7.9", "19.7"),
        ("20 mm", "24.9 mm", "stable", "4.9", "24.5"),
        ("25 mm", "30 mm", "increased", "5", "20.0"),
        ("40 mm", "28 mm", "decreased", "-12", "-30.0"),
        ("40 mm", "28.01 mm", "stable", "-11.99", "-29.9"),
        ("4.0 cm", "48 mm", "increased", "8", "20.0"),
        ("48 mm", "4 cm", "stable", "-8", "-16.6"),
        ("30 x 42.5 mm", "4.25 x 3 x 2 cm", "stable", "0", "0.0"),
    ],
)
def test_diameters_are_compared_exactly(before: str, now: str, status: str, by: str, percent: str) -> None:
    found = change(before, now)
    assert (found.status, found.why) == (status, Why.COMPARABLE)
    assert found.difference is not None
    assert (found.difference.by, str(found.difference.percent)) == (Decimal(by), percent)


def test_sizes_are_shown_as_entered() -> None:
    found = change("4.20 x 3.0 cm", "42 mm")
    assert found.before is not None
    assert found.now is not None
    assert (found.before.text, found.before.number, found.now.text) == ("4.20 × 3.0 cm", Decimal("42.00"), "42 mm")


@pytest.mark.parametrize(
    ("before", "now", "status", "why"),
    [
        ("16 x 30 mm", "20 x 30 mm", "stable", Why.COMPARABLE),
        ("16 x 30 mm", "21 x 30 mm", "increased", Why.COMPARABLE),
        ("40 x 20 mm", "10 x 40 mm", "decreased", Why.COMPARABLE),
        ("30 mm", "10 x 30 mm", "not-comparable", Why.SHORT_AXIS_UNKNOWN),
        ("30 x 20 x 10 mm", "30 x 20 mm", "not-comparable", Why.SHORT_AXIS_UNKNOWN),
        ("30 x 20 mm", "30 x 20 x 10 mm", "not-comparable", Why.SHORT_AXIS_UNKNOWN),
        ("14 x 30 mm", "15 x 30 mm", "stable", Why.COMPARABLE),
        ("14 x 30 mm", "9 x 30 mm", "not-comparable", Why.NODE_NOT_MEASURABLE),
    ],
)
def test_of_a_lymph_node_the_short_axis_is_compared(before: str, now: str, status: str, why: Why) -> None:
    found = change(before, now, site="lymph-node", levels="")
    assert (found.status, found.why) == (status, why)


def test_growth_counts_from_the_smallest_size_and_decrease_from_the_one_before() -> None:
    earlier = (L("z", "20 mm"),)
    grown = compared([L("a", "40 mm")], [L("b", "26 mm")], earlier=earlier).lesions[0]
    assert (grown.status, grown.smallest and grown.smallest.text) == ("increased", "20 mm")
    small = compared([L("a", "40 mm")], [L("b", "22 mm")], earlier=earlier)
    assert small.lesions[0].status == "decreased"
    assert (small.overall.sum_smallest, small.overall.sum_status) == (Decimal(20), "decreased")


def test_growth_does_not_count_from_a_size_that_cannot_be_compared() -> None:
    """Of a node with three axes nobody knows the short one: neither the node nor the sum grew from its longest."""
    earliest, before, now = (
        L(uid, size, "lymph-node", levels="")
        for uid, size in (("z", "5 x 4 x 4 mm"), ("a", "16 x 30 mm"), ("b", "16 x 30 mm"))
    )
    course = compared([before], [now], earlier=(earliest,))
    assert (course.lesions[0].status, course.lesions[0].smallest) == ("stable", None)
    assert (course.overall.sum_status, course.overall.sum_smallest) == ("stable", Decimal(16))


@pytest.mark.parametrize(
    ("before", "now", "status", "why"),
    [
        (L("a", "40 mm"), L("b", presence="absent"), "resolved", Why.COMPARABLE),
        (L("a", "40 mm"), L("b", "40 mm", presence=""), "not-comparable", Why.PRESENCE_UNKNOWN),
        (L("a", "40 mm"), L("b"), "not-comparable", Why.NOT_MEASURED_NOW),
        (L("a"), L("b", "40 mm"), "not-comparable", Why.NOT_MEASURED_BEFORE),
        (L("a", "40 mm"), L("b", "40 mm", levels=""), "not-comparable", Why.AMBIGUOUS),
        (L("a", "40 mm", presence="absent"), L("b", "40 mm"), "new", Why.COMPARABLE),
        (L("a", "40 mm", presence="indeterminate"), L("b", "50 mm"), "increased", Why.COMPARABLE),
    ],
)
def test_a_lesion_is_only_called_what_both_reports_say(before: L, now: L, status: str, why: Why) -> None:
    found = compared([before], [now]).lesions[0]
    assert (found.status, found.why) == (status, why)


def test_a_lesion_is_new_whatever_is_in_doubt_elsewhere() -> None:
    now = [L("b", "40 mm"), L("n", "9 x 20 mm", "presacral", side="", levels="")]
    course = compared([L("a", "40 mm", levels=""), L("z", side="right")], now)
    assert [(one.prior_uid, one.current_uid, one.status, one.why, len(one.candidates)) for one in course.lesions] == [
        ("", "b", "not-comparable", Why.AMBIGUOUS, 1),
        ("", "n", "new", Why.COMPARABLE, 0),
        ("a", "", "not-comparable", Why.AMBIGUOUS, 1),
        ("z", "", "not-comparable", Why.NOT_DESCRIBED, 0),
    ]
    assert course.lesions[1].now == ("9 × 20 mm", catalog().units["mm"], Decimal(20))


def test_a_lesion_that_neither_report_has_did_not_change() -> None:
    gone = L("b", presence="absent")
    assert compared([], [gone]).lesions == compared([L("a", presence="absent")], [gone]).lesions == ()


def test_silence_is_neither_stable_nor_resolved() -> None:
    course = compared([L("a", "40 mm")], [])
    assert [one[:4] for one in course.lesions] == [("a", "", "not-comparable", Why.NOT_DESCRIBED)]
    assert (course.overall.status, course.overall.why) == ("not-comparable", Why.NOT_DESCRIBED)
    assert compared([], []).overall.why is Why.NOT_DESCRIBED


@pytest.mark.parametrize(
    ("changes", "overall"),
    [
        (["increased", "stable", "decreased"], "increased"),
        (["stable", "decreased"], "stable"),
        (["decreased", "resolved"], "decreased"),
        (["resolved"], "resolved"),
        (["not-comparable", "stable"], "not-comparable"),
        (["not-comparable", "increased"], "increased"),
        (["new", "increased"], "new"),
    ],
)
def test_overall_is_the_worst_lesion(changes: list[str], overall: str) -> None:
    sizes = {"increased": "60 mm", "stable": "40 mm", "decreased": "20 mm", "not-comparable": "", "resolved": ""}
    before, now = [], []
    for number, change_ in enumerate(changes):
        uid, levels = f"u{number}", f"T{number + 1}"
        if change_ == "new":
            now.append(L(uid, "20 mm", levels=levels))
            continue
        before.append(L(uid, "40 mm", levels=levels))
        presence = "absent" if change_ == "resolved" else "present"
        now.append(L(uid, sizes[change_], levels=levels, presence=presence))
    course = compared(before, now)
    assert [one.status for one in course.lesions] == changes
    assert course.overall.status == overall


def test_sums_are_of_the_lesions_measured_in_both() -> None:
    before = [L("a", "40 mm"), L("b", "2 cm", side="right"), L("c", side="left", levels="T1")]
    course = compared(before, [L("d", "45 mm"), L("e", "23 mm", side="right"), L("f", "9 mm", levels="T1")])
    overall = course.overall
    assert (overall.sum_before, overall.sum_now, overall.counted) == (Decimal(60), Decimal(68), 2)
    assert (overall.sum_status, overall.percent) == ("stable", Decimal("13.3"))


@pytest.mark.parametrize(
    ("before", "now", "percent", "reaches"),
    [("1000", "650", "-35.0", True), ("1000", "650.1", "-34.9", False), ("900", "1200", "33.3", False)],
)
def test_change_of_the_spleen_volume(before: str, now: str, percent: str, reaches: bool) -> None:
    course = follow(examined("2024-06-10", volume=now), [examined("2024-01-10", volume=before)], LIMITS)
    found = course.spleen_volume
    assert found.difference is not None
    assert (str(found.difference.percent), found.reaches, found.why) == (percent, reaches, Why.COMPARABLE)
    assert course.spleen_length.why is Why.NOT_MEASURED_BEFORE


def test_the_length_of_the_spleen_has_no_limit_to_reach() -> None:
    def spleen(length: str) -> Group:
        items = (Item("organ", Coded("spleen")), Item("spleen-length", Quantity(length, "mm")))
        return Group("organ", "spleen", items)

    before, now = (examined(day, extra=[spleen(mm)]) for day, mm in (("2024-01-10", "200"), ("2024-06-10", "100")))
    found = follow(now, [before], LIMITS).spleen_length
    assert found.difference is not None
    assert (found.why, str(found.difference.percent), found.reaches) == (Why.COMPARABLE, "-50.0", None)


def test_volumes_in_other_units_are_converted_and_two_spleens_compared_with_nothing() -> None:
    def spleen(uid: str, volume: Quantity) -> Group:
        return Group("organ", uid, (Item("organ", Coded("spleen")), Item("spleen-volume", volume)))

    prior = examined("2024-01-10", extra=[spleen("s", Quantity("1000", "cm3"))])
    found = follow(examined("2024-06-10", volume="500"), [prior], LIMITS).spleen_volume
    assert (found.before and found.before.text, found.difference and found.difference.by) == ("1000 cm³", Decimal(-500))
    twice = examined("2024-01-10", volume="1000", extra=[spleen("t", Quantity("400", "mL"))])
    assert follow(examined("2024-06-10", volume="500"), [twice], LIMITS).spleen_volume.before is None


def test_four_reports_in_a_row() -> None:
    *priors, current = course_of_four()
    courses = [follow(one, priors[:number], LIMITS) for number, one in enumerate([*priors, current]) if number]
    told = [[(one.status, str(one.difference.percent) if one.difference else "") for one in c.lesions] for c in courses]
    assert told == [
        [("decreased", "-31.6"), ("decreased", "-35.4")],
        [("stable", "-7.3"), ("resolved", "")],
        [("increased", "36.8"), ("new", "")],
    ]
    assert [course.overall.status for course in courses] == ["decreased", "stable", "new"]
    volumes = [course.spleen_volume.difference for course in courses]
    assert [(str(one.by), str(one.percent)) for one in volumes if one] == [
        ("-300", "-14.2"), ("-500", "-27.7"), ("-49.5", "-3.8")
    ]  # fmt: skip


def test_the_order_in_which_earlier_reports_are_given_is_irrelevant() -> None:
    *priors, current = course_of_four()
    there, back = (follow(current, found, LIMITS) for found in (priors, priors[::-1]))
    assert (there.lesions, there.overall) == (back.lesions, back.overall)


def test_a_person_rematches() -> None:
    prior = examined("2024-01-10", L("a", "40 mm", levels="T2"), L("b", "20 mm"))
    current = examined("2024-06-10", L("c", "40 mm"))
    assert follow(current, [prior], LIMITS).lesions[0].status == "increased"
    earliest = examined("2023-06-10", L("y", "40 mm", levels="T2"))
    decided = follow(current, [prior, earliest], LIMITS, [Pair("a", "c")])
    assert (decided.lesions[0].status, decided.lesions[0].match and decided.lesions[0].match.confidence) == (
        "stable", "confirmed"
    )  # fmt: skip


@pytest.mark.parametrize(("then", "today"), [("lymph-node", "mesentery"), ("mesentery", "lymph-node")])
def test_a_short_axis_is_not_compared_with_a_longest(then: str, today: str) -> None:
    prior = examined("2024-01-10", L("a", "30 x 20 mm", then, side="", levels=""))
    current = examined("2024-06-10", L("b", "30 x 20 mm", today, side="", levels=""))
    course = follow(current, [prior], LIMITS, [Pair("a", "b")])
    found = course.lesions[0]
    assert (found.status, found.why, found.difference) == ("not-comparable", Why.OTHER_MEASURE, None)
    assert (course.overall.counted, course.overall.sum_status) == (0, "")


def test_a_later_report_is_no_prior() -> None:
    with pytest.raises(InputError, match=r"priors\[1\]: its examination is later"):
        follow(examined("2024-01-10"), [examined("2023-12-10"), examined("2024-06-10")], LIMITS)
    with pytest.raises(InputError, match="at least one earlier report"):
        follow(examined("2024-01-10"), [], LIMITS)
    follow(examined("2024-01"), [examined("2024-01-31")], LIMITS)  # precision does not decide it


SIZE = st.decimals("0.1", "500", places=2).map(lambda number: f"{number} mm")
LESIONS = st.lists(
    st.builds(
        L,
        uid=st.just(""),
        size=SIZE,
        side=st.sampled_from(["left", "right"]),
        levels=st.sampled_from(["T5", "T5-T6", "T8"]),
    ),
    max_size=4,
)


@given(LESIONS)
def test_identical_reports_give_no_change(lesions: list[L]) -> None:
    named = [L(**{**vars(one), "uid": f"u{number}", "tracking_id": f"M{number}"}) for number, one in enumerate(lesions)]
    course = follow(examined("2024-06-10", *named), [examined("2024-01-10", *named)], LIMITS)
    assert all(one.status == "stable" and one.difference and not one.difference.by for one in course.lesions)
    assert len(course.lesions) == len(lesions)
    assert course.overall.sum_now == course.overall.sum_before


@given(SIZE, SIZE)
def test_growing_back_is_never_a_decrease(one: str, other: str) -> None:
    there, back = change(one, other), change(other, one)
    assert {there.status, back.status} in (
        {"stable"}, {"increased", "decreased"}, {"increased", "stable"}, {"decreased", "stable"}
    )  # fmt: skip
    assert (there.status == "increased") <= (measured(other).axes[0] != measured(one).axes[0])
