"""Long words without a break, in a panel: every page of a report keeps the width of its window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import browser
from tests.form_browser import kept, opened, settled, window
from tests.test_form_saving import CASE, lines, state, write

__all__ = ["browser"]

LONG = f"https://pacs.hospital.test/viewer?study={'1.2.840.' * 7}"[:92]


def wide(page: Page) -> list[str]:
    """Return what is wider than the window: the page, and what stands out of it."""
    script = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll('*')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))"""
    return [str(one) for one in page.evaluate(script)]


@pytest.mark.parametrize("width", [380, 1280])
def test_a_long_address_widens_no_page(browser: Browser, width: int) -> None:
    with opened(browser, CASE, width=width) as page:
        page.locator('[id="procedure.1.remark"]').fill(LONG)
        page.locator('[id="finding.1.site"]').fill(f"Other: {LONG}")
        write(page, LONG)
        page.locator('[name="mode"][value="companion"]').check()
        settled(page)
        kept(page)
        assert LONG in page.locator("#preview").inner_text()
        assert wide(page) == []
        page.keyboard.press("Alt+p")
        page.wait_for_selector("#release")
        assert LONG in page.locator(".paper").first.inner_text()
        assert wide(page) == []
        page.locator("#release button").first.click()
        page.wait_for_selector(".released")
        assert LONG in page.locator(".paper").first.inner_text()
        assert wide(page) == []


@pytest.mark.parametrize("width", [380, 1280])
def test_both_sides_of_a_conflict_fit_and_their_rings_are_round(browser: Browser, width: int) -> None:
    with opened(browser, CASE, width=width) as page:
        late = window(page)
        write(page, f"{LONG}first")
        kept(page)
        write(late, f"{LONG}second")
        state(late, "elsewhere")
        late.get_by_text("Compare both sides").click()
        late.wait_for_selector(".differs")
        assert wide(late) == []
        boxes = [one.bounding_box() for one in late.locator(".side-of input").all()]
        assert boxes
        assert all(box and abs(box["width"] - box["height"]) < 1 for box in boxes)
        late.get_by_text("All of yours").click()
        late.wait_for_selector("#form[data-terms]")
        assert lines(late)[-1] == f"{LONG}second"
        late.close()
