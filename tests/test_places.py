"""Where issues point, what a report holds in which order, and numbers in the units that they were given in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emh_report import pipeline
from emh_report.context import ReportStatus
from emh_report.report import Amount, Report
from tests.rule_cases import catalog, context_of, draft_of

CT = "emh-ct-body"


def preliminary(groups: dict[str, Any]) -> Report:
    """Return a preliminary report of a draft in short form."""
    context = context_of(groups)
    context = replace(context, report=replace(context.report, status=ReportStatus.PRELIMINARY))
    return pipeline.release(catalog(), draft_of(CT, groups), context).report


PERIRENAL = {"finding": {"presence": "present", "site": "perirenal"}}


@pytest.mark.parametrize(
    ("groups", "rule_id", "path", "field_id"),
    [
        (PERIRENAL | {"organ": [{"organ": "liver"}, {"organ": "spleen"}]}, "C24", "draft.groups[1]", "hydronephrosis"),
        (PERIRENAL, "C24", "draft.groups", "hydronephrosis"),
    ],
)
def test_what_is_said_of_the_whole_report_points_to_the_entry_that_answers_it(
    groups: dict[str, Any], rule_id: str, path: str, field_id: str
) -> None:
    issues = pipeline.validate(catalog(), draft_of(CT, groups), context_of(groups)).issues
    found = [issue.where for issue in issues if issue.rule_id == rule_id]
    assert [(where.path, where.field_id) for where in found] == [(path, field_id)]


def test_what_was_not_asked_is_carried_as_typed_and_nothing_else_is() -> None:
    groups = {"organ": {"organ": "liver", "hemothorax": "suspected", "remark": "seen"}}
    report = preliminary(groups)
    assert [(one.where.field_id, one.as_typed, one.rule_id) for one in report.unresolved] == [
        ("hemothorax", "suspected", "not-asked")
    ]
    assert [item.field.id for item in report.groups[0].items] == ["organ", "remark"]


def test_answers_stand_in_the_order_of_the_template_however_they_were_sent() -> None:
    groups = {"finding": {"site": "liver", "presence": "present"}, "clinical": {"symptom": "fever"}}
    report = preliminary(groups)
    assert [group.definition.id for group in report.groups] == ["clinical", "finding"]
    assert [item.field.id for item in report.groups[1].items] == ["presence", "site"]


@pytest.mark.parametrize(
    ("length", "accepted"),
    [
        ("1000 mm", True),
        ("1001 mm", False),
        ("100 cm", True),
        ("100.1 cm", False),
        ("0.1 cm", True),
        ("0.09 cm", False),
    ],
)
def test_limits_are_those_of_the_length_in_whatever_unit(length: str, accepted: bool) -> None:
    groups = {"organ": {"organ": "spleen", "spleen-length": length}}
    issues = pipeline.validate(catalog(), draft_of(CT, groups), context_of(groups)).issues
    assert ("out-of-range" not in {issue.rule_id for issue in issues}) is accepted


@pytest.mark.parametrize(("size", "noted"), [("42x28 mm", False), ("4,2x2.8 cm", True), ("4.2x2,8 cm", True)])
def test_a_decimal_comma_of_any_axis_is_told(size: str, noted: bool) -> None:
    groups = {"finding": {"presence": "present", "size": size}}
    issues = pipeline.validate(catalog(), draft_of(CT, groups), context_of(groups)).issues
    assert ("decimal-comma" in {issue.rule_id for issue in issues}) is noted


@pytest.mark.parametrize(
    ("given", "told"),
    [("12", None), ("12 [hnsf'U]", None), ("12 mm", "unit-not-accepted")],
)
def test_a_number_has_the_only_unit_that_its_question_has(given: str, told: str | None) -> None:
    groups = {"finding": {"presence": "present", "hu-mean": given}}
    items = preliminary(groups).groups[0].items
    issues = pipeline.validate(catalog(), draft_of(CT, groups), context_of(groups)).issues
    refused = [issue.rule_id for issue in issues if issue.where.field_id == "hu-mean"]
    amounts = [item.value.unit.code for item in items if isinstance(item.value, Amount)]
    assert (refused, amounts) == (([told], []) if told else ([], ["[hnsf'U]"]))
