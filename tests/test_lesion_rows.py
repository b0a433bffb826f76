"""Rows of the lesion table: what whoever counts has to be able to tell apart."""

from dataclasses import replace

from emh_report import pipeline
from emh_report.context import Context
from emh_report.draft import Coded, Draft, Group, Item
from emh_report.export import lesions
from tests.case_files import CASES, catalog, read_case

CASE = read_case(CASES / "emh-case-046")


def first(draft: Draft = CASE.draft, context: Context = CASE.context) -> lesions.Row:
    """Return the row of the first lesion."""
    return lesions.rows(pipeline.release(catalog(), draft, context).report, "R", lambda _: "K")[0]


def test_causes_stand_beside_what_is_said_about_them() -> None:
    unstated = Group("cause", "cause-9", (Item("cause", Coded("primary-myelofibrosis")),))
    row = first(CASE.draft._replace(groups=(*CASE.draft.groups, unstated)))
    said = dict(zip(row["report__causes"], row["report__cause_status"], strict=True))
    assert said["myeloproliferative-neoplasm-unspecified"] == "excluded"
    assert said["primary-myelofibrosis"] is None


def test_a_day_that_nobody_knows_is_an_empty_cell() -> None:
    assert first()["report__exam_date"]
    assert first(context=replace(CASE.context, studies=()))["report__exam_date"] is None
