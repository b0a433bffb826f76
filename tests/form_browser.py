"""Pages of the form in a real browser, for the tests: opened, watched for failures, and read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.web_service import site

Scheme = Literal["dark", "light"]


@contextlib.contextmanager
def opened(browser: Browser, path: str, scheme: Scheme = "dark", width: int = 1440) -> Iterator[Page]:
    """Open a page; nothing it runs may fail, and nothing may be asked for elsewhere."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("dialog", lambda dialog: failed.append(dialog.message))
    page.on(
        "request", lambda request: None if request.url.startswith("http://127.0.0.1") else failed.append(request.url)
    )
    page.goto(path if path.startswith("http") else site() + path)
    if page.locator("#form").count():
        page.wait_for_selector("html[data-ready]")
    yield page
    page.close()
    assert failed == []


def pairs(page: Page, form: str = "#form") -> list[tuple[str, str]]:
    """Return what a form of the page would send."""
    script = "form => [...new FormData(form)].filter(([name, value]) => value.trim() && name !== 'token')"
    return [(name, value) for name, value in page.locator(form).evaluate(script)]


def settled(page: Page) -> None:
    page.wait_for_selector("html:not([data-busy])", state="attached")
