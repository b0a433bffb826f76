"""What was recognized as critical, held against what the report says of it."""

from dataclasses import replace

import pytest

from emh_report import pipeline
from emh_report.context import Context, ReportStatus
from emh_report.draft import Absent, Boolean, Coded, Draft, Group, Item, Override, Text
from emh_report.pipeline import Verdict
from tests.case_files import catalog
from tests.narrative_samples import Answers, group
from tests.test_context import COMPLETE

CORD = (
    Item("presence", Coded("present")),
    Item("site", Coded("epidural-spinal")),
    Item("cord-compression", Boolean(value=True)),
)
DEFICIT = Group("clinical", "", (Item("neuro-deficit-new", Boolean(value=True)),))


def verdict(*groups: Group, context: Context = COMPLETE, overrides: tuple[Override, ...] = ()) -> Verdict:
    lesion = Group("finding", "l1", CORD)
    draft = Draft("emh-mri-spine", "1.1.0", (DEFICIT, lesion, *groups), overrides=overrides)
    return pipeline.validate(catalog(), draft, context)


def critical(*items: Item) -> Group:
    return Group("critical", "", items)


YES = Item("critical-present", Boolean(value=True))
NO = Item("critical-present", Boolean(value=False))


@pytest.mark.parametrize("said", [(), (critical(NO),), (critical(Item("critical-finding", Coded("paraparesis"))),)])
def test_a_category_1_finding_that_is_not_marked_blocks_a_final_report(said: tuple[Group, ...]) -> None:
    issues = [issue for issue in verdict(*said).issues if issue.rule_id == "critical-unflagged"]
    assert [(issue.severity, issue.overridable) for issue in issues] == [("error", False)]
    assert "category 1" in issues[0].message
    assert issues[0].where.field_id == "critical-present"


@pytest.mark.parametrize(
    "more", [(), *((Item(name, Absent.UNKNOWN),) for name in ("critical-category", "critical-finding"))]
)
def test_a_marked_one_does_not_and_what_is_not_known_contradicts_nothing(more: tuple[Item, ...]) -> None:
    said = {issue.rule_id for issue in verdict(critical(YES, *more)).issues}
    assert said.isdisjoint({"critical-unflagged", "critical-understated", "critical-left-out"})


@pytest.mark.parametrize(("category", "understated"), [("cat-1", False), ("cat-2", True), ("cat-3", True)])
def test_a_category_below_what_was_recognized_is_an_error(category: str, understated: bool) -> None:
    found = verdict(critical(YES, Item("critical-category", Coded(category))))
    assert ("critical-understated" in {issue.rule_id for issue in found.issues}) is understated


HOURS = group("complication", complication="obstructive-uropathy", complication_presence="present")
DAYS = group("finding", presence="present", site="liver", pattern="focal-mass", change_status="new")


@pytest.mark.parametrize(
    ("recognized", "said", "told"),
    [
        ((HOURS,), (), True),
        ((HOURS,), (critical(NO),), True),
        ((HOURS,), (critical(YES),), False),
        ((DAYS,), (), False),
        ((DAYS,), (critical(NO),), True),
        ((DAYS,), (critical(YES),), False),
        ((HOURS, DAYS), (), True),
    ],
)
def test_what_may_wait_hours_is_asked_for_and_what_may_wait_days_is_not_denied(
    recognized: tuple[Group, ...], said: tuple[Group, ...], told: bool
) -> None:
    found = pipeline.validate(catalog(), Draft("emh-ct-body", "", (*recognized, *said)), COMPLETE)
    assert len(found.critical) == len(recognized)
    issues = [issue for issue in found.issues if issue.rule_id == "critical-unflagged"]
    assert [(issue.severity, issue.overridable) for issue in issues] == [("warning", True)] * told
    how_soon = "category 2, hours" if HOURS in recognized else "category 3, days"
    place = "draft.groups[1].items[0]" if said else "draft.groups"
    assert all(how_soon in issue.message and issue.where.path == place for issue in issues)


def test_preliminary_is_never_blocked() -> None:
    assert verdict(critical(NO)).can_release_preliminary
    assert not verdict(critical(NO)).can_finalize


@pytest.mark.parametrize(("status", "reason"), [(ReportStatus.PRELIMINARY, "nobody"), (ReportStatus.CANCELLED, "")])
def test_a_cancelled_report_leaves_nothing_to_communicate(status: ReportStatus, reason: str) -> None:
    answers: Answers = {"critical_present": Boolean(value=True), "communication_status": Coded("pending")}
    pending = group("critical", **answers, communication_pending_reason=Text("nobody"))
    context = replace(COMPLETE, report=replace(COMPLETE.report, status=status))
    report = pipeline.release(catalog(), Draft("emh-ct-body", "", (HOURS, pending)), context).report
    assert report.pending_reason == reason


def test_somebody_is_told_once_of_each_kind() -> None:
    found = verdict()
    kinds = [(finding.rule_id[:3], finding.group_uid) for finding in found.critical]
    assert len(set(kinds)) == len(kinds)
    assert {finding.urgency for finding in found.critical if finding.rule_id.startswith("A01")} == {"cat-1"}
    assert {"A01b", "A01d"} <= {issue.rule_id for issue in found.issues}


def test_an_override_of_a_hint_is_only_said_to_be_unused() -> None:
    found = verdict(overrides=(Override("A01b", "l1", "known"),))
    assert [issue.severity for issue in found.issues if issue.rule_id == "override-unused"] == ["information"]
    assert "override-refused" not in {issue.rule_id for issue in found.issues}


def test_an_override_of_an_error_is_refused() -> None:
    found = verdict(overrides=(Override("critical-unflagged", "", "no"), Override("C21b", "l1", "no")))
    assert sum(issue.rule_id == "override-refused" for issue in found.issues) >= 1
    assert COMPLETE.report.status is ReportStatus.FINAL


TAMPONADE = group("complication", complication="cardiac-tamponade", complication_presence="present")
BLEEDING = group("organ", organ="pleura", active_bleeding=Boolean(value=True))
HYDROPS = group("perinatal", hydrops="present")


def named(*codes: str) -> Group:
    return critical(YES, *(Item("critical-finding", Coded(code)) for code in codes))


@pytest.mark.parametrize(
    ("template", "recognized", "codes", "left_out"),
    [
        ("emh-ct-body", (TAMPONADE, HOURS), ("obstructive-uropathy",), True),
        ("emh-ct-body", (TAMPONADE, HOURS), ("obstructive-uropathy", "cardiac-tamponade"), False),
        ("emh-ct-body", (TAMPONADE, HOURS), ("cardiac-tamponade",), False),  # the lesser one may be left out
        ("emh-ct-body", (TAMPONADE, BLEEDING), ("cardiac-tamponade",), True),  # both are told within minutes
        ("emh-ct-body", (BLEEDING,), ("active-bleeding",), False),
        ("emh-ct-body", (BLEEDING,), ("pleural-effusion",), False),
        ("emh-ct-body", (HOURS,), ("hydronephrosis",), False),
        ("emh-ct-body", (HOURS,), ("hemothorax",), True),
        ("emh-ct-body", (DAYS,), ("splenic-infarct",), True),
        ("emh-ct-body", (TAMPONADE,), (), False),  # who names nothing leaves out nothing
        ("emh-ct-body", (), ("hemothorax",), False),
        ("emh-mri-spine", (Group("finding", "l1", CORD),), ("nerve-root-compression",), False),
        ("emh-perinatal", (HYDROPS,), ("fetal-ascites",), False),  # no code names it
    ],
)
def test_findings_that_are_named_leave_out_none_that_is_most_urgent(
    template: str, recognized: tuple[Group, ...], codes: tuple[str, ...], left_out: bool
) -> None:
    found = pipeline.validate(catalog(), Draft(template, "", (*recognized, named(*codes))), COMPLETE)
    issues = [issue for issue in found.issues if issue.rule_id == "critical-left-out"]
    assert [(issue.severity, issue.overridable, issue.where.field_id) for issue in issues] == [
        ("warning", True, "critical-finding")
    ] * left_out


def test_what_is_left_out_is_said_once_with_the_title_of_its_rule() -> None:
    pleurae = (BLEEDING, group("organ", "q", organ="pleura", active_bleeding=Boolean(value=True)))
    draft = Draft("emh-ct-body", "", (*pleurae, TAMPONADE, named("cardiac-tamponade")))
    found = pipeline.validate(catalog(), draft, COMPLETE)
    (message,) = [issue.message for issue in found.issues if issue.rule_id == "critical-left-out"]
    assert (
        "one that is the most urgent (category 1, minutes): Pleural bleeding. Name and communicate it, too" in message
    )


def test_a_finding_named_in_words_may_be_any() -> None:
    other = critical(YES, Item("critical-finding", Coded("other", "", "pulmonary embolism")))
    found = pipeline.validate(catalog(), Draft("emh-ct-body", "", (TAMPONADE, other)), COMPLETE)
    assert "critical-left-out" not in {issue.rule_id for issue in found.issues}


@pytest.mark.parametrize("recognized", [(), (TAMPONADE,)])
def test_a_category_that_is_too_low_is_said_once(recognized: tuple[Group, ...]) -> None:
    """Where a finding is recognized, the error says it; where one is only named, the warning does."""
    low = critical(YES, Item("critical-finding", Coded("cardiac-tamponade")), Item("critical-category", Coded("cat-2")))
    found = pipeline.validate(catalog(), Draft("emh-ct-body", "", (*recognized, low)), COMPLETE)
    said = [issue.rule_id for issue in found.issues if issue.where.field_id == "critical-category"]
    assert said == ["critical-understated" if recognized else "A13i"]
