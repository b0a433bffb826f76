"""One pass over a draft: every issue, at its exact place, with what would be accepted, and without an echo."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emh_report import pipeline, questionnaires
from emh_report.context import Context, Focus, Identifier, Order, Organization, Patient, Practitioner, ReportStatus
from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Draft,
    Group,
    Image,
    Integer,
    Item,
    Levels,
    Measurement,
    Override,
    Quantity,
    Text,
    Value,
)
from emh_report.errors import InvalidReportError
from emh_report.issues import SEVERITY_ORDER, Issue, Severity
from tests.rule_cases import catalog, context_of, draft_of

CT = "emh-ct-body"
CANARY = "Xq7canary"


def check(groups: dict[str, Any], template_id: str = CT) -> pipeline.Verdict:
    """Return the verdict on a draft in short form."""
    return pipeline.validate(catalog(), draft_of(template_id, groups), context_of(groups))


def check_item(field_id: str, value: Value | None, group_id: str = "finding") -> list[Issue]:
    """Return the issues about one answer, which stands second in its group, the group second in the draft."""
    first = Group("procedure", "", (Item("modality", Coded("CT")),))
    group = Group(group_id, "f1", (Item("remark", Text("seen")), Item(field_id, value)))
    draft = Draft(CT, "", (first, group))
    return [i for i in pipeline.validate(catalog(), draft, Context()).issues if "items[1]" in i.where.path]


@pytest.mark.parametrize(
    ("field_id", "value", "rule_id", "part", "accepted"),
    [
        ("site", Coded("spleeen"), "S01", ".coded.code", "spleen"),
        ("site", Coded("other"), "S01", ".coded.text", None),
        ("site", Coded("spleen", "Liver"), "wrong-display", ".coded.display", "Spleen"),
        ("sight", Coded("spleen"), "unknown-field", ".field_id", "site"),
        ("hu-mean", Quantity("12", "mm"), "unit-not-accepted", ".quantity.unit", "[hnsf'U]"),
        ("hu-mean", Quantity("1e3"), "not-a-decimal", ".quantity.value", None),
        ("hu-mean", Quantity("NaN"), "not-a-decimal", ".quantity.value", None),
        ("hu-mean", Quantity("1,024"), "not-a-decimal", ".quantity.value", None),
        ("hu-mean", Quantity("4000"), "out-of-range", ".quantity.value", "-1024 to 3071 HU"),
        ("size", Measurement(("12",)), "S06", ".measurement.unit", "mm"),
        ("size", Measurement(("12", "abc")), "not-a-decimal", ".measurement.axes[1]", "a decimal such as 4.20"),
        ("size", Measurement(()), "S06", ".measurement.axes", "1 to 3 axes"),
        ("size", Measurement(("1", "2", "3", "4")), "S06", ".measurement.axes", "1 to 3 axes"),
        ("size", Measurement(("12", "-1"), "mm"), "S06", ".measurement.axes[1]", "> 0"),
        ("size", Measurement(("12", "0"), "mm"), "S06", ".measurement.axes[1]", "> 0"),
        ("count", Integer(0), "out-of-range", ".integer", "1 to 999"),
        ("levels", Levels("T13", "T5"), "S04", ".levels", None),
        ("levels", Levels("T5", "T55"), "S04", ".levels.lower", "T5"),
        ("levels", Levels("t5", "T7"), "S04", ".levels.upper", "T5"),
        ("levels", Levels("L5", "L5/S1"), "S04", ".levels.lower", "S1"),
        ("levels", Levels("T5", "T7", "by-guess"), "S01", ".levels.numbering", None),
        ("palpable", Text("yes"), "wrong-type", "", "boolean"),
        ("palpable", None, "no-value", "", None),
        ("remark", Text("again"), "duplicate-answer", "", None),
        ("site-detail", Text("  "), "empty-text", ".text", None),
        ("site-detail", Text("a\x00b"), "unsafe-text", ".text", None),
        ("site-detail", Text("a\u202eb"), "unsafe-text", ".text", None),
        ("site", Coded("other", "", "a\u202eb"), "unsafe-text", ".coded.text", None),
        ("image", Image(sop_instance_uid="1.02"), "bad-image", ".image.sop_instance_uid", None),
        ("image", Image(series_number=3), "bad-image", ".image", None),
        ("image", Image(series_number=-1, instance_number=1), "bad-image", ".image", None),
        ("image", Image(sop_instance_uid="1.2", frames=(1, 0)), "bad-image", ".image.frames", None),
    ],
)
def test_place_and_hint_of_what_is_not_accepted(
    field_id: str, value: Value | None, rule_id: str, part: str, accepted: str | None
) -> None:
    found = check_item(field_id, value)
    assert [(issue.rule_id, issue.where.path) for issue in found] == [(rule_id, f"draft.groups[1].items[1]{part}")]
    assert found[0].severity is Severity.ERROR
    assert accepted is None or accepted in found[0].accepted


def test_a_group_that_does_not_exist_and_the_nearest_that_do() -> None:
    draft = Draft(CT, "", (Group("findings", "f", ()),))
    issue = next(i for i in pipeline.validate(catalog(), draft, Context()).issues if i.rule_id == "unknown-group")
    assert issue.where.path == "draft.groups[0].group_id"
    assert "finding" in issue.accepted


def test_a_template_that_does_not_exist_and_the_nearest_that_do() -> None:
    issues = pipeline.validate(catalog(), Draft("emh-ct-bodi", "", ()), Context()).issues
    assert [(i.rule_id, i.where.path) for i in issues] == [("wrong-template", "draft.template_id")]
    assert "emh-ct-body" in issues[0].accepted


def test_a_version_that_is_not_installed_and_those_that_are() -> None:
    issues = pipeline.validate(catalog(), Draft(CT, "0.9.0", ()), Context()).issues
    assert [(i.rule_id, i.where.path) for i in issues] == [("wrong-template-version", "draft.template_version")]
    assert catalog().plan(CT).template.version in issues[0].accepted


@pytest.mark.parametrize(
    ("field_id", "value"), [("hu-mean", Quantity("35,5")), ("size", Measurement(("12", "9,5"), "mm"))], ids=str
)
def test_a_decimal_comma_is_read_and_said(field_id: str, value: Value) -> None:
    found = check_item(field_id, value)
    assert [(i.rule_id, i.severity, i.where.field_id) for i in found] == [
        ("decimal-comma", Severity.INFORMATION, field_id)
    ]


def quantities(items: list[dict[str, Any]]) -> list[object]:
    """Return every quantity in items of a response, at any depth."""
    here = [answer.get("valueQuantity") for item in items for answer in item.get("answer", ())]
    return here + [found for item in items for found in quantities(item.get("item", []))]


@pytest.mark.parametrize("value", [Quantity("27+3"), Quantity("27+3", "wk")], ids=str)
def test_a_gestational_age_in_weeks_and_days_is_read_exactly_and_said(value: Value) -> None:
    group = Group("perinatal", "perinatal", (Item("gestational-age", value),))
    draft, fetal = Draft("emh-perinatal", "", (group,)), Context(focus=Focus.FETUS)
    found = [i for i in pipeline.validate(catalog(), draft, fetal).issues if i.where.field_id == "gestational-age"]
    assert [(i.rule_id, i.severity, i.message) for i in found] == [
        ("weeks-and-days", Severity.INFORMATION, "weeks and days were read as 192 days")
    ]
    answered = json.loads(questionnaires.response(catalog(), draft, fetal))["item"]
    assert {"value": 192, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"} in quantities(answered)


def test_an_age_after_birth_is_not_read_as_weeks_and_days() -> None:
    draft = Draft("emh-perinatal", "", (Group("perinatal", "", (Item("postnatal-age", Quantity("32+4", "wk")),)),))
    found = pipeline.validate(catalog(), draft, Context()).issues
    assert "not-a-decimal" in {i.rule_id for i in found if i.where.field_id == "postnatal-age"}


def test_absent_reasons_are_answers_of_every_kind_of_field() -> None:
    fields = catalog().plan(CT).template.groups["finding"].fields
    for reason in Absent:
        group = Group("finding", "f", tuple(Item(field_id, reason) for field_id in fields))
        issues = pipeline.validate(catalog(), Draft(CT, "", (group,)), Context()).issues
        refused = {"wrong-type", "S01", "S04", "S06", "not-a-decimal", "out-of-range", "bad-date", "duplicate-answer"}
        assert not refused & {issue.rule_id for issue in issues}


def test_an_empty_draft_may_leave_as_preliminary_and_not_as_final() -> None:
    for template in catalog().templates:
        draft = Draft(template.id, template.version, ())
        verdict = pipeline.validate(catalog(), draft, context_of({}))
        assert verdict.can_release_preliminary
        assert not verdict.can_finalize
        assert verdict.required_answered == 0 < verdict.required


def test_errors_come_first_and_then_the_order_of_the_draft() -> None:
    groups = {
        "procedure": {"modality": "CT"},
        "organ": {"organ": "spleen", "spleen-length": "450 mm"},
        "finding": {"site": "liver", "laterality": "left", "calcification": "coarse", "presence": "present"},
    }
    issues = check(groups).issues
    ranks = [SEVERITY_ORDER[issue.severity] for issue in issues]
    assert ranks == sorted(ranks)
    assert {"S02a", "C10", "S08a", "missing-required"} <= {issue.rule_id for issue in issues}


URGENT = {
    "procedure": {"modality": "MR"},
    "clinical": {"neuro-deficit-new": True},
    "finding": {"site": "epidural-spinal", "presence": "present", "escc": "3", "cord-compression": True},
}


@pytest.mark.parametrize("flag", [{}, {"critical-present": True}, {"critical-present": False}], ids=str)
def test_urgency_never_blocks_a_preliminary_report(flag: dict[str, bool]) -> None:
    groups = {**URGENT, "critical": flag}
    context = context_of(groups)
    context = replace(context, report=replace(context.report, status=ReportStatus.PRELIMINARY))
    released = pipeline.release(catalog(), draft_of("emh-mri-spine", groups), context)
    assert {critical.urgency for critical in released.report.critical} >= {"cat-1"}
    assert not released.verdict.can_finalize


def test_a_pending_communication_with_a_reason_is_told_apart() -> None:
    pending = {"critical-present": True, "communication-status": "pending", "communication-pending-reason": "no answer"}
    verdict = check({**URGENT, "critical": pending}, "emh-mri-spine")
    assert verdict.communication_pending
    assert "S18" not in {issue.rule_id for issue in verdict.issues}


@pytest.mark.parametrize("reason", ["", "?unknown"])
def test_a_pending_communication_needs_a_reason(reason: str) -> None:
    pending = {"critical-present": True, "communication-status": "pending", "communication-pending-reason": reason}
    assert "S18" in {issue.rule_id for issue in check({**URGENT, "critical": pending}, "emh-mri-spine").issues}


def test_a_final_report_with_errors_is_refused_with_all_of_them() -> None:
    context = context_of(URGENT)
    final = replace(context, report=replace(context.report, status=ReportStatus.FINAL))
    draft = draft_of("emh-mri-spine", URGENT)
    with pytest.raises(InvalidReportError) as raised:
        pipeline.release(catalog(), draft, final)
    assert raised.value.issues == pipeline.validate(catalog(), draft, final).issues


def spoken(issues: tuple[Issue, ...]) -> str:
    """Return everything that issues say."""
    return "\n".join(part for issue in issues for part in (issue.rule_id, issue.message, *issue.accepted))


NASTY: dict[str, list[Value | None]] = {
    "coded": [Coded(CANARY), Coded("other", CANARY, CANARY), Coded("left", CANARY), Coded("other", "", CANARY)],
    "number": [Quantity(CANARY, CANARY), Quantity("1", CANARY), Measurement((CANARY,), CANARY), Integer(10**9)],
    "time": [Date(CANARY), DateTime(CANARY), Levels(CANARY, CANARY, CANARY), Levels("T5", "T6", CANARY)],
    "other": [Text(CANARY), Text(f"{CANARY}\x00"), Image(CANARY, CANARY, CANARY, CANARY), Boolean(value=True), None],
}
ANSWERS = [value for values in NASTY.values() for value in values]


@pytest.mark.parametrize("template", catalog().templates, ids=lambda template: template.id)
def test_no_message_echoes_what_was_typed(template: Any) -> None:  # noqa: ANN401 - parametrized
    for value in ANSWERS:
        groups = [
            Group(group.id, CANARY if group.repeats else "", tuple(Item(field, value) for field in group.fields))
            for group in template.groups.values()
        ]
        strange = Group(CANARY, CANARY, (Item(CANARY, value),))
        known = Group("finding", f"{CANARY} 2", (Item(CANARY, value), Item("site", value), Item("site", value)))
        overrides = (Override(CANARY, CANARY, CANARY), Override("C10", CANARY, ""))
        draft = Draft(template.id, template.version, (*groups, strange, known), overrides=overrides)
        assert CANARY not in spoken(pipeline.validate(catalog(), draft, patient()).issues)


def patient() -> Context:
    """Return a context in which every text is the canary, and nothing is right."""
    name = Identifier(CANARY, CANARY)
    wrong = replace(context_of({}), patient=Patient((name,), CANARY, (CANARY,), CANARY))
    author = Practitioner(name, CANARY, (CANARY,))
    study = replace(wrong.studies[0], study_instance_uid=CANARY, started=CANARY, description=CANARY)
    order = Order(name, name, CANARY, CANARY)
    report = replace(wrong.report, identifier=name, issued=CANARY, status=ReportStatus.FINAL)
    organization = Organization(name, CANARY)
    return replace(wrong, report=report, studies=(study,), author=author, orders=(order,), organization=organization)


def test_no_message_echoes_a_template_that_does_not_exist() -> None:
    for draft in (Draft(CANARY, CANARY, ()), Draft(CT, CANARY, ()), Draft(CT, "", (), CANARY)):
        assert CANARY not in spoken(pipeline.validate(catalog(), draft, patient()).issues)


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["CT", "spleen", "present", "left", "12", "12,5", "1,000", "T5", "2024-02-30"]
)
VALUES: st.SearchStrategy[Value | None] = st.one_of(
    st.none(),
    st.sampled_from(Absent),
    st.builds(Coded, TEXTS, TEXTS, TEXTS),
    st.builds(Quantity, TEXTS, TEXTS),
    st.builds(Integer, st.integers()),
    st.builds(Boolean, st.booleans()),
    st.builds(Date, TEXTS),
    st.builds(DateTime, TEXTS),
    st.builds(Text, TEXTS),
    st.builds(Levels, TEXTS, TEXTS, TEXTS),
    st.builds(Measurement, st.lists(TEXTS, max_size=4).map(tuple), TEXTS),
)
FIELDS = sorted(
    {(group.id, field) for t in catalog().templates for group in t.groups.values() for field in group.fields}
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(catalog().templates),
    st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=8),
    st.sampled_from(["", "1980", "2024-05-01", "2030-01-01", "x"]),
)
def test_no_draft_makes_the_validator_stumble(template: Any, answers: list[Any], born: str) -> None:  # noqa: ANN401
    groups = tuple(Group(group, f"g{n}", (Item(field, value),)) for n, ((group, field), value) in enumerate(answers))
    context = context_of({"context": {"born": born}})
    verdict = pipeline.validate(catalog(), Draft(template.id, template.version, groups), context)
    for issue in verdict.issues:
        assert issue.where.path.startswith(("draft", "context"))
        assert issue.message
