"""An answer that cannot be stored keeps no other from being stored, and nothing of that is silent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import browser
from tests.form_browser import kept, opened, pairs, ready, said, window
from tests.test_form_saving import CASE, lines, state, write

__all__ = ["browser"]

REMARK = '[id="procedure.1.remark"]'
BAD = ["pasted\u202a from RIS", "with a \x00 in it", "x" * 20_001]


def remarks(values: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in values if name == "procedure.1.remark"]


@pytest.mark.parametrize("bad", BAD, ids=["direction", "null", "long"])
def test_all_other_answers_are_stored(browser: Browser, bad: str) -> None:
    with opened(browser, CASE) as page:
        page.locator(REMARK).fill("As it was.")
        kept(page)
        page.locator(REMARK).evaluate("(one, text) => { one.value = text; }", bad)
        page.locator(REMARK).dispatch_event("input")
        state(page, "partly")
        notice = page.locator("#notice").inner_text()
        assert "All other answers are saved." in notice
        assert "Procedure and technique: Remark" in notice
        with page.expect_response("**/save"):
            write(page, "Typed behind it.")
        assert lines(page)[-1] == "Typed behind it."
        assert "As it was." in str(said(page)), "what was stored of that question stays"
        assert page.locator(REMARK).input_value() == bad, "what was typed stays on the page"
        assert page.locator("#notice [data-saving]").count() == 1
        page.keyboard.press("Alt+p")
        page.wait_for_timeout(500)
        assert page.locator("#form[data-terms]").count() == 1, "nothing is released without it"
        page.locator(REMARK).fill("As it is.")
        kept(page)
        assert page.locator("#notice [data-saving]").count() == 0
        page.reload()
        ready(page)
        assert remarks(pairs(page)) == ["As it is."]


def test_answers_that_cannot_be_stored_for_different_reasons_are_all_named_and_the_rest_is_stored(
    browser: Browser,
) -> None:
    with opened(browser, CASE) as page:
        page.locator(REMARK).fill("x" * 20_001)
        page.locator('[id="comparison-statement.1.remark"]').fill("pasted\u202a from RIS")
        write(page, "Typed behind it.")
        state(page, "partly")
        notice = page.locator("#notice").inner_text()
        assert "Procedure and technique: Remark" in notice
        assert "Comparison: Remark" in notice
        assert lines(page)[-1] == "Typed behind it."


def test_two_windows_with_an_answer_that_cannot_be_stored_still_meet(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        other = window(page)
        write(other, "From the other window.")
        kept(other)
        page.locator(REMARK).fill("pasted\u202a from RIS")
        write(page, "From this window.")
        state(page, "elsewhere")
        assert lines(page)[-1] == "From the other window."
        page.locator(REMARK).fill("typed")
        page.get_by_text("Compare both sides").click()
        page.wait_for_selector(".differs")
        other.close()


def test_who_types_without_a_pause_is_saved_all_the_same(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.url) if one.url.endswith("/save") else None)
        page.locator('[id="impression.1.impression"]').last.press_sequentially("a" * 65, delay=100)
        assert sent, "for longer than five seconds the page was the only copy"
        kept(page)


def test_what_is_taken_back_with_it_is_taken_back_where_it_is_stored(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        before = said(page)
        impression = page.locator('[name="impression.1.impression"]').nth(1)
        impression.fill("Taken back.")
        page.locator(REMARK).fill("pasted\u202a from RIS")
        state(page, "partly")
        assert "Taken back." in lines(page)
        impression.fill("")
        page.locator(REMARK).fill("")
        kept(page)
        assert "Taken back." not in lines(page)
        assert said(page).groups == before.groups
        assert page.locator("#notice [data-saving]").count() == 0


TYPED_AND_BACK = """(one) => ['Stored.x', 'Stored.'].map((text) => {
  one.value = text;
  one.dispatchEvent(new Event('input', { bubbles: true }));
  return document.getElementById('saved').dataset.state;
})"""


def test_what_is_typed_and_taken_back_at_once_is_said_to_be_saved(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        impression = page.locator('[id="impression.1.impression"]').last
        impression.fill("Stored.")
        kept(page)
        at = page.locator("#saved").inner_text()
        assert impression.evaluate(TYPED_AND_BACK) == ["unsaved", "saved"]
        assert page.locator("#saved").inner_text() == at


def test_what_was_refused_and_is_taken_back_is_said_no_longer(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        remark = page.locator(REMARK)
        remark.fill("Stored.")
        kept(page)
        page.route("**/save", lambda route: route.fulfill(status=409, json={"text": "Not possible any more."}))
        remark.fill("Typed on.")
        state(page, "refused")
        assert "Not possible any more." in page.locator("#notice").inner_text()
        remark.fill("Stored.")
        kept(page)
        assert page.locator("#notice [data-saving]").count() == 0
