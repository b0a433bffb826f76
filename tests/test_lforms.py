"""Our Questionnaires in LHC-Forms of the National Library of Medicine, in a real browser.

The package (npm lforms) is unpacked into node_modules/lforms by .ci/run: its dependencies do not install.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.peers.lhc_forms import SHOW, opened, served
from emh_report.draft import Draft, Item, Measurement, Quantity
from emh_report.export import questionnaire
from emh_report.export.questionnaire import Release
from emh_report.intake.answers import read_answers
from scripts import lhc_keystrokes
from tests.case_files import CASES, catalog, read_case
from tests.conftest import ROOT
from tests.questionnaires import in_order, response_of, tables

pytest.importorskip("playwright", reason="playwright is not installed; .ci/run installs it")

from tests.browser import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]

PACKAGE = ROOT / "node_modules" / "lforms"
VERSIONS = {Release.R4: "R4", Release.R5: "R5"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if not PACKAGE.is_dir():
        pytest.skip("LHC-Forms is not unpacked in node_modules/lforms; .ci/run does it")
    with served(PACKAGE) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    found = opened(browser, address)
    yield found
    found.context.close()


def show(page: Page, template_id: str, release: Release, response: bytes = b"null") -> None:
    template = catalog().plan(template_id).template
    form = json.loads(questionnaire.to_bytes(template, tables(), release))
    page.evaluate(SHOW, [form, json.loads(response), VERSIONS[release]])
    page.get_by_text(template.title).first.wait_for()


def answered(page: Page, release: Release) -> Draft:
    """Return the draft that the form holds."""
    code = "version => LForms.Util.getFormFHIRData('QuestionnaireResponse', version)"
    response = page.evaluate(code, VERSIONS[release])
    return read_answers(catalog(), json.dumps(response).encode()).draft


def as_numbers(draft: Draft) -> Draft:
    """Return ``draft`` with numbers as a browser keeps them, without the zeros at their end; and in one order."""

    def number(text: str) -> str:
        return f"{float(text):g}"

    def item(one: Item) -> Item:
        value = one.value
        if isinstance(value, Quantity):
            value = value._replace(value=number(value.value))
        if isinstance(value, Measurement):
            value = value._replace(axes=tuple(map(number, value.axes)))
        return one._replace(value=value)

    groups = tuple(group._replace(items=tuple(map(item, group.items))) for group in draft.groups)
    return draft._replace(groups=groups)


@pytest.mark.parametrize(
    ("case_id", "release"),
    [("emh-case-052", Release.R4), ("emh-case-067", Release.R4), ("emh-case-052", Release.R5)],
)
def test_a_published_case_passes_through_the_form(case_id: str, release: Release, page: Page) -> None:
    case = read_case(CASES / case_id)
    template = catalog().plan(case.draft.template_id).template
    show(page, template.id, release, response_of(template, case.draft, case.context))
    same = as_numbers(answered(page, release)) == as_numbers(in_order(template, case.draft))
    assert same


def choose(page: Page, link_id: str, text: str) -> None:
    """Type, and take the first of the list; both the list and the answer come a while after the key."""
    field = page.locator(f'[id="{link_id}/1"], [id="{link_id}/1/1"]').first
    field.click()
    field.press_sequentially(text)
    page.wait_for_function(f"text => ({lhc_keystrokes.LISTED})()[0] === text", arg=text)
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_function(f"text => JSON.stringify(({lhc_keystrokes.RESPONSE})()).includes(text)", arg=f'"{text}"')


def test_a_form_is_filled_in_by_hand(page: Page) -> None:
    show(page, "emh-minimal", Release.R4)
    page.get_by_label("Computed tomography").first.check()
    choose(page, "finding.presence", "Present")
    choose(page, "finding.site", "Liver")
    draft = answered(page, Release.R4)
    finding = next(group for group in draft.groups if group.group_id == "finding")
    assert [item.field_id for item in finding.items] == ["presence", "site"]


def test_a_published_case_is_filled_in_by_keyboard(page: Page) -> None:
    case = read_case(CASES / "emh-case-014")
    template = catalog().plan("emh-minimal").template
    given = lhc_keystrokes.within(template, case.draft)
    keys, back = lhc_keystrokes.fill(page, template, given, case.context)
    assert lhc_keystrokes.missing(given, back) == set()
    assert keys > sum(len(group.items) for group in given.groups)
