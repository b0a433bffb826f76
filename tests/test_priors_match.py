"""Lesions of two reports: which are one, which may be, and that nothing is ever guessed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.errors import InputError
from emh_report.priors import Basis, Doubt, Matching, Pair, Why, follow, match
from emh_report.priors.examined import tracking_uid
from tests.case_files import catalog
from tests.prior_reports import SYSTEM, L, examined

A = "1.2.840.1"
B = "1.2.840.2"


def liver(uid: str, *parts: str) -> L:
    """Return a lesion of the liver."""
    return L(uid, site="liver", side="", levels="", parts=parts)


def matched(before: list[L], now: list[L], pairs: tuple[Pair, ...] = (), *, number: str = "") -> Matching:
    """Match two reports of one patient."""
    prior = examined("2024-01-10", *before, number=number)
    current = examined("2024-06-10", *now)
    return match(prior.lesions, current.lesions, pairs)


@pytest.mark.parametrize(
    ("before", "now", "basis", "confidence"),
    [
        (L("a", tracking_uid=A, levels="T6"), L("b", tracking_uid=A, levels="T7"), Basis.TRACKING_UID, "high"),
        (L("a", tracking_uid=A, side=""), L("b", tracking_uid=A), Basis.TRACKING_UID, "high"),
        (L("a", tracking_id="M1"), L("b", tracking_id=" m1", levels=""), Basis.TRACKING_ID, "high"),
        (L("a"), L("b"), Basis.SAME_PLACE, "medium"),
        (L("a", site="presacral", side="", levels=""), L("b", site="presacral", side="", levels=""),
         Basis.SAME_PLACE, "medium"),
        (L("a", site="liver", side="", levels=""), L("b", site="liver", side="", levels=""),
         Basis.SAME_PLACE, "medium"),
        (L("a", levels="T8-T10"), L("b", levels="T10-T12"), Basis.OVERLAPPING_LEVELS, "low"),
        (L("a", levels="T8-T10"), L("b", levels="T9"), Basis.OVERLAPPING_LEVELS, "low"),
        (L("a", tracking_id="M1"), L("b", tracking_id="M1", tracking_uid=A), Basis.TRACKING_ID, "high"),
        (liver("a", "liver-segment-4"), liver("b", "liver-segment-4"), Basis.SAME_PLACE, "medium"),
        (liver("a", "liver-segment-4", "liver-segment-5"), liver("b", "liver-segment-4"),
         Basis.OVERLAPPING_LEVELS, "low"),
    ],
)  # fmt: skip
def test_one_lesion_is_found_again(before: L, now: L, basis: Basis, confidence: str) -> None:
    found = matched([before], [now])
    assert [(one.prior_uid, one.current_uid, one.basis, one.confidence) for one in found.matches] == [
        ("a", "b", basis, confidence)
    ]
    assert found.candidates == ()


@pytest.mark.parametrize(
    ("before", "now", "doubt"),
    [
        (L("a", tracking_uid=A, side="left"), L("b", tracking_uid=A, side="right"), Doubt.PLACE_DIFFERS),
        (L("a", tracking_uid=A), L("b", tracking_uid=A, site="presacral", side="", levels="S1"), Doubt.PLACE_DIFFERS),
        (L("a", tracking_id="M1", levels="T2"), L("b", tracking_id="M1", levels="L4"), Doubt.PLACE_DIFFERS),
        (L("a", side="bilateral"), L("b", side="left"), Doubt.PLACE_DIFFERS),
        (L("a", levels="T6-T7"), L("b", levels="T8-T9"), Doubt.PLACE_DIFFERS),
        (L("a", side="unspecified"), L("b"), Doubt.PLACE_INCOMPLETE),
        (L("a", side=""), L("b", side=""), Doubt.PLACE_INCOMPLETE),
        (L("a", levels=""), L("b"), Doubt.PLACE_INCOMPLETE),
        (L("a", levels=""), L("b", levels=""), Doubt.PLACE_INCOMPLETE),
        (liver("a", "liver-segment-4"), liver("b"), Doubt.PLACE_INCOMPLETE),
        (liver("a", "other"), liver("b", "other"), Doubt.PLACE_INCOMPLETE),
        (liver("a", "liver-segment-4"), liver("b", "liver-segment-5"), Doubt.PLACE_DIFFERS),
        (L("a", tracking_uid=A), L("b", tracking_uid=B), Doubt.TRACKED_APART),
        (L("a", tracking_id="M1"), L("b", tracking_id="M2"), Doubt.TRACKED_APART),
    ],
)
def test_what_may_be_one_lesion_is_offered_and_not_paired(before: L, now: L, doubt: Doubt) -> None:
    found = matched([before], [now])
    assert found.matches == ()
    assert [(one.prior_uid, one.current_uid, one.doubt) for one in found.candidates] == [("a", "b", doubt)]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (L("a", side="left"), L("b", side="right")),
        (L("a", levels="T2-T3"), L("b", levels="T9-T10")),
        (L("a", site="liver", side="", levels=""), L("b", site="presacral", side="", levels="")),
        (L("a", site=""), L("b", site="")),
    ],
)
def test_other_places_are_other_lesions(before: L, now: L) -> None:
    assert matched([before], [now]) == Matching((), ())


def test_two_that_fit_are_both_offered() -> None:
    found = matched([L("a"), L("b")], [L("c")])
    assert found.matches == ()
    assert {(one.prior_uid, one.doubt) for one in found.candidates} == {
        ("a", Doubt.SEVERAL_FIT), ("b", Doubt.SEVERAL_FIT)
    }  # fmt: skip


def test_a_lesion_whose_place_is_incomplete_rivals_a_pair_made_by_place() -> None:
    found = matched([L("a"), L("b", levels="")], [L("c")])
    assert found.matches == ()
    assert len(found.candidates) == 2


def test_neighbours_at_adjacent_levels_are_told_apart() -> None:
    before = [L("a", levels="T5-T6"), L("b", levels="T7-T8")]
    found = matched(before, [L("c", levels="T7-T8"), L("d", levels="T5-T6")])
    assert {(one.prior_uid, one.current_uid) for one in found.matches} == {("a", "d"), ("b", "c")}


def test_a_lesion_that_was_begun_from_another_is_that_one_whatever_else_fits() -> None:
    own = tracking_uid(examined("2024-01-10", number="R-9").context.report.identifier, "a")
    assert own.startswith("2.25.")
    assert len(own) <= 64
    found = matched([L("a"), L("b")], [L("c"), L("d", tracking_uid=own)], number="R-9")
    assert [(one.prior_uid, one.current_uid, one.basis) for one in found.matches] == [
        ("b", "c", Basis.SAME_PLACE), ("a", "d", Basis.TRACKING_UID)
    ]  # fmt: skip


def test_a_tracking_uid_belongs_to_one_report_and_lesion() -> None:
    identifiers = [examined("2024-01-10", number=number).context.report.identifier for number in ("R-1", "R-2")]
    uids = {tracking_uid(one, uid) for one in identifiers for uid in ("a", "b")}
    assert len(uids) == 4
    assert identifiers[0].system == SYSTEM


def test_a_person_decides_over_everything() -> None:
    before, now = [L("a", tracking_uid=A), L("b")], [L("c", tracking_uid=A), L("d")]
    found = matched(before, now, (Pair("a", "d"),))
    assert ("a", "d", Basis.CHOSEN, "confirmed") in found.matches
    apart = matched(before, now, (Pair("a", ""), Pair("", "c")))
    assert [(one.prior_uid, one.current_uid) for one in apart.matches] == [("b", "d")]
    assert apart.candidates == ()


@pytest.mark.parametrize(
    ("pairs", "path"),
    [
        ((Pair("x", "c"),), "pairs[0].prior_uid"),
        ((Pair("a", "c"), Pair("b", "x")), "pairs[1].current_uid"),
        ((Pair("a", "c"), Pair("a", "d")), "pairs[0].prior_uid"),
        ((Pair("a", "c"), Pair("b", "c")), "pairs[0].current_uid"),
        ((Pair("", ""),), "pairs[0]"),
    ],
)
def test_pairs_that_fit_no_lesions_are_refused(pairs: tuple[Pair, ...], path: str) -> None:
    with pytest.raises(InputError) as caught:
        matched([L("a"), L("b")], [L("c"), L("d")], pairs)
    assert path in [where for where, _ in caught.value.violations]


LESIONS = st.builds(
    L,
    uid=st.just(""),
    site=st.sampled_from(["paraspinal-thoracic", "presacral", "liver", "lymph-node", ""]),
    side=st.sampled_from(["left", "right", "bilateral", "unspecified", ""]),
    levels=st.sampled_from(["", "T5", "T5-T6", "T6-T8", "T8", "T10-L1"]),
    tracking_uid=st.sampled_from(["", "", A, B]),
    tracking_id=st.sampled_from(["", "", "M1", "M2"]),
    parts=st.sampled_from([(), ("liver-segment-4",)]),
)
REPORTS = st.lists(LESIONS, max_size=5)


def numbered(lesions: list[L], prefix: str) -> list[L]:
    return [L(**{**vars(one), "uid": f"{prefix}{number}"}) for number, one in enumerate(lesions)]


@given(REPORTS, REPORTS)
def test_no_lesion_is_in_two_pairs_and_swapping_the_reports_changes_nothing(one: list[L], other: list[L]) -> None:
    first, second = (examined("2024-01-10", *numbered(x, p)).lesions for x, p in ((one, "a"), (other, "b")))
    there, back = match(first, second), match(second, first)
    pairs = [(found.prior_uid, found.current_uid) for found in there.matches]
    assert len({prior for prior, _ in pairs}) == len({current for _, current in pairs}) == len(pairs)
    assert {(prior, current) for current, prior in pairs} == {(m.prior_uid, m.current_uid) for m in back.matches}
    offered = {(found.prior_uid, found.current_uid, found.doubt) for found in there.candidates}
    assert offered == {(found.current_uid, found.prior_uid, found.doubt) for found in back.candidates}
    left = {uid for pair in pairs for uid in pair}
    assert not any({prior, current} & left for prior, current, _ in offered)


@given(REPORTS, REPORTS, st.randoms(use_true_random=False))
def test_the_order_of_lesions_is_irrelevant(one: list[L], other: list[L], random: object) -> None:
    first, second = numbered(one, "a"), numbered(other, "b")
    shuffled = list(second)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    found, again = (matched(first, x) for x in (second, shuffled))
    turned = matched(first[::-1], second)
    for part in ("matches", "candidates"):
        assert set(getattr(found, part)) == set(getattr(again, part)) == set(getattr(turned, part))


def test_every_way_of_pairing_is_documented_with_its_confidence() -> None:
    from emh_report.priors.matching import RULES

    assert [rule.basis for rule in RULES] == [one for one in Basis if one is not Basis.CHOSEN]
    assert [rule.confidence for rule in RULES] == ["high", "high", "medium", "low"]
    assert all(a.least >= b.least for a, b in itertools.pairwise(RULES[2:]))


@pytest.mark.parametrize(
    ("begun", "why"),
    [
        (L("b", site="", side="", levels="", presence=""), Why.NOT_DESCRIBED),
        (L("b", "20 mm", site="", side="", levels=""), Why.NOT_DESCRIBED),
        (L("b", site="liver", side="", levels="", presence=""), Why.PRESENCE_UNKNOWN),
    ],
)
def test_an_entry_that_was_just_begun_is_no_new_lesion(begun: L, why: Why) -> None:
    course = follow(examined("2024-06-10", begun), [examined("2024-01-10", L("a", "40 mm"))], catalog().thresholds)
    assert (course.lesions[0].status, course.lesions[0].why) == ("not-comparable", why)
    assert course.overall.status == "not-comparable"
