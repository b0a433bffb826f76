"""Earlier reports on the published cases: a follow-up of each, and each beside itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emh_report.context import Context, ReportIdentity
from emh_report.pipeline import validate
from emh_report.priors import FOLLOW_UP, Basis, Course, Why, contradictions, examine, follow, follow_up
from tests.case_files import Case, case_folders, catalog, read_case

CASES = [pytest.param(folder, id=folder.name) for folder in case_folders()]


def later(case: Case) -> Context:
    """Return the context of a new examination of the same kind, years later."""
    studies = tuple(replace(study, started="2031-05-05") for study in case.context.studies)
    return replace(case.context, report=ReportIdentity(), studies=studies)


def beside_itself(case: Case) -> Course:
    prior = examine(catalog(), case.draft, case.context)
    return follow(examine(catalog(), case.draft, later(case)), [prior], catalog().thresholds)


@pytest.mark.parametrize("folder", CASES)
def test_a_follow_up_takes_over_every_lesion_and_finds_it_again(folder: Path) -> None:
    case = read_case(folder)
    prior = examine(catalog(), case.draft, case.context)
    there = [lesion.uid for lesion in prior.lesions if lesion.there]
    made = follow_up(catalog().plan(FOLLOW_UP), prior, later(case))
    assert [group.uid for group in made.draft.groups if group.group_id == "finding"] == there
    carried = {(one.group_uid, one.field_id) for one in made.carried}
    errors = [one for one in validate(catalog(), made.draft, later(case)).issues if one.severity == "error"]
    assert [one for one in errors if (one.where.group_uid, one.where.field_id) in carried] == []
    course = follow(examine(catalog(), made.draft, later(case)), [prior], catalog().thresholds)
    assert [(one.prior_uid, one.current_uid) for one in course.lesions] == [(uid, uid) for uid in there]
    assert {one.match.basis for one in course.lesions if one.match} <= {Basis.TRACKING_UID}
    assert {one.status for one in course.lesions} <= {"not-comparable"}
    assert contradictions(course) == ()


@pytest.mark.parametrize("folder", CASES)
def test_a_case_beside_itself_has_not_changed(folder: Path) -> None:
    course = beside_itself(read_case(folder))
    for change in course.lesions:
        assert change.prior_uid == change.current_uid or change.match is None
        assert change.status in {"stable", "resolved", "not-comparable"} or not change.current_uid
        assert change.difference is None or not change.difference.by
        assert change.why is not Why.OTHER_UNIT
    assert course.spleen_volume.difference is None or not course.spleen_volume.difference.by
