"""Answers that reports have often come first in a list that is opened, in a real browser and as data."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from emh_report.context import ReportIdentity
from emh_report.lifecycle import Action, Actor
from emh_report.store import Store, open_store
from emh_report.web.people import demo_people
from scripts.keystrokes import Key, press
from tests.browser import browser
from tests.case_files import catalog
from tests.form_browser import opened, pairs, settled
from tests.store_reports import act
from tests.web_service import Visitor, served, studies

__all__ = ["browser"]

PEOPLE = {login: person.actor for login, person in demo_people().items()}
FORM = "/study/quick-ct/emh-minimal"


def release(store: Store, study: str, actor: Actor) -> None:
    """Release one more report with the answers of a study."""
    sample = studies()[study]
    assert sample.draft is not None
    context = replace(sample.context, report=ReportIdentity(), author=actor.person, supervisor=None)
    act(store, store.create(sample.draft, context, actor).report_id, Action.RELEASE_PRELIMINARY, actor)


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Store, str]]:
    """Serve the form over a store in which causes differ between two people."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store = stack.enter_context(open_store(f"sqlite:///{folder}/reports.db", catalog()))
        for study, login in (("emh-minimal-draft-a", "attending"), ("emh-minimal-draft-b", "resident")):
            for _ in range(2):
                release(store, study, PEOPLE[login])
        found = {"quick-ct": studies()["quick-ct"]}
        yield store, stack.enter_context(served(found, store))


def listed(page: Page, name: str = "cause.1.cause") -> list[str]:
    page.locator(f'[id="{name}"]').click()
    return page.locator(".options li").all_inner_texts()


def test_the_list_begins_with_what_is_often_used_and_takes_nothing(browser: Browser, place: tuple[Store, str]) -> None:
    template = catalog().plan("emh-minimal").template
    with opened(browser, FORM, address=place[1]) as page:
        page.wait_for_load_state("networkidle")
        texts = listed(page)
        usual = [text for text in texts if "often used" in text]
        assert usual
        assert texts[: len(usual)] == usual
        assert page.locator(".options [aria-selected=true]").count() == 0
        assert "cause.1.cause" not in dict(pairs(page))
        vocabulary = template.groups["cause"].fields["cause"].vocabulary
        assert vocabulary is not None
        rest = [term.display for term in vocabulary.terms.values()]
        shown = [text.replace("often used", "").strip() for text in texts]
        assert sorted(shown[: len(rest)]) == sorted(rest)
        assert [one for one in rest if one not in shown[: len(usual)]] == shown[len(usual) : len(rest)]
        page.keyboard.press("Escape")
        assert listed(page) == texts


def words(texts: list[str]) -> list[list[str]]:
    """Return what stands in a list but the label; the other service may know what is often used there."""
    return [text.replace("often used", "").split() for text in texts]


def test_what_is_typed_is_ranked_as_everywhere(browser: Browser, place: tuple[Store, str]) -> None:
    with opened(browser, FORM, address=place[1]) as page:
        page.wait_for_load_state("networkidle")
        page.locator('[id="cause.1.cause"]').focus()
        press(page, ["thal"])
        often = page.locator(".options li").all_inner_texts()
        page.route("**/often/**", lambda route: route.abort())
        press(page, [Key("Escape")])
    with opened(browser, FORM) as page:
        page.locator('[id="cause.1.cause"]').focus()
        press(page, ["thal"])
        plain = page.locator(".options li").all_inner_texts()
        settled(page)
    assert words(often) == words(plain)


def test_the_list_opens_without_that(browser: Browser, place: tuple[Store, str]) -> None:
    with opened(browser, FORM, address=place[1]) as page:
        page.route("**/often/**", lambda route: route.abort())
        page.reload()
        page.wait_for_selector("html[data-ready]")
        texts = listed(page)
        assert len(texts) > 10
        assert not any("often used" in text for text in texts)


def test_it_is_said_in_german(browser: Browser, place: tuple[Store, str]) -> None:
    with opened(browser, FORM, address=place[1], locale="de-DE") as page:
        page.wait_for_load_state("networkidle")
        assert "oft verwendet" in listed(page)[0]


def test_ones_own_come_first_and_only_for_who_is_signed_in(place: tuple[Store, str]) -> None:
    address = "/often/emh-minimal/1.2.0.json"
    plan = catalog().plan("emh-minimal")
    address = f"/often/emh-minimal/{plan.template.version}.json"
    one, other = (json.loads(Visitor(login, place[1]).get(address).text) for login in ("attending", "resident"))
    assert sorted(one["cause.cause"]) == sorted(other["cause.cause"])
    assert one["cause.cause"] != other["cause.cause"]
    assert Visitor("", place[1]).get(address).status == 401
    assert Visitor("attending", place[1]).get("/often/none/1.json").status == 404
