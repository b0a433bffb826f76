"""The form in German, in a real browser: filled in, released, switched, and open to everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from emh_report.draft import Draft
from scripts.keystrokes import ENTER, RELEASE, Key, Step, press
from tests.browser import browser
from tests.form_browser import kept, opened, said, settled
from tests.test_form_access import axe, violations

__all__ = ["axe", "browser"]

CASE = "/study/case-009/emh-followup"
SPINE = "/study/spine-mr/emh-mri-spine"


def measured(browser: Browser, locale: str, size: str, pressed: str) -> Draft:
    with opened(browser, "/study/quick-ct/emh-minimal", locale=locale, empty=True) as page:
        press(page, [Key("Alt+l"), pressed, ENTER, "perirenal", ENTER])
        settled(page)
        press(page, [Key("Alt+g"), "size", ENTER, size, ENTER])
        kept(page)
        settled(page)
        draft = said(page)
    return draft._replace(groups=tuple(group._replace(uid="") for group in draft.groups))


def test_a_report_filled_in_german_is_the_same_draft(browser: Browser) -> None:
    german = measured(browser, "de-DE", "4,2 cm", "p")
    assert german == measured(browser, "en-US", "4,2 cm", "p")
    assert "4.2" in str(german)


def test_the_language_is_chosen_on_the_page_and_kept(browser: Browser) -> None:
    with opened(browser, CASE, locale="en-US") as page:
        field = page.locator('[id="impression.1.impression"]').last
        field.fill("Typed before the language was changed.")
        page.get_by_role("button", name="Deutsch").click()
        page.wait_for_selector("html[lang=de][data-ready]")
        texts = page.locator('[name="impression.1.impression"]').evaluate_all("all => all.map(one => one.value)")
        assert "Typed before the language was changed." in texts
        assert "Gespeichert" in page.locator("#saved").inner_text()
        page.goto(page.url.rpartition("/report/")[0] + "/")
        assert page.locator("h1").inner_text() == "Arbeitsliste"
        page.get_by_role("button", name="English").click()
        page.wait_for_selector("html[lang=en]")
        assert page.locator("h1").inner_text() == "Worklist"


def test_scripts_speak_the_language_of_the_page(browser: Browser) -> None:
    with opened(browser, SPINE, locale="de-DE") as page:
        press(page, [Key("?")])
        sheet = page.locator("dialog").inner_text()
        assert "Nächste Pflichtfrage" in sheet
        assert "Next" not in sheet
        press(page, [Key("Escape"), Key("Alt+g"), "läsion hinz"])
        assert page.get_by_role("option").first.inner_text() == "Läsion hinzufügen"


@pytest.mark.parametrize("locale", ["de-DE", "en-US"])
def test_answers_are_read_aloud_in_the_language_of_the_template(browser: Browser, locale: str) -> None:
    with opened(browser, SPINE, locale=locale) as page:
        chip = page.locator('[id="q-procedure.1.modality"] .chip span')
        assert (chip.inner_text(), chip.get_attribute("lang")) == ("Magnetic resonance", "en")
        page.locator('[id="procedure.1.modality"]').press("ArrowDown")
        assert page.get_by_role("listbox").get_attribute("lang") == "en"


STATES: list[tuple[str, str, tuple[Step, ...]]] = [
    ("worklist", "/", ()),
    ("nothing there", "/study/none/none", ()),
    ("case", CASE, ()),
    ("map", SPINE, (Key("Alt+b"),)),
    ("palette", SPINE, (Key("Alt+g"),)),
    ("keys", SPINE, (Key("?"),)),
    ("lacking", "/study/quick-ct/emh-minimal", (Key("Alt+s"),)),
    ("preview", CASE, (Key("Alt+p"),)),
    ("released", CASE, RELEASE),
]


def shown(page: Page, steps: tuple[Step, ...]) -> None:
    press(page, steps)
    settled(page)
    if steps[-2:] == RELEASE:
        page.wait_for_selector(".released")


@pytest.mark.parametrize(("path", "steps"), [state[1:] for state in STATES], ids=[state[0] for state in STATES])
def test_axe_finds_nothing_in_german(browser: Browser, axe: str, path: str, steps: tuple[Step, ...]) -> None:
    with opened(browser, path, locale="de-DE") as page:
        shown(page, steps)
        assert page.locator("html").get_attribute("lang") == "de"
        assert violations(page, axe) == []
        page.set_viewport_size({"width": 380, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        assert violations(page, axe) == []
