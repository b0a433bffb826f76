"""Our Questionnaires in Smart Forms of CSIRO, in a real browser: shown, filled in answer by answer, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from emh_report import questionnaires
from emh_report.draft import Draft
from emh_report.export.questionnaire import Release
from emh_report.intake.answers import read_answers
from tests.case_files import CASES, Case, catalog, read_case
from tests.questionnaires import in_order

pytest.importorskip("playwright", reason="playwright is not installed; .ci/run installs it")

from tests import smart_forms
from tests.browser import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if not smart_forms.PAGE.is_dir():
        pytest.skip("Smart Forms is not built; `make smart-forms` builds it, and .ci/run does")
    with smart_forms.served() as found:
        yield found


def read(case_id: str) -> tuple[Case, bytes, bytes]:
    """Return a case, its Questionnaire, and the response that says what the case says."""
    case = read_case(CASES / case_id)
    form = questionnaires.questionnaire(catalog(), case.draft.template_id, Release.R4).content
    return case, form, questionnaires.response(catalog(), case.draft, case.context)


def expected(draft: Draft) -> Draft:
    return in_order(catalog().plan(draft.template_id, draft.template_version).template, draft)


def unnamed(draft: Draft) -> Draft:
    """Return ``draft`` without the names of its entries: a form that starts empty gives its own."""
    return draft._replace(groups=tuple(group._replace(uid="") for group in draft.groups))


@pytest.mark.parametrize("case_id", ["emh-case-028", "emh-case-052", "emh-case-067"])
def test_a_published_case_passes_through_the_form(case_id: str, browser: Browser, address: str) -> None:
    case, form, response = read(case_id)
    page = smart_forms.opened(browser, address, form, response)
    same = read_answers(catalog(), smart_forms.answered(page)).draft == expected(case.draft)
    page.context.close()
    assert same


@pytest.mark.parametrize("case_id", ["emh-case-052"])
def test_a_published_case_is_filled_in_answer_by_answer(case_id: str, browser: Browser, address: str) -> None:
    case, form, response = read(case_id)
    page = smart_forms.opened(browser, address, form)
    smart_forms.fill(page, json.loads(response))
    found = read_answers(catalog(), smart_forms.answered(page)).draft
    page.context.close()
    assert unnamed(found) == unnamed(expected(case.draft))
