"""Drafts of an older template version under the one installed now: nothing dropped, nothing guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from emh_report import limits, pipeline
from emh_report.catalog import Catalog
from emh_report.draft import Absent, Coded, Draft, Group, Item, Quantity, Text
from emh_report.errors import CatalogError, InvalidReportError, NotFoundError
from emh_report.migration import Fate, Migration, migrate
from tests.store_reports import complete
from tests.visit_templates import BOARD, MASS, NEW, NOTED, OLD, RENAMED, TEXT, draft, site


@pytest.fixture
def old(tmp_path: Path) -> Catalog:
    return site(tmp_path / "site", {"dept-visit": OLD}, code="fuzzy")


@pytest.fixture
def both(tmp_path: Path, old: Catalog) -> Catalog:
    del old
    return site(tmp_path / "site", {"dept-visit@1.0.0": OLD, "dept-visit": NEW + RENAMED})


def fates(found: Migration) -> list[tuple[str, str, str]]:
    return [(one.fate.value, one.path.removeprefix("draft."), one.to_path.removeprefix("draft.")) for one in found[6]]


def test_every_answer_is_kept_or_moved_or_a_remark(both: Catalog) -> None:
    found = migrate(both, draft(MASS, BOARD, TEXT))
    assert (found.from_version, found.to_version, found.needed) == ("1.0.0", "1.1.0", True)
    remark = Text(f"as before\nSoft: yes{NOTED}")
    lesion = (Item("dept-rim", Coded("blurred")), Item("dept-size", Quantity("42.0", "mm")), Item("remark", remark))
    board = Item("remark", Text(f"Board, Asked: no{NOTED}"))
    assert found.draft.groups == (Group("dept-lesion", "L1", lesion), TEXT._replace(items=(*TEXT.items, board)))
    assert fates(found) == [
        ("moved", "groups[0].items[0]", "groups[0].items[0]"),
        ("moved", "groups[0].items[1]", "groups[0].items[1]"),
        ("moved", "groups[0].items[3]", "groups[0].items[2]"),
        ("kept", "groups[2].items[0]", "groups[1].items[0]"),
        ("to-remark", "groups[0].items[2]", "groups[0].items[2]"),
        ("to-remark", "groups[1].items[0]", "groups[1].items[1]"),
    ]
    assert [one.reason for one in found.carried[4:]] == ["Mass has no such question", "the template has no such group"]
    rules = {issue.rule_id for issue in pipeline.validate(both, found.draft, complete()[1]).issues}
    assert not rules & {"wrong-template-version", "unknown-field", "unknown-group", "unknown-code"}


def test_what_is_of_the_installed_version_is_left_alone(both: Catalog) -> None:
    template = both.plan("dept-visit").template
    current = Draft("dept-visit", template.version, (TEXT,), template.content_hash)
    assert migrate(both, current) == (template.id, "1.1.0", "1.1.0", template.content_hash, False, current, ())


def test_an_answer_beyond_the_new_range_is_not_lost(both: Catalog) -> None:
    """It was accepted before and is not any more; what was never accepted stays where its author will see it."""
    large = MASS._replace(items=(Item("dept-size", Quantity("400", "mm")), Item("dept-size", Quantity("wide", "mm"))))
    found = migrate(both, draft(large._replace(items=large.items[:1])))
    assert found.draft.groups[0].items == (Item("remark", Text(f"Size: 400 mm{NOTED}")),)
    wrong = large._replace(items=large.items[1:])
    assert migrate(both, draft(wrong)).draft.groups[0].items == wrong.items


def test_without_the_older_version_ids_speak(tmp_path: Path) -> None:
    only_new = site(tmp_path / "site", {"dept-visit": NEW + RENAMED})
    found = migrate(only_new, draft(MASS, BOARD))
    assert found.draft.groups[0].items[0] == Item("dept-rim", Coded("blurred"))
    assert Item("remark", Text(f"as before\ndept-soft: yes{NOTED}")) in found.draft.groups[0].items
    assert found.draft.groups[1] == Group(
        "procedure", "", (Item("remark", Text(f"dept-board, dept-asked: no{NOTED}")),)
    )


def test_without_a_table_of_renames_a_new_name_is_not_guessed(tmp_path: Path) -> None:
    plain = site(tmp_path / "site", {"dept-visit@1.0.0": OLD, "dept-visit": NEW})
    found = migrate(plain, draft(MASS, Group("dept-mass", "L2", ())))
    assert {one.fate for one in found.carried} == {Fate.TO_REMARK}
    (group,) = found.draft.groups
    text = group.items[0].value
    assert isinstance(text, Text)
    assert [line.removesuffix(NOTED) for line in text.value.splitlines()] == [
        "Mass L1, Edge: fuzzy Blurred",
        "Mass L1, Size: 42.0 mm",
        "Mass L1, Soft: yes",
        "Mass L1, Remark: as before",
        "Mass L2 (no answers)",
    ]


def test_several_answers_to_what_takes_one_now_are_not_chosen_from(tmp_path: Path) -> None:
    many = OLD.replace('vocabulary = "dept-edge"', 'vocabulary = "dept-edge"\n  repeats = true')
    one = OLD.replace("1.0.0", "1.1.0").replace("dept-edge", "dept-rim").replace('y = "dept-rim"', 'y = "dept-edge"')
    named = '[[renamed]]\nfield = "dept-edge"\nto = "dept-rim"\n'
    catalog = site(tmp_path / "site", {"dept-visit@1.0.0": many, "dept-visit": one + named})
    items = (Item("dept-edge", Coded("sharp")), Item("dept-edge", Coded("blurred")))
    found = migrate(catalog, draft(Group("dept-mass", "L1", items)))
    edges = "\n".join(f"Edge: {words}{NOTED}" for words in ("sharp Sharp", "blurred Blurred"))
    assert found.draft.groups[0].items == (Item("remark", Text(edges)),)
    same = tuple(Item("dept-size", Quantity(text, "mm")) for text in ("1", "2"))
    kept = migrate(catalog, draft(Group("dept-mass", "L1", same)))
    assert kept.draft.groups[0].items == same, "two answers that were never right stay where they were typed"


def test_a_second_instance_of_what_occurs_once_now_is_a_remark(tmp_path: Path) -> None:
    once = OLD.replace("1.0.0", "1.1.0").replace("repeats = true\n", "")
    catalog = site(tmp_path / "site", {"dept-visit@1.0.0": OLD, "dept-visit": once})
    second = MASS._replace(uid="L2", items=(Item("dept-soft", Absent.UNKNOWN),))
    found = migrate(catalog, draft(MASS._replace(items=()), second))
    assert found.draft.groups == (Group("dept-mass", "L1", (Item("remark", Text(f"Mass L2, Soft: unknown{NOTED}")),)),)
    assert found.carried[1].reason == "Mass occurs once only"


def test_a_remark_that_would_be_too_long_refuses_the_migration(both: Catalog) -> None:
    full = MASS._replace(items=(*MASS.items[:3], Item("remark", Text("x" * limits.TEXT))))
    with pytest.raises(InvalidReportError) as caught:
        migrate(both, draft(full))
    (issue,) = caught.value.issues
    assert (issue.rule_id, issue.where.path) == ("cannot-migrate", "draft.groups[0].items[2]")


def test_a_template_without_room_refuses_the_migration(tmp_path: Path) -> None:
    head, _, rest = OLD.partition('[[group]]\nuse = ["procedure"]\n')
    lists = (head + rest.partition('[[group]]\nid = "dept-board"')[0]).replace("1.0.0", "1.1.0")
    catalog = site(tmp_path / "site", {"dept-visit@1.0.0": OLD, "dept-visit": lists})
    with pytest.raises(InvalidReportError) as caught:
        migrate(catalog, draft(BOARD))
    assert "no group" in caught.value.issues[0].message


def test_a_template_that_is_gone_is_said(both: Catalog) -> None:
    with pytest.raises(NotFoundError):
        migrate(both, Draft("dept-gone", "1.0.0", ()))


@pytest.mark.parametrize(
    ("renamed", "key"),
    [
        ('field = "dept-size"\nto = "dept-rim"', "renamed[0].field"),
        ('field = "dept-length"\nto = "dept-width"', "renamed[0].field"),
        ('group = "dept-mass"\nto = "dept-nothing"', "renamed[0].group"),
        ('field = "dept-rim"\nanswer = "sharp"\nto = "blurred"', "renamed[0].answer"),
        ('field = "dept-size"\nanswer = "large"\nto = "blurred"', "renamed[0].field"),
        ('group = "dept-mass"\nfield = "dept-edge"\nto = "dept-rim"', "renamed[0]"),
        ('to = "dept-rim"', "renamed[0]"),
        ('field = "dept-e"\nto = "dept-rim"\n[[renamed]]\nfield = "dept-e"\nto = "dept-size"', "renamed"),
    ],
)
def test_a_rename_that_cannot_be_is_refused_at_load(tmp_path: Path, renamed: str, key: str) -> None:
    with pytest.raises(CatalogError) as caught:
        site(tmp_path / "site", {"dept-visit": f"{NEW}\n[[renamed]]\n{renamed}\n"})
    assert caught.value.key == key


def test_renames_do_not_change_what_answers_mean(tmp_path: Path) -> None:
    plain = site(tmp_path / "a", {"dept-visit": NEW}).plan("dept-visit").template
    named = site(tmp_path / "b", {"dept-visit": NEW + RENAMED}).plan("dept-visit").template
    assert plain.content_hash == named.content_hash
