"""What has the focus is in view: not behind what stays on top, and no list of choices below the edge of the window."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page, Route

from tests.browser import browser
from tests.form_browser import opened, pairs, settled

__all__ = ["browser"]

CASE = "/study/case-009/emh-followup"
COVERED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  if (!one.matches("#main input:not([type=radio]), #main textarea")) return "";
  const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return one.contains(there) ? "" : one.id;
}"""


def covered(page: Page, key: str, times: int) -> list[str]:
    """Return the fields that are reached by ``key`` and not seen."""
    found = []
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
        found.append(page.evaluate(COVERED))
    return [one for one in found if one]


def test_a_field_that_is_reached_by_tab_is_not_behind_what_stays_in_view(browser: Browser) -> None:
    with opened(browser, CASE, width=640) as page:
        page.set_viewport_size({"width": 640, "height": 400})
        settled(page)
        page.locator('[id="impression.1.remark"]').focus()
        assert covered(page, "Shift+Tab", 30) == []
    with opened(browser, CASE, width=380) as page:
        page.route("**/save", lambda route: route.abort())
        page.route("**/live", lambda route: route.abort())
        page.locator('[id="finding.1.remark"]').fill("x")
        page.locator("#notice p").wait_for()
        assert covered(page, "Tab", 20) == []


def test_a_list_of_choices_is_in_the_window_and_its_scrollbar_does_not_close_it(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        settled(page)
        page.evaluate("""() => {
          const field = document.getElementById("finding.1.site").getBoundingClientRect();
          scrollBy(0, field.bottom - innerHeight + 6);
        }""")
        page.locator('[id="finding.1.site"]').focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("cord")
        box = page.locator(".options").bounding_box()
        assert box is not None
        assert box["y"] > 0
        assert box["y"] + box["height"] <= 900
        page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
        page.mouse.down()
        page.mouse.up()
        assert page.locator(".options").count() == 1
        assert page.evaluate("document.activeElement.id") == "finding.1.site"


def test_the_letter_counts_and_not_where_a_keyboard_has_it(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        session = page.context.new_cdp_session(page)

        def alt(key: str, code: str) -> None:
            for kind in ("rawKeyDown", "keyUp"):
                session.send("Input.dispatchKeyEvent", {"type": kind, "modifiers": 1, "key": key, "code": code})

        page.keyboard.press("Alt+l")
        page.locator("#b-finding\\.3").wait_for()
        settled(page)
        alt("y", "KeyZ")  # the keys of a German keyboard
        page.wait_for_timeout(300)
        settled(page)
        assert page.locator("#b-finding\\.3").count() == 1
        alt("z", "KeyY")
        page.locator("#b-finding\\.3").wait_for(state="detached")
        settled(page)
        alt("д", "KeyL")
        page.locator("#b-finding\\.3").wait_for()
        settled(page)


def test_the_focus_stays_in_earlier_reports_that_come_again(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        links = ['<p><a href="/first">one</a> <a href="/second">two</a></p>']
        page.route("**/course/panel", lambda route: route.fulfill(body=links[-1], content_type="text/html"))
        field = page.locator('[id="impression.1.impression"]').last
        field.fill("New.")
        page.locator('#earlier a[href="/second"]').wait_for()
        links.append(f"{links[-1]}<p>more</p>")
        field.fill("Newer.")
        page.locator('#earlier a[href="/second"]').focus()
        page.locator("#earlier p", has_text="more").wait_for()
        assert page.evaluate("document.activeElement.getAttribute('href')") == "/second"


def slowly(route: Route) -> None:
    """Answer late where a question is asked for that the page does not have yet."""
    time.sleep(0.3 if "want=" in (route.request.post_data or "") else 0)
    route.continue_()


def test_what_is_typed_while_a_question_goes_is_for_the_one_that_comes(browser: Browser) -> None:
    with opened(browser, "/study/emh-perinatal-draft-a/emh-perinatal", empty=True) as page:
        page.keyboard.press("Alt+g")
        page.keyboard.type("+ org")
        page.keyboard.press("Enter")
        page.locator('[id="organ.5.organ"]:focus').wait_for()
        settled(page)
        page.route("**/live", slowly)
        page.keyboard.type("liver")
        page.keyboard.press("Enter")
        page.locator('[id="q-organ.5.spleen-length"]').wait_for(state="hidden")
        page.keyboard.type("enl")
        settled(page)
        assert page.evaluate("document.activeElement.name") == "organ.5.liver-state"
        assert ("organ.5.liver-state", "Enlarged") in pairs(page)


def test_the_search_offers_what_is_asked_and_says_of_what_it_is(browser: Browser) -> None:
    def found(words: str) -> list[str]:
        page.keyboard.press("Alt+g")
        page.keyboard.type(words)
        said = page.locator(".palette li").all_inner_texts()
        page.keyboard.press("Escape")
        return said

    with opened(browser, "/study/abdomen-us/emh-us-abdomen", empty=True) as page:
        page.locator('[id="clinical.1.indication"]').fill("Spleen size.")
        page.keyboard.press("Tab")
        settled(page)
        assert found("spleen length") == ["Organ 1: Spleen length Spleen"]
        assert found("liver span") == []
        assert found("1 fluid") == []
