"""Several server processes on one port: the kernel shares connections out among them (SO_REUSEPORT)."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import socket
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

from emh_report.catalog import load_catalog
from emh_report.config import OFF, Settings
from emh_report.grpc_server import logs
from emh_report.grpc_server.run import GRACE_SECONDS, Ready, serve
from emh_report.grpc_server.server import LOOPBACKS
from emh_report.opening import opened

if TYPE_CHECKING:
    from emh_report.metrics import Metrics


def serve_workers(settings: Settings, count: int, ready: Ready) -> None:
    """Serve with ``count`` processes until SIGTERM or SIGINT, or until one of them ends by itself.

    Raises ConnectionError where the address cannot be listened on or a process could not start.
    """
    context = multiprocessing.get_context("spawn")
    stop_reader, stop_writer = context.Pipe(duplex=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_writer.send(None))
    with _reserved(settings.address) as address:
        workers: list[SpawnProcess] = []
        try:
            readers = [_start(context, settings, address, workers) for _ in range(count)]
            bound = [_first_word(reader) for reader in readers]
            ready(bound[0])
            wait([stop_reader, *(worker.sentinel for worker in workers)])
            if not stop_reader.poll():
                raise ConnectionError("a worker process ended by itself; all were stopped")
        finally:
            _stop(workers)


def _start(context: Any, settings: Settings, address: str, workers: list[SpawnProcess]) -> Connection:  # noqa: ANN401 - typeshed names it differently on each system
    reader, writer = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(settings, address, writer), name=f"emh-report {len(workers) + 1}")
    worker.start()
    workers.append(worker)
    writer.close()
    result: Connection = reader
    return result


def _work(settings: Settings, address: str, writer: Connection) -> None:
    """Run one worker; its first word is where it listens, nothing where it could not start."""
    logs.configure()
    catalog = load_catalog(settings.site, settings.maps, settings.cache)
    patient = settings.create_patient
    with (
        contextlib.suppress(OSError),
        opened(settings, catalog, create=True) as store,
    ):  # the parent has closed its end: it knows
        serve(
            catalog,
            address,
            writer.send,
            share_port=True,
            create_patient=patient,
            store=store,
            security=settings.security,
            metrics=_counting(settings),
        )


def _counting(settings: Settings) -> Metrics | None:
    """Return where a worker counts: in the folder that its parent made for all of them."""
    if settings.metrics in ("", OFF):
        return None
    from emh_report.metrics import Metrics

    return Metrics()


def _first_word(reader: Connection) -> list[str]:
    try:
        bound: list[str] = reader.recv()
    except EOFError:
        raise ConnectionError("a worker process could not start: is the port taken?") from None
    return bound


def _stop(workers: list[SpawnProcess]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(GRACE_SECONDS + 1)
        if worker.is_alive():
            worker.kill()


@contextlib.contextmanager
def _reserved(address: str) -> Iterator[str]:
    """Hold the port while workers come and go, so that port 0 is one port for all and nobody takes it between them."""
    host, _, port = address.rpartition(":")
    name = LOOPBACKS[0] if host == "localhost" else host
    family = socket.AF_INET6 if name.startswith("[") else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as holder:
        if _taken(family, name.strip("[]"), int(port)):
            raise ConnectionError(f"cannot listen on {address}: the port is taken; --address HOST:PORT chooses another")
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((name.strip("[]"), int(port)))
        yield f"{host}:{holder.getsockname()[1]}"


def _taken(family: int, host: str, port: int) -> bool:
    """Whether somebody listens already: SO_REUSEPORT would share the port with them in silence."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
