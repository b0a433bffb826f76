"""Signing in again in place: what fails is said there, keys reach those who are offered, nothing old stays said."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

from emh_report.web.session import PERSON
from tests.browser import browser
from tests.form_browser import kept, opened, settled
from tests.test_form_people import proxied, staff
from tests.test_form_saving import CASE, lines, state, write

__all__ = ["browser"]

ASKED = "dialog[open] [name=person]"
FAILED = "dialog .failed"


def signed_out(page: Page) -> None:
    """Let the session of a page end, and write until it is noticed."""
    page.context.clear_cookies(name=PERSON)
    write(page, "Typed after the time was up.")
    page.wait_for_selector(ASKED)


def test_a_sign_in_that_fails_is_said_and_may_be_tried_again(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        answers: list[Callable[[Route], None]] = [
            lambda route: route.abort(),
            lambda route: route.fulfill(status=500, json={"text": "Reference 0815."}),
            lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"),
            Route.continue_,
        ]
        page.route("**/sign-in/here", lambda route: answers.pop(0)(route))  # noqa: PLW0108 - it is told what is called
        signed_out(page)
        for said in (
            "the server did not answer",
            "the server refused it. What you typed is still here. Reference 0815.",
            re.compile(r"the server refused it\. What you typed is still here\.$"),
        ):
            page.keyboard.press("Enter")
            page.locator(FAILED, has_text=said).wait_for()
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog", state="detached")
        kept(page)
        assert answers == []
        assert "Typed after the time was up." in lines(page)


def test_keys_reach_the_people_who_are_offered_while_an_action_waits(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        page.context.clear_cookies(name=PERSON)
        page.keyboard.press("Alt+l")
        page.wait_for_selector(ASKED)
        assert page.evaluate("document.activeElement.closest('dialog') !== null")
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog", state="detached")
        page.locator("#b-finding\\.3").wait_for()
        page.keyboard.type("p")
        settled(page)
        kept(page)
        assert page.locator('[name="finding.3.presence"]:checked').get_attribute("value") == "Present"


def test_what_was_saved_is_said_to_be_so_after_signing_in(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        state(page, "saved")
        page.context.clear_cookies(name=PERSON)
        page.keyboard.press("Alt+c")  # asks the server, with nothing to store
        page.wait_for_selector(ASKED)
        state(page, "out")
        page.keyboard.press("Enter")
        page.locator("#notice", has_text="There is no section to copy").wait_for()
        state(page, "saved")
        assert page.locator("#saved").inner_text().startswith("Saved")


def test_somebody_whom_the_proxy_forgets_is_not_shut_in(browser: Browser, tmp_path: Path) -> None:
    with proxied(staff(tmp_path)) as address:
        context = browser.new_context(extra_http_headers={"X-User": "sam"})
        page = context.new_page()
        page.goto(address)
        page.locator(".study-head button").first.click()
        page.wait_for_selector("html[data-ready]")
        context.set_extra_http_headers({})
        write(page, "Typed after the proxy forgot.")
        again = page.locator("dialog").get_by_role("button", name="Try again")
        again.wait_for()
        assert "invented" not in page.locator("dialog").inner_text()
        page.keyboard.press("Enter")
        page.locator(FAILED, has_text="the server refused it").wait_for()
        context.set_extra_http_headers({"X-User": "sam"})
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog", state="detached")
        kept(page)
        context.close()
