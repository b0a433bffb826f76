"""The form in a real browser: by keyboard alone, with what it says meanwhile, and when things go wrong."""

from __future__ import annotations

import contextlib
import tempfile

import pytest
from playwright.sync_api import Browser, Page

from emh_report.draft import Draft, Text
from emh_report.store import open_store
from scripts import keystrokes
from scripts.keystrokes import Key, press
from tests.browser import browser
from tests.case_files import catalog
from tests.form_browser import kept, opened, pairs, said, settled
from tests.test_form_sheet import in_order
from tests.web_service import desk, served, studies

__all__ = ["browser"]


def without_uids(draft: Draft) -> Draft:
    groups = tuple(group._replace(uid="") for group in in_order(draft).groups)
    return draft._replace(groups=groups, template_hash="")


# --- by keyboard alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("template", "steps", "most"), keystrokes.RUNS, ids=[run[0] for run in keystrokes.RUNS])
def test_a_published_case_is_entered_and_released_by_keyboard(
    browser: Browser, template: str, steps: tuple[keystrokes.Step, ...], most: int
) -> None:
    assert keystrokes.count(steps) <= most
    with opened(browser, f"/study/{keystrokes.CASE}/{template}", empty=True) as page:
        press(page, steps)
        page.wait_for_selector(".released")
        assert "PRELIMINARY REPORT" in page.locator("article.paper").inner_text()
        draft = said(page)
    case = studies()[keystrokes.CASE].draft
    assert case is not None
    if case.template_id == template:
        assert without_uids(draft) == without_uids(case)


def enter(page: Page, draft: Draft) -> None:
    """Enter a draft by keyboard: every question and button is found by its name."""
    plan = desk().plan(draft.template_id)
    seen: dict[str, int] = {}
    for group in in_order(draft).groups:
        definition = plan.template.groups[group.group_id]
        number = seen[group.group_id] = seen.get(group.group_id, 0) + 1
        if definition.repeats and not page.locator(f'[id="b-{group.group_id}.{number}"]').count():
            press(page, [Key("Alt+g"), f"Add {definition.title}", Key("Enter")])
            settled(page)
        title = f"{definition.title} {number}" if definition.repeats else definition.title
        for item in group.items:
            field = definition.fields[item.field_id]
            name = f"{group.group_id}.{number}.{item.field_id}"
            find(page, name, f"{title}: {field.label}")
            answer(page, name, desk().words.shown(field, item.value), several=field.repeats)


def find(page: Page, name: str, label: str) -> None:
    """Bring a question to the page that is only shown when wanted."""
    if page.locator(f'[id="{name}"]').count():
        return
    press(page, [Key("Alt+g"), label])
    option = page.locator(f'xpath=//dialog//li[text()="{label}"]')  # what its entry is about stands behind it
    for _ in range(60):
        if option.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    press(page, [Key("Enter")])
    page.locator(f'[id="{name}"]').wait_for(state="attached")


def answer(page: Page, name: str, shown: str, *, several: bool) -> None:
    """Give an answer; of several, one more."""
    box = page.locator(f'[id="{name}"]')
    box.focus()
    if box.get_attribute("type") == "radio":
        page.locator(f'[name="{name}"][value="{shown}"]').focus()
        press(page, [Key("Space")])
    elif several or box.input_value() != shown:
        press(page, [shown, Key("Tab")] if several else [Key("Control+a"), shown, Key("Tab")])
    settled(page)


def test_a_complete_report_is_written_from_empty_to_signed(browser: Browser) -> None:
    study = studies()["emh-minimal-draft-a"]
    assert study.draft is not None
    with opened(browser, "/study/emh-minimal-draft-a/emh-minimal", empty=True) as page:
        enter(page, study.draft)
        press(page, [Key("Alt+s")])
        page.wait_for_selector("#release button.primary")
        press(page, [Key("Enter")])
        page.wait_for_selector(".released")
        assert "Signed by" in page.locator("article.paper").inner_text()
        assert "the signature holds" in page.locator(".proof").inner_text()
        assert without_uids(said(page)) == without_uids(study.draft)


def test_a_text_that_means_several_terms_lists_them_and_takes_none(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        press(page, [Key("Alt+l"), "p", Key("Enter"), "cord"])
        options = page.locator("#b-finding\\.1 .options li")
        assert options.count() > 1
        assert page.locator("#b-finding\\.1 .options [aria-selected=true]").count() == 0
        press(page, [Key("Tab")])
        settled(page)
        assert dict(pairs(page))["finding.1.site"] == "cord"
        assert "this may mean one of these: choose" in page.locator('[id="finding.1.site-m"]').inner_text()
        page.locator('[id="finding.1.site-m"] [data-candidate]').first.click()
        settled(page)
        assert dict(pairs(page))["finding.1.site"] == "Epidural / intraspinal"


def test_a_text_that_only_stands_inside_a_word_takes_nothing(browser: Browser) -> None:
    """Of "maxillary sinus" somebody who types "xilla" may mean something else: it is listed, and waits for a choice."""
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        press(page, [Key("Alt+l"), "p", Key("Enter"), "xilla"])
        options = page.locator("#b-finding\\.1 .options")
        assert options.locator("li").count() > 0
        assert options.locator("[aria-selected=true]").count() == 0
        press(page, [Key("Tab")])
        settled(page)
        assert dict(pairs(page))["finding.1.site"] == "xilla"


def test_the_next_text_of_a_question_has_a_field_and_nothing_moves_below_a_click(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        texts = page.locator('[name="impression.1.impression"]')
        assert texts.count() == 1
        texts.fill("One.")
        page.get_by_role("button", name="+ Recommendation").click()
        page.locator('[id="b-recommendation.1"]').wait_for()
        texts.last.fill("Two.")
        page.keyboard.press("Tab")
        assert texts.count() == 3
        kept(page)
        given = [item.value for group in said(page).groups for item in group.items if item.field_id == "impression"]
        assert given == [Text("One."), Text("Two.")]


def test_conditions_follow_the_answers_of_each_lesion(browser: Browser) -> None:
    with opened(browser, "/study/spine-mr/emh-mri-spine") as page:
        for number, where in ((1, "epi"), (2, "liver")):
            press(
                page,
                [Key("Alt+l"), "p", Key("Enter"), where, *([Key("ArrowDown")] if number == 1 else []), Key("Enter")],
            )
            settled(page)
        page.locator('[id="q-finding.1.cord-compression"]').wait_for()
        assert page.locator('[id="q-finding.2.cord-compression"]').count() == 0


def test_what_changed_in_the_report_is_marked(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        page.locator('[id="impression.1.impression"]').last.fill("A new sentence.")
        page.locator("#preview mark").first.wait_for()
        assert page.locator("#preview mark").all_inner_texts() == ["A new sentence."]


def test_removing_is_undone_with_a_key(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        before = pairs(page)
        page.locator('[id="finding.1.site"]').focus()
        press(page, [Key("Alt+x")])
        page.locator("#b-finding\\.2").wait_for(state="detached")
        press(page, [Key("Alt+z")])
        page.locator("#b-finding\\.2").wait_for()
        assert sorted(pairs(page)) == sorted(before)
        assert page.evaluate("document.activeElement.closest('#b-finding\\\\.1') !== null")


def test_undo_goes_back_to_what_it_took_back(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        field = page.locator('[id="impression.1.impression"]').last
        before = field.input_value()
        field.focus()
        press(page, [Key("End"), " More.", Key("Tab"), Key("Alt+z")])
        page.locator('[id="impression.1.impression"]:focus').wait_for()
        press(page, [Key("End"), " Instead."])
        assert field.input_value() == f"{before} Instead."


def test_where_nothing_required_is_missing_the_key_goes_to_the_signature(browser: Browser) -> None:
    with opened(browser, "/study/emh-ct-body-draft-b/emh-ct-body") as page:
        settled(page)
        press(page, [Key("Alt+n")])
        assert page.evaluate("document.activeElement.id") == "sign"


def test_a_critical_finding_asks_who_was_told(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        assert "tell someone" in page.locator("#critical").inner_text()
        press(page, [Key("Alt+g"), "Record who", Key("Enter")])
        page.locator('[id="communication.1.communicated-to"]:focus').wait_for()
        settled(page)
        assert "Communication not complete" in page.locator("#critical").inner_text()
        lacking = page.locator('#issues [data-jump="communication.1.communication-content"]')
        assert "does not say what was said" in lacking.inner_text()
        lacking.click()
        page.locator('[id="communication.1.communication-content"]:focus').wait_for()
        press(page, [Key("Alt+g"), "Read back", Key("Enter"), "?", Key("Tab")])
        settled(page)
        assert "does not say whether it was read back" in page.locator("#issues").inner_text()


def test_the_section_for_the_main_report_is_copied_with_a_key(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator('[name="mode"][value="companion"]').check()
        page.locator("#paste-text").wait_for()
        press(page, [Key("Alt+c")])
        page.locator("#live").get_by_text("Copied").wait_for(state="attached")
        page.get_by_role("button", name="Copied").wait_for()  # also for who looks, where the button is
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#paste-text").input_value()
        assert "IMPRESSION" in copied


# --- when things go wrong --------------------------------------------------------------------------------------------


def test_the_text_survives_a_server_that_goes_away_and_comes_back(browser: Browser) -> None:
    study = {"quick-ct": studies()["quick-ct"]}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store = stack.enter_context(open_store(f"sqlite:///{folder}/reports.db", catalog()))
        first = contextlib.ExitStack()
        address = first.enter_context(served(study, store))
        page = stack.enter_context(opened(browser, "/study/quick-ct/emh-minimal", address=address))
        first.close()
        page.locator('[id="cause.1.cause"]').fill("PMF")
        page.keyboard.press("Tab")
        page.get_by_text("The server does not answer").wait_for()
        page.wait_for_selector("#saved[data-state=away]")
        page.locator('[id="impression.1.impression"]').last.fill("Typed while nobody listened.")
        again = stack.enter_context(served(study, store, address=address.removeprefix("http://")))
        assert again == address
        page.get_by_text("The server does not answer").wait_for(state="detached")
        kept(page)
        assert dict(pairs(page))["cause.1.cause"] == "Primary myelofibrosis"
        assert page.locator("#saved").inner_text().startswith("Saved")
        texts = [item.value for group in said(page, store).groups for item in group.items]
        assert Text("Typed while nobody listened.") in texts
        press(page, [Key("Alt+p"), Key("Enter")])
        page.wait_for_selector(".released")


def test_a_script_that_was_typed_never_runs(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        trap = "<img src=x onerror=alert(1)><script>alert(2)</script>"
        for name in ("impression.1.impression", "finding.1.site", "cause.1.cause"):
            page.locator(f'[id="{name}"]').last.fill(trap)
            page.keyboard.press("Tab")
            settled(page)
        assert trap in page.locator("#preview").inner_text()
        assert page.locator("#main img, #issues img, #preview img").count() == 0


@pytest.mark.parametrize(
    ("name", "word"), [("clinical.1.symptom", "symptoms"), ("clinical.1.indication", "indication")]
)
def test_no_key_is_lost_behind_a_dialog(browser: Browser, name: str, word: str) -> None:
    """The browser gives the focus back without a caret to the field that had it before."""
    with opened(browser, "/study/spine-mr/emh-mri-spine") as page:
        box = page.locator(f'[id="{name}"]')
        box.focus()
        press(page, [Key("Alt+g"), word, Key("Enter"), "we"])
        assert box.input_value() == "we"
        press(page, [Key("Alt+g"), Key("Escape"), "ak"])
        assert box.input_value() == "weak"
        press(page, [Key("ArrowLeft"), Key("Alt+g"), Key("Escape"), "s"])
        assert box.input_value() == "weask"
