"""Smart Forms of CSIRO in a page of its own, and a hand that fills it in: every answer is typed, ticked or chosen.

`make smart-forms` builds the page into build/smart-forms.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

PAGE: Final = ROOT / "build" / "smart-forms" / "page"
READY: Final = "!!window.SmartForms"
SETTLED_MS: Final = 2000
"""Smart Forms waits for the end of typing, 300 ms, before it takes a text."""

Json = dict[str, Any]


class _Files(http.server.SimpleHTTPRequestHandler):
    """The page, without a log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the page; yields its address."""
    handler = functools.partial(_Files, directory=str(PAGE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


def opened(browser: Browser, address: str, form: bytes, response: bytes = b"null") -> Page:
    """Return a page that shows a Questionnaire, in a browser context of its own."""
    context = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB", viewport={"width": 1100, "height": 1400})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(address)
    page.wait_for_function(READY)
    page.evaluate("([form, response]) => SmartForms.show(form, response ?? undefined)", _read(form, response))
    page.locator("[data-linkid]").first.wait_for()
    return page


def _read(*contents: bytes) -> list[Json]:
    return [json.loads(content) for content in contents]


def answered(page: Page) -> bytes:
    """Return the QuestionnaireResponse that the form holds."""
    # written by the browser, which leaves undefined elements out; Playwright would make them null
    written: str = page.evaluate("() => JSON.stringify(SmartForms.response())")
    return written.encode()


def answers(response: Json) -> Iterator[tuple[str, Json]]:
    """Yield link id and answer of every answer in a response, in its order."""
    for item in response.get("item", []):
        for answer in item.get("answer", []):
            yield item["linkId"], answer
        yield from answers(item)


def fill(page: Page, response: Json) -> None:
    """Enter every answer of a response that the form has a place for; what is hidden stays empty."""
    for link_id, answer in answers(response):
        place = page.locator(f'[data-linkid="{link_id}"]').first
        if not _is_hidden(link_id):
            (name, value), *_ = answer.items()
            ENTER[name](place, value)
    page.wait_for_timeout(SETTLED_MS)


def _is_hidden(link_id: str) -> bool:
    return link_id.startswith(":") or link_id.endswith(":uid")


def _choose(place: Locator, coding: Json) -> None:
    for known in (f'input[type=checkbox][value="{coding["code"]}"]', f'input[type=radio][value="{coding["code"]}"]'):
        if place.locator(known).count():
            place.locator(known).check()
            return
    pick(place.locator("[role=combobox]").first, coding["display"])


def pick(field: Locator, words: str) -> None:
    """Choose what a list offers under exactly these words."""
    field.click()
    field.press_sequentially(words)
    field.page.get_by_role("option", name=words, exact=True).click()


def _type(place: Locator, value: object) -> None:
    place.locator("input, textarea").first.fill(str(value))


def _type_date(place: Locator, value: str) -> None:
    _type(place, date.fromisoformat(value).strftime("%d/%m/%Y"))


def _measure(place: Locator, quantity: Json) -> None:
    place.locator("input[id$=-input]").fill(str(quantity["value"]))
    pick(place.locator("[role=combobox]").last, quantity["unit"])


ENTER: Final[Mapping[str, Callable[..., None]]] = {
    "valueCoding": _choose,
    "valueString": _type,
    "valueDecimal": _type,
    "valueInteger": _type,
    "valueDate": _type_date,
    "valueQuantity": _measure,
}
"""By the element of an answer."""
