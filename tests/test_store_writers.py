"""Calls that write at the same time: together in SQLite, and none of them is the worse for another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from emh_report.context import Identifier
from emh_report.errors import AlreadyStoredError, ConflictError, StoreUnavailableError
from emh_report.program import CALLING
from emh_report.records import Receipt
from emh_report.store import Store, writers
from emh_report.store.engine import WRITES
from emh_report.store.writers import Together
from tests.store_reports import ATTENDING, changed, complete, created, fresh, new_id, signed

Call = Callable[[], Receipt]


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    with fresh(tmp_path) as opened:
        yield opened


@contextmanager
def commits(store: Store) -> Iterator[list[Connection]]:
    """Note each transaction that wrote."""
    told: list[Connection] = []

    def note(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            told.append(connection)

    event.listen(store.ledger.engine, "commit", note)
    yield told
    event.remove(store.ledger.engine, "commit", note)


def together(store: Store, calls: list[Call]) -> list[Future[Receipt]]:
    """Have all calls wait for one writer, which then ends."""
    writing = store.ledger.writers
    assert isinstance(writing, Together)
    with ThreadPoolExecutor(len(calls)) as pool:
        with writing._turn:
            waiting: list[Future[Receipt]] = []
            for call in calls:  # one after the other, so that their order is known
                waiting.append(pool.submit(call))
                while len(writing._waiting) < len(waiting):
                    time.sleep(0.001)
            assert not any(one.done() for one in waiting)
        return waiting


def creating(store: Store, **options: Any) -> Call:  # noqa: ANN401 - those of create
    draft, context = complete()
    return lambda: store.create(draft, context, ATTENDING, **options)


def test_calls_that_wait_share_a_commit(sqlite: Store) -> None:
    with commits(sqlite) as told:
        receipts = [one.result() for one in together(sqlite, [creating(sqlite) for _ in range(8)])]
    assert len(told) == 1
    assert [entry.report_id for entry in sqlite.audit()] == [receipt.report_id for receipt in receipts]
    assert sqlite.verify().damages == ()


def test_no_more_than_some_share_a_commit(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "TOGETHER", 3)
    with commits(sqlite) as told:
        assert len({one.result().report_id for one in together(sqlite, [creating(sqlite) for _ in range(8)])}) == 8
    assert len(told) == 3


def test_one_that_cannot_be_written_does_not_touch_the_others(sqlite: Store) -> None:
    draft, context = complete()
    known = Identifier("https://fhir.hospital.test/reports", "R-1")
    named = replace(context, report=replace(context.report, identifier=known))
    sqlite.create(draft, named, ATTENDING)
    calls = [creating(sqlite), lambda: sqlite.create(draft, named, ATTENDING), creating(sqlite)]
    first, refused, last = together(sqlite, calls)
    assert isinstance(refused.exception(), AlreadyStoredError)
    stored = [first.result().report_id, last.result().report_id]
    assert [entry.report_id for entry in sqlite.audit()][1:] == stored
    assert sqlite.verify().damages == ()


def test_of_two_that_save_one_draft_together_one_is_told_so(sqlite: Store) -> None:
    report_id = created(sqlite, *complete())
    report = sqlite.get(report_id)

    def saving(text: str) -> Call:
        draft = changed(report.draft, text)
        return lambda: sqlite.update_draft(report_id, draft, report.context, ATTENDING, etag=report.etag)

    kept, refused = together(sqlite, [saving("first"), saving("second")])
    assert isinstance(refused.exception(), ConflictError)
    assert sqlite.get(report_id).etag == kept.result().etag


def test_a_request_that_is_sent_twice_at_once_is_done_once(sqlite: Store) -> None:
    call = creating(sqlite, request_id=new_id())
    first, again = together(sqlite, [call, call])
    assert first.result() == again.result()
    assert len(list(sqlite.audit())) == 1


def test_each_call_is_audited_with_the_program_that_called(sqlite: Store) -> None:
    names = ["ris", "pacs", "form"]

    def called_by(name: str) -> Call:
        call = creating(sqlite)

        def run() -> Receipt:
            CALLING.set(Identifier("urn:programs", name))
            return call()

        return run

    for one in together(sqlite, [called_by(name) for name in names]):
        one.result()
    assert [entry.program.value for entry in sqlite.audit()] == names


def test_where_the_commit_fails_nobody_is_acknowledged(sqlite: Store) -> None:
    signed(sqlite)
    before = sqlite.verify()

    def fail(_: Connection) -> None:
        raise StoreUnavailableError("the disk does not answer")

    event.listen(sqlite.ledger.engine, "commit", fail)
    found = together(sqlite, [creating(sqlite) for _ in range(3)])
    event.remove(sqlite.ledger.engine, "commit", fail)
    assert [type(one.exception()) for one in found] == [StoreUnavailableError] * 3
    assert sqlite.verify() == before
    creating(sqlite)()


def test_who_is_interrupted_leaves_the_others_to_the_next(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = threading.Event()
    shared = Together._shared

    def interrupted(writing: Together, calls: list[Any]) -> bool:
        if not reached.is_set():
            reached.set()
            raise KeyboardInterrupt
        return shared(writing, calls)

    monkeypatch.setattr(Together, "_shared", interrupted)
    found = together(sqlite, [creating(sqlite) for _ in range(4)])
    ended = [one.exception() for one in found]
    assert sum(isinstance(error, KeyboardInterrupt) for error in ended) == 1
    assert sum(error is None for error in ended) == 3
    assert len(list(sqlite.audit())) == 3
    assert sqlite.verify().damages == ()


def test_many_callers_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: signed(store), range(24)))
    assert len({entry.report_id for entry in store.audit()} & set(ids)) == 24
    assert [entry.seq for entry in store.audit()] == list(range(1, 49))
    assert store.verify().damages == ()
