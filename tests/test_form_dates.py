"""Dates in the form: shown and taken as its language writes them, stored as they always are, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from emh_report.draft import DateTime, Draft
from emh_report.web.language import ENGLISH, GERMAN
from emh_report.web.typed.dates import read_date, read_moment
from tests.browser import browser
from tests.form_browser import kept, opened, said, settled
from tests.strategies import moments

__all__ = ["browser"]

AS_ISO = [
    ("2025-04-30", "2025-04-30"),
    ("30.04.2025", "2025-04-30"),
    ("3.4.2025", "2025-04-03"),
    ("3. 4. 2025", "2025-04-03"),
    ("04.2025", "2025-04"),
    ("4.2025", "2025-04"),
    ("04/2025", "2025-04"),
    ("2025", "2025"),
    ("3 Apr 2025", "2025-04-03"),
    ("Apr 3, 2025", "2025-04-03"),
    ("April 2025", "2025-04"),
    ("3. März 2025", "2025-03-03"),
    ("Dez. 2025", "2025-12"),
]
AS_TYPED = [
    "03/04/2025",
    "13/04/2025",
    "3.4.25",
    "31.02.2025",
    "13.2025",
    "13/2025",
    "04/25",
    "4-2025",
    "3 Foo 2025",
    "1.2.3",
    "yesterday",
    "",
]


@pytest.mark.parametrize(("typed", "meant"), AS_ISO)
def test_a_date_is_read_with_the_precision_it_has(typed: str, meant: str) -> None:
    assert read_date(typed) == read_moment(typed) == meant


@pytest.mark.parametrize("typed", AS_TYPED)
def test_what_may_mean_two_days_or_none_stays_as_typed(typed: str) -> None:
    assert read_date(typed) == read_moment(typed) == typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("30.04.2025 14:05 +02:00", "2025-04-30T14:05:00+02:00"),
        ("2025-04-30 9:05 Z", "2025-04-30T09:05:00Z"),
        ("2025-04-30T14:05:30.25+02:00", "2025-04-30T14:05:30.25+02:00"),
        ("30.04.2025 14:05", "30.04.2025 14:05"),
        ("03/04/2025 14:05 Z", "03/04/2025 14:05 Z"),
        ("30.04.2025 25:05 Z", "30.04.2025 25:05 Z"),
        ("04.2025 14:05 Z", "04.2025 14:05 Z"),
    ],
)
def test_a_time_needs_a_day_and_a_zone(typed: str, meant: str) -> None:
    assert read_moment(typed) == meant


@given(moments())
def test_what_a_language_shows_is_read_as_the_same(text: str) -> None:
    for language in (ENGLISH, GERMAN):
        assert read_moment(language.moment(text)) == text


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_stays(text: str) -> None:
    assert read_moment(read_moment(text)) == read_moment(text)


def test_german_is_shown_day_first() -> None:
    shown = [GERMAN.moment(text) for text in ("2025-04-30", "2025-04", "2025", "2025-04-30T14:05:00+02:00", "no date")]
    assert shown == ["30.04.2025", "04.2025", "2025", "30.04.2025 14:05 +02:00", "no date"]


def answers(draft: Draft, name: str) -> list[object]:
    return [item.value for group in draft.groups for item in group.items if item.field_id == name]


@pytest.mark.parametrize(
    ("locale", "hint", "again"),
    [("de-DE", "TT.MM.JJJJ", ("30.04.2025", "04.2024")), ("en-GB", "YYYY-MM-DD", ("2025-04-30", "2024-04"))],
)
def test_a_date_is_typed_and_shown_in_the_language_of_the_page(
    browser: Browser, locale: str, hint: str, again: tuple[str, str]
) -> None:
    with opened(browser, "/study/spine-mr/emh-mri-spine", locale=locale) as page:
        day = '[id="procedure.1.exam-date"]'
        assert hint in page.locator('label[for="procedure.1.exam-date"]').inner_text()
        page.locator(day).fill("30.04.2025")
        page.locator(day).press("Tab")
        kept(page)
        assert answers(said(page), "exam-date") == [DateTime("2025-04-30")]
        page.locator(day).fill("04.2024")
        page.locator(day).press("Tab")
        kept(page)
        assert answers(said(page), "exam-date") == [DateTime("2024-04")]
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert page.locator(day).input_value() == again[1]
        page.locator(day).fill("03/04/2025")
        page.locator(day).press("Tab")
        settled(page)
        told = page.locator('[id="procedure.1.exam-date-m"]')
        told.wait_for()
        assert again[0] in told.inner_text()
        kept(page)
        assert answers(said(page), "exam-date") == [DateTime("03/04/2025")]


def test_today_and_a_time_without_zone_are_completed(browser: Browser) -> None:
    with opened(browser, "/study/spine-mr/emh-mri-spine", locale="de-DE") as page:
        box = page.locator('[id="procedure.1.exam-date"]')
        box.fill("heute")
        box.press("Tab")
        assert box.input_value() == page.evaluate("new Date().toLocaleDateString('de-DE', {dateStyle: 'medium'})")
        box.fill("30.04.2025 14:05")
        box.press("Tab")
        shown = box.input_value()
        assert shown.startswith("30.04.2025 14:05 ")
        kept(page)
        assert answers(said(page), "exam-date") == [DateTime(read_moment(shown))]
        assert read_moment(shown) != shown
