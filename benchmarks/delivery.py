"""Deliveries a second, and the time from signature to acknowledgement of a worker that has nothing else to do.

    .venv/bin/python -m benchmarks.delivery

The reports are those of the tests (134 FHIR resources each); the peer is a process that answers every transaction at
once, with a status for each entry. First all are signed and then delivered; then single ones, a third of a second
apart. Processor time is that of the worker's process, which has one core at most.
"""

import contextlib
import json
import multiprocessing
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

import click

from emh_report.catalog import load_catalog
from emh_report.deliveries import Delivery, DeliveryQuery, DeliveryState
from emh_report.delivery import Worker, read_peers
from emh_report.store import Store, open_store
from tests.store_reports import signed

APART = 0.33


class Peer(BaseHTTPRequestHandler):
    """Takes everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a transaction."""
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        entries = [{"response": {"status": "200"}}] * sent.count(b'"fullUrl"')
        answer = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def be_the_peer(tell: Connection) -> None:
    """Serve until killed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    tell.send(server.server_port)
    server.serve_forever()


@contextlib.contextmanager
def a_peer() -> Iterator[str]:
    """Run the peer in a process of its own; gives its URL."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=be_the_peer, args=(writer,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{reader.recv()}/fhir"
    process.kill()


def seconds(delivery: Delivery) -> float:
    """Return the time from the transaction that stored the version to the mark that the peer has it."""
    start, end = (datetime.fromisoformat(text) for text in (delivery.created, delivery.updated))
    return (end - start).total_seconds()


def wait(store: Store, number: int) -> list[Delivery]:
    """Return all deliveries once so many have arrived."""
    while store.deliveries.peers()[0].counts.get(DeliveryState.DELIVERED, 0) < number:
        time.sleep(0.05)
    found: list[Delivery] = []
    token = ""
    while len(found) < number:
        page = store.deliveries.list(DeliveryQuery(), size=200, token=token)
        found, token = [*found, *page.deliveries], page.next_token
    return found


def cpu() -> float:
    """Return the processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@click.command()
@click.option("--reports", default=200, show_default=True, type=click.IntRange(1), help="Delivered in one go.")
@click.option("--singles", default=40, show_default=True, type=click.IntRange(2), help="Signed one by one.")
@click.option("--store", "url", default="", help="An empty PostgreSQL database; a new SQLite file where none is given.")
def main(reports: int, singles: int, url: str) -> None:
    """Measure and print."""
    with a_peer() as address, tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "peers.toml")
        file.write_text(f'[peers.ehr]\nkind = "fhir"\nurl = "{address}"\n', encoding="utf-8")
        configured = read_peers(file)
        place = url or f"sqlite:///{folder}/reports.db"
        with open_store(place, load_catalog(), peers=[one.peer for one in configured]) as store:
            for _ in range(reports):
                signed(store)
            worker = Worker(store, configured)
            thread = threading.Thread(target=worker.run)
            used, start = cpu(), time.monotonic()
            thread.start()
            wait(store, reports)
            took, used = time.monotonic() - start, cpu() - used
            print(f"{reports / took:.0f} deliveries a second, {1000 * used / reports:.1f} ms of processor each")
            for _ in range(singles):
                signed(store)
                time.sleep(APART)
            waited = sorted(seconds(one) for one in wait(store, reports + singles)[:singles])
            p95 = statistics.quantiles(waited, n=20)[-1]
            print(f"signed to acknowledged: median {statistics.median(waited):.3f} s, p95 {p95:.3f} s")
            worker.stop()
            thread.join()


if __name__ == "__main__":
    main()
