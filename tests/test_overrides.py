"""Warnings that the author keeps, each with a reason: nothing else can be kept, and nothing is kept in silence."""

from __future__ import annotations

import pytest

from emh_report import pipeline
from emh_report.draft import Override
from emh_report.issues import Severity
from tests.rule_cases import catalog, context_of, draft_of

ONE = {"presence": "present", "calcification": "coarse"}
CALCIFIED = {"procedure": {"modality": "CT"}, "finding": [ONE, ONE]}
REFUSED = ("override-refused", Severity.ERROR, "draft.overrides[0]")
UNUSED = ("override-unused", Severity.INFORMATION, "draft.overrides[0]")
WITHOUT = ("override-without-reason", Severity.ERROR, "draft.overrides[0]")


@pytest.mark.parametrize(
    ("override", "told", "kept"),
    [
        (Override("C10", "finding-1", " proven by histology "), [], {"finding-1": "proven by histology"}),
        (Override("C10", "finding-2", "proven by histology"), [], {"finding-2": "proven by histology"}),
        (Override("C10", "finding-1", ""), [WITHOUT], {}),
        (Override("C10", "finding-1", " "), [WITHOUT], {}),
        (Override("missing-required", "finding-1", "in a hurry"), [REFUSED], {}),
        (Override("C10", "finding-3", "no such lesion"), [UNUSED], {}),
        (Override("C99", "finding-1", "no such rule"), [UNUSED], {}),
    ],
)
def test_a_warning_is_kept_with_a_reason_and_nothing_else_is(
    override: Override, told: list[tuple[str, Severity, str]], kept: dict[str, str]
) -> None:
    draft = draft_of("emh-ct-body", CALCIFIED)._replace(overrides=(override,))
    issues = pipeline.validate(catalog(), draft, context_of(CALCIFIED)).issues
    said = [i for i in issues if i.rule_id.startswith("override-")]
    assert [(i.rule_id, i.severity, i.where.path) for i in said] == told
    assert all(i.where.group_uid == override.group_uid for i in said)
    assert {i.where.group_uid: i.override_reason for i in issues if i.override_reason} == kept
    assert [i.severity for i in issues if i.rule_id == "C10"] == [Severity.WARNING] * 2


def test_every_override_is_read_and_told_by_its_place() -> None:
    kept = [Override("C10", "finding-1", "proven"), Override("C10", "finding-2", "proven"), Override("C99", "", "x")]
    draft = draft_of("emh-ct-body", CALCIFIED)._replace(overrides=tuple(kept))
    issues = pipeline.validate(catalog(), draft, context_of(CALCIFIED)).issues
    assert [i.override_reason for i in issues if i.rule_id == "C10"] == ["proven"] * 2
    assert [i.where.path for i in issues if i.rule_id.startswith("override-")] == ["draft.overrides[2]"]


def test_one_warning_is_kept_once() -> None:
    twice = Override("C10", "finding-1", "proven"), Override("C10", "finding-1", "no, burnt out")
    draft = draft_of("emh-ct-body", CALCIFIED)._replace(overrides=twice)
    issues = pipeline.validate(catalog(), draft, context_of(CALCIFIED)).issues
    assert [i.override_reason for i in issues if i.rule_id == "C10"] == ["proven", ""]
    said = [(i.rule_id, i.severity, i.where.path) for i in issues if i.rule_id.startswith("override-")]
    assert said == [("override-twice", Severity.ERROR, "draft.overrides[1]")]


@pytest.mark.parametrize(("reasons", "blank"), [(("proven", " "), 1), ((" ", "proven"), 0)])
def test_an_entry_without_a_reason_does_not_cost_another_its_own(reasons: tuple[str, str], blank: int) -> None:
    overrides = tuple(Override("C10", "finding-1", reason) for reason in reasons)
    draft = draft_of("emh-ct-body", CALCIFIED)._replace(overrides=overrides)
    issues = pipeline.validate(catalog(), draft, context_of(CALCIFIED)).issues
    assert [i.override_reason for i in issues if i.rule_id == "C10"] == ["proven", ""]
    said = [(i.rule_id, i.where.path) for i in issues if i.rule_id.startswith("override-")]
    assert said == [("override-without-reason", f"draft.overrides[{blank}]")]
