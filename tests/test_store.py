"""The store through its public methods, on SQLite: working copies, requests, what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from emh_report.context import Context, Identifier, ReportStatus
from emh_report.draft import Draft
from emh_report.errors import (
    AlreadyStoredError,
    ConflictError,
    InputError,
    NotStoredError,
    SettingError,
)
from emh_report.keys import new_secret
from emh_report.lifecycle import TABLE, Action
from emh_report.store import Query, Receipt, Release, Store, open_store
from emh_report.wire.statuses import RequestIdReusedError
from tests.case_files import catalog
from tests.store_reports import (
    ATTENDING,
    RECORDS,
    act,
    changed,
    complete,
    created,
    fresh,
    new_id,
    signed,
)

S = ReportStatus


def test_a_draft_comes_back_as_it_was_stored(store: Store) -> None:
    draft, context = complete()
    receipt = store.create(draft, context, ATTENDING)
    found = store.get(receipt.report_id)
    assert (found.draft.groups, found.status, found.version, found.etag) == (draft.groups, S.DRAFT, 0, receipt.etag)
    assert found.context == replace(context, report=found.context.report)
    assert found.context.report.identifier == Identifier("urn:ietf:rfc:3986", f"urn:uuid:{receipt.report_id}")
    template = catalog().plan("emh-ct-body").template
    assert (found.draft.template_version, found.draft.template_hash) == (template.version, template.content_hash)


def test_whatever_is_in_a_draft_is_kept(store: Store) -> None:
    draft, context = Draft("no-such-template", "", ()), Context(author=complete()[1].author)
    found = store.get(created(store, draft, context))
    assert found.draft == draft
    cancelled = act(store, found.report_id, Action.CANCEL, ATTENDING)
    assert cancelled.status is S.CANCELLED
    assert store.version(found.report_id).document.narrative == ""


def test_a_stale_etag_changes_nothing_and_both_sides_stay(store: Store) -> None:
    draft, context = complete()
    first = store.create(draft, context, ATTENDING)
    theirs = store.update_draft(first.report_id, changed(draft, "theirs"), context, ATTENDING, etag=first.etag)
    with pytest.raises(ConflictError) as caught:
        store.update_draft(first.report_id, changed(draft, "mine"), context, ATTENDING, etag=first.etag)
    assert (caught.value.report_id, caught.value.etag) == (first.report_id, theirs.etag)
    assert store.get(first.report_id).draft.groups == changed(draft, "theirs").groups
    with pytest.raises(InputError, match="etag"):
        store.update_draft(first.report_id, draft, context, ATTENDING, etag="")


def test_saving_the_same_again_changes_nothing(store: Store) -> None:
    draft, context = complete()
    first = store.create(draft, context, ATTENDING)
    again = store.update_draft(first.report_id, draft, context, ATTENDING, etag=first.etag)
    assert again.etag == first.etag
    assert store.get(first.report_id).updated == first.at


def test_a_request_is_done_once(store: Store) -> None:
    draft, context = complete()
    id_ = new_id()
    first = store.create(draft, context, ATTENDING, request_id=id_)
    assert store.create(draft, context, ATTENDING, request_id=id_.upper()) == first
    with pytest.raises(RequestIdReusedError):
        store.create(changed(draft), context, ATTENDING, request_id=id_)
    saved_id, other = new_id(), changed(draft)
    second = store.update_draft(first.report_id, other, context, ATTENDING, etag=first.etag, request_id=saved_id)
    again = store.update_draft(first.report_id, other, context, ATTENDING, etag=first.etag, request_id=saved_id)
    assert again == second
    shown = store.preview(first.report_id, Release(Action.FINALIZE, ATTENDING))
    wanted, sign_id = Release(Action.FINALIZE, ATTENDING, seen=shown.seen), new_id()
    third = store.release(first.report_id, wanted, etag=shown.etag, request_id=sign_id)
    assert store.release(first.report_id, wanted, etag=shown.etag, request_id=sign_id) == third
    with pytest.raises(RequestIdReusedError):
        store.release(first.report_id, wanted._replace(reason="other"), etag=shown.etag, request_id=sign_id)
    assert len(store.list().reports) == 1
    with pytest.raises(InputError, match="request_id"):
        store.create(draft, context, ATTENDING, request_id="1")


def test_an_identifier_is_taken_once_and_kept(store: Store) -> None:
    draft, context = complete()
    mine = replace(context, report=replace(context.report, identifier=Identifier("urn:x", "R-1")))
    first = store.create(draft, mine, ATTENDING)
    with pytest.raises(AlreadyStoredError) as caught:
        store.create(draft, mine, ATTENDING)
    assert caught.value.report_id == first.report_id
    other = replace(context, report=replace(context.report, identifier=Identifier("urn:x", "R-2")))
    with pytest.raises(InputError, match=r"context\.report\.identifier"):
        store.update_draft(first.report_id, draft, other, ATTENDING, etag=first.etag)


def at_once(send: Callable[[], Receipt], times: int = 8) -> list[Receipt]:
    """Send the same request from several threads at the same time."""
    receipts = list[Receipt]()
    work = [threading.Thread(target=lambda: receipts.append(send())) for _ in range(times)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    return receipts


def test_concurrent_writes_of_one_request_are_one_write(store: Store) -> None:
    draft, context = complete()
    ids = [new_id() for _ in range(3)]
    first = at_once(lambda: store.create(draft, context, ATTENDING, request_id=ids[0]))
    report_id, etag, other = first[0].report_id, first[0].etag, changed(draft)
    second = at_once(lambda: store.update_draft(report_id, other, context, ATTENDING, etag=etag, request_id=ids[1]))
    shown = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    wanted = Release(Action.FINALIZE, ATTENDING, seen=shown.seen)
    third = at_once(lambda: store.release(report_id, wanted, etag=shown.etag, request_id=ids[2]))
    for receipts in (first, second, third):
        assert len(receipts) == 8
        assert len(set(receipts)) == 1
    assert store.get(report_id).version == 1
    assert [event.action for event in store.events()] == [Action.CREATE, Action.UPDATE, Action.FINALIZE]


def test_a_merged_patient_changes_no_signed_byte(store: Store) -> None:
    report_id = signed(store)
    before = store.version(report_id)
    report = store.get(report_id)
    merged = replace(report.context, patient=replace(report.context.patient, identifiers=(Identifier("urn:mrn", "M"),)))
    store.correct_context(report_id, merged, RECORDS, etag=report.etag)
    assert store.version(report_id) == before
    assert [found.report_id for found in store.list(Query(patient=Identifier("urn:mrn", "M"))).reports] == [report_id]
    assert store.list(Query(patient=report.context.patient.identifiers[0])).reports == ()


def test_what_is_not_there_is_said(store: Store) -> None:
    report_id = created(store, *complete())
    with pytest.raises(NotStoredError, match="no such report"):
        store.get(new_id())
    for number in (0, 1):
        with pytest.raises(NotStoredError, match="no such version: nothing was released yet"):
            store.version(report_id, number)
    with pytest.raises(NotStoredError, match=r"no such version: accepted are 1 to 1$"):
        store.version(signed(store), 2)
    with pytest.raises(NotStoredError, match="no such report"):
        store.version(new_id(), 1)
    with pytest.raises(NotStoredError, match="no such report"):
        store.tasks(new_id())


def test_everything_about_a_patient_is_encrypted_where_there_is_a_key(tmp_path: Path) -> None:
    old, new = new_secret().raw_value, new_secret().raw_value
    draft, context = complete()
    named = replace(context, patient=replace(context.patient, family="CANARY-NAME"))
    with fresh(tmp_path, secrets=[old]) as store:
        report_id = created(store, changed(draft, "CANARY-TEXT"), named)
        act(store, report_id, Action.FINALIZE, ATTENDING)
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"CANARY" not in content
    assert context.patient.identifiers[0].value.encode() not in content
    with fresh(tmp_path, secrets=[new, old]) as store:
        assert store.get(report_id).context.patient.family == "CANARY-NAME"
        assert store.list(Query(patient=context.patient.identifiers[0])).reports[0].report_id == report_id
    with pytest.raises(Exception, match="a key that this installation does not have"):
        fresh(tmp_path, secrets=[new_secret().raw_value])


@pytest.mark.parametrize(
    "url", ["", "x", "sqlite://", "sqlite:///:memory:", "mysql://h/d", "postgresql://host", "http://a/b"]
)
def test_a_url_of_no_database_is_refused(url: str) -> None:
    with pytest.raises(SettingError, match="sqlite:///FILE"):
        open_store(url, catalog())


def test_every_state_has_its_row() -> None:
    assert set(TABLE) == {None, *S}
