"""Earlier reports at the form: beside it, lesions paired by hand, a follow-up begun from one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple, cast

import pytest
from playwright.sync_api import Browser

from emh_report.context import Focus, Identifier, Sex
from emh_report.draft import Coded, Draft, Group, Item, Text
from emh_report.lifecycle import Action
from emh_report.resolve import as_typed
from emh_report.store import StoredReport
from emh_report.web.samples import Sample
from tests.browser import browser
from tests.form_browser import Scheme, kept, opened, settled
from tests.store_reports import ATTENDING, act, new_id
from tests.test_form_access import axe, violations
from tests.test_store_priors import on, patient
from tests.web_service import Visitor, shelf, stored, studies

__all__ = ["axe", "browser"]


class Patient(NamedTuple):
    """Somebody with one signed report, and another study to report."""

    prior: str
    study: str


def known(day: str = "2023-01-04", *, now: str = "2024-03-12", focus: Focus = Focus.PATIENT, **differs: str) -> Patient:
    """Sign a report of a new patient, and put another study of them on the worklist."""
    who = patient(new_id())
    draft, context = on(day, who)
    examined = replace(context.studies[0], study_instance_uid=f"2.25.8{len(studies())}")
    context = replace(context, focus=focus, studies=(examined,))
    prior = shelf().create(draft, context, ATTENDING).report_id
    act(shelf(), prior, Action.FINALIZE, ATTENDING)
    who = replace(who, birth_date=differs.get("birth_date", who.birth_date))
    _, again = on(now, who)
    again = replace(again, studies=(replace(again.studies[0], study_instance_uid=f"2.25.9{len(studies())}"),))
    study = f"study-{len(studies())}"
    cast("dict[str, Sample]", studies())[study] = Sample(study, "emh-followup", again)
    return Patient(prior, study)


def followed(visitor: Visitor, who: Patient) -> str:
    """Begin the follow-up and return its address."""
    visitor.get(f"/study/{who.study}/emh-followup")
    begun = visitor.post(f"/report/{who.prior}/follow-up/{who.study}", [])
    assert begun.status == 303, begun.text
    return begun.headers["location"]


def lesions(report: StoredReport) -> dict[str, Group]:
    return {group.uid: group for group in report.draft.groups if group.group_id == "finding"}


def tracking(group: Group) -> str:
    found = [item.value for item in group.items if item.field_id == "tracking-uid"]
    return found[0].value if found and isinstance(found[0], Text) else ""


def answered(draft: Draft, uid: str, *items: Item) -> Draft:
    groups = (group._replace(items=(*group.items, *items)) if group.uid == uid else group for group in draft.groups)
    return draft._replace(groups=tuple(groups))


def saved(address: str, draft: Draft) -> None:
    report = stored(address)
    shelf().update_draft(report.report_id, draft, report.context, ATTENDING, etag=report.etag)


def test_a_study_offers_the_earlier_reports_of_its_patient() -> None:
    who, visitor = known(), Visitor()
    page = visitor.get(f"/study/{who.study}/emh-followup")
    assert "Follow up an earlier report" in page.text
    assert f'action="/report/{who.prior}/follow-up/{who.study}"' in page.text
    assert "other birth date" not in page.text
    other = known(birth_date="1979-02-03")
    assert "other birth date" in visitor.get(f"/study/{other.study}/emh-followup").text
    assert "Follow up" not in visitor.get("/study/spine-mr/emh-mri-spine").text


def test_a_follow_up_is_begun_once_with_the_lesions_of_before() -> None:
    who, visitor = known(), Visitor()
    address = followed(visitor, who)
    assert followed(visitor, who) == address
    report = stored(address)
    assert report.draft.template_id == "emh-followup"
    assert list(lesions(report)) == ["lesion-1", "lesion-2"]
    assert all(tracking(group) for group in lesions(report).values())
    page = visitor.get(address)
    assert "Compare with earlier reports" in page.text
    assert [(item.field_id, as_typed(item.value)) for item in lesions(report)["lesion-1"].items][-2:] == [
        ("prior-size", "31 24 mm"), ("tracking-uid", tracking(lesions(report)["lesion-1"]))
    ]  # fmt: skip


def test_a_follow_up_is_about_the_fetus_where_the_earlier_report_is() -> None:
    who, visitor = known(focus=Focus.FETUS), Visitor()
    report = stored(followed(visitor, who))
    assert report.context.focus is Focus.FETUS
    assert list(lesions(report)) == ["lesion-1", "lesion-2"]
    assert "Lesion" in visitor.get(f"/report/{report.report_id}/course").text


def test_a_signed_report_starts_a_follow_up_and_shows_its_course() -> None:
    who, visitor = known(), Visitor()
    page = visitor.get(f"/report/{who.prior}/version/1")
    assert f'action="/report/{who.prior}/follow-up/{who.study}"' in page.text
    assert f'href="/report/{who.prior}/course"' in page.text
    followed(visitor, who)
    assert f"/follow-up/{who.study}" not in visitor.get(f"/report/{who.prior}/version/1").text
    assert "no signed earlier report" in visitor.get(f"/report/{who.prior}/course").text


def test_a_report_stands_beside_the_earlier_one() -> None:
    who, visitor = known(), Visitor()
    address = followed(visitor, who)
    size = lesions(shelf().get(who.prior))["lesion-1"].items[6]
    assert size.field_id == "size"
    draft = answered(stored(address).draft, "lesion-1", Item("presence", Coded("present")), size)
    saved(address, answered(draft, "lesion-1", Item("change-status", Coded("new"))))
    page = visitor.get(f"{address}/course")
    assert "Compared with the report of 2023-01-04" in page.text
    assert "stable, 0 mm (0.0 %)" in page.text
    assert "same Tracking UID (high confidence)" in page.text
    assert "the lesion is called new, but it is paired" in page.text
    assert page.text.count("<svg ") == 1
    assert f'href="/report/{who.prior}/version/1"' in page.text
    panel = visitor.get(f"{address}/course/panel")
    assert "31 × 24 mm → 31 × 24 mm" in panel.text
    assert "<html" not in panel.text


def test_pairs_are_kept_in_the_report() -> None:
    who, visitor = known(), Visitor()
    address = followed(visitor, who)
    before = {uid: tracking(group) for uid, group in lesions(stored(address)).items()}
    page = visitor.get(f"{address}/course")
    etag = re.search(r'name="etag" value="([^"]+)"', page.text)
    assert etag is not None
    choices = [("lesion-lesion-1", "lesion-2"), ("lesion-lesion-2", "none"), ("etag", etag[1])]
    done = visitor.post(f"{address}/course", choices)
    assert done.status == 303, done.text
    after = {uid: tracking(group) for uid, group in lesions(stored(address)).items()}
    assert after["lesion-1"] == before["lesion-2"]
    assert after["lesion-2"] not in {"", *before.values()}
    page = visitor.follow(done)
    assert "not comparable" in page.text
    stale = visitor.post(f"{address}/course", [*choices[:2], ("etag", etag[1])])
    assert stale.status == 409


@pytest.mark.parametrize(
    "choices",
    [
        [("lesion-lesion-1", "nobody")],
        [("lesion-lesion-1", "lesion-1"), ("lesion-lesion-2", "lesion-1")],
    ],
)
def test_pairs_that_cannot_be_are_refused(choices: list[tuple[str, str]]) -> None:
    who, visitor = known(), Visitor()
    address = followed(visitor, who)
    before = stored(address)
    assert visitor.post(f"{address}/course", [*choices, ("etag", before.etag)]).status == 400
    assert stored(address) == before


def test_only_who_may_write_pairs_lesions() -> None:
    who, visitor = known(), Visitor()
    address = followed(visitor, who)
    assert "Which lesion is which" in visitor.get(f"{address}/course").text
    assert "Which lesion is which" not in visitor.get(f"/report/{who.prior}/course").text
    assert visitor.get(f"/report/{new_id()}/course").status == 404
    stranger = Visitor("")
    assert stranger.get(f"{address}/course").status == 401
    assert stranger.get(f"{address}/course/panel").status == 401


def test_a_patient_who_cannot_be_known_has_no_earlier_reports() -> None:
    visitor = Visitor()
    address = followed(visitor, known())
    report = stored(address)
    nobody = replace(report.context.patient, identifiers=(Identifier("", "77"),), sex=Sex.UNKNOWN)
    context = replace(report.context, patient=nobody)
    shelf().update_draft(report.report_id, report.draft, context, ATTENDING, etag=report.etag)
    assert "no signed earlier report" in visitor.get(f"{address}/course").text
    assert visitor.get(f"{address}/course/panel").text == ""


def test_why_nothing_is_compared_is_said_beside_the_form_too() -> None:
    visitor = Visitor()
    address = followed(visitor, known(focus=Focus.FETUS))
    report = stored(address)
    context = replace(report.context, focus=Focus.PATIENT)
    shelf().update_draft(report.report_id, report.draft, context, ATTENDING, etag=report.etag)
    for page in (f"{address}/course", f"{address}/course/panel"):
        assert "an earlier report is about the fetus, this one about the patient" in visitor.get(page).text


def test_doubts_about_an_earlier_report_are_no_contradictions_and_german_on_german_pages() -> None:
    who, visitor = known(birth_date="1961-01-01"), Visitor(always={"Accept-Language": "de"})
    address = followed(visitor, who)
    size = lesions(shelf().get(who.prior))["lesion-1"].items[6]
    draft = answered(stored(address).draft, "lesion-1", Item("presence", Coded("present")), size)
    saved(address, answered(draft, "lesion-1", Item("change-status", Coded("new"))))
    course = visitor.get(f"{address}/course").text
    doubts, contradictions = course.partition("Zweifel an früheren Befunden")[2].split("Widersprüche")
    assert '<li class="warning">ein früherer Befund macht zum Patienten' in doubts
    assert "the lesion is called new, but it is paired" in contradictions.partition("</section>")[0]
    assert "ein früherer Befund" not in contradictions
    panel = visitor.get(f"{address}/course/panel").text
    assert '<p class="warning">ein früherer Befund macht zum Patienten' in panel
    assert '<p class="warning" lang="en">' in panel


@pytest.mark.parametrize("width", [380, 1440])
def test_course_and_panel_fit_and_axe_finds_nothing(browser: Browser, axe: str, width: int) -> None:
    who = known()
    address = followed(Visitor(), who)
    size = lesions(shelf().get(who.prior))["lesion-1"].items[6]
    saved(address, answered(stored(address).draft, "lesion-1", Item("presence", Coded("present")), size))
    schemes: tuple[Scheme, ...] = ("dark", "light")
    for path in (address, f"{address}/course", f"/report/{who.prior}/version/1"):
        with opened(browser, path, width=width) as page:
            settled(page)
            if path == address:
                page.wait_for_selector("#earlier svg", state="attached")
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                assert violations(page, axe) == [], (path, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_panel_follows_what_is_saved(browser: Browser) -> None:
    address = followed(Visitor(), known())
    with opened(browser, address) as page:
        page.wait_for_selector("#earlier li")
        assert "presence not stated" in page.inner_text("#earlier")
        page.locator('[name="finding.1.presence"][value="Present"]').check(force=True)
        kept(page)
        page.locator("#earlier").get_by_text("not measured now").first.wait_for()
