"""The form while the server makes a part of it again: no key is lost, none goes astray, nothing old comes back."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, Route

from tests.browser import browser
from tests.form_browser import opened, pairs, settled

__all__ = ["browser"]

IMPRESSION = '[id="impression.1.impression"]'


def answered_after(page: Page, milliseconds: int, what: str = "edit") -> None:
    """Have the server answer actions of the form late, or "live" what was typed."""

    def slowly(route: Route) -> None:
        page.wait_for_timeout(milliseconds)
        route.continue_()

    page.route(f"**/{what}", slowly)


def test_keys_pressed_while_the_page_waits_go_where_it_opens(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        answered_after(page, 300)
        page.locator(IMPRESSION).last.focus()
        page.keyboard.press("Alt+e")  # impression does not repeat: nothing happens
        page.keyboard.press("Alt+l")
        for key in ("p", "Enter", "e", "p", "i", "ArrowDown", "Enter"):
            page.keyboard.press(key)
        page.locator('[id="b-finding.1"]').wait_for()
        settled(page)
        found = dict(pairs(page))
        assert found["finding.1.presence"] == "Present"
        assert found["finding.1.site"] == "Epidural / intraspinal"
        assert "impression.1.impression" not in found


def test_keys_for_what_did_not_come_go_nowhere(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        page.route("**/edit", lambda route: route.abort())
        page.locator(IMPRESSION).last.focus()
        with page.expect_event("requestfailed"):
            page.keyboard.press("Alt+l")
            page.keyboard.type("p")
        page.get_by_text("Not done: the server did not answer").wait_for()
        settled(page)
        assert page.locator('[id="b-finding.1"]').count() == 0
        assert "impression.1.impression" not in dict(pairs(page))


def test_an_answer_about_what_was_typed_before_does_not_end_the_wait(browser: Browser) -> None:
    """What is typed is checked after a pause; here the pause ends while the server takes it back."""
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        answered_after(page, 500)
        page.locator(IMPRESSION).focus()
        page.keyboard.type("A sentence that is taken back.")
        page.keyboard.press("Alt+z")
        settled(page)
        assert "impression.1.impression" not in dict(pairs(page))


def test_an_answer_given_by_pointer_while_the_page_waits_stays(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        answered_after(page, 400)
        page.locator('button[value="add:finding"]').click()
        page.locator(IMPRESSION).fill("Stays.")  # as text that is dropped there
        page.locator('[id="b-finding.1"]').wait_for()
        settled(page)
        assert dict(pairs(page))["impression.1.impression"] == "Stays."


def test_of_two_clicks_the_first_is_done(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        answered_after(page, 400)
        page.locator('button[value="add:finding"]').click()
        page.locator('button[value="add:recommendation"]').click()
        page.locator('[id="b-finding.1"]').wait_for()
        settled(page)
        assert page.locator('[id="b-recommendation.1"]').count() == 0


def test_a_button_that_is_pressed_is_clicked_although_the_page_grows(browser: Browser) -> None:
    """What is said of an answer moves the button that is pressed right then away from under the pointer."""
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        page.locator('button[value="add:finding"]').click()
        site = page.locator('[id="finding.1.site"]')
        site.wait_for()
        settled(page)
        answered_after(page, 300, "live")
        button = page.locator('button[value="add:finding"]')
        site.fill("no such site")
        button.hover()
        page.mouse.down()
        page.wait_for_timeout(800)
        page.mouse.up()
        page.locator('[id="b-finding.2"]').wait_for()
        settled(page)
        assert "wrong" in (page.locator('[id="q-finding.1.site"]').get_attribute("class") or "").split()


def test_actions_pressed_while_the_page_waits_are_done_one_after_another(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        answered_after(page, 400)
        page.keyboard.press("Alt+l")
        for step in ("p", "Enter", "post med", "Enter", "Alt+l", "a", "Enter", "renal pelvis", "Enter"):
            if step in {"Enter", "Alt+l"}:
                page.keyboard.press(step)
            else:
                page.keyboard.type(step)
        page.locator('[id="b-finding.2"]').wait_for()
        settled(page)
        found = dict(pairs(page))
        assert found["finding.1.presence"] == "Present"
        assert "posterior mediastinum" in found["finding.1.site"]
        assert found["finding.2.presence"] == "Absent"
        assert found["finding.2.site"].startswith("Renal pelvis")


def test_undo_pressed_several_times_undoes_as_often(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        for number in (1, 2, 3):
            page.keyboard.press("Alt+l")
            page.locator(f'[id="b-finding.{number}"]').wait_for()
            settled(page)
        answered_after(page, 300)
        for _ in range(3):
            page.keyboard.press("Alt+z")
        page.locator('[id="b-finding.1"]').wait_for(state="detached")
        settled(page)
        assert not [name for name, _ in pairs(page) if name.startswith("finding.")]


def test_a_pick_on_the_map_comes_behind_the_one_before(browser: Browser) -> None:
    with opened(browser, "/study/spine-mr/emh-mri-spine", empty=True) as page:
        page.keyboard.press("Alt+b")
        answered_after(page, 400)
        page.locator(".map [data-level=T5]").click()
        page.locator(".map [data-level=T9]").click()
        page.locator('[id="b-finding.1"]').wait_for()
        settled(page)
        assert dict(pairs(page))["finding.1.levels"] == "T5-T9"
        assert page.locator('[id="b-finding.2"]').count() == 0


def test_the_button_that_undoes_goes_once_something_else_was_typed(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        page.locator('[id="finding.2.site"]').focus()
        page.keyboard.press("Alt+x")
        page.locator("#notice [data-undo]").wait_for()
        settled(page)
        page.locator(IMPRESSION).last.focus()
        page.keyboard.type("New mass.")
        assert page.locator("#notice [data-undo]").count() == 0
        assert "removed" not in page.locator("#notice").inner_text()
        settled(page)
        page.keyboard.press("Tab")
        page.keyboard.press("Alt+z")
        settled(page)
        page.keyboard.press("Alt+z")
        page.locator('[id="b-finding.2"]').wait_for()
        settled(page)


def test_an_undo_that_is_not_done_takes_nothing_back(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        for number in (1, 2):
            page.keyboard.press("Alt+l")
            page.locator(f'[id="b-finding.{number}"]').wait_for()
            settled(page)
        page.route("**/edit", lambda route: route.abort())
        for key in ("Alt+z", "Alt+l"):
            with page.expect_event("requestfailed"):
                page.keyboard.press(key)
            page.get_by_text("Not done: the server did not answer").wait_for()
            assert page.locator("#live").inner_text() != "Undone"
        page.unroute("**/edit")
        page.keyboard.press("Alt+z")
        page.locator('[id="b-finding.2"]').wait_for(state="detached")
        settled(page)
        assert page.locator("#live").inner_text() == "Undone"
        assert page.locator('[id="b-finding.1"]').count() == 1, "one step, although it was asked for twice"
        page.keyboard.press("Alt+z")
        page.locator('[id="b-finding.1"]').wait_for(state="detached")
        settled(page)


def test_what_the_server_says_of_an_action_that_it_refuses_is_said(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        page.route("**/edit", lambda route: route.fulfill(status=500, json={"text": "Reference 0815."}))
        lesions = page.locator("[id^='b-finding.']").count()
        page.keyboard.press("Alt+l")
        said = page.get_by_text("Not done: Reference 0815.")
        said.wait_for()
        settled(page)
        assert said.count() == 1
        assert page.locator("[id^='b-finding.']").count() == lesions


def test_a_date_that_is_typed_while_the_page_waits_is_completed(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        settled(page)
        answered_after(page, 500, "live")
        page.keyboard.press("Alt+g")
        page.keyboard.type("date of splenectomy")
        page.keyboard.press("Enter")
        page.keyboard.type("today")
        page.keyboard.press("Tab")
        date = page.locator('[id="clinical.1.splenectomy-date"]')
        date.wait_for()
        settled(page)
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", date.input_value())


def test_what_was_not_done_is_said_until_somebody_goes_on_and_the_server_answers(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal") as page:
        page.route("**/report/**", lambda route: route.abort())
        page.keyboard.press("Alt+l")
        said = page.get_by_text("Not done: the server did not answer")
        said.wait_for()
        page.locator(IMPRESSION).last.fill("Written all the same.")
        page.wait_for_selector("#saved[data-state=away]")
        assert said.count() == 1
        page.unroute("**/report/**")
        page.wait_for_selector("#saved[data-state=saved]")
        assert said.count() == 0
        settled(page)


def test_a_reason_that_stands_below_a_date_is_no_date(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        question = page.locator('[id="q-procedure.1.exam-date"] .answer')
        question.evaluate("(one) => { one.innerHTML += '<label class=keep><input autocomplete=off></label>'; }")
        box = question.locator(".keep input")
        box.fill("today")
        box.press("Tab")
        assert box.input_value() == "today"
