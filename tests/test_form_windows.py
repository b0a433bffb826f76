"""A report that was saved in another window, or signed there: it is said until it is settled, and nothing is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Dialog, Page

from scripts.keystrokes import Key, press
from tests.browser import browser
from tests.form_browser import kept, opened, window
from tests.test_form_saving import CASE, lines, state, write

__all__ = ["browser"]


def divide(early: Page, late: Page) -> None:
    """Save another line in one window, so that what is written in the other one cannot be."""
    write(early, "From the other window.")
    kept(early)
    write(late, "From this window.")
    state(late, "elsewhere")


def test_the_comparison_asks_before_it_is_left(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        late = window(page)  # the one that `opened` watches must not ask
        divide(page, late)
        late.get_by_text("Compare both sides").click()
        late.wait_for_selector(".differs")
        asked: list[str] = []

        def stay(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.dismiss()

        late.on("dialog", stay)
        late.get_by_text("Worklist").click()
        assert asked == ["beforeunload"]
        assert late.locator(".differs").count() > 0
        late.get_by_text("All of yours").click()
        late.wait_for_selector("#form[data-terms]")
        assert asked == ["beforeunload"], "what is saved is left without being asked"
        assert lines(late)[-1] == "From this window."
        late.close()


@pytest.mark.parametrize("key", ["Alt+l", "Alt+c"])
def test_the_notice_of_a_conflict_stays_until_it_is_resolved(browser: Browser, key: str) -> None:
    with opened(browser, CASE) as page:
        other = window(page)
        divide(other, page)
        page.keyboard.press(key)
        page.locator("#b-finding\\.3" if key == "Alt+l" else "text=There is no section to copy").wait_for()
        assert page.locator("#notice").get_by_text("Compare both sides").is_visible()
        page.get_by_text("Compare both sides").click()
        page.wait_for_selector(".differs")
        page.get_by_text("All of yours").click()
        page.wait_for_selector("#form[data-terms]")
        assert lines(page)[-1] == "From this window."
        assert not page.get_by_text("Compare both sides").count()
        other.close()


def test_the_notice_of_a_conflict_says_that_the_report_was_signed(browser: Browser) -> None:
    with opened(browser, "/study/emh-minimal-draft-a/emh-minimal") as page:
        other = window(page)
        press(other, [Key("Alt+s")])
        other.wait_for_selector("#release button.primary")
        press(other, [Key("Enter")])
        other.wait_for_selector(".released")
        write(page, "Late.")
        state(page, "elsewhere")
        assert "is signed" in page.locator("#notice").inner_text()
        page.get_by_text("Compare both sides").click()
        page.wait_for_selector(".differs")
        assert "not in what was signed" in page.locator("main").inner_text()
        page.get_by_text("All as saved").click()
        page.wait_for_selector("#form[data-terms]")
        other.close()
