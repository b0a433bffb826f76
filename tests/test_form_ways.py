"""Ways through a report by keyboard in a real browser: beside another, corrected, divided, signed by a supervisor."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from emh_report.web.changed import GONE, KEPT, MOST, NEW, compared
from scripts.keystrokes import Key, press
from tests.browser import browser
from tests.form_browser import kept, opened, ready, window
from tests.test_form_releases import COMPLETE, more, shown, signed
from tests.web_forms import everything
from tests.web_service import Answer, studies

__all__ = ["browser"]

FORM = f"/study/{COMPLETE}/{studies()[COMPLETE].template_id}"
HAS_FOCUS = "document.activeElement"


def chosen(page: Page, words: str) -> None:
    """Find a question or action by name, and take it."""
    press(page, [Key("Alt+g"), words, Key("Enter")])


# --- beside another --------------------------------------------------------------------------------------------------


def test_a_report_is_put_beside_another_by_name(browser: Browser) -> None:
    with opened(browser, FORM) as page:
        chosen(page, "companion")
        page.locator("#paste-text").wait_for()
        assert page.locator('[name="mode"][value="companion"]').is_checked()
        assert page.evaluate(f"{HAS_FOCUS}.name") == "mode"


def test_the_page_of_a_companion_copies_with_a_key_and_still_says_what_it_is(browser: Browser) -> None:
    with opened(browser, FORM) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        chosen(page, "companion")
        page.locator("#paste-text").wait_for()
        kept(page)
        press(page, [Key("Alt+s")])
        page.get_by_role("heading", name="Sign the findings for the main report").wait_for()
        assert "the order stays open" in page.locator("main .lead").inner_text()
        press(page, [Key("Enter")])
        page.get_by_role("heading", name="Section for the main report").wait_for()
        standing = page.locator(".standing .lead").inner_text()
        page.get_by_role("button", name="Copy").wait_for()  # shown by the script that listens to the key
        press(page, [Key("Alt+c")])
        page.get_by_role("button", name="Copied").wait_for()
        assert page.locator("#live").inner_text() == "Copied"
        assert page.locator(".standing .lead").inner_text() == standing
        assert "Final" in standing
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#paste-text").input_value()


@pytest.mark.parametrize(
    ("key", "login", "said"),
    [
        ("Alt+c", "attending", "There is no section to copy"),
        ("Alt+s", "resident", "To be signed by Fictional, Radiologist"),
    ],
)
def test_a_key_that_can_do_nothing_says_why(browser: Browser, key: str, login: str, said: str) -> None:
    with opened(browser, FORM, login=login) as page:
        box = page.locator('[id="clinical.1.indication"]')
        box.focus()
        press(page, [Key(key)])
        page.locator("#notice[role=alert]", has_text=said).wait_for()
        assert page.evaluate(f"{HAS_FOCUS}.id") == "clinical.1.indication"


def test_a_name_that_nothing_has_is_said(browser: Browser) -> None:
    with opened(browser, FORM) as page:
        press(page, [Key("Alt+g"), "frobnicate"])
        assert page.locator("dialog [role=status]").inner_text() == "No question or action of that name here."
        press(page, [Key("Control+a"), "indication"])
        assert page.locator("dialog [role=status]").inner_text() == ""


@pytest.mark.parametrize(
    ("path", "typed", "first"),
    [
        ("/study/case-009/emh-followup", "lesion 2 change", "Lesion 2: Change"),
        ("/study/case-009/emh-followup", "change", "Lesion 1: Change"),
        (
            "/study/emh-case-045/emh-perinatal",
            "mca psv",
            "Fetus and newborn: Middle cerebral artery peak systolic velocity",
        ),
    ],
)
def test_the_whole_name_comes_first_and_short_names_are_known(
    browser: Browser, path: str, typed: str, first: str
) -> None:
    with opened(browser, path) as page:
        press(page, [Key("Alt+g"), typed])
        assert page.locator("dialog [role=option]").first.evaluate("one => one.firstChild.data") == first


def test_whatever_is_listed_has_a_name(browser: Browser) -> None:
    with opened(browser, FORM) as page:
        press(page, [Key("Alt+g")])
        names = page.locator("dialog [role=option]").all_inner_texts()
        assert names[0].endswith(": Modality")
        assert "" not in names


# --- corrected -------------------------------------------------------------------------------------------------------


def changed(page: Answer) -> str:
    return page.text.partition('class="changes"')[2].partition("</section>")[0]


def test_a_correction_marks_the_words_that_changed() -> None:
    visitor, address, _ = signed()
    page = visitor.get(address)
    name = "clinical.1.indication"
    before = re.search(rf'name="{re.escape(name)}"[^>]*>\n([^<]*)</textarea>', page.text)
    assert before
    pairs = [(one, f"{value} Now with fever." if one == name else value) for one, value in everything(page)]
    assert visitor.post(address, pairs).status == 200
    preview = shown(visitor, address, "amend", "A word was missing.")
    changes = changed(preview)
    assert "Clinical information, Indication: " in changes
    assert "<ins> Now with fever.</ins>" in changes
    assert before[1].split(".")[0] in changes.partition("<ins>")[0]
    assert "→" not in changes


def test_a_line_that_was_added_is_the_only_one_marked() -> None:
    visitor, address, _ = signed()
    more(visitor, address, "One more line.")
    changes = changed(shown(visitor, address, "amend", "Missing."))
    assert re.findall(r"<(?:ins|del)>([^<]*)</(?:ins|del)>", changes) == ["\nOne more line."]


TEXTS = st.text(st.sampled_from("ab \n."), max_size=30)


@given(TEXTS, TEXTS)
def test_marked_words_are_both_texts(before: str, after: str) -> None:
    parts = list(compared(before, after))
    assert "".join(words for kind, words in parts if kind != NEW) == before
    assert "".join(words for kind, words in parts if kind != GONE) == after
    assert all(words for _, words in parts)
    assert [kind for kind, _ in parts] == [KEPT] * bool(before) or before != after


def test_texts_beyond_comparing_are_shown_whole() -> None:
    before, after = "a " * (MOST + 1), "b " * 3
    assert [tuple(part) for part in compared(before, after)] == [(GONE, before), (NEW, after)]


# --- divided ---------------------------------------------------------------------------------------------------------


def test_two_windows_are_brought_together_by_keyboard(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        late = window(page)
        chosen(page, "Impression: Impression")
        press(page, ["Stable disease.", Key("Tab")])
        kept(page)
        chosen(late, "Impression: Impression")
        press(late, ["Progressive disease.", Key("Tab")])
        late.locator("#notice").get_by_text("saved elsewhere").wait_for()
        chosen(late, "compare both sides")
        late.get_by_role("heading", name="Two sides of this report").wait_for()
        assert late.evaluate(f"{HAS_FOCUS}.type") == "radio"  # the first choice, without a key before it
        press(late, [Key("Space"), Key("Tab"), Key("Enter")])
        late.locator("form[data-terms]").wait_for()
        ready(late)
        assert "Progressive disease." in late.locator("#preview").inner_text()


# --- followed up -----------------------------------------------------------------------------------------------------


def test_a_follow_up_is_offered_with_a_day_that_people_read() -> None:
    _, _, page = signed()
    offers = re.findall(r"<button>Start follow-up with [^<]*</button>", page.text)
    assert offers
    assert not [one for one in offers if re.search(r"\dT\d", one)]
