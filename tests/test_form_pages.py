"""The form without a script: pages and posts, as a browser without JavaScript sends them."""

import json
import re
from html import unescape

import pytest

from emh_report.context import Focus, ReportStatus, Sex
from emh_report.export import narrative
from emh_report.web.samples import samples
from tests.case_files import catalog
from tests.test_form_sheet import GIVEN, in_order
from tests.web_forms import everything, opened, released
from tests.web_service import Visitor, ask, fresh, hidden, sent_by, served, shelf, stored, studies


@pytest.mark.parametrize("name", GIVEN)
def test_every_case_is_opened_as_a_stored_draft_and_saved_as_the_one_given(name: str) -> None:
    given = studies()[name].draft
    assert given is not None
    visitor, address, page = opened(name)
    assert page.status == 200
    assert in_order(stored(address).draft._replace(template_hash="")) == in_order(given._replace(template_hash=""))
    etag = stored(address).etag
    saved = visitor.post(address, [*everything(page), ("action", "save")])
    assert saved.status == 200
    assert stored(address).etag == etag, "the form sends what is stored"


def test_the_worklist_leads_to_every_study_and_template() -> None:
    page = Visitor().get("/")
    links = re.findall(r'action="(/study/[^"]+)"', page.text)
    assert {link.split("/")[3] for link in links} == set(catalog().newest)


def test_a_report_is_filled_and_released_without_a_script() -> None:
    visitor, address, page = opened()
    added = visitor.post(address, [*everything(page), ("action", "add:finding")])
    assert added.text.count('id="b-finding.1"') == 1
    pairs = [pair for pair in everything(added) if pair[1]]
    pairs += [("finding.1.presence", "present"), ("finding.1.site", "post med"), ("finding.1.size", "32 x 21 mm")]
    checked = visitor.post(address, [*pairs, ("action", "save")])
    assert "Paraspinal, thoracic" in checked.text
    went = visitor.post(address, [*everything(checked), ("action", "release:finalize")])
    refused = ask("GET", went.headers["location"], headers=visitor.headers())
    assert refused.status == 422
    assert "the messages say what is missing" in refused.text
    assert 'data-state="saved"' in refused.text, "what was refused is the release: the answers are stored"
    version = visitor.get(released(visitor, address, checked))
    assert "PRELIMINARY REPORT" in version.text
    assert "32 × 21 mm" in version.text
    assert stored(address).status is ReportStatus.PRELIMINARY


def test_what_is_released_is_what_was_shown() -> None:
    visitor, address, page = opened("case-009")
    went = visitor.post(address, [*everything(page), ("action", "release:release-preliminary")])
    shown = visitor.follow(went)
    done = visitor.post(went.headers["location"], hidden(shown.text, "release"))
    version = shelf().version(stored(address).report_id)
    assert version.sha256 in shown.text
    paper = re.search(r'<article class="paper"[^>]*>(.*?)</article>', shown.text, re.DOTALL)
    assert paper
    assert paper[1] in visitor.follow(done).text
    bundle = visitor.get(f"{done.headers['location']}/fhir")
    assert bundle.headers["content-type"] == "application/fhir+json"
    assert json.loads(bundle.text)["type"] == "transaction"


def test_words_that_nobody_signed_are_not_in_the_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, address, page = opened("case-009")
    address = f"{released(visitor, address, page)}/fhir"

    def report() -> dict[str, object]:
        entries = json.loads(visitor.get(address).text)["entry"]
        return next(one["resource"] for one in entries if one["resource"]["resourceType"] == "DiagnosticReport")

    assert {"text", "presentedForm"} < report().keys()
    real = narrative.narrate
    monkeypatch.setattr(narrative, "narrate", lambda one: real(one)._replace(text="Other words."))
    assert report().keys().isdisjoint({"text", "presentedForm"})
    assert report()["result"], "what was answered is there"


def test_a_lesion_is_copied_removed_and_brought_back() -> None:
    visitor, address, page = opened("case-009")
    copied = visitor.post(address, [*everything(page), ("action", "duplicate:finding.1")])
    assert copied.text.count('data-group="finding"') == 3
    removed = visitor.post(address, [*everything(copied), ("action", "remove:finding.1")])
    assert removed.text.count('data-group="finding"') == 2
    back = visitor.post(address, hidden(removed.text, "undo"))
    assert back.text.count('data-group="finding"') == 3
    assert sum(group.group_id == "finding" for group in stored(address).draft.groups) == 3


def test_a_critical_finding_is_recorded_with_one_button() -> None:
    visitor, address, page = opened("case-009")
    told = visitor.post(address, [*everything(page), ("action", "communicated")])
    sent = dict(sent_by(told.text))
    assert sent["critical.1.critical-present"] == "yes"
    assert sent["critical.1.critical-category"] == "Category 1, minutes"
    assert sent["communication.1.communicated-by"] == "Fictional, Radiologist"
    assert "autofocus" in re.findall(r"<[^>]*communication\.1\.communicated-to[^>]*>", told.text)[0] + told.text


def head(page: str) -> str:
    """Return what the box about the critical finding says."""
    return page.partition('<p class="critical-head">')[2].partition("</p>")[0]


def test_a_communication_is_recorded_only_where_somebody_was_told_and_nothing_of_it_is_missing() -> None:
    visitor, address, page = opened("case-009")
    assert head(page.text).endswith(": tell someone")
    pending = visitor.post(address, [*everything(page), ("action", "pending")])
    assert head(pending.text) == "Communication pending: somebody still has to be told"
    assert 'value="communicated"' in pending.text
    reason = ("critical.1.communication-pending-reason", "The ward does not answer.")
    explained = visitor.post(address, [*everything(pending), reason, ("action", "save")])
    assert head(explained.text) == "Communication pending: somebody still has to be told"

    visitor, address, page = opened("case-009")
    begun = visitor.post(address, [*everything(page), ("action", "communicated")])
    assert head(begun.text) == "Communication not complete"
    told = {
        "communicated-to": "Poe, Paula",
        "recipient-role": "Hematologist",
        "communication-method": "Telephone",
        "communication-time": "2026-05-04T11:30:00+02:00",
        "read-back": "yes",
    }
    answers = [(f"communication.1.{name}", text) for name, text in told.items()]
    given = {name for name, _ in answers}
    others = [pair for pair in everything(begun) if pair[0] not in given]
    partly = visitor.post(address, [*others, *answers, ("action", "save")])
    assert head(partly.text) == "Communication not complete"
    content = ("communication.1.communication-content", "The cord is compressed.")
    others = [pair for pair in everything(partly) if pair[0] != content[0]]
    done = visitor.post(address, [*others, content, ("action", "save")])
    assert head(done.text) == "Communication recorded"


def test_who_pressed_the_button_told_not_who_began_the_report() -> None:
    _, address, _ = opened("case-009", "resident")
    supervisor = Visitor("attending")
    told = supervisor.post(address, [*everything(supervisor.get(address)), ("action", "communicated")])
    assert dict(sent_by(told.text))["communication.1.communicated-by"] == "Fictional, Radiologist"


def test_a_warning_is_kept_with_a_reason() -> None:
    visitor, address, page = opened("case-009")
    names = re.findall(r'name="(keep\.[^"]+)"', page.text)
    assert names
    pairs = [pair for pair in everything(page) if pair[0] != names[0]]
    kept = visitor.post(address, [*pairs, (names[0], "known since 2019"), ("action", "save")])
    assert (names[0], "known since 2019") in sent_by(kept.text)
    assert 'class="said kept"' in kept.text


# --- the worklist ----------------------------------------------------------------------------------------------------


def listed(page: str, kind: str) -> list[str]:
    """Return the addresses of the reports of one kind."""
    section = page.partition(f'id="k-{kind}"')[2].partition("</section>")[0]
    return re.findall(r'href="(/report/[^"]+)"', section)


def test_the_worklist_shows_reports_by_what_is_to_be_done_with_them() -> None:
    with served(samples()) as site:
        visitor = Visitor("attending", site)
        draft = visitor.begin("spine-mr", "emh-mri-spine")
        other = visitor.begin("case-009", "emh-followup")
        place = f"{other}/release/release-preliminary"
        visitor.post(place, hidden(visitor.get(place).text, "release"))
        page = visitor.get("/").text
        assert (listed(page, "drafts"), listed(page, "preliminary")) == ([draft], [other])
        assert "/study/spine-mr/emh-mri-spine" not in page
        assert "/study/quick-ct/emh-minimal" in page
        place = f"{draft}/release/cancel"
        asked = visitor.post(place, [("reason", "The wrong study.")])
        visitor.post(place, hidden(asked.text, "release"))
        page = visitor.get("/").text
        assert listed(page, "drafts") == []
        assert "/study/spine-mr/emh-mri-spine" in page, "a study whose report ended is reported anew"
        assert f"{draft}/version/1" in visitor.get("/?kind=ended").text


def test_older_reports_are_on_the_next_page() -> None:
    templates = list(catalog().newest)
    with served(samples()) as site:
        visitor = Visitor("attending", site)
        begun = {visitor.begin(study, one) for study in ("spine-mr", "body-ct") for one in templates}
        page = visitor.get("/").text
        more = re.search(r'<a href="(/\?kind=drafts[^"]+)">Older', page)
        assert more
        older = visitor.get(unescape(more[1])).text
        found = listed(page, "drafts") + re.findall(r'href="(/report/[^"]+)"', older)
        assert (len(found), set(found)) == (len(begun), begun)
        assert visitor.get("/?kind=drafts&page=forged").status == 400


def test_a_study_is_begun_from_its_own_address_and_then_resumed() -> None:
    visitor = Visitor()
    study = fresh("quick-ct")
    page = visitor.get(f"/study/{study}/emh-minimal")
    assert 'id="begin"' in page.text
    assert "Fictional, Sample 5" in page.text
    address = visitor.begin(study, "emh-minimal")
    assert f'action="{address}"' in visitor.get(f"/study/{study}/emh-minimal").text


@pytest.mark.parametrize(("focus", "asked"), [("patient", "postnatal-age"), ("fetus", "gestational-age")])
def test_whether_a_report_is_on_the_fetus_is_asked_before_it_begins(focus: str, asked: str) -> None:
    visitor, study = Visitor(), fresh("body-ct")
    place = f"/study/{study}/emh-perinatal"
    page = visitor.post(place, [])
    assert "Report on the fetus" in page.text
    assert "Report on the fetus" not in visitor.get(f"/study/{study}/emh-us-abdomen").text
    address = visitor.begin(study, "emh-perinatal", focus)
    assert stored(address).context.focus.value == focus
    assert stored(visitor.post(place, []).headers["location"]).context.focus.value == focus
    assert re.findall(r'id="q-perinatal.1.(.*-age)"', visitor.get(address).text) == [asked]
    imaged = visitor.post(address, [*everything(visitor.get(address)), ("procedure.1.body-region", "fetus")])
    assert ("S26a" in imaged.text) == (focus == "patient")


def test_the_side_of_an_answer_is_shown_where_the_answer_is() -> None:
    visitor = Visitor()
    address = visitor.begin(fresh("body-ct", empty=True), "emh-followup")
    pairs = everything(visitor.get(address))
    for more, seen in (([], False), ([("head.1.brain-edema", "vasogenic")], True)):
        live = json.loads(visitor.post(f"{address}/live", [*pairs, *more]).text)
        assert ("head.1.brain-edema-side" in live["shown"]) is seen
        assert "head.1.optic-nerve-side" not in live["shown"]


def test_nobody_asks_for_the_fetus_of_a_patient_who_is_male() -> None:
    visitor, study = Visitor(), fresh("spine-mr")
    assert studies()[study].context.patient.sex is Sex.MALE
    assert "fetus" not in visitor.get(f"/study/{study}/emh-perinatal").text.partition("<main")[2].replace("Fetus", "")
    address = visitor.begin(study, "emh-perinatal", "fetus")
    assert stored(address).context.focus is Focus.PATIENT


def test_a_report_on_the_fetus_says_so_beside_the_name_of_the_mother() -> None:
    visitor = Visitor()
    addresses = [visitor.begin(fresh("body-ct"), "emh-perinatal", focus) for focus in Focus]
    banners = [visitor.get(one).text.partition('class="patient"')[2].partition("</p>")[0] for one in addresses]
    assert ["Report on the fetus" in one for one in banners] == [False, True]


TOLD = (
    "not in the list of answers: choose one",
    "this may mean one of these: choose",
    "the unit is missing",
    "not a decimal",
)


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("finding.1.site", "ivgad", "not in the list of answers: choose one"),
        ("finding.1.site", "cord", "this may mean one of these: choose"),
        ("finding.1.size", "abc", "not a decimal"),
        ("finding.1.size", "12", "the unit is missing"),
    ],
)
def test_an_answer_that_is_not_understood_is_told_why(name: str, typed: str, message: str) -> None:
    visitor, address, page = opened()
    added = visitor.post(address, [*everything(page), ("action", "add:finding")])
    pairs = [pair for pair in everything(added) if pair[0] != name]
    text = visitor.post(address, [*pairs, (name, typed), ("action", "save")]).text
    told = text.partition(f'id="{name}-m"')[2].partition('<div class="q')[0]
    assert message in told
    assert [one for one in TOLD if one in told] == [message]
