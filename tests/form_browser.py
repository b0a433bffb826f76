"""Pages of the form in a real browser, for the tests: opened, watched for failures, and read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from emh_report.draft import Draft
from emh_report.store import Store
from tests.web_service import BESIDE, Visitor, fresh, shelf, site, studies

Scheme = Literal["dark", "light"]


def signed_in(page: Page, login: str, address: str) -> Visitor:
    """Let ``page`` in as somebody, and return a visitor of the same session."""
    visitor = Visitor(login, address)
    page.context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in visitor.cookies.items()]
    )
    return visitor


def begun(visitor: Visitor, path: str, *, empty: bool) -> str:
    """Return the address of a new report of ``/study/STUDY/TEMPLATE``; any other path as it is."""
    parts = path.split("/")
    if parts[1] != "study" or (visitor.address == site() and parts[2] not in studies()):
        return path
    return visitor.begin(fresh(parts[2], empty=empty) if visitor.address == site() else parts[2], parts[3])


@contextlib.contextmanager
def opened(  # noqa: PLR0913 - keywords
    browser: Browser,
    path: str,
    scheme: Scheme = "dark",
    width: int = 1440,
    *,
    login: str = "attending",
    address: str = "",
    empty: bool = False,
    locale: str | None = None,
) -> Iterator[Page]:
    """Open a page, that of a study with a new report; nothing it runs may fail or be asked for elsewhere.

    ``empty``: without the answers that the study has. ``locale`` is that of the browser.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale)
    page = context.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("dialog", lambda dialog: failed.append(dialog.message))
    page.on(
        "request", lambda request: None if request.url.startswith("http://127.0.0.1") else failed.append(request.url)
    )
    place = address or site()
    if login:
        path = begun(signed_in(page, login, place), path, empty=empty)
    page.goto(place + path)
    ready(page)
    yield page
    context.close()
    assert failed == []


def ready(page: Page) -> None:
    """Wait until the scripts of a form have begun."""
    if page.locator("form[data-terms]").count():
        page.wait_for_selector("html[data-ready]")


def window(page: Page) -> Page:
    """Return another window with the report of ``page``."""
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    return other


def kept(page: Page) -> None:
    """Wait until everything that was typed is stored."""
    page.wait_for_selector("#saved[data-state=saved]")


def said(page: Page, store: Store | None = None) -> Draft:
    """Return the stored draft of a page that shows a report."""
    return (store or shelf()).get(urlsplit(page.url).path.split("/")[2]).draft


def pairs(page: Page, form: str = "#form") -> list[tuple[str, str]]:
    """Return what a form of the page would send."""
    script = "form => [...new FormData(form)].filter(([, value]) => value.trim())"
    return [(name, value) for name, value in page.locator(form).evaluate(script) if name not in BESIDE]


def settled(page: Page) -> None:
    """Wait until the page has said what it has to say, or another one has come."""
    page.wait_for_selector("html:not([data-busy], [data-leaving])", state="attached")
