"""Releasing at the form: what is shown is what is signed, by whom it may, and every refusal keeps the work."""

import re
from dataclasses import replace

import pytest

from emh_report.context import ReportStatus
from emh_report.errors import SignerUnavailableError, StoreUnavailableError
from emh_report.lifecycle import Action, Actor, Rank
from emh_report.store import Release, Store
from tests.test_form_conflict import impressions
from tests.web_forms import TEXT, everything, opened, released
from tests.web_service import Answer, Visitor, ask, beside, hidden, sent_by, shelf, stored, studies

COMPLETE = "emh-ct-body-draft-b"
"""A report without errors, with a critical finding that nobody was told of yet."""


def signed(name: str = COMPLETE) -> tuple[Visitor, str, Answer]:
    """Begin a complete report and sign it; returns who did, the address, and the page of the version."""
    visitor, address, page = opened(name)
    return visitor, address, visitor.get(released(visitor, address, page, "finalize"))


def shown(visitor: Visitor, address: str, action: str, reason: str = "") -> Answer:
    """Return the page that shows what an action would release."""
    place = f"{address}/release/{action}"
    return visitor.post(place, [("reason", reason)]) if reason else visitor.get(place)


def release(visitor: Visitor, address: str, action: str, page: Answer) -> Answer:
    """Release what a page shows."""
    return visitor.post(f"{address}/release/{action}", hidden(page.text, "release"))


def more(visitor: Visitor, address: str, text: str) -> None:
    """Write one more line into a report."""
    page = visitor.get(address)
    assert visitor.post(address, [*everything(page), (TEXT, text)]).status == 200


def test_a_report_is_signed_as_shown_and_says_so() -> None:
    visitor, address, page = opened(COMPLETE)
    preview = visitor.follow(visitor.post(address, [*everything(page), ("action", "release:finalize")]))
    done = release(visitor, address, "finalize", preview)
    version = shelf().version(stored(address).report_id)
    assert version.sha256 in preview.text
    page = visitor.follow(done)
    assert "the signature holds" in page.text
    assert "key for trying out" in page.text
    assert stored(address).status is ReportStatus.FINAL


def test_a_correction_says_what_changed_and_why() -> None:
    visitor, address, _ = signed()
    more(visitor, address, "One more line.")
    asked = shown(visitor, address, "amend")
    assert 'name="reason"' in asked.text
    assert "SHA-256" not in asked.text
    preview = shown(visitor, address, "amend", "A line was missing.")
    assert "Impression" in preview.text
    page = visitor.follow(release(visitor, address, "amend", preview))
    assert "A line was missing." in page.text
    assert "Changed since version 1" in page.text
    assert stored(address).status is ReportStatus.CORRECTED
    first = visitor.get(f"{address}/version/1")
    assert "There is a newer version" in first.text
    assert "One more line." not in first.text.partition('class="paper"')[2].partition("</article>")[0]


def test_no_reason_is_asked_for_while_something_stands_against_the_release() -> None:
    visitor, address, _ = signed()
    pairs = [(name, "large" if name == "finding.1.size" else value) for name, value in everything(visitor.get(address))]
    assert visitor.post(address, pairs).status == 200
    for action in ("amend", "add-addendum"):
        asked = shown(visitor, address, action)
        assert asked.status == 422
        assert 'name="reason"' not in asked.text
        assert "Not yet: the messages say what is missing or wrong." in asked.text


def test_a_changed_lesion_is_named_by_its_number() -> None:
    visitor, address, page = signed()
    pairs = [(name, "3 cm" if name == "finding.1.size" else value) for name, value in everything(visitor.get(address))]
    assert visitor.post(address, pairs).status == 200
    page = shown(visitor, address, "amend", "Measured again.")
    assert "<li>Lesion 1, Size: added 3 cm</li>" in page.text


def test_an_addendum_takes_nothing_back() -> None:
    visitor, address, _ = signed()
    page = visitor.get(address)
    pairs = [(name, "Something else." if name == TEXT and value else value) for name, value in everything(page)]
    assert visitor.post(address, pairs).status == 200
    refused = shown(visitor, address, "add-addendum", "Because.")
    assert refused.status == 422
    assert "release it as a correction" in refused.text
    assert "Something else." in refused.text
    visitor, address, _ = signed()
    more(visitor, address, "Added.")
    done = release(visitor, address, "add-addendum", shown(visitor, address, "add-addendum", "Because."))
    assert "Added." in visitor.follow(done).text
    assert stored(address).status is ReportStatus.APPENDED


@pytest.mark.parametrize(
    ("action", "status"), [("cancel", ReportStatus.CANCELLED), ("withdraw", ReportStatus.ENTERED_IN_ERROR)]
)
def test_a_report_ends_and_the_study_is_reported_anew(action: str, status: ReportStatus) -> None:
    visitor, address, page = opened("case-009")
    if action == "withdraw":
        released(visitor, address, page)
    done = release(visitor, address, action, shown(visitor, address, action, "Another study was meant."))
    assert "Another study was meant." in visitor.follow(done).text
    assert stored(address).status is status
    assert visitor.get(address).status == 200  # the version, since nobody can write any more
    study = stored(address).context.studies[0].study_instance_uid
    name = next(one for one in reversed([*desk_samples()]) if desk_samples()[one] == study)
    assert visitor.begin(name, "emh-followup") != address


def desk_samples() -> dict[str, str]:
    """Return the first study of every sample."""
    return {name: sample.context.studies[0].study_instance_uid for name, sample in studies().items()}


def test_a_report_is_signed_with_a_communication_pending_and_leaves_a_task() -> None:
    visitor, address, _ = opened(COMPLETE)
    preview = shown(visitor, address, "finalize")
    assert "Communication pending" in preview.text
    page = visitor.follow(release(visitor, address, "finalize", preview))
    assert "still to be communicated" in page.text
    assert len(shelf().tasks(stored(address).report_id)) == 1
    assert "Communication pending" in visitor.get("/").text


def test_a_resident_writes_and_the_supervisor_signs() -> None:
    resident, address, page = opened(COMPLETE, "resident")
    assert 'id="sign"' not in page.text
    assert "To be signed by Fictional, Radiologist" in page.text
    refused = ask("GET", f"{address}/release/finalize", headers=resident.headers())
    assert refused.status == 403
    assert "supervisor" in refused.text
    released(resident, address, page)
    attending = Visitor()
    preview = shown(attending, address, "finalize")
    assert "Sign as supervisor" in preview.text
    page = attending.follow(release(attending, address, "finalize", preview))
    assert "Signed" in page.text
    document = shelf().version(stored(address).report_id).document
    assert (document.actor.rank, document.context.author.given) == (Rank.ATTENDING, ("Resident",))


def test_who_may_and_what_is_possible_is_said_in_german() -> None:
    german = {"Accept-Language": "de"}
    resident, address, page = opened(COMPLETE, "resident")
    refused = ask("GET", f"{address}/release/finalize", headers={**resident.headers(), **german})
    assert "Oberärzte" in refused.text or "wer den Befund unterschreibt" in refused.text
    released(resident, address, page)
    visitor = Visitor(always=german)
    ended = visitor.get(f"{address}/release/add-addendum")
    assert ended.status == 409
    assert "<li>Endgültigen Befund unterschreiben</li>" in ended.text
    assert not re.search(r"<li[^>]*>[a-z-]+</li>", ended.text)


def test_a_resident_cannot_change_what_others_wrote() -> None:
    _, address, page = opened("case-009")
    resident = Visitor("resident")
    assert ask("GET", address, headers=resident.headers()).status == 403
    refused = resident.post(address, [*everything(page), (TEXT, "Mine.")])
    assert refused.status == 403
    assert (TEXT, "Mine.") in hidden(refused.text, "form")
    assert "Mine." not in impressions(address)


def test_what_was_changed_since_it_was_shown_is_shown_again() -> None:
    visitor, address, _ = opened(COMPLETE)
    preview = shown(visitor, address, "finalize")
    more(visitor, address, "Typed in another window.")
    again = release(visitor, address, "finalize", preview)
    assert again.status == 409
    assert "Nothing was released" in again.text
    assert "Typed in another window." in again.text
    assert stored(address).version == 0
    assert release(visitor, address, "finalize", again).status == 303


def test_a_release_with_another_digest_is_refused() -> None:
    visitor, address, _ = opened(COMPLETE)
    preview = shown(visitor, address, "finalize")
    pairs = [(name, "0" * 64 if name == "seen" else value) for name, value in hidden(preview.text, "release")]
    assert visitor.post(f"{address}/release/finalize", pairs).status == 409
    assert stored(address).version == 0


def test_a_release_sent_twice_makes_one_version() -> None:
    visitor, address, _ = opened(COMPLETE)
    preview = shown(visitor, address, "finalize")
    places = {release(visitor, address, "finalize", preview).headers["location"] for _ in range(2)}
    assert places == {f"{address}/version/1"}
    assert stored(address).version == 1


def test_what_the_state_does_not_allow_is_said() -> None:
    visitor, address, _ = signed()
    refused = ask("GET", f"{address}/release/cancel", headers=visitor.headers())
    assert refused.status == 409
    assert "<li>Sign the correction</li>" in refused.text


def test_a_store_that_is_away_keeps_what_was_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailableError("no disk")

    visitor, address, page = opened("case-009")
    pairs = [*everything(page), (TEXT, "Typed."), ("action", "save")]
    with monkeypatch.context() as patch:
        patch.setattr(Store, "update_draft", away)
        refused = visitor.post(address, pairs)
    assert refused.status == 503
    assert hidden(refused.text, "form") == pairs
    assert visitor.post(address, hidden(refused.text, "form")).status == 200
    preview = shown(visitor, address, "release-preliminary")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "release", away)
        refused = release(visitor, address, "release-preliminary", preview)
    assert refused.status == 503
    done = visitor.post(f"{address}/release/release-preliminary", hidden(refused.text, "form"))
    assert done.status == 303
    assert "Typed." in impressions(address)


def test_a_signing_key_that_is_away_is_told_apart_and_keeps_the_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> str:
        raise SignerUnavailableError("the token is not there")

    visitor, address, page = opened(COMPLETE)
    visitor.post(address, [*everything(page), (TEXT, "Typed."), ("action", "save")])
    preview = shown(visitor, address, "finalize")
    with monkeypatch.context() as patch:
        patch.setattr("emh_report.store.releases.sign", away)
        refused = release(visitor, address, "finalize", preview)
    assert (refused.status, "Not signed" in refused.text) == (503, True)
    assert (stored(address).version, "Typed." in impressions(address)) == (0, True)
    assert visitor.post(f"{address}/release/finalize", hidden(refused.text, "form")).status == 303


def test_beginning_twice_makes_one_report() -> None:
    visitor, address, _ = opened("case-009")
    study = next(name for name, uid in desk_samples().items() if uid == first_study(address))
    assert visitor.begin(study, "emh-followup") == address
    assert Visitor("resident").begin(study, "emh-followup") == address
    assert visitor.begin(study, "emh-minimal") != address


def test_another_report_of_the_study_is_named_before_the_release() -> None:
    visitor, address, _ = opened(COMPLETE)
    assert "another report of its own" not in shown(visitor, address, "finalize").text
    study = next(name for name, uid in desk_samples().items() if uid == first_study(address))
    other = visitor.begin(study, "emh-minimal")
    for action in ("finalize", "release-preliminary"):
        said = shown(visitor, address, action).text.partition("another report of its own")[2].partition("</div>")[0]
        assert f'<a href="{other}"' in said
        assert "Quick form" in said
    assert "another report of its own" not in shown(visitor, address, "cancel", "One is enough.").text
    pairs = [*everything(visitor.get(other)), ("mode", "companion")]
    assert visitor.post(other, [pair for pair in pairs if pair != ("mode", "standalone")]).status == 200
    assert "another report of its own" not in shown(visitor, address, "finalize").text


def first_study(address: str) -> str:
    return stored(address).context.studies[0].study_instance_uid


def test_a_version_that_is_worded_differently_today_is_shown_as_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, address, page = signed()
    assert "<pre>" not in page.text
    report = stored(address)
    version = shelf().version(report.report_id)
    document = version.document
    other = replace(version, document=replace(document, narrative="As it was worded then."))
    monkeypatch.setattr(Store, "version", lambda *_: other)
    assert "<pre>As it was worded then.</pre>" in visitor.get(f"{address}/version/1").text


def test_the_form_and_the_services_share_the_store() -> None:
    visitor, address, page = opened("case-009")
    report = stored(address)
    actor = Actor(report.context.author, Rank.ATTENDING)
    preview = shelf().preview(report.report_id, Release(Action.RELEASE_PRELIMINARY, actor))
    wanted = Release(Action.RELEASE_PRELIMINARY, actor, seen=preview.seen)
    shelf().release(report.report_id, wanted, etag=preview.etag)
    late = visitor.post(address, [*sent_by(page.text), *beside(page.text), (TEXT, "Late.")])
    assert late.status == 409
    assert "Late." in late.text
