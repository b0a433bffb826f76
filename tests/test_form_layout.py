"""How pages look, where a number can say it: nothing hidden, nothing cut, rows in line, dark in a dark room."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from scripts.keystrokes import RELEASE, Key, press
from tests.browser import browser
from tests.form_browser import opened, settled
from tests.web_service import Visitor, fresh, hidden

__all__ = ["browser"]

SPINE = "/study/emh-mri-spine-draft-a/emh-mri-spine"
CASE = "/study/case-009/emh-followup"
MASS = "Paraspinal, thoracic (posterior mediastinum)"

ROWS = """() => [...document.querySelectorAll('.grid')].flatMap((grid) => {
  const shown = [...grid.querySelectorAll('.q')].filter((q) => q.getClientRects().length && !q.querySelector('.said'));
  const rows = Map.groupBy(shown, (q) => Math.round(q.getBoundingClientRect().top));
  return [...rows.values()].map((row) => row.map((q) => {
    const label = q.querySelector('label, .label').getBoundingClientRect();
    return [Math.round(q.querySelector('.answer').getBoundingClientRect().top), Math.round(label.height)];
  }));
})"""
"""Rows of the questions of each group: top of each answer and height of its label."""


@pytest.mark.parametrize("width", [1440, 380])
def test_what_is_found_is_seen(browser: Browser, width: int) -> None:
    with opened(browser, SPINE, width=width) as page:
        press(page, (Key("Alt+g"), "cord"))
        field = page.locator("dialog .inputs input").bounding_box()
        dialog = page.locator("dialog").bounding_box()
        first = page.get_by_role("option").first.bounding_box()
        assert field
        assert dialog
        assert first
        assert 0 <= first["y"] - field["y"] - field["height"] < 20
        assert first["y"] + first["height"] < dialog["y"] + dialog["height"]


def test_answers_of_a_row_stand_in_one_line(browser: Browser) -> None:
    with opened(browser, SPINE) as page:
        rows: list[list[list[int]]] = page.evaluate(ROWS)
        assert any(len({height for _, height in row}) > 1 for row in rows)  # some label needs two lines
        assert [row for row in rows if len({top for top, _ in row}) > 1] == []


def test_a_long_answer_is_not_cut(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal", empty=True) as page:
        page.locator('button[value="add:finding"]').click()
        site = page.locator('[id="finding.1.site"]')
        site.fill(MASS)
        site.press("Tab")
        settled(page)
        page.wait_for_selector("#saved[data-state=saved]")
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert site.input_value() == MASS
        assert site.evaluate("input => input.scrollWidth <= input.clientWidth")


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_both_kinds_of_report_can_be_chosen(browser: Browser, locale: str) -> None:
    with opened(browser, SPINE, locale=locale) as page:
        pane = page.locator(".sections").bounding_box()
        radios = [one.bounding_box() for one in page.locator(".mode input").all()]
        assert pane
        assert len(radios) == 2
        assert all(one and pane["x"] <= one["x"] < pane["x"] + 40 for one in radios)


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 1440), ("de-DE", 1440), ("de-DE", 1240)])
def test_nothing_beside_the_form_lies_below_the_banner(browser: Browser, locale: str, width: int) -> None:
    with opened(browser, "/study/emh-ct-body-draft-a/emh-ct-body", locale=locale, width=width) as page:
        page.get_by_role("button", name="Sign" if locale == "en-GB" else "Unterschreiben").wait_for()
        page.evaluate("scrollTo(0, 2000)")
        assert page.evaluate("scrollY") > 1000
        banner = page.locator(".banner").bounding_box()
        beside = [page.locator(name).bounding_box() for name in (".sections", ".side")]
        assert banner
        assert all(one and one["y"] >= banner["height"] for one in beside)
        assert all(one and one["y"] + one["height"] <= 900 for one in beside)


def test_patient_and_way_back_share_a_line_in_a_panel(browser: Browser) -> None:
    with opened(browser, SPINE, width=380) as page:
        back, patient = (page.locator(name).bounding_box() for name in (".back", ".patient"))
        assert back
        assert patient
        assert patient["y"] < back["y"] + back["height"]


def test_columns_of_the_worklist_stand_below_each_other(browser: Browser) -> None:
    visitor = Visitor()
    for name in ("case-009", "quick-ct"):
        address = visitor.begin(fresh(name))
        shown = visitor.get(f"{address}/release/release-preliminary").text
        visitor.post(f"{address}/release/release-preliminary", hidden(shown, "release"))
        visitor.begin(fresh(name))
    with opened(browser, "/") as page:
        heads = [
            page.locator(".reports").nth(number).locator("th") for number in range(page.locator(".reports").count())
        ]
        lefts = [one.evaluate_all("all => all.map(th => th.getBoundingClientRect().left)")[:4] for one in heads]
        assert len(lefts) > 1
        assert all(abs(one - other) < 2 for row in lefts for one, other in zip(row, lefts[0], strict=True))


def test_a_row_of_the_worklist_has_the_width_of_a_panel(browser: Browser) -> None:
    Visitor().begin(fresh("case-009"))
    with opened(browser, "/", width=380) as page:
        shares: list[float] = page.locator(".reports td").evaluate_all(
            "cells => cells.map(cell => cell.offsetWidth / cell.parentElement.offsetWidth)"
        )
        assert shares
        assert min(shares) > 0.98


# --- the report ------------------------------------------------------------------------------------------------------


def brightness(page: Page, selector: str) -> float:
    """Return how bright the ground of an element is, from 0 to 1."""
    colour: str = page.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundColor")
    parts = [float(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(parts) / 3 / 255


def test_a_report_is_dark_in_a_dark_room_and_white_on_paper(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        press(page, (Key("Alt+p"),))
        page.wait_for_selector(".paper")
        assert brightness(page, ".paper") < 0.15
        press(page, RELEASE[1:])
        page.wait_for_selector(".released .drawing")
        assert brightness(page, ".paper") < 0.15
        assert "invert" in page.locator(".drawing svg").first.evaluate("svg => getComputedStyle(svg).filter")
        page.emulate_media(media="print")
        assert brightness(page, ".paper") == 1
        assert page.locator(".drawing svg").first.evaluate("svg => getComputedStyle(svg).filter") == "none"
        assert [one.inner_text() for one in page.locator(".paper .banner").all() if one.is_visible()] == [
            "PRELIMINARY REPORT: not signed, may be incomplete and may change",
            "TEST DATA: no real patient",
        ]
        assert not page.get_by_role("link", name="Compare with earlier reports").is_visible()


def test_a_printed_form_says_whose_it_is_and_that_nobody_signed_it(browser: Browser) -> None:
    with opened(browser, CASE, width=794) as page:  # 210 mm
        page.emulate_media(media="print")
        shown = page.locator("body").inner_text()
        assert "Case 009" in shown
        assert "Draft" in shown
        width = page.locator(".block").first.bounding_box()
        assert width is not None
        assert width["width"] > 700
        chosen = page.locator(".seg").first.evaluate("seg => getComputedStyle(seg).printColorAdjust")
        assert chosen == "exact"
        assert not any(page.locator(name).is_visible() for name in (".side", ".actions", ".back"))


def test_a_report_is_white_where_the_page_is_light(browser: Browser) -> None:
    with opened(browser, CASE, "light") as page:
        press(page, RELEASE)
        page.wait_for_selector(".released .drawing")
        assert brightness(page, ".paper") == 1
        assert page.locator(".drawing svg").first.evaluate("svg => getComputedStyle(svg).filter") == "none"


BROKEN = """() => [...document.querySelectorAll('.paper th')].filter((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return !one.textContent.trim().includes(' ') && range.getClientRects().length > 1;
}).map((one) => one.textContent)"""
"""Headings of one word that stand in two lines."""


@pytest.mark.parametrize("width", [640, 380])
def test_no_word_of_a_heading_is_broken(browser: Browser, width: int) -> None:
    with opened(browser, CASE, width=width) as page:
        press(page, (Key("Alt+p"),))
        page.locator(".paper th", has_text="Organization").wait_for()
        assert page.evaluate(BROKEN) == []
