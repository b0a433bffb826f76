"""What a preview composed is signed without composing it again, and never anything else than what was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor

from emh_report.errors import ConflictError, NotAsSeenError, SignerUnavailableError
from emh_report.lifecycle import Action
from emh_report.records import Release, Seen
from emh_report.store import Store, statements
from emh_report.store.compose import compose
from emh_report.wire.statuses import RequestIdReusedError
from tests.store_reports import ATTENDING, SUPERVISOR, added, changed, complete, created, new_id, saved, signed


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each document that is composed."""
    noted: list[str] = []

    def noting(*arguments: Any) -> Any:  # noqa: ANN401 - those of compose
        found = compose(*arguments)
        noted.append(found.sha256)
        return found

    monkeypatch.setattr("emh_report.store.releases.compose", noting)
    return noted


def test_what_was_shown_is_composed_once(store: Store, composed: list[str]) -> None:
    report_id = created(store, *complete())
    preview = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    receipt = store.release(report_id, Release(Action.FINALIZE, ATTENDING, seen=preview.seen), etag=preview.etag)
    assert composed == [preview.seen.sha256] == [receipt.sha256]
    assert store.version(report_id).content == preview.content
    assert store.verify().damages == ()


def test_a_forgotten_preview_is_composed_again_and_is_the_same(
    store: Store, composed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.ledger.shown, "_most", 1)
    ids = [created(store, *complete()) for _ in range(2)]
    first, _ = (store.preview(report_id, Release(Action.FINALIZE, ATTENDING)) for report_id in ids)
    store.release(ids[0], Release(Action.FINALIZE, ATTENDING, seen=first.seen), etag=first.etag)
    assert composed == [first.seen.sha256, composed[1], first.seen.sha256]


def test_what_was_saved_since_is_not_signed(store: Store) -> None:
    draft, context = complete()
    report_id = created(store, draft, context)
    preview = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    wanted = Release(Action.FINALIZE, ATTENDING, seen=preview.seen)
    now = saved(store, report_id, changed(draft))
    with pytest.raises(ConflictError):
        store.release(report_id, wanted, etag=preview.etag)
    with pytest.raises(NotAsSeenError):
        store.release(report_id, wanted, etag=now.etag)
    assert store.get(report_id).version == 0


def test_another_actor_reason_or_time_is_another_document(store: Store, composed: list[str]) -> None:
    report_id = signed(store)
    saved(store, report_id, added(store.get(report_id).draft))
    preview = store.preview(report_id, Release(Action.AMEND, ATTENDING, "one more line"))
    before = len(composed)
    for wanted in (
        Release(Action.AMEND, ATTENDING, "another reason", preview.seen),
        Release(Action.ADD_ADDENDUM, ATTENDING, "one more line", preview.seen),
        Release(Action.AMEND, ATTENDING, "one more line", Seen("0" * 64, preview.seen.issued)),
    ):
        with pytest.raises(NotAsSeenError):
            store.release(report_id, wanted, etag=preview.etag)
    assert len(composed) == before + 2, "what was asked for otherwise is composed anew"
    supervised = created(store, *complete(supervised=True))
    preview = store.preview(supervised, Release(Action.FINALIZE, SUPERVISOR))
    other = SUPERVISOR.__class__(SUPERVISOR.person.__class__(SUPERVISOR.person.identifier, "Other"), SUPERVISOR.rank)
    with pytest.raises(NotAsSeenError):
        store.release(supervised, Release(Action.FINALIZE, other, seen=preview.seen), etag=preview.etag)


def later(store: Store, hours: float) -> Store:
    """Return the store as it is when hours have passed: what was shown is still remembered."""
    now = store.ledger.clock()
    return Store(replace(store.ledger, clock=lambda: now + timedelta(hours=hours)))


def test_what_was_shown_long_ago_is_not_signed_and_what_was_signed_is_answered_again(store: Store) -> None:
    ids, request_id = [created(store, *complete()) for _ in range(2)], new_id()
    previews = [store.preview(report_id, Release(Action.FINALIZE, ATTENDING)) for report_id in ids]
    first, second = (Release(Action.FINALIZE, ATTENDING, seen=preview.seen) for preview in previews)
    receipt = store.release(ids[0], first, etag=previews[0].etag, request_id=request_id)
    much_later = later(store, 2)
    assert much_later.release(ids[0], first, etag=previews[0].etag, request_id=request_id) == receipt
    with pytest.raises(NotAsSeenError, match="too old"):
        much_later.release(ids[1], second, etag=previews[1].etag)
    with pytest.raises(NotAsSeenError, match="too old"):
        later(store, -2).release(ids[1], second, etag=previews[1].etag)
    assert (store.get(ids[0]).version, store.get(ids[1]).version) == (1, 0)


def test_a_request_id_of_another_release_is_refused_also_for_what_was_shown(store: Store) -> None:
    ids, request_id = [created(store, *complete()) for _ in range(2)], new_id()
    previews = [store.preview(report_id, Release(Action.FINALIZE, ATTENDING)) for report_id in ids]
    first, second = (Release(Action.FINALIZE, ATTENDING, seen=preview.seen) for preview in previews)
    store.release(ids[0], first, etag=previews[0].etag, request_id=request_id)
    for wanted in (second, second._replace(seen=Seen("0" * 64, previews[1].seen.issued))):
        with pytest.raises(RequestIdReusedError):
            store.release(ids[1], wanted, etag=previews[1].etag, request_id=request_id)
    assert store.get(ids[1]).version == 0


def test_what_was_signed_is_answered_again_also_without_its_key(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, request_id = [created(store, *complete()) for _ in range(2)], new_id()
    previews = [store.preview(report_id, Release(Action.FINALIZE, ATTENDING)) for report_id in ids]
    first, second = (Release(Action.FINALIZE, ATTENDING, seen=preview.seen) for preview in previews)
    receipt = store.release(ids[0], first, etag=previews[0].etag, request_id=request_id)

    def away(*_: object) -> str:
        raise SignerUnavailableError("the token is not there")

    monkeypatch.setattr("emh_report.store.releases.sign", away)
    assert store.release(ids[0], first, etag=previews[0].etag, request_id=request_id) == receipt
    with pytest.raises(SignerUnavailableError):
        store.release(ids[1], second, etag=previews[1].etag, request_id=new_id())


def test_signing_asks_the_database_little(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    run = statements._executed

    def note(statement: str) -> None:
        told.append(statement.partition(" ")[0])

    def noted(connection: Connection, text: str, *rest: Any, **how: Any) -> DBAPICursor:  # noqa: ANN401 - any values
        note(text)
        return run(connection, text, *rest, **how)

    signed(store)  # what is read once is read
    monkeypatch.setattr(statements, "_executed", noted)
    event.listen(store.ledger.engine, "before_cursor_execute", lambda *given: note(given[2]))
    event.listen(store.ledger.engine, "commit", lambda _: told.append("COMMIT"))
    report_id = store.create(*complete(), ATTENDING, request_id=new_id()).report_id
    creating = list(told)
    preview = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    previewing = told[len(creating) :]
    wanted = Release(Action.FINALIZE, ATTENDING, seen=preview.seen)
    store.release(report_id, wanted, etag=preview.etag, request_id=new_id())
    releasing = told[len(creating) + len(previewing) :]
    record = ["INSERT", "SELECT", "INSERT", "UPDATE", "COMMIT"]  # the request, and its link of the audit
    assert creating == ["SELECT", "INSERT", "INSERT", *record]
    assert previewing == ["SELECT", "SELECT", "COMMIT"]  # the report, and whether its study has another one
    assert releasing == ["SELECT", "SELECT", "INSERT", "UPDATE", *record]
