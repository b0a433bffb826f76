"""Rows of the lesion table: what whoever counts has to be able to tell apart."""

import json
from dataclasses import replace

from emh_report import pipeline
from emh_report.context import Context
from emh_report.draft import Coded, Draft, Group, Image, Item
from emh_report.export import lesions
from tests.case_files import CASES, catalog, read_case
from tests.cli_program import run
from tests.conftest import ROOT

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


def test_words_beside_any_code_have_a_column_and_the_place_of_their_code() -> None:
    lobulated, other, certain = (
        Coded("lobulated"),
        Coded("smooth", text="in part"),
        Coded("may-represent", text="so far"),
    )
    items = (Item("presence", Coded("present")), Item("margins", lobulated), Item("margins", other))
    lesion = Group("finding", "lesion-1", (*items, Item("emh-certainty", certain)))
    groups = tuple(lesion if group.group_id == "finding" else group for group in CASE.draft.groups)
    row = first(CASE.draft._replace(groups=groups))
    known = {column.name for column in lesions.columns(catalog().templates)}
    assert (row["margins"], row["margins__text"]) == (["lobulated", "smooth"], [None, "in part"])
    assert row["emh_certainty__text"] == "so far"
    assert "presence__text" not in row, "an empty cell where nothing was typed"
    assert row.keys() <= known


def test_an_image_has_the_numbers_that_were_stated_and_no_others() -> None:
    images = [Image(series_number=3, instance_number=45), Image(instance_number=45), Image(sop_instance_uid="1.2.3")]
    lesion = next(group for group in CASE.draft.groups if group.group_id == "finding")
    groups = [(lesion._replace(items=(*lesion.items, Item("image", image))),) for image in images]
    others = tuple(group for group in CASE.draft.groups if group.group_id != "finding")
    rows = [first(CASE.draft._replace(groups=(*group, *others))) for group in groups]
    assert [row["image"] for row in rows] == [["series 3 image 45"], ["image 45"], ["1.2.3"]]


def test_a_day_that_nobody_knows_is_an_empty_cell() -> None:
    assert first()["report__exam_date"]
    assert first(context=replace(CASE.context, studies=()))["report__exam_date"] is None


def test_the_dictionary_is_what_the_command_prints() -> None:
    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == run("templates", "--dictionary").stdout
    named = json.loads(run("templates", "emh-minimal", "--dictionary", "--json").stdout)
    assert {column["name"] for column in named} < {column.name for column in lesions.columns(catalog().templates)}


def test_columns_have_one_meaning_and_no_two_one_name() -> None:
    names = [column.name for column in lesions.columns(catalog().templates)]
    assert len(set(names)) == len(names)
    fields = {column.name for column in lesions.columns(catalog().templates) if "__" not in column.name}
    assert fields.isdisjoint(column.name for column in lesions.REPORT_COLUMNS)
