"""Texts of a department: checked when they are loaded, and put into a text of the form by abbreviation."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from emh_report.catalog import load_catalog
from emh_report.errors import CatalogError
from scripts.keystrokes import Key, press
from tests.browser import browser
from tests.form_browser import kept, opened, pairs, said
from tests.test_form_access import axe, violations
from tests.web_service import Visitor

__all__ = ["axe", "browser"]

OWN = """[[macro]]
id = "dept-normal"
abbreviation = "nl"
label = "Normal"
fields = ["impression"]
text = "Nothing unusual."
"""
TISSUE = "Imaging alone does not prove extramedullary hematopoiesis."
IMPRESSION = '[id="impression.1.impression"]'


def test_the_file_of_a_department_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "macros.toml").write_text(OWN, encoding="utf-8")
    (own,) = load_catalog([tmp_path]).macros
    assert (own.id, own.abbreviation, own.fields, own.text) == (
        "dept-normal",
        "nl",
        ("impression",),
        "Nothing unusual.",
    )


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        (OWN.replace('["impression"]', '["impresion"]'), "macro.0.fields", "near are impression"),
        (OWN.replace('["impression"]', '["size"]'), "macro.0.fields", "no text question"),
        (OWN.replace('["impression"]', "[]"), "macro.0.fields", "needed"),
        (OWN.replace('"nl"', '"/nl"'), "macro.0.abbreviation", "form"),
        (OWN.replace('"Nothing unusual."', '" "'), "macro.0.text", "needed"),
        (OWN.replace("label", "title"), "macro.0.title", "unknown key"),
        (OWN + OWN, "macro.1.id", "twice"),
        (OWN + OWN.replace("dept-normal", "dept-other"), "macro.1.abbreviation", "twice"),
    ],
)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, text: str, key: str, reason: str) -> None:
    (tmp_path / "macros.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as refused:
        load_catalog([tmp_path])
    assert refused.value.file.endswith("macros.toml")
    assert refused.value.key == key or "unknown key" in reason
    assert reason in refused.value.reason or "missing" in refused.value.reason


def test_without_a_script_the_texts_are_listed() -> None:
    visitor = Visitor()
    page = visitor.get(visitor.begin("quick-ct", "emh-minimal")).text
    assert f"<kbd>/tissue</kbd> Imaging is no proof</dt><dd>{TISSUE}</dd>" in page


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_an_abbreviation_becomes_its_text_and_back(browser: Browser, key: str) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        page.locator(IMPRESSION).focus()
        press(page, ["First. /tissue", Key(key)])
        assert page.locator(IMPRESSION).input_value() == f"First. {TISSUE}"
        assert page.evaluate("document.activeElement.id") == "impression.1.impression"
        assert page.locator("#live").inner_text() == "Inserted: Imaging is no proof"
        kept(page)
        assert any(TISSUE in str(item.value) for group in said(page).groups for item in group.items)
        press(page, [Key("Alt+z")])
        page.wait_for_selector("html:not([data-busy])", state="attached")
        assert dict(pairs(page))["impression.1.impression"] == "First. /tissue"


def test_a_text_for_other_questions_stays_as_typed(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        page.locator(IMPRESSION).focus()
        press(page, ["/motion", Key("Tab")])
        assert dict(pairs(page))["impression.1.impression"] == "/motion"


def test_a_text_is_chosen_from_the_list(browser: Browser, axe: str) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal", width=380) as page:
        page.locator("#macros summary").click()
        page.get_by_role("button", name="Insert Imaging is no proof").click()
        assert page.locator(IMPRESSION).input_value() == TISSUE
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        assert violations(page, axe) == []
