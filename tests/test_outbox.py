"""What is to be delivered, as the store keeps it: with the version or not at all, in order, decided by people."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from emh_report.deliveries import DeliveryQuery, DeliveryState, Peer, Versions
from emh_report.errors import DeliveryStateError, InputError, NotFoundError, NotStoredError, StoreUnavailableError
from emh_report.keys import new_secret
from emh_report.lifecycle import Action
from emh_report.store import Store, claims, open_store
from emh_report.store.claims import Frozen, Settled
from emh_report.store.engine import writing
from emh_report.store.outbox import delivery_id
from tests.case_files import catalog
from tests.store_reports import ATTENDING, RECORDS, act, added, changed, complete, created, new_id, saved, signed

S = DeliveryState
EHR = Peer("ehr", "fhir", "fhir-r4-transaction", Versions.SIGNED, "https://fhir.hospital.test")
EARLY = Peer("early", "folder", "fhir-r4-transaction", Versions.RELEASED, "/early")


@pytest.fixture
def sending(store_url: str) -> Iterator[Store]:
    """Open a store with two peers, on both databases."""
    with open_store(store_url, catalog(), peers=[EHR, EARLY]) as opened:
        yield opened


def states(store: Store, report_id: str, peer: str = "ehr") -> list[tuple[int, str]]:
    found = store.deliveries.list(DeliveryQuery(report_id, peer)).deliveries
    return [(one.version, one.state.value) for one in reversed(found)]


def amended(store: Store, report_id: str, text: str = "Another line.") -> None:
    saved(store, report_id, changed(store.get(report_id).draft, text))
    act(store, report_id, Action.AMEND, ATTENDING)


def test_a_version_and_its_deliveries_are_written_together(sending: Store) -> None:
    report_id = created(sending, *complete())
    act(sending, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
    assert (states(sending, report_id), states(sending, report_id, "early")) == ([], [(1, "pending")])
    act(sending, report_id, Action.FINALIZE, ATTENDING)
    assert (states(sending, report_id), states(sending, report_id, "early")) == (
        [(2, "pending")],
        [(1, "pending"), (2, "pending")],
    )
    (first,) = sending.deliveries.list(DeliveryQuery(report_id, "ehr")).deliveries
    assert first.delivery_id == delivery_id(report_id, 2, "ehr")
    assert sending.verify().damages == ()


def test_where_the_delivery_cannot_be_noted_the_version_is_not_made(sending: Store) -> None:
    report_id = created(sending, *complete())

    @event.listens_for(sending.ledger.engine, "before_cursor_execute")
    def fail(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO outbox"):
            raise StoreUnavailableError("the disk is full")

    with pytest.raises(StoreUnavailableError):
        act(sending, report_id, Action.FINALIZE, ATTENDING)
    event.remove(sending.ledger.engine, "before_cursor_execute", fail)
    assert (sending.get(report_id).version, states(sending, report_id)) == (0, [])
    act(sending, report_id, Action.FINALIZE, ATTENDING)
    assert states(sending, report_id) == [(1, "pending")]


def test_versions_are_taken_in_order_and_one_at_a_time(sending: Store) -> None:
    report_id, other = signed(sending), signed(sending)
    amended(sending, report_id)
    first = claims.claim(sending.ledger, "ehr", 10)
    assert sorted((job.report_id, job.version) for job in first) == sorted([(report_id, 1), (other, 1)])
    assert claims.claim(sending.ledger, "ehr", 10) == []
    (waiting,) = sending.deliveries.list(DeliveryQuery(report_id, "ehr", (S.PENDING,))).deliveries
    assert waiting.waits_for == 1
    for job in first:
        assert claims.settle(sending.ledger, job, Settled(S.DELIVERED))
    (second,) = claims.claim(sending.ledger, "ehr", 10)
    assert (second.report_id, second.version, second.attempt) == (report_id, 2, 1)


def test_a_refused_version_blocks_until_somebody_decides(sending: Store) -> None:
    report_id = signed(sending)
    amended(sending, report_id)
    (job,) = claims.claim(sending.ledger, "ehr", 10)
    claims.freeze(sending.ledger, job, Frozen(b"{}", "application/fhir+json"))
    claims.settle(sending.ledger, job, Settled(S.REFUSED, "HTTP_422", ("error invalid Bundle.entry[2]",)))
    assert claims.claim(sending.ledger, "ehr", 10) == []
    (refused,) = sending.deliveries.list(DeliveryQuery(peer="ehr", states=(S.REFUSED,))).deliveries
    assert (refused.error, refused.details) == ("HTTP_422", ("error invalid Bundle.entry[2]",))
    again = sending.deliveries.resend(refused.delivery_id, RECORDS)
    assert (again.state, again.error, again.sha256) == (S.PENDING, "", "")
    (job,) = claims.claim(sending.ledger, "ehr", 10)
    assert (job.version, job.attempt) == (1, 2)
    claims.settle(sending.ledger, job, Settled(S.REFUSED, "HTTP_422"))
    with pytest.raises(InputError, match="reason"):
        sending.deliveries.skip(refused.delivery_id, RECORDS, " ")
    request_id = new_id()
    for _ in range(2):  # the same decision again is the same decision
        skipped = sending.deliveries.skip(refused.delivery_id, RECORDS, "entered there by hand", request_id=request_id)
        assert skipped.state is S.SKIPPED
    (job,) = claims.claim(sending.ledger, "ehr", 10)
    assert job.version == 2
    assert sending.verify().damages == ()
    assert [one.action for one in sending.events() if one.report_id == report_id][-1] is Action.AMEND


def test_what_was_overtaken_is_not_sent_again(sending: Store) -> None:
    report_id = signed(sending)
    (job,) = claims.claim(sending.ledger, "ehr", 10)
    with pytest.raises(DeliveryStateError, match="sending"):
        sending.deliveries.resend(job.delivery_id, RECORDS)
    claims.settle(sending.ledger, job, Settled(S.DELIVERED))
    amended(sending, report_id)
    assert sending.deliveries.resend(job.delivery_id, RECORDS).state is S.PENDING  # the correction has not left yet
    (again,) = claims.claim(sending.ledger, "ehr", 10)
    claims.settle(sending.ledger, again, Settled(S.DELIVERED))
    (later,) = claims.claim(sending.ledger, "ehr", 10)
    claims.settle(sending.ledger, later, Settled(S.PENDING, "NO_ANSWER"))
    with pytest.raises(DeliveryStateError, match="newest"):
        sending.deliveries.resend(job.delivery_id, RECORDS)
    with pytest.raises(NotStoredError, match="delivery"):
        sending.deliveries.skip(new_id(), RECORDS, "no such one")


def test_a_try_that_was_taken_over_settles_nothing(sending: Store) -> None:
    signed(sending)
    (lost,) = claims.claim(sending.ledger, "ehr", 10)
    (found,) = claims.in_flight(sending.ledger, "ehr")
    assert found == lost
    assert claims.settle(sending.ledger, found, Settled(S.PENDING, "ABANDONED"))
    (mine,) = claims.claim(sending.ledger, "ehr", 10)
    assert not claims.settle(sending.ledger, lost, Settled(S.REFUSED, "HTTP_400"))
    assert not claims.freeze(sending.ledger, lost, Frozen(b"{}", ""))
    assert claims.material(sending.ledger, lost) is None
    assert claims.settle(sending.ledger, mine, Settled(S.DELIVERED))


def test_what_is_sent_is_frozen_and_sealed(store_url: str) -> None:
    secret = new_secret().get_op_key("encrypt")
    with open_store(store_url, catalog(), peers=[EHR], secrets=[secret]) as store:
        signed(store)
        (job,) = claims.claim(store.ledger, "ehr", 10)
        assert claims.freeze(store.ledger, job, Frozen(b"what is sent", "text/plain"))
        claims.settle(store.ledger, job, Settled(S.PENDING, "NO_ANSWER"))
        (again,) = claims.claim(store.ledger, "ehr", 10)
        found = claims.material(store.ledger, again)
        assert found is not None
        assert found.frozen == Frozen(b"what is sent", "text/plain")
        with writing(store.ledger.engine) as connection:
            assert b"what is sent" not in bytes(connection.execute(text("SELECT payload FROM outbox")).scalar_one())
        claims.settle(store.ledger, again, Settled(S.DELIVERED))
        with writing(store.ledger.engine) as connection:
            assert connection.execute(text("SELECT payload FROM outbox")).scalar() is None


def test_a_wait_survives_a_clock_that_jumps(sending: Store) -> None:
    signed(sending)
    now = sending.ledger.clock()

    def at(hours: float) -> Store:
        return Store(replace(sending.ledger, clock=lambda: now + timedelta(hours=hours)))

    (job,) = claims.claim(sending.ledger, "ehr", 10)
    claims.settle(at(100).ledger, job, Settled(S.PENDING, "NO_ANSWER", (), 60))
    (job,) = claims.claim(sending.ledger, "ehr", 10)  # a time that far ahead was of a clock that was wrong
    claims.settle(sending.ledger, job, Settled(S.PENDING, "NO_ANSWER", (), 60))
    assert claims.claim(sending.ledger, "ehr", 10) == []
    assert claims.claim(at(-0.01).ledger, "ehr", 10) == []
    assert len(claims.claim(at(0.1).ledger, "ehr", 10)) == 1


def test_a_peer_that_is_new_gets_what_was_signed_before(store_url: str) -> None:
    with open_store(store_url, catalog()) as store:
        first, second = signed(store), signed(store)
        amended(store, first)
        with pytest.raises(NotFoundError, match="ehr"):
            store.deliveries.backfill("ehr")
    with open_store(store_url, catalog(), peers=[EHR]) as store:
        amended(store, second)
        for job in claims.claim(store.ledger, "ehr", 10):
            claims.settle(store.ledger, job, Settled(S.DELIVERED))
        assert store.deliveries.backfill("ehr") == 2
        assert store.deliveries.backfill("ehr") == 0
        assert states(store, first) == [(1, "pending"), (2, "pending")]
        assert states(store, second) == [(2, "delivered")]  # the version before it would take its place
        (counted,) = store.deliveries.peers()
        assert (counted.peer, counted.counts) == (EHR, {S.PENDING: 2, S.DELIVERED: 1})
    with open_store(store_url, catalog()) as store:
        assert [(one.name, one.peer) for one in store.deliveries.peers()] == [("ehr", None)]


def test_nothing_is_noted_behind_a_version_that_is_just_being_taken(store_url: str) -> None:
    with open_store(store_url, catalog()) as store:
        report_id = signed(store)
    with open_store(store_url, catalog(), peers=[EHR]) as store, open_store(store_url, catalog(), peers=[EHR]) as other:
        amended(store, report_id)
        noting, go_on = threading.Event(), threading.Event()
        taken: list[int] = []

        @event.listens_for(store.ledger.engine, "before_cursor_execute")
        def wait(_c: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("INSERT INTO outbox"):
                noting.set()
                go_on.wait(10)

        def take() -> None:
            taken.extend(job.version for job in claims.claim(other.ledger, "ehr", 10))

        work = [threading.Thread(target=store.deliveries.backfill, args=("ehr",)), threading.Thread(target=take)]
        work[0].start()
        assert noting.wait(10)
        work[1].start()
        work[1].join(0.5)  # on SQLite it waits for the writer
        go_on.set()
        for thread in work:
            thread.join()
        taken += [job.version for job in claims.claim(other.ledger, "ehr", 10)]
        assert taken == [1], "the later version was sent before the one that is older"
        assert sorted(states(store, report_id)) == [(1, "sending"), (2, "pending")]


def test_lists_have_pages(sending: Store) -> None:
    for _ in range(3):
        signed(sending)
    query = DeliveryQuery(peer="ehr")
    page = sending.deliveries.list(query, size=2)
    rest = sending.deliveries.list(query, size=2, token=page.next_token)
    assert (len(page.deliveries), len(rest.deliveries), rest.next_token) == (2, 1, "")
    with pytest.raises(InputError, match="page_token"):
        sending.deliveries.list(token=page.next_token)
    with pytest.raises(InputError, match="page_size"):
        sending.deliveries.list(size=-1)


def test_two_senders_never_take_the_same(store_url: str) -> None:
    with open_store(store_url, catalog(), peers=[EHR]) as first, open_store(store_url, catalog(), peers=[EHR]) as other:
        for _ in range(12):
            report_id = signed(first)
            saved(first, report_id, added(first.get(report_id).draft))
            act(first, report_id, Action.ADD_ADDENDUM, ATTENDING)
        taken: list[tuple[str, int, int]] = []

        def take(store: Store) -> None:
            while jobs := claims.claim(store.ledger, "ehr", 3):
                for job in jobs:
                    taken.append((job.report_id, job.version, job.attempt))
                    claims.settle(store.ledger, job, Settled(S.DELIVERED))

        work = [threading.Thread(target=take, args=(store,)) for store in (first, other) for _ in range(2)]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        take(first)
        assert len(taken) == len(set(taken)) == 24
        for report_id in {one[0] for one in taken}:
            assert [version for id_, version, _ in taken if id_ == report_id] == [1, 2]
