"""Stated against computed change: warnings at the exact answer, and silence where nothing can be known."""

from __future__ import annotations

import pytest

from emh_report.draft import Boolean, Draft, Group, Item, Override, Quantity
from emh_report.issues import Issue, Severity
from emh_report.pipeline import validate
from emh_report.priors import Examined, contradictions, examine, follow
from tests.case_files import catalog
from tests.prior_reports import L, examined, report

DAY = "2024-01-10"


def found(prior: Examined, current: Examined) -> tuple[Issue, ...]:
    return contradictions(follow(current, [prior], catalog().thresholds))


def rules(prior: L, current: L, **options: object) -> list[str]:
    options = {"compared": DAY, **options}
    return [issue.rule_id for issue in found(examined(DAY, prior), examined("2024-06-10", current, **options))]


@pytest.mark.parametrize(
    ("before", "now", "stated", "broken"),
    [
        ("40 mm", "50 mm", "stable", True),
        ("40 mm", "50 mm", "increased", False),
        ("40 mm", "50 mm", "decreased", True),
        ("40 mm", "50 mm", "resolved", True),
        ("40 mm", "44 mm", "stable", False),
        ("40 mm", "44 mm", "increased", False),
        ("40 mm", "36 mm", "increased", True),
        ("40 mm", "36 mm", "decreased", False),
        ("40 mm", "28 mm", "stable", True),
        ("4 cm", "40 mm", "decreased", True),
        ("40 mm", "50 mm", "not-comparable", False),
        ("40 mm", "", "stable", False),
        ("", "40 mm", "stable", False),
    ],
)
def test_a_stated_change_is_held_against_both_sizes(before: str, now: str, stated: str, broken: bool) -> None:
    assert rules(L("a", before), L("b", now, status=stated)) == (["S15-prior"] if broken else [])


@pytest.mark.parametrize(("stated", "broken"), [("increased", False), ("decreased", False), ("new", True)])
def test_growth_from_the_smallest_size_is_stated_rightly(stated: str, broken: bool) -> None:
    priors = [examined("2023-01-10", L("z", "20 mm")), examined(DAY, L("a", "40 mm"))]
    current = examined("2024-06-10", L("b", "26 mm", status=stated), overall="increased", compared=DAY)
    issues = contradictions(follow(current, priors, catalog().thresholds))
    assert [issue.rule_id for issue in issues] == (["S16-prior-new"] if broken else [])


@pytest.mark.parametrize(
    ("before", "stated", "broken"),
    [
        ("42 x 30 mm", "42 mm", False),
        ("30 x 42 x 12 mm", "4.2 x 3 cm", False),
        ("42 x 30 mm", "30 mm", True),
        ("42 x 30 x 12 mm", "42 x 12 mm", True),
        ("42 x 30 mm", "42 x 30 x 12 mm", True),
    ],
)
def test_the_longest_axes_of_the_earlier_report_are_its_size(before: str, stated: str, broken: bool) -> None:
    assert rules(L("a", before), L("b", "40 mm", prior=stated)) == (["S15-prior-size"] if broken else [])


@pytest.mark.parametrize(
    ("before", "stated", "broken"),
    [
        ("24 x 16 mm", "16 mm", False),
        ("24 x 16 mm", "24 mm", False),
        ("24 x 16 mm", "20 mm", True),
        ("24 x 16 x 12 mm", "12 mm", True),  # of three axes nobody says which one is the short axis
    ],
)
def test_the_short_axis_of_a_node_of_the_earlier_report_is_its_size(before: str, stated: str, broken: bool) -> None:
    prior, current = (
        L("a", before, "lymph-node", levels=""),
        L("b", "24 x 16 mm", "lymph-node", levels="", prior=stated),
    )
    assert rules(prior, current) == (["S15-prior-size"] if broken else [])


def test_the_warning_is_at_the_answer_and_can_be_overridden() -> None:
    current = examined("2024-06-10", L("b", "60 mm", status="stable"), compared=DAY)
    (issue,) = found(examined(DAY, L("a", "40 mm")), current)
    group = next(number for number, one in enumerate(current.draft.groups) if one.uid == "b")
    item = next(
        number for number, one in enumerate(current.draft.groups[group].items) if one.field_id == "change-status"
    )
    assert issue.where == (f"draft.groups[{group}].items[{item}]", "finding", "b", "change-status")
    assert (issue.severity, issue.overridable, issue.references) == (Severity.WARNING, True, ("R44",))
    assert "borrowed from RECIST 1.1" in issue.message


@pytest.mark.parametrize(
    ("current", "broken"),
    [
        (L("b", "40 mm", status="new"), ["S16-prior-new"]),
        (L("b", "40 mm", status="stable", side="right"), ["S16-prior-unknown"]),
        (L("b", "40 mm", status="new", side="right"), []),
        (L("b", "40 mm", status="stable", levels=""), []),
        (L("b", presence="absent", status="stable"), ["S15-prior"]),
        (L("b", presence="absent", status="resolved"), []),
        (L("b", "40 mm", prior="40.0 mm"), []),
        (L("b", "40 mm", prior="4 cm"), []),
        (L("b", "40 mm", prior="40 x 20 mm"), ["S15-prior-size"]),
        (L("b", "40 mm", prior="38 mm"), ["S15-prior-size"]),
    ],
)
def test_lesions_and_their_previous_sizes(current: L, broken: list[str]) -> None:
    assert rules(L("a", "40 mm"), current) == broken


def test_a_comparison_names_the_earlier_report() -> None:
    assert rules(L("a", "40 mm"), L("b", "40 mm", status="stable"), compared="2023-05-05") == ["S13-prior"]
    assert rules(L("a", "40 mm"), L("b", "40 mm", status="stable"), compared="") == ["S13-prior"]
    assert rules(L("a", "40 mm"), L("b", "40 mm"), compared="") == []
    statement = Group("comparison-statement", "s", (Item("comparison-available", Boolean(value=False)),))
    assert rules(L("a", "40 mm"), L("b", "40 mm"), compared="", extra=[statement]) == ["S14-prior"]


@pytest.mark.parametrize(
    ("now", "overall", "broken"),
    [
        ("60 mm", "stable", True),
        ("60 mm", "decreased", True),
        ("60 mm", "increased", False),
        ("60 mm", "new", False),
        ("40 mm", "stable", False),
        ("40 mm", "increased", True),
        ("20 mm", "decreased", False),
        ("20 mm", "resolved", True),
        ("60 mm", "not-comparable", False),
        ("", "stable", False),
    ],
)
def test_the_overall_change_is_that_of_the_worst_lesion(now: str, overall: str, broken: bool) -> None:
    assert rules(L("a", "40 mm"), L("b", now), overall=overall) == (["S15-prior-overall"] if broken else [])


def test_the_sum_is_accepted_as_overall_change_unless_a_lesion_grew() -> None:
    before = [L("a", "60 mm"), L("b", "20 mm", side="right")]
    now = [L("c", "30 mm"), L("d", "18 mm", side="right")]
    for overall in ("decreased", "stable"):
        assert found(examined(DAY, *before), examined("2024-06-10", *now, overall=overall, compared=DAY)) == ()
    grown = [now[0], L("d", "26 mm", side="right")]
    current = examined("2024-06-10", *grown, overall="decreased", compared=DAY)
    assert [issue.rule_id for issue in found(examined(DAY, *before), current)] == ["S15-prior-overall"]


@pytest.mark.parametrize(
    ("stated", "change", "broken"),
    [
        ("1000", "-40", 0),
        ("1000", "-39.5", 0),
        ("990", "-40", 1),
        ("1000", "-35", 1),
        ("900", "-10", 2),
    ],
)
def test_the_spleen_before_and_its_change(stated: str, change: str, broken: int) -> None:
    items = (Item("spleen-volume-prior", Quantity(stated, "mL")), Item("spleen-volume-change", Quantity(change, "%")))
    current = examined("2024-06-10", volume="600", extra=[Group("followup", "followup", items)])
    issues = found(examined(DAY, volume="1000"), current)
    assert [issue.rule_id for issue in issues] == ["S15-prior-volume"] * broken
    assert {issue.references for issue in issues} <= {("R43",)}


def test_other_modalities_contradict_nothing() -> None:
    assert rules(L("a", "40 mm"), L("b", "80 mm", status="stable"), modality="MR") == []


def test_what_was_found_is_part_of_a_verdict_where_it_is_handed_in() -> None:
    draft, context = report("2024-06-10", [L("b", "60 mm", status="stable")], compared=DAY)
    issues = found(examined(DAY, L("a", "40 mm")), examine(catalog(), draft, context))
    alone, together = validate(catalog(), draft, context), validate(catalog(), draft, context, issues)
    assert set(together.issues) - set(alone.issues) == set(issues)
    kept = draft._replace(overrides=(Override("S15-prior", "b", "edema, measured with it"),))
    marked = [one for one in validate(catalog(), kept, context, issues).issues if one.rule_id == "S15-prior"]
    assert [one.override_reason for one in marked] == ["edema, measured with it"]


def test_messages_repeat_no_answer() -> None:
    prior = examined(DAY, L("a", "41.7 mm", tracking_id="Secret"))
    current = examined("2024-06-10", L("b", "83.9 mm", status="stable", tracking_id="Secret"), compared=DAY)
    (issue,) = found(prior, current)
    assert not any(word in issue.message for word in ("41.7", "83.9", "Secret"))
    assert isinstance(current.draft, Draft)
