"""Delivery to peers that misbehave in every way they do: a fault that passes delays, a refusal is kept in a list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError

from emh_report.deliveries import DeliveryState
from emh_report.delivery import backoff, delivering, lane, worker
from emh_report.delivery.backoff import Backoff
from emh_report.delivery.lane import Lane
from tests import peers
from tests.deliveries import OUTCOME, PATIENT_WORDS, fhir, opened, sent, settled, until
from tests.peers import Behaviour, Request, answering, peers_of, response, scripted
from tests.store_reports import signed

S = DeliveryState


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for moments only."""
    monkeypatch.setattr(backoff, "DELIVERY", Backoff(0.05, 1, 0.05))
    monkeypatch.setattr(backoff, "PEER", Backoff(0.05, 1, 0.05))
    monkeypatch.setattr(lane, "STRAYS_SECONDS", 0.1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'reports.db'}"


FAULTS: dict[str, Behaviour] = {
    "accepts and never answers": peers.never,
    "cuts in the middle": peers.cut,
    "answers garbage": peers.garbage,
    "answers a byte now and then": peers.trickle,
    "500": answering(response(500, OUTCOME)),
    "408": answering(response(408)),
    "425": answering(response(425)),
    "503": answering(response(503)),
    "429 and when to come back": answering(response(429, None, Retry_After="0")),
    "200 and a page": answering(response(200, "<html>")),
    "200 and no entries": answering(response(200, {"resourceType": "Bundle", "type": "transaction-response"})),
    "200 and another bundle": answering(response(200, {"resourceType": "Bundle", "type": "searchset", "entry": []})),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_passes_delays_and_changes_nothing(name: str, tmp_path: Path, url: str) -> None:
    silent = FAULTS[name] in (peers.never, peers.trickle)
    with scripted(FAULTS[name], FAULTS[name]) as peer:
        done = sent(url, tmp_path, peer, timeout_seconds=1 if silent else 20)
    assert (done.state, done.error) == (S.DELIVERED, "")
    assert done.attempts >= 3 if silent else done.attempts == 3
    assert len({request.body for request in peer.requests}) == 1  # every try sends the same
    assert {request.headers["x-request-id"] for request in peer.requests} == {done.delivery_id}


def test_a_second_answer_is_not_taken_for_that_of_the_next_report(tmp_path: Path, url: str) -> None:
    broken = answering(response(500))
    with scripted(peers.twice, broken) as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer, parallel=1))
        with opened(url, configured) as store:
            first, second = signed(store), signed(store)
            with delivering(store, configured):
                until(lambda: settled(store))
            found = {one.report_id: one.attempts for one in store.deliveries.list().deliveries}
    assert found == {first: 1, second: 2}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 422, 302])
def test_a_refusal_is_kept_without_words_of_the_peer(status: int, tmp_path: Path, url: str) -> None:
    with scripted(then=answering(response(status, OUTCOME, Location="http://127.0.0.1:1/"))) as peer:
        done = sent(url, tmp_path, peer)
    assert (done.state, done.attempts, done.error) == (S.REFUSED, 1, f"HTTP_{status}")
    assert done.details == ("error invalid Bundle.entry[3].resource", "? ?")
    assert PATIENT_WORDS.encode() not in (tmp_path / "reports.db").read_bytes()


def test_an_entry_that_was_refused_is_a_refusal(tmp_path: Path, url: str) -> None:
    def one_refused(request: Request) -> bytes:
        entries: list[dict[str, Any]] = [{"response": {"status": "201"}} for _ in request.bundle["entry"]]
        entries[2] = {"response": {"status": "412 Precondition Failed"}}
        return response(200, {"resourceType": "Bundle", "type": "transaction-response", "entry": entries})

    async def refusing(request: Request, writer: Any) -> None:  # noqa: ANN401
        writer.write(one_refused(request))

    with scripted(then=refusing) as peer:
        done = sent(url, tmp_path, peer)
    assert (done.state, done.error, done.details) == (S.REFUSED, "ENTRY_412", ("Bundle.entry[2]",))


def test_a_worker_outlives_what_nobody_foresaw(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A thread that ended would deliver nothing from then on, and nobody would see it."""
    real, times = Lane.turn, iter([True, True])

    def damaged(self: Lane) -> bool:
        if next(times, False):
            raise DatabaseError(PATIENT_WORDS, {}, Exception("database disk image is malformed"))
        return real(self)

    monkeypatch.setattr(worker, "STORE_SECONDS", 0.05)
    monkeypatch.setattr(Lane, "turn", damaged)
    with scripted() as peer:
        done = sent(url, tmp_path, peer)
    assert (done.state, done.attempts) == (S.DELIVERED, 1)
    said = [record.getMessage() for record in caplog.records if record.name == worker.LOG.name]
    assert len(said) == 2
    assert all("DatabaseError at test_delivery_faults.py" in one and PATIENT_WORDS not in one for one in said)
    assert PATIENT_WORDS not in caplog.text
