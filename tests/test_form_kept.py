"""Warnings that are kept with a reason: what is typed for another question is no reason, and none is stored unseen."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.browser import browser
from tests.form_browser import kept, opened, pairs, said, settled
from tests.test_form_waiting import answered_after

__all__ = ["browser"]

STUDY = "/study/emh-ct-body-draft-b/emh-ct-body"
SIZE = '[id="finding.1.size"]'
SAID = '[id="finding.1.size-m"]'
BOX = f"{SAID} .keep input"
WARNING = "axis is below 2 mm"


def sized(page: Page, size: str) -> None:
    """Answer the size of the first lesion by keyboard, and go on."""
    page.locator(SIZE).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(size)
    page.keyboard.press("Tab")


def warned(page: Page) -> None:
    """Give a size that is warned of."""
    settled(page)
    sized(page, "1.5 mm")
    page.locator(BOX).wait_for()
    settled(page)


def reasons(page: Page) -> list[str]:
    """Return the reasons that the form would send."""
    return [value for name, value in pairs(page) if name.startswith("keep.")]


def test_what_is_typed_behind_a_mended_answer_is_no_reason(browser: Browser) -> None:
    with opened(browser, STUDY) as page:
        warned(page)
        sized(page, "32 mm")
        page.keyboard.type("18 mm")
        settled(page)
        assert WARNING not in page.locator(SAID).inner_text()
        kept(page)
        assert reasons(page) == []
        assert said(page).overrides == ()


def test_a_warning_that_goes_takes_no_keys_along(browser: Browser) -> None:
    with opened(browser, STUDY) as page:
        warned(page)
        answered_after(page, 500, "live")
        sized(page, "32 mm")
        page.locator(BOX).focus()
        page.locator(BOX).wait_for(state="detached")
        next_one = page.evaluate("document.activeElement.closest('.q')?.id")
        assert next_one not in {None, "q-finding.1.size"}
        page.locator(SIZE).focus()
        page.unroute("**/live")
        sized(page, "1.5 mm")
        page.locator(BOX).wait_for()
        settled(page)
        answered_after(page, 500, "live")
        sized(page, "32 mm")
        page.locator(BOX).focus()
        page.keyboard.type("post-")
        page.locator(BOX).wait_for(state="detached")
        assert page.evaluate("document.activeElement.id") == "main", "the rest of a reason is no answer"
        settled(page)


def test_a_message_is_brought_up_to_date_when_its_box_is_left(browser: Browser) -> None:
    with opened(browser, STUDY) as page:
        warned(page)
        page.locator(BOX).focus()
        page.keyboard.type("measured twice")
        settled(page)
        assert page.locator(f"{SAID} .said.warning").count() == 1
        assert page.evaluate("document.activeElement.value") == "measured twice"
        page.keyboard.press("Tab")
        page.locator(f"{SAID} .said.kept").wait_for()
        settled(page)
        assert reasons(page) == ["measured twice"]


def test_a_reason_goes_with_its_warning_and_comes_back_only_by_undo(browser: Browser) -> None:
    with opened(browser, STUDY) as page:
        warned(page)
        page.locator(BOX).fill("measured twice")
        settled(page)
        sized(page, "32 mm")
        page.locator(BOX).wait_for(state="detached")
        settled(page)
        kept(page)
        assert (reasons(page), said(page).overrides) == ([], ())
        sized(page, "500 mm")
        page.locator(f"{SAID} .said.warning").wait_for()
        assert page.locator(BOX).input_value() == ""
        page.keyboard.press("Alt+z")
        page.locator(BOX).wait_for(state="detached")
        settled(page)
        page.keyboard.press("Alt+z")
        page.locator(f"{SAID} .said.kept").wait_for()
        assert reasons(page) == ["measured twice"]
