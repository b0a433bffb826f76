"""Levels on the spine map as they are typed: which are lit, and how a pick goes on from them."""

import pytest
from playwright.sync_api import Browser

from emh_report.web import bodymap
from tests.browser import browser
from tests.form_browser import opened, settled
from tests.test_bodymap import TEMPLATE, answered, map_open, pick, texts

__all__ = ["browser"]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("T6", "T6"),
        ("t5-t7 (Not stated)", "T5 T6 T7"),
        ("T12 – L1", "T12 T13 L1"),
        ("t5-7", "T5 T6 T7"),
        ("Th 5 bis 6", "T5 T6"),
        ("BWK5", "T5"),
        ("D4-D5 (Not stated)", "T4 T5"),
        ("LWK 5 - S1", "L5 L6 S1"),
        ("T5/6", ""),
        ("5-7", ""),
        ("T14", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_a_range_covers_its_levels(text: str, levels: str) -> None:
    assert " ".join(bodymap.covered(text)) == levels


@pytest.mark.parametrize(
    ("before", "level", "after"),
    [
        ("", "T6", "T6"),
        ("T6", "T9", "T6-T9"),
        ("T9", "T6", "T6-T9"),
        ("T12", "L1", "T12-L1"),
        ("T6", "T6", "T6"),
        ("T6-T9", "L1", "L1"),
        ("BWK 6", "T9", "T6-T9"),
        ("T6 (Not stated)", "T9", "T6-T9 (Not stated)"),
        ("t6 – t9", "C3", "C3"),
        ("about T6", "T9", "T9"),
        ("BWK 5-7 (Not stated)", "T9", "T9 (Not stated)"),
    ],
)
def test_two_picks_make_a_range(before: str, level: str, after: str) -> None:
    assert bodymap.extended(before, level) == after
    sheet = answered({"site": "Epidural / intraspinal"} | ({"levels": before} if before else {}))
    assert texts(pick(sheet, f"level:finding.1:{level}"))[0][2] == after


def test_levels_are_lit_as_they_are_typed_and_a_pick_goes_on_from_them(browser: Browser) -> None:
    with opened(browser, f"/study/spine-mr/{TEMPLATE}", empty=True) as page:
        map_open(page)
        page.locator('[data-level="T5"]').click()
        page.locator('[id="finding.1.levels"]').wait_for()
        settled(page)
        field = page.locator('[id="finding.1.levels"]')
        for typed, lit in (("Th 5 bis 7", "T5 T6 T7"), ("t5-6 (Not stated)", "T5 T6"), ("BWK5", "T5")):
            field.fill(typed)
            field.press("Tab")
            names = page.locator("[data-level].touched").evaluate_all("all => all.map((one) => one.dataset.level)")
            assert " ".join(names) == lit
        page.locator('[data-level="T9"]').click()
        assert field.input_value() == "T5-T9"
