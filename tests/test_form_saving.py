"""The form in a browser never loses work: sessions that end, other windows, lost answers, reloads, double clicks."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from emh_report.draft import Text
from emh_report.lifecycle import Action
from emh_report.store import open_store
from emh_report.web.session import PERSON
from scripts.keystrokes import Key, press
from tests.browser import browser
from tests.case_files import catalog
from tests.cli_program import PROGRAM
from tests.form_browser import kept, opened, pairs, ready, said, settled, window
from tests.test_form_filled import keepable
from tests.test_form_sheet import in_order
from tests.web_service import fresh, shelf, studies

__all__ = ["browser"]

CASE = "/study/case-009/emh-followup"
IMPRESSION = '[id="impression.1.impression"]'


def write(page: Page, text: str) -> None:
    """Write a line of the impression."""
    page.locator(IMPRESSION).last.fill(text)


def lines(page: Page) -> list[str]:
    """Return the lines of the impression that are stored."""
    values = [item.value for group in said(page).groups for item in group.items if item.field_id == "impression"]
    return [value.value for value in values if isinstance(value, Text)]


def state(page: Page, wanted: str) -> None:
    """Wait until the page says how it stands with saving."""
    page.wait_for_selector(f"#saved[data-state={wanted}]")


@pytest.mark.parametrize("template", sorted(catalog().newest))
def test_every_template_is_stored_as_given_and_stays_so_when_it_is_typed_in(browser: Browser, template: str) -> None:
    given = studies()[f"{template}-draft-a"].draft
    assert given is not None
    with opened(browser, f"/study/{template}-draft-a/{template}") as page:
        before = said(page)
        assert in_order(before._replace(template_hash="")) == in_order(given._replace(template_hash=""))
        remark = page.locator("textarea").last
        text = remark.input_value()
        remark.fill("Typed, and taken back.")
        kept(page)
        assert said(page) != before
        remark.fill(text)
        page.keyboard.press("Tab")
        settled(page)
        kept(page)
        reasons = keepable(f"{template}-draft-a").overrides  # those without a warning go with the first answer
        assert in_order(said(page)) == in_order(before._replace(overrides=reasons))


def test_what_was_typed_is_there_after_a_reload_and_after_going_back(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        write(page, "Typed before the reload.")
        kept(page)
        page.reload()
        ready(page)
        assert ("impression.1.impression", "Typed before the reload.") in pairs(page)
        press(page, [Key("Alt+p")])
        page.wait_for_selector("#release")
        page.go_back()
        ready(page)
        assert ("impression.1.impression", "Typed before the reload.") in pairs(page)
        state(page, "saved")


def test_a_session_that_ends_is_renewed_in_place(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        page.context.clear_cookies(name=PERSON)
        write(page, "Typed after the time was up.")
        page.wait_for_selector("dialog[open] [name=person]")
        state(page, "out")
        assert "Typed after the time was up." not in lines(page)
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog", state="detached")
        kept(page)
        assert "Typed after the time was up." in lines(page)
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_a_session_that_ends_while_something_is_added_loses_nothing(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        page.context.clear_cookies()
        page.keyboard.press("Alt+l")
        page.wait_for_selector("dialog[open] [name=person]")
        page.locator("dialog [name=person]").first.click()
        page.locator("#b-finding\\.3").wait_for()
        kept(page)
        assert sum(group.group_id == "finding" for group in said(page).groups) == 3


def test_two_windows_meet_at_the_comparison(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        other = window(page)
        write(other, "Typed in the other window.")
        kept(other)
        write(page, "Typed in this window.")
        state(page, "elsewhere")
        write(page, "Typed in this window, and more.")
        page.get_by_text("Compare both sides").click()
        page.wait_for_selector(".differs")
        texts = page.locator(".differs .text").all_inner_texts()
        assert any("Typed in the other window." in text for text in texts)
        assert any("Typed in this window, and more." in text for text in texts)
        page.get_by_label("Yours").first.check()
        page.get_by_text("Save what is chosen").click()
        ready(page)
        page.wait_for_selector("#form[data-terms]")
        assert lines(page)[-1] == "Typed in this window, and more."
        other.close()


def test_a_server_that_hangs_is_given_up_and_asked_again(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        hung: list[Route] = []
        page.route("**/save", lambda route: hung.append(route))  # noqa: PLW0108 - it is told what is called
        write(page, "Typed while the server hangs.")
        page.wait_for_selector("#saved[data-state=away]", timeout=15_000)
        assert len(hung) == 1
        page.unroute("**/save")
        kept(page)
        assert "Typed while the server hangs." in lines(page)


@pytest.mark.parametrize(("locale", "done"), [("en-US", "delete this text"), ("de-DE", "diesen Text löschen")])
def test_a_character_that_cannot_be_stored_is_named_with_its_question(browser: Browser, locale: str, done: str) -> None:
    with opened(browser, CASE, locale=locale) as page:
        remark = page.locator('[id="procedure.1.remark"]')
        remark.fill("pasted\u202a from RIS")
        state(page, "partly")
        notice = page.locator("#notice").inner_text()
        assert "Procedure and technique: Remark" in notice
        assert done in notice
        assert "draft." not in notice
        remark.fill("typed")
        kept(page)


def test_an_answer_that_is_lost_makes_no_conflict_with_oneself(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        lost: list[str] = []

        def lose(route: Route) -> None:
            if lost:
                return route.continue_()
            lost.append(route.fetch().text())
            return route.abort()

        page.route("**/save", lose)
        write(page, "The server has it, the page does not know.")
        kept(page)
        assert "etag" in lost[0]
        assert lines(page).count("The server has it, the page does not know.") == 1


def test_a_page_that_is_not_saved_warns_before_it_is_left(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        page.route("**/save", lambda route: route.abort())
        write(page, "Not stored.")
        state(page, "away")
        page.keyboard.press("Alt+p")
        page.wait_for_timeout(300)
        assert page.locator("#form[data-terms]").count() == 1, "it stays where the text is"
        page.unroute("**/save")
        kept(page)
        assert "Not stored." in lines(page)


def test_a_text_that_cannot_be_stored_is_said_to_be_so_and_stays(browser: Browser) -> None:
    with opened(browser, CASE) as page:
        write(page, "x" * 20_001)
        state(page, "partly")
        assert "20000" in page.locator("#notice").inner_text()
        assert "Impression: 20001" in page.locator("#notice").inner_text()
        assert "Shorten this text." in page.locator("#notice").inner_text()
        write(page, "Shorter.")
        kept(page)
        assert lines(page)[-1] == "Shorter."
        assert page.locator("#notice [data-saving]").count() == 0


def test_a_double_click_begins_one_report(browser: Browser) -> None:
    name = fresh("quick-ct")
    with opened(browser, "/") as page:
        before = count()
        page.locator(f'form[action^="/study/{name}/"] .study-head button').dblclick()
        page.wait_for_selector("#form[data-terms]")
        assert count() == before + 1


def count() -> int:
    """Return how many reports were begun."""
    seen = begun = 0
    while more := shelf().events(seen):
        seen = more[-1].seq
        begun += sum(event.action is Action.CREATE for event in more)
    return begun


@contextlib.contextmanager
def program(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run `emh-report serve --demo` with a store in ``folder`` until it is killed."""
    options = ["--demo", "--json", "--store", f"sqlite:///{folder}/reports.db", "--address", "127.0.0.1:0"]
    command = [PROGRAM, "serve", *options, "--web", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # it says so when it takes calls
        try:
            yield process
        finally:
            process.kill()


def test_a_server_that_is_killed_while_somebody_types_loses_nothing(browser: Browser, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with contextlib.ExitStack() as stack:
        with program(tmp_path, port) as process:
            page = stack.enter_context(opened(browser, "/study/quick-ct/emh-minimal", address=address))
            write(page, "Stored before.")
            kept(page)
            page.locator(IMPRESSION).last.press_sequentially(" Typed on")
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        page.locator(IMPRESSION).last.press_sequentially(" while nobody listened.")
        state(page, "away")
        with program(tmp_path, port):
            kept(page)
            assert page.locator("dialog").count() == 0, "nobody is asked to sign in again"
            page.reload()
            ready(page)
            assert dict(pairs(page))["impression.1.impression"] == "Stored before. Typed on while nobody listened."
    with open_store(f"sqlite:///{tmp_path}/reports.db", catalog()) as store:
        assert store.verify().damages == ()
