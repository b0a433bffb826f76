"""Delivery of what is signed: everything arrives, once, in order, as it was signed, whoever dies on the way."""

from __future__ import annotations

import base64
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emh_report.deliveries import DeliveryQuery, DeliveryState
from emh_report.delivery import backoff, delivering, lane, worker
from emh_report.delivery.backoff import Backoff
from emh_report.delivery.lane import Lane
from emh_report.lifecycle import Action
from emh_report.signing import verify
from tests import peers
from tests.cli_program import run
from tests.deliveries import OUTCOME, PATIENT_WORDS, fhir, opened, sent, settled, until
from tests.peers import Request, ScriptedPeer, answering, peers_of, response, scripted
from tests.store_reports import ATTENDING, CLERK, RECORDS, act, changed, complete, created, saved, signed

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


def test_a_refused_version_holds_back_its_report_only(tmp_path: Path, url: str) -> None:
    with scripted(answering(response(422, OUTCOME))) as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer, parallel=1))
        with opened(url, configured) as store:
            report_id = signed(store)
            with delivering(store, configured):
                until(lambda: settled(store))
                saved(store, report_id, changed(store.get(report_id).draft))
                act(store, report_id, Action.AMEND, ATTENDING)
                other = signed(store)
                until(lambda: store.deliveries.list(DeliveryQuery(other, states=(S.DELIVERED,))).deliveries)
                later, first = store.deliveries.list(DeliveryQuery(report_id)).deliveries
                assert (first.state, later.state, later.waits_for, later.attempts) == (S.REFUSED, S.PENDING, 1, 0)
                store.deliveries.resend(first.delivery_id, RECORDS)
                until(lambda: settled(store, states=(S.PENDING, S.SENDING, S.REFUSED)))
    versions = [
        request.bundle["identifier"]["value"] for request in peer.applied if "Another line" in str(request.body)
    ]
    assert len(versions) == 1
    assert [len(peer.applied), "Another line" in str(peer.applied[-1].body)] == [3, True]


def test_what_a_correction_no_longer_says_is_withdrawn_at_the_peer(tmp_path: Path, url: str) -> None:
    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer))
        with opened(url, configured) as store:
            report_id = signed(store)
            draft = store.get(report_id).draft
            groups = (
                group._replace(items=tuple(item for item in group.items if item.field_id != "organ-iron"))
                for group in draft.groups
            )
            fewer = draft._replace(groups=tuple(groups))
            saved(store, report_id, fewer)
            act(store, report_id, Action.AMEND, ATTENDING)
            with delivering(store, configured):
                until(lambda: settled(store))
            signatures = [store.version(report_id, number).signature for number in (1, 2)]
    first, second = ({entry["fullUrl"]: entry for entry in request.bundle["entry"]} for request in peer.applied)
    gone = [entry["resource"] for url_, entry in second.items() if url_ in first and "entered-in-error" in str(entry)]
    assert gone
    assert [carried(request.bundle) for request in peer.applied] == [[one] for one in signatures]
    assert first.keys() - second.keys() == {url_ for url_, entry in first.items() if is_provenance(entry)}


def is_provenance(entry: dict[str, Any]) -> bool:
    return str(entry["resource"]["resourceType"]) == "Provenance"


def carried(bundle: dict[str, Any]) -> list[str]:
    """Return the signatures that a bundle carries along."""
    proofs = [entry["resource"]["signature"] for entry in bundle["entry"] if is_provenance(entry)]
    return [base64.b64decode(one["data"]).decode() for signatures in proofs for one in signatures]


def test_a_peer_that_finds_nothing_by_a_tag_gets_the_report_without_its_signature(tmp_path: Path, url: str) -> None:
    """It is refused as long as nobody has decided so, and then the list says what it did not get."""
    with scripted(then=peers.without_tags) as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer))
        with opened(url, configured) as store, delivering(store, configured):
            report_id = signed(store)
            until(lambda: settled(store))
            (refused,) = store.deliveries.list().deliveries
        where = next(number for number, entry in enumerate(peer.requests[0].bundle["entry"]) if is_provenance(entry))
        what = f"error not-supported Bundle.entry[{where}].request.ifNoneExist"
        assert (refused.state, refused.error, refused.details) == (S.REFUSED, "HTTP_400", (what,))
        configured = peers_of(tmp_path, ehr=fhir(peer, carry_signature=False))
        with opened(url, configured) as store, delivering(store, configured):
            store.deliveries.resend(refused.delivery_id, RECORDS)
            until(lambda: settled(store))
            (done,) = store.deliveries.list().deliveries
            assert store.version(report_id).signature
    assert (done.state, done.error, done.details) == (S.DELIVERED, "", ("SIGNATURE_LEFT_OUT",))
    whole, without = (request.bundle["entry"] for request in peer.requests)
    assert without == [entry for entry in whole if not is_provenance(entry)]
    listed = run("deliveries", "list", "--store", url)
    assert listed.output.splitlines()[-1].strip() == "SIGNATURE_LEFT_OUT"


@pytest.mark.parametrize("content", ["fhir-r4-transaction", "fhir-r5-document", "fhir-r4-imr"])
def test_a_peer_gets_the_signature_of_who_withdrew_a_report(tmp_path: Path, url: str, content: str) -> None:
    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer, content=content))
        with opened(url, configured) as store, delivering(store, configured):
            report_id = signed(store)
            act(store, report_id, Action.WITHDRAW, RECORDS)
            until(lambda: settled(store))
            proofs = [store.version(report_id, number).signature for number in (1, 2)]
            assert {one.details for one in store.deliveries.list().deliveries} == {()}
    sent_ = [base64.b64encode(proof.encode()) for proof in proofs]
    assert [[proof in request.body for proof in sent_] for request in peer.requests] == [[True, False], [False, True]]
    assert CLERK.identifier.value in str(peer.requests[1].body)


def test_a_peer_that_is_down_gets_everything_in_order_when_it_is_back(tmp_path: Path, url: str) -> None:
    with scripted() as away:
        port = away.port
    configured = peers_of(tmp_path, ehr=fhir(ScriptedPeer(port=port), parallel=2))
    with opened(url, configured) as store, delivering(store, configured):
        reports = [signed(store) for _ in range(4)]
        for report_id in reports:
            saved(store, report_id, changed(store.get(report_id).draft))
            act(store, report_id, Action.AMEND, ATTENDING)
        until(lambda: any(one.error == "UNREACHABLE" for one in store.deliveries.list().deliveries))
        (counted,) = store.deliveries.peers()
        assert counted.counts.get(S.DELIVERED, 0) == 0
        with scripted(port=port) as back:
            until(lambda: settled(store))
    order = defaultdict(list)
    for request in back.applied:
        order[request.report].append("Another line" in str(request.body))
    assert list(order.values()) == [[False, True]] * 4


def test_a_defect_of_a_sender_loses_nothing(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Lane._send, iter([True, False])

    def broken(self: Lane, job: Any) -> Any:  # noqa: ANN401
        if next(calls):
            raise ZeroDivisionError(PATIENT_WORDS)
        return real(self, job)

    monkeypatch.setattr(Lane, "_send", broken)
    with scripted() as peer:
        done = sent(url, tmp_path, peer)
    assert (done.state, done.attempts) == (S.DELIVERED, 2)


def test_a_sender_that_died_is_noticed_and_its_delivery_sent_again(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emh_report.store import claims

    monkeypatch.setattr(Lane, "abandoned_seconds", 0.3)
    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer))
        with opened(url, configured) as store:
            signed(store)
            assert len(claims.claim(store.ledger, "ehr", 1)) == 1  # and nothing more is heard of whoever took it
            with delivering(store, configured):
                until(lambda: settled(store))
            assert store.deliveries.list().deliveries[0].attempts == 2


def test_a_version_that_has_no_such_form_is_in_the_list(tmp_path: Path, url: str) -> None:
    with scripted() as peer:
        documents = fhir(peer, content="fhir-r4-document", versions="released")
        configured = peers_of(tmp_path, ehr=documents)
        with opened(url, configured) as store:
            report_id = created(store, *complete())
            act(store, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
            act(store, report_id, Action.CANCEL, ATTENDING)
            with delivering(store, configured):
                until(lambda: settled(store))
            last, first = store.deliveries.list().deliveries
    assert (first.state, last.state, last.error) == (S.DELIVERED, S.REFUSED, "NOT_EXPORTABLE")
    assert "no-such-bundle" in last.details
    (request,) = peer.requests
    assert request.path.endswith("/Bundle")
    assert request.headers["if-none-exist"].startswith("identifier=urn%3Aietf%3Arfc%3A3986%7Curn")


def test_a_report_that_is_worded_otherwise_today_is_not_sent(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emh_report.export import narrative

    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer))
        with opened(url, configured) as store:
            signed(store)
            real = narrative.narrate
            monkeypatch.setattr(narrative, "narrate", lambda report: real(report)._replace(text="Other words."))
            with delivering(store, configured):
                until(lambda: settled(store))
            assert store.deliveries.list().deliveries[0].error == "NOT_AS_SIGNED"
    assert peer.requests == []


def test_a_folder_gets_whole_files_with_what_was_signed(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    configured = peers_of(tmp_path, drop={"kind": "folder", "path": str(folder)})
    folder.rmdir()  # as where a share is lost
    with opened(url, configured) as store:
        report_id = signed(store)
        with delivering(store, configured):
            until(lambda: any(one.error == "FOLDER_UNUSABLE" for one in store.deliveries.list().deliveries))
            folder.mkdir()
            until(lambda: settled(store))
        version = store.version(report_id)
        name = f"{report_id}.v0001"
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert files.keys() == {f"{name}.json", f"{name}.signed.json", f"{name}.signed.json.jws"}
        assert files[f"{name}.signed.json"] == version.content
        assert {path.stat().st_mode & 0o007 for path in folder.iterdir()} == {0}  # not for everybody
        verify(files[f"{name}.signed.json"], files[f"{name}.signed.json.jws"].decode(), [store.ledger.signer.key])
        bundle = json.loads(files[f"{name}.json"])
        assert (bundle["type"], carried(bundle)) == ("transaction", [version.signature])


def test_the_token_is_read_anew_for_every_try(tmp_path: Path, url: str) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")

    async def renew(_request: Request, writer: Any) -> None:  # noqa: ANN401
        token.write_text("second\n")
        writer.write(response(500))

    with scripted(renew) as peer:
        assert sent(url, tmp_path, peer, token_file=str(token)).state is S.DELIVERED
    assert [request.headers["authorization"] for request in peer.requests] == ["Bearer first", "Bearer second"]


def test_a_store_that_is_away_loses_no_answer(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from emh_report.errors import StoreUnavailableError
    from emh_report.store import claims

    monkeypatch.setattr(worker, "STORE_SECONDS", 0.05)
    real, times = claims.settle, iter([True, True])

    def away(*arguments: Any) -> bool:  # noqa: ANN401
        if next(times, False):
            raise StoreUnavailableError("the store is away")
        return real(*arguments)

    monkeypatch.setattr(claims, "settle", away)
    with scripted() as peer:
        done = sent(url, tmp_path, peer)
    assert (done.state, done.attempts, len(peer.requests)) == (S.DELIVERED, 1, 1)


def orders(peer: ScriptedPeer) -> Iterator[list[int]]:
    """Yield, for each report, the versions in the order in which they were carried out."""
    found = defaultdict(list)
    for request in peer.applied:
        text = str(request.body)
        found[request.report].append(next(number for number in (3, 2, 1) if number == 1 or f"line {number}" in text))
    yield from found.values()


def test_two_workers_keep_the_order_however_the_peer_fails(store_url: str, tmp_path: Path) -> None:
    faults = [answering(response(500)), peers.cut, peers.well, answering(response(503)), peers.well, peers.never] * 4
    with scripted(*faults) as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer, timeout_seconds=2))
        with opened(store_url, configured) as store, opened(store_url, configured) as other:
            for _ in range(5):
                report_id = signed(store)
                for number in (2, 3):
                    saved(store, report_id, changed(store.get(report_id).draft, f"line {number}"))
                    act(store, report_id, Action.AMEND, ATTENDING)
            with delivering(store, configured), delivering(other, configured):
                until(lambda: settled(store), 120)
    assert list(orders(peer)) == [[1, 2, 3]] * 5
    assert threading.active_count() < 50
