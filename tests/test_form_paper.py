"""The form's reports on paper: versions and drafts as PDF, the figure on the page of a version."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from emh_report.errors import MissingExtraError
from emh_report.lifecycle import Action
from emh_report.store import Store
from tests.browser import browser
from tests.form_browser import signed_in
from tests.paper import Component, Paper, needs_pdf
from tests.store_reports import ATTENDING, act, complete, created
from tests.test_form_access import axe
from tests.web_service import Visitor, fresh, shelf, site

__all__ = ["axe", "browser"]


@pytest.fixture
def paper(tmp_path: Path, component: Component) -> Callable[[bytes], Paper]:
    return lambda content: Paper(content, tmp_path, component)


def fetched(visitor: Visitor, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(visitor.address.removeprefix("http://"), timeout=60)
    connection.request("GET", path, headers=visitor.headers())
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.headers["Content-Type"], content


def released() -> str:
    report_id = created(shelf(), *complete())
    act(shelf(), report_id, Action.FINALIZE, ATTENDING)
    return report_id


@needs_pdf
def test_a_version_is_printed_as_the_store_prints_it() -> None:
    report_id = released()
    visitor = Visitor()
    assert f'href="/report/{report_id}/version/1/pdf"' in visitor.get(f"/report/{report_id}/version/1").text
    status, kind, content = fetched(visitor, f"/report/{report_id}/version/1/pdf")
    assert (status, kind, content) == (200, "application/pdf", shelf().printed(report_id, 1))
    for number in ("0", "2", "x", "9999999999"):
        assert fetched(visitor, f"/report/{report_id}/version/{number}/pdf")[0] == 404


@needs_pdf
def test_a_draft_on_paper_says_so(paper: Callable[[bytes], Paper]) -> None:
    visitor = Visitor()
    address = visitor.begin(fresh("case-009"))
    status, _, content = fetched(visitor, f"{address}/draft.pdf")
    found = paper(content)
    assert status == 200
    assert "DRAFT: not released, not for clinical use" in found.text()
    assert found.attached() == {}


def test_paper_is_for_people_who_are_known() -> None:
    report_id = released()
    for path in ("version/1/pdf", "draft.pdf"):
        assert fetched(Visitor(""), f"/report/{report_id}/{path}")[0] == 401


def test_without_the_extra_the_page_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> bytes:
        raise MissingExtraError("a report as PDF", "emh_report[pdf]")

    monkeypatch.setattr(Store, "printed", missing)
    status, kind, content = fetched(Visitor(), f"/report/{released()}/version/1/pdf")
    assert (status, kind.partition(";")[0]) == (501, "text/html")
    assert b"emh_report[pdf]" in content


def test_the_page_of_a_version_shows_where_the_lesions_lie(browser: Browser, axe: str) -> None:
    report_id = released()
    for width in (380, 1440):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="dark")
        page = context.new_page()
        signed_in(page, "attending", site())
        page.goto(f"{site()}/report/{report_id}/version/1")
        assert page.locator(".figure svg").count()
        assert page.locator(".figure svg title").first.text_content()
        assert "the text is what was signed" in (page.locator(".figure .remark").text_content() or "")
        page.evaluate(axe)
        found = page.evaluate("axe.run('.figure')")
        assert [one["id"] for one in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
