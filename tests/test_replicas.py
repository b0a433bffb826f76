"""Servers and workers as processes of their own on one store; some of them are killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from emh_report.client import Client, ClientError, DeadlineError, UnavailableError
from emh_report.deliveries import DeliveryQuery, DeliveryState
from emh_report.delivery import delivering, read_peers
from emh_report.draft import Draft
from emh_report.lifecycle import Action
from emh_report.records import Release, StoredReport
from emh_report.store import open_store
from tests import peers
from tests.case_files import catalog
from tests.conftest import ROOT
from tests.deliveries import settled, until
from tests.peers import ScriptedPeer, answering, peers_file, response, scripted
from tests.postgresql import new_database
from tests.store_reports import ATTENDING, changed, complete, new_id, signed
from tests.test_outbox import amended
from tests.test_store_faults import administer

PROGRAM = str(Path(sys.executable).with_name("emh-report"))
SERVE = (PROGRAM, "serve", "--address", "127.0.0.1:0", "--web", "off", "--json")
S = DeliveryState
T = TypeVar("T")


def started(*command: str) -> tuple[subprocess.Popen[str], str]:
    """Start a process and return it with its first line."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline()


def worker(url: str, file: Path) -> subprocess.Popen[str]:
    process, line = started(sys.executable, "-m", "tests.delivery_worker", url, str(file))
    assert line == "ready\n"
    return process


def ended(process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> None:
    process.send_signal(how)
    process.communicate(timeout=60)


@contextlib.contextmanager
def working(url: str, file: Path) -> Iterator[subprocess.Popen[str]]:
    process = worker(url, file)
    try:
        yield process
    finally:
        ended(process)


def orders(peer: ScriptedPeer) -> list[list[int]]:
    """Return, for each report, the versions that were carried out, in order; the same again at once counts once."""
    found: dict[str, list[int]] = {}
    for request in peer.applied:
        text = str(request.body)
        version = next(number for number in (3, 2, 1) if number == 1 or f"line {number}" in text)
        mine = found.setdefault(request.report, [])
        if not mine or mine[-1] != version:
            mine.append(version)
    return list(found.values())


def test_a_worker_killed_between_effect_and_mark_leaves_one_effect(store_url: str, tmp_path: Path) -> None:
    """The peer has carried it out, and the worker is killed before it hears of that."""
    done = threading.Event()

    async def then_silent(request: peers.Request, writer: asyncio.StreamWriter) -> None:
        peer.applied.append(request)
        done.set()
        await peers.never(request, writer)

    with scripted(then_silent) as peer:
        file = peers_file(tmp_path, ehr={"kind": "fhir", "url": peer.url, "timeout_seconds": 60})
        configured = read_peers(file)
        with open_store(store_url, catalog(), peers=[one.peer for one in configured]) as store:
            report_id = signed(store)
            first = worker(store_url, file)
            assert done.wait(60)
            ended(first, signal.SIGKILL)
            assert store.deliveries.list().deliveries[0].state is S.SENDING
            amended(store, report_id, "line 2")
            with working(store_url, file):
                until(lambda: settled(store))
            states = [(one.version, one.state, one.attempts) for one in store.deliveries.list().deliveries]
    assert states == [(2, S.DELIVERED, 1), (1, S.DELIVERED, 2)]
    assert peer.applied[0].body == peer.applied[1].body  # the same keys: one effect for whoever deduplicates
    assert orders(peer) == [[1, 2]]


class Anywhere:
    """A client of several servers: what one of them did not answer is asked again of the next, with the same id."""

    def __init__(self, addresses: list[str], stack: contextlib.ExitStack) -> None:
        self._clients = [stack.enter_context(Client(address, timeout=60)) for address in addresses]

    def call(self, ask: Callable[[Client], T]) -> T:
        while True:
            try:
                return ask(self._clients[0])
            except (UnavailableError, DeadlineError):
                self._clients = [*self._clients[1:], self._clients[0]]

    def release(self, report_id: str, action: Action) -> None:
        wanted, id_ = Release(action, ATTENDING, "because" if action is Action.AMEND else ""), new_id()
        shown = self.call(lambda one: one.stored.preview(report_id, wanted))
        wanted = wanted._replace(seen=shown.seen)
        self.call(lambda one: one.stored.release(report_id, wanted, etag=shown.etag, request_id=id_))

    def sign(self) -> str:
        """Sign a report and correct it twice."""
        case, id_ = complete(), new_id()
        report_id = self.call(lambda one: one.stored.create(*case, ATTENDING, request_id=id_)).report_id
        self.release(report_id, Action.FINALIZE)
        for line in (2, 3):
            report, id_ = self.call(lambda one: one.stored.get(report_id)), new_id()
            self._save(report, changed(report.draft, f"line {line}"), id_)
            self.release(report_id, Action.AMEND)
        return report_id

    def _save(self, report: StoredReport, draft: Draft, id_: str) -> None:
        given = {"etag": report.etag, "request_id": id_}
        self.call(lambda one: one.stored.update_draft(report.report_id, draft, report.context, ATTENDING, **given))


def write(addresses: list[str], number: int, written: list[str]) -> None:
    with contextlib.ExitStack() as stack:
        service = Anywhere(addresses, stack)
        written += [service.sign() for _ in range(number)]


def kill_some(
    servers: list[subprocess.Popen[str]], workers: list[subprocess.Popen[str]], new: Callable[[], subprocess.Popen[str]]
) -> None:
    """Kill three workers, for each of which another one is started, and all servers but one."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    for _ in range(3):
        time.sleep(chance.uniform(0.3, 1))
        ended(workers.pop(0), signal.SIGKILL)
        workers.append(new())
        if len(servers) > 1:
            ended(servers.pop(0), signal.SIGKILL)


def test_three_servers_and_two_workers_on_one_database(tmp_path: Path) -> None:
    """Two of the servers and three workers are killed while reports are signed and delivered."""
    url = new_database()
    faults = [peers.well, answering(response(500)), peers.cut, answering(response(503))] * 5
    with scripted(*faults) as peer, contextlib.ExitStack() as stack:
        file = peers_file(tmp_path, ehr={"kind": "fhir", "url": peer.url, "timeout_seconds": 20})
        servers, addresses = [], []
        for _ in range(3):
            process, line = started(*SERVE, "--no-deliver", "--store", url, "--peers", str(file))
            stack.callback(ended, process)
            servers.append(process)
            addresses.append(json.loads(line)["addresses"][0])
        workers = [worker(url, file), worker(url, file)]
        written: list[str] = []
        orders_of = (addresses, addresses[1:] + addresses[:1])
        writers = [threading.Thread(target=write, args=(each, 3, written)) for each in orders_of]
        for thread in writers:
            thread.start()
        kill_some(servers, workers, lambda: worker(url, file))
        for thread in writers:
            thread.join()
        with open_store(url, catalog(), peers=[one.peer for one in read_peers(file)]) as store:
            until(lambda: settled(store), 120)
            assert store.verify().damages == ()
            counted = store.deliveries.peers()[0].counts
            delivered = store.deliveries.list(DeliveryQuery(states=(S.DELIVERED,)), size=200).deliveries
            kept = len(store.list(size=200).reports)
        for one in workers:
            ended(one)
    assert (len(written), kept) == (6, 6)  # nothing lost, nothing doubled
    assert counted == {S.DELIVERED: 18}
    assert {one.report_id for one in delivered} == set(written)
    assert orders(peer) == [[1, 2, 3]] * 6


def test_an_answer_that_comes_while_the_database_is_away_is_not_lost(tmp_path: Path) -> None:
    url = new_database()
    name = url.partition("?")[0].rpartition("/")[2]
    asked, answer = threading.Event(), threading.Event()

    async def late(request: peers.Request, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.to_thread(answer.wait, 60)
        await peers.well(request, writer)

    with scripted(late) as peer:
        configured = read_peers(peers_file(tmp_path, ehr={"kind": "fhir", "url": peer.url, "timeout_seconds": 60}))
        with open_store(url, catalog(), peers=[one.peer for one in configured]) as store:
            signed(store)
            with delivering(store, configured):
                assert asked.wait(60)
                administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - our name
                answer.set()
                time.sleep(1)
                administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
                until(lambda: settled(store))
            assert [(one.state, one.attempts) for one in store.deliveries.list().deliveries] == [(S.DELIVERED, 1)]
    assert len(peer.requests) == 1


def test_two_servers_do_not_both_take_one_edit() -> None:
    url = new_database()
    with contextlib.ExitStack() as stack:
        addresses = []
        for _ in range(2):
            process, line = started(
                PROGRAM, "serve", "--address", "127.0.0.1:0", "--web", "off", "--json", "--store", url
            )
            stack.callback(ended, process)
            addresses.append(json.loads(line)["addresses"][0])
        first, second = (stack.enter_context(Client(address, timeout=60)) for address in addresses)
        report_id = first.stored.create(*complete(), ATTENDING).report_id
        report = second.stored.get(report_id)
        outcomes: list[str] = []

        def edit(client: Client, text: str) -> None:
            draft = changed(report.draft, text)
            try:
                client.stored.update_draft(report_id, draft, report.context, ATTENDING, etag=report.etag)
                outcomes.append("saved")
            except ClientError as error:
                outcomes.append(error.reason)

        work = [threading.Thread(target=edit, args=pair) for pair in ((first, "mine"), (second, "theirs"))]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        assert sorted(outcomes) == ["CONFLICT", "saved"]
