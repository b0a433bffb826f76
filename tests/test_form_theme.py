"""Dark or light on the page of a report: it is not loaded again, and the next page has it too."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.browser import browser
from tests.form_browser import opened, pairs, ready, settled

__all__ = ["browser"]

IMPRESSION = '[id="impression.1.impression"]'


def turned(page: Page) -> str:
    """Press the button as somebody does, which scrolls nothing, and return the theme that is seen then."""
    box = page.locator("#theme").bounding_box()
    assert box
    with page.expect_response("**/theme/here") as answer:
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert answer.value.ok
    return str(page.evaluate("getComputedStyle(document.documentElement).colorScheme"))


def test_another_theme_leaves_everything_where_it_is(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        page.keyboard.press("Alt+l")
        page.locator('[id="b-finding.3"]').wait_for()
        settled(page)
        page.locator(IMPRESSION).last.click()
        page.keyboard.type("Half a sent")
        settled(page)
        there = page.evaluate("scrollY")
        assert turned(page) == "light"
        assert page.locator("#theme").inner_text() == "Dark"
        assert page.evaluate("scrollY") == there > 0
        page.keyboard.type("ence")
        assert dict(pairs(page))["impression.1.impression"].endswith("Half a sentence")
        page.keyboard.press("Tab")
        for _ in range(2):
            page.keyboard.press("Alt+z")
            settled(page)
        page.locator('[id="b-finding.3"]').wait_for(state="detached")


def test_the_next_page_has_the_theme_too(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        assert [turned(page) for _ in range(3)] == ["light", "dark", "light"]
        page.reload()
        ready(page)
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        assert page.locator("#theme").inner_text() == "Dark"


def test_a_server_that_is_away_does_not_keep_a_page_dark(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        page.route("**/theme/here", lambda route: route.abort())
        page.locator("#theme").click()
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def ground(page: Page, selector: str, pseudo: str = "") -> str:
    """Return the colour of the ground of an element."""
    script = "([one, pseudo]) => getComputedStyle(document.querySelector(one), pseudo || null).backgroundColor"
    return str(page.evaluate(script, [selector, pseudo]))


def test_high_contrast_shows_which_answer_would_be_taken_and_where_the_map_is_picked(browser: Browser) -> None:
    with opened(browser, "/study/spine-mr/emh-mri-spine", empty=True) as page:
        page.emulate_media(forced_colors="active")
        page.keyboard.press("Alt+g")
        page.keyboard.type("splen")
        chosen, other = (ground(page, f".options li[aria-selected={one}]") for one in ("true", "false"))
        assert chosen not in (other, ground(page, ".options"))
        page.keyboard.press("Escape")
        page.keyboard.press("Alt+b")
        page.locator(".map-grid").wait_for()
        assert ground(page, ".spot:empty:not(:focus)", "::before") != ground(page, "body")
