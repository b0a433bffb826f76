"""Deliveries over gRPC and on the command line: seen, decided, noted afterwards, and what is refused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from emh_report.cli.exits import Exit
from emh_report.client import AsyncClient, Client, InvalidInputError, NotInstalledError, NotPossibleError
from emh_report.client.errors import TooLargeError, UnknownReportError
from emh_report.deliveries import DeliveryQuery, DeliveryState
from emh_report.delivery import delivering
from emh_report.grpc_server import running
from emh_report.lifecycle import Action
from emh_report.store import Store, claims, open_store
from emh_report.store.claims import Settled
from tests.case_files import catalog
from tests.cli_program import run
from tests.deliveries import fhir, opened, settled, until
from tests.peers import answering, peers_file, peers_of, response, scripted
from tests.store_reports import ATTENDING, RECORDS, act, complete, created, fresh, new_id, signed
from tests.test_outbox import EHR, amended

S = DeliveryState


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Store, Client, str]]:
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(fresh(tmp_path, peers=[EHR]))
        address = stack.enter_context(running(catalog(), store=store))
        yield store, stack.enter_context(Client(address, timeout=60)), address


def refuse(store: Store) -> str:
    """Sign a report that the peer refuses, and return the id of the delivery."""
    signed(store)
    (job,) = claims.claim(store.ledger, "ehr", 10)
    claims.settle(store.ledger, job, Settled(S.REFUSED, "HTTP_422", ("error invalid Bundle.entry[2]",)))
    return job.delivery_id


def test_what_was_refused_is_seen_and_decided(served: tuple[Store, Client, str]) -> None:
    store, client, _ = served
    id_ = refuse(store)
    (found,) = client.deliveries.list(DeliveryQuery(states=(S.REFUSED,))).deliveries
    assert found == store.deliveries.get(id_) == client.deliveries.get(id_)
    request_id = new_id()
    for _ in range(2):
        assert client.deliveries.resend(id_, RECORDS, request_id=request_id).state is S.PENDING
    assert client.deliveries.skip(id_, RECORDS, "sent by hand").state is S.SKIPPED
    with pytest.raises(NotPossibleError, match="skip-delivery") as caught:
        client.deliveries.skip(id_, RECORDS, "again")
    assert caught.value.possible == ("refused", "pending")
    assert client.deliveries.backfill("ehr") == 0
    (peer,) = client.deliveries.peers()
    assert (peer.peer, peer.counts) == (EHR, {S.SKIPPED: 1})


def test_what_is_odd_is_refused_and_changes_nothing(served: tuple[Store, Client, str]) -> None:
    store, client, _ = served
    id_ = refuse(store)
    for call in (
        lambda: client.deliveries.skip(id_, RECORDS, ""),
        lambda: client.deliveries.skip(id_, RECORDS, "x" * 1001),
        lambda: client.deliveries.resend(id_, RECORDS, request_id="1"),
        lambda: client.deliveries.list(token="forged"),  # noqa: S106 - a page
        lambda: client.deliveries.list(size=-1),
    ):
        with pytest.raises((InvalidInputError, TooLargeError)):
            call()
    with pytest.raises(NotInstalledError, match="peer"):
        client.deliveries.backfill("none")
    with pytest.raises(UnknownReportError):
        client.deliveries.get(new_id())
    assert store.deliveries.get(id_).state is S.REFUSED


def test_the_asynchronous_client_does_the_same(served: tuple[Store, Client, str]) -> None:
    store, _, address = served
    id_ = refuse(store)

    async def walk() -> None:
        async with AsyncClient(address, timeout=60) as client:
            page = await client.deliveries.list()
            assert [one.delivery_id for one in page.deliveries] == [id_]
            assert (await client.deliveries.resend(id_, RECORDS)).state is S.PENDING
            assert (await client.deliveries.skip(id_, RECORDS, "sent by hand")).state is S.SKIPPED
            assert (await client.deliveries.get(id_)).state is S.SKIPPED
            assert await client.deliveries.backfill("ehr") == 0
            assert [peer.name for peer in await client.deliveries.peers()] == ["ehr"]

    asyncio.run(walk())


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "required"}]}


def test_an_operator_reads_mends_and_sends_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'reports.db'}"
    with open_store(url, catalog()) as store:
        report_id = signed(store)
        amended(store, report_id)
    with scripted(answering(response(422, OUTCOME))) as peer:
        file = peers_file(tmp_path, ehr={"kind": "fhir", "url": peer.url})
        here = ("--store", url, "--peers", str(file))
        assert "2 versions will be delivered to ehr" in run("deliveries", "backfill", "ehr", *here).output
        assert run("deliver", "--once", *here).exit_code == Exit.OK
        listed = run("deliveries", "list", *here).output
        assert run("deliveries", "list", "--limit", "1", *here).stderr.endswith("--limit N lists more\n")
        assert "refused" in listed
        assert "waits for version 1" in listed
        assert "error required" in listed
        id_ = json.loads(run("deliveries", "list", "--state", "refused", "--json", *here).output)[0]["delivery_id"]
        assert "1 will be sent again" in run("deliveries", "resend", "--peer", "ehr", *here).output
        assert run("deliver", "--once", "--json", *here).exit_code == Exit.OK
        counts = json.loads(run("deliveries", "peers", "--json", *here).output)
        assert (counts[0]["configured"], counts[0]["delivered"]) == (True, 2)
        assert "DELIVERED" in run("deliveries", "peers", *here).output
        assert run("deliveries", "skip", id_, "--reason", "late", *here).exit_code == Exit.SERVICE
        assert run("deliveries", "resend", *here).exit_code == Exit.USAGE
        assert run("deliveries", "resend", new_id(), *here).exit_code == Exit.USAGE
        assert run("deliveries", "backfill", "none", *here).exit_code == Exit.USAGE
    assert len(peer.applied) == 2


def test_a_server_delivers_by_itself(tmp_path: Path) -> None:
    from emh_report.cli.serve import _delivering
    from emh_report.config import StoreOptions, read_settings
    from emh_report.opening import opened

    folder = tmp_path / "drop"
    folder.mkdir()
    file = peers_file(tmp_path, drop={"kind": "folder", "path": str(folder)})
    options = StoreOptions(url=f"sqlite:///{tmp_path / 'reports.db'}", peers=str(file))
    settings = read_settings({}, store=options)
    with opened(settings, catalog(), create=True) as store, _delivering(settings, store):
        assert store is not None
        report_id = signed(store)
        end = time.monotonic() + 60
        while not (folder / f"{report_id}.v0001.json").exists():
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.mark.parametrize(("carries", "found"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("content", ["fhir-r4-transaction", "fhir-r5-transaction", "fhir-r4-imr"])
def test_a_peer_gets_who_released_what_nobody_signed(tmp_path: Path, content: str, carries: bool, found: int) -> None:
    """And nothing that it would have to find by a tag, where it cannot."""
    url = f"sqlite:///{tmp_path / 'reports.db'}"
    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer, content=content, versions="released", carry_signature=carries))
        with opened(url, configured) as store, delivering(store, configured):
            report_id = created(store, *complete())
            act(store, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
            act(store, report_id, Action.CANCEL, ATTENDING)
            until(lambda: settled(store))
            assert {one.details for one in store.deliveries.list().deliveries} == {()}
    assert [request.body.count(b'"resourceType":"Provenance"') for request in peer.applied] == [found, found]
    assert not any(b'"signature"' in request.body for request in peer.applied)
