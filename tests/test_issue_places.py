"""Where issues point, and what they name instead of what was typed."""

from emh_report import pipeline
from emh_report.context import Context
from emh_report.draft import Draft, Levels
from tests.case_files import catalog
from tests.narrative_samples import group

CT = "emh-ct-body"


def places(draft: Draft, rule_id: str) -> list[tuple[str, str]]:
    """Return group and field of every issue of a rule."""
    issues = pipeline.validate(catalog(), draft, Context()).issues
    return [(issue.where.group_uid, issue.where.field_id) for issue in issues if issue.rule_id == rule_id]


def test_what_no_entry_answers_is_asked_of_an_entry_that_is_asked_it() -> None:
    organs = [group("organ", f"the-{name}", organ=name) for name in ("spleen", "kidney")]
    lesion = group("finding", presence="present", site="perirenal")
    assert places(Draft(CT, "", (*organs, lesion)), "C24") == [("the-kidney", "hydronephrosis")]
    assert places(Draft(CT, "", (organs[0], lesion)), "C24") == [("the-spleen", "hydronephrosis")]


def test_a_disc_space_is_told_what_to_name_instead() -> None:
    lesion = group("finding", presence="present", site="epidural-spinal", levels=Levels("T5/6", "T5/6"))
    issues = pipeline.validate(catalog(), Draft(CT, "", (lesion,)), Context()).issues
    (said,) = (issue.message for issue in issues if issue.rule_id == "S04")
    assert "the vertebra above it and the one below" in said
