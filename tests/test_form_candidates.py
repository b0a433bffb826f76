"""A text that is not in the list of answers: what is offered is about that text, and takes its place alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from emh_report.web.messages import Message, messages
from emh_report.web.reasons import LEVELS
from emh_report.web.sheet import from_pairs
from tests.browser import browser
from tests.form_browser import opened, pairs, settled
from tests.web_service import desk, studies

__all__ = ["browser"]

CLINICAL = ("entry", "clinical.1 clinical")
SYMPTOM = "clinical.1.symptom"


def refused(*texts: str) -> dict[str, Message]:
    """Return what is said of the symptoms that are not in the list, by text."""
    plan = desk().plan("emh-mri-spine")
    sheet = from_pairs(plan, [CLINICAL, *((SYMPTOM, text) for text in texts)])
    verdict = desk().review(sheet, studies()["spine-mr"].context).verdict
    found = messages(sheet, verdict.issues, desk().index)
    return {message.refused: message for message in found if message.target == SYMPTOM and message.refused}


def test_candidates_are_those_of_the_refused_text() -> None:
    found = refused("Back pain", "pain", "purple monkey", "dyspnoeaa")
    assert set(found) == {"pain", "purple monkey", "dyspnoeaa"}
    assert len(found["pain"].candidates) > 1
    assert found["purple monkey"].candidates == ()
    assert all("Back pain" not in found[text].candidates for text in ("purple monkey", "dyspnoeaa"))


@pytest.mark.parametrize(("typed", "offered"), [("L5/S1", (LEVELS,)), ("5-11", ("T5", "S5", "L5")), ("T11-T5", ())])
def test_levels_that_are_not_read_are_not_told_the_first_of_the_list(typed: str, offered: tuple[str, ...]) -> None:
    plan = desk().plan("emh-mri-spine")
    lesion = [("entry", "finding.1 a"), ("finding.1.site", "paraspinal-thoracic"), ("finding.1.levels", typed)]
    sheet = from_pairs(plan, lesion)
    issues = desk().review(sheet, studies()["spine-mr"].context).verdict.issues
    found = [one for one in messages(sheet, issues, desk().index) if one.target == "finding.1.levels"]
    assert [(one.kind, one.candidates) for one in found] == [("error", offered)]


@pytest.mark.parametrize("typed", ["43", "43 fl"])
def test_a_unit_that_is_missing_is_named_as_the_question_names_it(typed: str) -> None:
    plan = desk().plan("emh-biopsy-plan")
    sheet = from_pairs(plan, [("entry", "biopsy.1 biopsy"), ("biopsy.1.platelets", typed)])
    issues = desk().review(sheet, studies()["spine-mr"].context).verdict.issues
    found = [one for one in messages(sheet, issues, desk().index) if one.target == "biopsy.1.platelets"]
    assert [(one.kind, one.candidates) for one in found] == [("error", ("×10⁹/L", "×10³/µL"))]


def test_a_candidate_takes_the_place_of_what_was_refused_only(browser: Browser) -> None:
    with opened(browser, "/study/case-009/emh-followup") as page:
        settled(page)
        field = page.locator(f'[id="{SYMPTOM}"]')
        before = [value for name, value in pairs(page) if name == SYMPTOM]
        field.fill("pain")
        page.keyboard.press("Tab")
        settled(page)
        candidate = page.locator(f'[id="{SYMPTOM}-m"] [data-candidate]').first
        text = candidate.get_attribute("data-candidate") or ""
        candidate.click()
        settled(page)
        assert [value for name, value in pairs(page) if name == SYMPTOM] == [*before, text]
