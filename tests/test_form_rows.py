"""Rows of buttons by keyboard: what is typed in one is a word, and an entry that was removed leaves its place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import browser
from tests.form_browser import opened, settled

__all__ = ["browser"]

CASE = "/study/case-009/emh-followup"
ROW = "clinical.1.splenectomy"
PAUSE = 1100
ANSWERS = {
    "y": "yes",
    "no": "no",
    "?": "(unknown)",
    "unknown": "(unknown)",
    "n/e": "(not evaluable)",
    "n/a": "(not applicable)",
    "not evaluable": "(not evaluable)",
    "nn": "(not evaluable)",
    "present": None,
    "nothing": None,
}


def typed(page: Page, name: str, words: str) -> str | None:
    """Type in a row, from a rest on; the answer it has then."""
    row = page.locator(f'[name="{name}"]')
    row.first.focus()
    page.wait_for_timeout(PAUSE)
    page.keyboard.type(words)
    return chosen(page, name)


def chosen(page: Page, name: str) -> str | None:
    """Return the answer of a row."""
    found = page.locator(f'[name="{name}"]:checked')
    return found.get_attribute("value") or None if found.count() else None


def test_what_is_typed_in_a_row_of_buttons_is_one_word(browser: Browser) -> None:
    found = {}
    with opened(browser, CASE, empty=True) as page:
        for words in ANSWERS:
            found[words] = typed(page, ROW, words)
            page.keyboard.press("Backspace")
    assert found == ANSWERS


def test_a_word_that_is_no_answer_leaves_the_one_there_was_and_a_rest_begins_another(browser: Browser) -> None:
    with opened(browser, CASE, empty=True) as page:
        assert typed(page, ROW, "y") == "yes"
        assert typed(page, ROW, "none") == "yes"
        assert typed(page, ROW, "n") == "no"
        page.wait_for_timeout(PAUSE)
        page.keyboard.press("AltGraph")
        page.keyboard.type("/")
        assert chosen(page, ROW) == "(not evaluable)"
        page.keyboard.press("Backspace")
        assert chosen(page, ROW) is None
        page.keyboard.type("n?")
        assert chosen(page, ROW) == "(unknown)"


def test_a_number_finds_its_grade_in_a_row_of_buttons(browser: Browser) -> None:
    with opened(browser, "/study/emh-ct-body-draft-a/emh-ct-body", empty=True) as page:
        name = page.locator('[name$=".hydronephrosis"]').first.get_attribute("name") or ""
        assert typed(page, name, "2") == "Grade 2"
        assert typed(page, name, "gg") == "Grade 4"


@pytest.mark.parametrize("number", [1, 2])
def test_the_focus_stays_at_the_lesions_when_one_is_removed(browser: Browser, number: int) -> None:
    with opened(browser, CASE) as page:
        page.locator(f'[id="finding.{number}.size"]').focus()
        page.keyboard.press("Alt+x")
        page.get_by_text("Lesion removed.").wait_for()
        settled(page)
        assert page.evaluate("document.activeElement.value") == "add:finding"
        page.keyboard.press("Alt+x")
        settled(page)
        assert page.locator('[data-group="finding"]').count() == 1
