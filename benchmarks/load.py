"""A worker under load: memory over many requests, and what a second worker brings, beside a bare echo.

    .venv/bin/python -m benchmarks.load                     scaling, and memory over 50 000 requests
    .venv/bin/python -m benchmarks.load --quick --requests 1000000

The requests are ValidateReport and ExportReport, one for one, of the typical CT report, or with --quick of a report of
one lesion, so that a million is a matter of minutes. Scaling is calls a second of
two workers by those of one; client and workers share the machine, so it is stated beside that of an echo that serves
the same sizes in the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import grpc

from benchmarks.peers.case import quick, typical
from benchmarks.peers.echo import ECHO, OPTIONS, Client, clients, echoed
from benchmarks.peers.machine import machine, memory_mb
from benchmarks.peers.rows import SERVICE, asked

Calls = tuple[tuple[str, bytes], ...]
"""Method and request, sent in turn."""

PROGRAM = str(Path(sys.executable).with_name("emh-report"))
QUIET = ("--json", "--address", "127.0.0.1:0", "--web", "off", "--store", "none")
WARM_UP = 1_000
CHANNELS = 16
CLIENTS = 2
SCALING_SECONDS = 4.0
ECHO_SERVER = """
import asyncio, sys
import grpc
async def call(request, _):
    return bytes(int.from_bytes(request[:4], "big"))
async def run():
    server = grpc.aio.server(options=[("grpc.so_reuseport", 1)])
    handlers = {"Call": grpc.unary_unary_rpc_method_handler(call)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("benchmark.Echo", handlers),))
    server.add_insecure_port(sys.argv[1])
    await server.start()
    await server.wait_for_termination()
asyncio.run(run())
"""


def _send(address: str, calls: Calls, seconds: float, told: Any) -> None:  # noqa: ANN401 - a queue of its context
    """Call for so many seconds over connections of its own; tells how many calls were answered."""

    async def run() -> int:
        options = [*OPTIONS, ("grpc.use_local_subchannel_pool", 1)]
        channels = [grpc.aio.insecure_channel(address, options=options) for _ in range(CHANNELS)]
        await asyncio.gather(*[channel.channel_ready() for channel in channels])
        end, done = time.perf_counter() + seconds, 0

        async def caller(channel: grpc.aio.Channel) -> None:
            nonlocal done
            methods: list[tuple[Any, bytes]] = [(channel.unary_unary(method), request) for method, request in calls]
            while time.perf_counter() < end:
                for call, request in methods:
                    await call(request)
                    done += 1

        await asyncio.gather(*map(caller, channels))
        await asyncio.gather(*[channel.close() for channel in channels])
        return done

    told.put(asyncio.run(run()))


def rate(address: str, calls: Calls) -> float:
    """Return the calls a second of the clock that CLIENTS processes get answered."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    clients = [context.Process(target=_send, args=(address, calls, SCALING_SECONDS, told)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    done = sum(int(told.get()) for _ in clients)
    for client in clients:
        client.join()
    return done / SCALING_SECONDS


@contextlib.contextmanager
def ours(workers: int) -> Iterator[str]:
    """Serve with so many workers of this project; gives the address."""
    with _started([PROGRAM, "serve", *QUIET, "--workers", str(workers)]) as process:
        yield json.loads(process.stdout.readline() if process.stdout else "{}")["addresses"][0]


@contextlib.contextmanager
def echo(workers: int) -> Iterator[str]:
    """Serve with so many echoes on one port; gives the address."""
    with contextlib.ExitStack() as stack:
        holder = stack.enter_context(socket.socket())
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        for _ in range(workers):
            stack.enter_context(_started([sys.executable, "-c", ECHO_SERVER, address]))
        yield address


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def scaling(calls: Calls, mirror: Calls, rounds: int) -> Iterator[str]:
    """Yield the lines of one and two workers, ours and the echo, in turn."""
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for name, serve, sent in (("emh_report", ours, calls), ("echo", echo, mirror)):
            for workers in (1, 2):
                with serve(workers) as address:
                    found.setdefault((name, workers), []).append(rate(address, sent))
    gains = {}
    for name in ("emh_report", "echo"):
        one, two = (statistics.median(found[name, workers]) for workers in (1, 2))
        gains[name] = statistics.median(b / a for a, b in zip(found[name, 1], found[name, 2], strict=True))
        yield f"{name:12} one worker {one:8.0f} calls/s, two {two:8.0f}: {gains[name]:.2f} times"
    yield f"scaling of emh_report by that of the echo: {gains['emh_report'] / gains['echo']:.2f}"


def memory(client: Client, calls: Calls, requests: int) -> Iterator[str]:
    """Yield the resident memory of a worker after every tenth of so many requests."""

    def resident() -> str:
        return f"{memory_mb(client.server, 'VmRSS'):6.1f} MB"

    yield f"after the start {resident()}"
    batches = [client.saturated(*call) for call in calls]
    for tenth in range(11):
        for batch in batches:
            batch(requests // len(batches) // 10 if tenth else WARM_UP)
        yield f"{tenth * requests // 10:>9} requests {resident()}" if tenth else f"after warm-up   {resident()}"


@click.command()
@click.option("--requests", default=50_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--quick", "is_quick", is_flag=True, help="Of a report of one lesion.")
def main(requests: int, rounds: int, *, is_quick: bool) -> None:
    """Print memory and scaling."""
    click.echo("\n".join(f"{name}: {text}" for name, text in machine().items()))
    with clients() as (mine, _):
        case = quick() if is_quick else typical(3)
        calls = tuple((f"{SERVICE}/{method}", request) for method, request in asked(case).items())
        mirror = tuple((ECHO, echoed(request, mine.answer(path, request))) for path, request in calls)
        for line in memory(mine, calls, requests):
            click.echo(line)
    for line in scaling(calls, mirror, rounds):
        click.echo(line)


if __name__ == "__main__":
    main()
