"""The section for the main report is copied as the form stands, or not at all."""

from __future__ import annotations

import time

import pytest
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


def copies(page: Page, text: str) -> list[str]:
    """Return what was copied one after another until a text was, or for ten seconds."""
    seen = [copied(page)]
    until = time.monotonic() + 10
    while text not in seen[-1] and time.monotonic() < until:
        page.wait_for_timeout(50)
        if (now := copied(page)) != seen[-1]:
            seen.append(now)
    return seen


def test_what_is_being_checked_is_waited_for(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        companion(page)
        page.evaluate("navigator.clipboard.writeText('before')")
        answered_after(page, 400, "live")
        page.locator(IMPRESSION).last.focus()
        page.keyboard.type("Cord compression at T5.")
        page.keyboard.press("Alt+c")
        before, *sections = copies(page, "Cord compression at T5.")
        assert before == "before"
        assert len(sections) == 1, "a section that lacks what was typed last is not copied"
        assert "Cord compression at T5." in sections[0]
        page.keyboard.type(" Worse.")
        page.locator("[data-copy]").click()
        before, *sections = copies(page, "T5. Worse.")
        assert "Worse" not in before
        assert len(sections) == 1
        assert "Cord compression at T5. Worse." in sections[0]
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


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_without_tls_copies_or_says_that_it_cannot(browser: Browser, allowed: bool) -> None:
    with opened(browser, CASE) as page:
        companion(page)
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.evaluate("(allowed) => { document.execCommand = () => allowed; }", allowed)
        page.locator(IMPRESSION).last.focus()
        page.keyboard.press("Alt+c")
        if allowed:
            page.locator("[data-copy]", has_text="Copied").wait_for()
            assert page.evaluate("document.activeElement.name") == "impression.1.impression"
            return
        page.locator("#notice", has_text="Not copied: the browser does not let this page do it.").wait_for()
        assert page.locator("[data-copy]").inner_text() == "Copy"
        assert page.evaluate("document.activeElement.id") == "paste-text", "it is selected"
        page.locator(IMPRESSION).last.fill("Typed on.")
        page.locator("#notice", has_text="Not copied").wait_for(state="detached")
