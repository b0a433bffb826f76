"""Calls over gRPC: this project's server, and one that only echoes as many bytes as this project answers.

Both are grpc.aio servers in a process of their own on the loopback interface; the client is the same for both.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import grpc

from benchmarks.peers.rounds import Batch
from emh_report import limits
from emh_report.catalog import load_catalog
from emh_report.grpc_server.run import serve

IN_FLIGHT = 16
ECHO = "/benchmark.Echo/Call"
OPTIONS = [("grpc.max_receive_message_length", limits.TRANSPORT_BYTES)]


def _serve_ours(told: Connection) -> None:
    serve(load_catalog(), "127.0.0.1:0", lambda bound: told.send(bound[0]))


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process (Linux, proc(5)), in steps of a clock tick."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _serve_echo(told: Connection) -> None:
    async def run() -> None:
        async def call(request: bytes, _: Any) -> bytes:  # noqa: ANN401 - grpc's context
            size = int.from_bytes(request[:4], "big")
            return bytes(size)

        server = grpc.aio.server(options=OPTIONS)
        handlers: dict[str, Any] = {"Call": grpc.unary_unary_rpc_method_handler(call)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("benchmark.Echo", handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        told.send(f"127.0.0.1:{port}")
        await server.wait_for_termination()

    asyncio.run(run())


@contextlib.contextmanager
def _process(target: Callable[[Connection], None]) -> Iterator[tuple[str, int]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv(), process.pid or 0
    finally:
        process.terminate()
        process.join()


class Client:
    """A client in an event loop of its own, and the processor time of its server."""

    def __init__(self, address: str, server: int) -> None:
        self.server = server
        self.loop = asyncio.new_event_loop()
        self.channel = self.loop.run_until_complete(self._open(address))

    async def _open(self, address: str) -> grpc.aio.Channel:
        channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        await asyncio.wait_for(channel.channel_ready(), 30)
        return channel

    def saturated(self, method: str, request: bytes) -> Batch:
        """Return calls with 16 in flight as a batch; its seconds are those of the server's processor."""
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(method)

        async def run(calls: int) -> None:
            left = iter(range(calls))

            async def caller() -> None:
                for _ in left:
                    await call(request)

            await asyncio.gather(*[caller() for _ in range(min(IN_FLIGHT, calls))])

        def batch(calls: int) -> float:
            started = cpu_seconds(self.server)
            self.loop.run_until_complete(run(calls))
            return cpu_seconds(self.server) - started

        return batch

    def one_by_one(self, method: str, request: bytes, calls: int) -> list[float]:
        """Return the seconds of every one of so many calls, one after the other."""
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(method)

        async def run() -> list[float]:
            found = []
            for _ in range(calls):
                started = time.perf_counter()
                await call(request)
                found.append(time.perf_counter() - started)
            return found

        return self.loop.run_until_complete(run())

    def answer(self, method: str, request: bytes) -> bytes:
        """Return the answer to one call."""

        async def run() -> bytes:
            call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(method)
            return await call(request)

        return self.loop.run_until_complete(run())

    def close(self) -> None:
        """Close the channel."""
        self.loop.run_until_complete(self.channel.close())
        self.loop.close()


@contextlib.contextmanager
def clients() -> Iterator[tuple[Client, Client]]:
    """Start both servers; gives a client of ours and one of the echo."""
    with _process(_serve_ours) as ours, _process(_serve_echo) as echo:
        pair = Client(*ours), Client(*echo)
        try:
            yield pair
        finally:
            for client in pair:
                client.close()


def echoed(request: bytes, answer: bytes) -> bytes:
    """Return a request of the same size that asks the echo for an answer of the same size."""
    return len(answer).to_bytes(4, "big") + request[4:]
