"""A follow-up begun from an earlier report: what is taken over, what is left to the author, and where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from emh_report.context import Context, Study
from emh_report.draft import Boolean, Coded, Date, Draft, Item, Levels, Measurement, Quantity, ReportMode, Text
from emh_report.pipeline import validate
from emh_report.priors import FOLLOW_UP, Basis, FollowUp, contradictions, examine, follow, follow_up
from tests.case_files import SYNTHETIC, catalog, read_report, synthetic_context
from tests.prior_reports import PATIENT, L, examined

NOW = Context(patient=PATIENT, studies=(Study("1.2.3.9", ("CT",), "2024-09-01"),))


def begun(*lesions: L, template: str = FOLLOW_UP, **options: object) -> FollowUp:
    """Begin a follow-up of a report with these lesions."""
    return follow_up(catalog().plan(template), examined("2024-01-10", *lesions, **options), NOW)


def answers(draft: Draft, uid: str) -> dict[str, list[object]]:
    """Return the answers of one group, by question."""
    found: dict[str, list[object]] = {}
    for group in draft.groups:
        for item in group.items if group.uid == uid else ():
            found.setdefault(item.field_id, []).append(item.value)
    return found


def test_a_lesion_is_taken_over_with_its_size_as_what_was_before() -> None:
    made = begun(L("a", "42.0 x 30 mm", tracking_id="M1"))
    found = answers(made.draft, "a")
    own = examined("2024-01-10", L("a")).lesions[0].own_uid
    assert found == {
        "site": [Coded("paraspinal-thoracic")],
        "laterality": [Coded("left")],
        "levels": [Levels("T8", "T10")],
        "tracking-id": [Text("M1")],
        "tracking-uid": [Text(own)],
        "prior-size": [Measurement(("42.0", "30"), "mm")],
    }


def test_nothing_that_this_examination_has_to_show_is_copied() -> None:
    lesion = L("a", "42 mm", status="increased", prior="30 mm")
    made = begun(lesion, volume="900", overall="increased", compared="2023-01-01")
    asked = {"presence", "size", "change-status", "pattern", "number", "overall-status", "spleen-volume"}
    assert not asked & {item.field_id for group in made.draft.groups for item in group.items}
    assert answers(made.draft, "a")["prior-size"] == [Measurement(("42",), "mm")]


def test_everything_taken_over_is_listed_with_its_source() -> None:
    made = begun(L("a", "42 mm"), volume="900")
    listed = {(one.group_uid, one.field_id) for one in made.carried}
    known = {("procedure", "modality"), ("procedure", "exam-date")}
    there = {(group.uid, item.field_id) for group in made.draft.groups for item in group.items}
    assert there - listed == known | {(uid, "organ") for uid, field_id in there if field_id == "organ"}
    assert listed <= there
    assert ("a", "prior-size", "a", "size") in made.carried
    assert ("followup", "spleen-volume-prior", "spleen", "spleen-volume") in made.carried


def test_the_earlier_examination_is_named() -> None:
    found = answers(begun(L("a")).draft, "comparison-1")
    assert found == {
        "prior-date": [Date("2024-01-10")],
        "prior-modality": [Coded("CT")],
        "prior-study-uid": [Text("1.2.3.20240110")],
    }
    assert answers(begun(L("a")).draft, "comparison-statement") == {"comparison-available": [Boolean(value=True)]}
    unknown = answers(begun(L("a"), modality="").draft, "comparison-1")
    assert set(unknown) == {"prior-date"}


def test_measurements_are_offered_beside_their_questions() -> None:
    made = begun(L("a", "42.0 x 30 mm"), L("b", presence="absent", side="right"))
    assert made.offered == (("a", "size", "42.0 × 30 mm"),)


def test_absent_lesions_are_not_taken_over() -> None:
    made = begun(L("a", presence="absent"), L("b", "9 mm", side="right", presence="indeterminate"))
    assert [group.uid for group in made.draft.groups if group.group_id == "finding"] == ["b"]


def test_a_stated_tracking_uid_stays() -> None:
    assert answers(begun(L("a", tracking_uid="1.2.840.7")).draft, "a")["tracking-uid"] == [Text("1.2.840.7")]


def test_what_was_before_comes_from_the_smallest_stated_sum() -> None:
    sums = (Item("diameter-sum", Quantity("80", "mm")), Item("diameter-sum-prior", Quantity("6.5", "cm")))
    items = (Item("followup-interval", Quantity("6", "mo")), *sums, Item("spleen-volume-change", Quantity("-30", "%")))
    prior = examined("2024-01-10", L("a"), overall="stable")
    group = next(group for group in prior.draft.groups if group.group_id == "followup")
    draft = prior.draft._replace(
        groups=tuple(one._replace(items=(*one.items, *items)) if one is group else one for one in prior.draft.groups)
    )
    made = follow_up(catalog().plan(FOLLOW_UP), examine(catalog(), draft, prior.context), NOW)
    assert answers(made.draft, "followup") == {"diameter-sum-prior": [Quantity("6.5", "cm")]}


def test_what_a_template_has_no_question_for_is_listed_as_left() -> None:
    made = begun(L("a", "42 mm", tracking_id="M1"), template="emh-minimal")
    assert {one.prior_field_id for one in made.left} >= {"tracking-id"}
    fields = catalog().plan("emh-minimal").template.groups["finding"].fields
    assert all(item.field_id in fields for g in made.draft.groups if g.group_id == "finding" for item in g.items)


@pytest.mark.parametrize("file", sorted(SYNTHETIC.glob("*/draft-c.json")), ids=lambda file: file.parent.name)
def test_a_follow_up_of_every_kind_of_report_is_accepted_as_far_as_it_goes(file: Path) -> None:
    draft, context = read_report(file, synthetic_context(file))
    prior = examine(catalog(), draft, context)
    made = follow_up(catalog().plan(FOLLOW_UP), prior, NOW, ReportMode.STANDALONE)
    issues = validate(catalog(), made.draft, NOW).issues
    carried = {(one.group_uid, one.field_id) for one in made.carried}
    errors = [one for one in issues if one.severity == "error"]
    assert [one for one in errors if (one.where.group_uid, one.where.field_id) in carried] == []
    assert {"duplicate-uid", "bad-uid", "unknown-field"}.isdisjoint(one.rule_id for one in issues)


def test_a_follow_up_finds_its_lesions_again_and_says_nothing_about_change_until_it_is_measured() -> None:
    prior = examined("2024-01-10", L("a", "42 mm"), L("b", "30 mm"))
    made = follow_up(catalog().plan(FOLLOW_UP), prior, NOW)
    course = follow(examine(catalog(), made.draft, NOW), [prior], catalog().thresholds)
    assert [(one.prior_uid, one.current_uid, one.status) for one in course.lesions] == [
        ("a", "a", "not-comparable"), ("b", "b", "not-comparable")
    ]  # fmt: skip
    assert {one.match.basis for one in course.lesions if one.match} == {Basis.TRACKING_UID}
    assert contradictions(course) == ()
