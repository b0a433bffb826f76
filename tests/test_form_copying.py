"""The section for the main report is copied as the form stands, or not at all."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.browser import browser
from tests.form_browser import opened, settled
from tests.test_form_saving import CASE, IMPRESSION
from tests.test_form_waiting import answered_after

__all__ = ["browser"]


def companion(page: Page) -> None:
    """Make the report a companion report, and let its page reach the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator('[name="mode"][value="companion"]').check()
    page.locator("#paste-text").wait_for()
    settled(page)


def copied(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def copies(page: Page, text: str) -> None:
    """Wait until a text is copied; a section that lacks it is not."""
    before = copied(page)
    while text not in copied(page):
        assert copied(page) in {before, ""} or text in copied(page)
        page.wait_for_timeout(50)


def test_what_is_being_checked_is_waited_for(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        companion(page)
        answered_after(page, 400, "live")
        page.locator(IMPRESSION).last.focus()
        page.keyboard.type("Cord compression at T5.")
        page.keyboard.press("Alt+c")
        copies(page, "Cord compression at T5.")
        page.keyboard.type(" Worse.")
        page.locator("[data-copy]").click()
        copies(page, "T5. Worse.")
        settled(page)


def test_what_cannot_be_checked_is_not_copied(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        companion(page)
        page.evaluate("navigator.clipboard.writeText('before')")
        page.route("**/live", lambda route: route.abort())
        page.locator(IMPRESSION).last.focus()
        page.keyboard.type("Progressive paraparesis.")
        page.keyboard.press("Alt+c")
        page.get_by_text("Not copied").wait_for()
        assert copied(page) == "before"
        assert page.locator("#live").inner_text() != "Copied"
