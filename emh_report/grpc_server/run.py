"""Running a server until it is told to stop: in this process, in several, or in a thread of a test."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import importlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from emh_report.catalog import Catalog
from emh_report.config import UNLOCKED, Security
from emh_report.grpc_server.server import Server

if TYPE_CHECKING:
    from emh_report.metrics import Metrics
    from emh_report.store import Store

LOG = logging.getLogger(__name__)

GRACE_SECONDS = 10.0
"""Calls in progress may take so long when the server stops."""

EXPORTERS = ("emh_report.export.narrative", "emh_report.export.fhir")
"""Loaded beside the first calls, as plans are compiled, so that the first export is as quick as the second."""

Ready = Callable[[list[str]], None]


def serve(  # noqa: PLR0913 - one parameter for each choice
    catalog: Catalog,
    address: str,
    ready: Ready,
    *,
    share_port: bool = False,
    create_patient: bool = False,
    store: Store | None = None,
    security: Security = UNLOCKED,
    metrics: Metrics | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. ``ready`` is called in a thread with the addresses once calls are taken.

    ``share_port``, ``create_patient``, ``store``, ``security`` and ``metrics`` are those of Server.
    Raises what Server does, and ConnectionError where ``address`` cannot be listened on.
    """
    make = functools.partial(
        Server,
        catalog,
        share_port=share_port,
        create_patient=create_patient,
        store=store,
        security=security,
        metrics=metrics,
    )
    asyncio.run(_serve(make, address, lambda bound: _beside(catalog, ready, bound)))


async def _serve(make: Callable[[], Server], address: str, beside_calls: Ready) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    server = make()  # inside the event loop it is for
    bound = await server.start(address)
    beside = asyncio.create_task(asyncio.to_thread(beside_calls, bound))
    await stop.wait()
    LOG.info("stopping: calls in progress have %.0f seconds", GRACE_SECONDS)
    await server.stop(GRACE_SECONDS)
    await beside


def _beside(catalog: Catalog, ready: Ready, bound: list[str]) -> None:
    """Do what is not needed to take calls. Trouble with it is logged and does not stop the service."""
    try:
        ready(bound)
        for name in EXPORTERS:
            importlib.import_module(name)
        for plan in catalog.plans.values():
            plan.compile()
        gc.freeze()  # what was loaded stays: no collection has to walk through it again
    except Exception as error:
        LOG.exception("after the start: %s", type(error).__name__)


@contextlib.contextmanager
def running(
    catalog: Catalog,
    address: str = "127.0.0.1:0",
    *,
    create_patient: bool = False,
    store: Store | None = None,
    security: Security = UNLOCKED,
    metrics: Metrics | None = None,
) -> Iterator[str]:
    """Serve from a thread of this process while the block runs; gives the address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="emh-report server", daemon=True)
    thread.start()
    try:
        made = functools.partial(
            Server, catalog, create_patient=create_patient, store=store, security=security, metrics=metrics
        )
        server, bound = asyncio.run_coroutine_threadsafe(_start(made, address), loop).result()
        try:
            yield bound[0]
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(0), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(make: Callable[[], Server], address: str) -> tuple[Server, list[str]]:
    server = make()  # inside the event loop it is for
    return server, await server.start(address)
