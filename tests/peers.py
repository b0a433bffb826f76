"""Peers for tests: a FHIR server that does as it is told, right or wrong, and files of peers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emh_report.delivery import Configured, read_peers


@dataclass
class Request:
    """What came in. ``report`` and ``version`` are read from the bundle."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def bundle(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.body)

    @property
    def report(self) -> str:
        return next(
            str(entry["resource"]["identifier"][0]["value"])
            for entry in self.bundle["entry"]
            if entry["resource"]["resourceType"] == "DiagnosticReport"
        )


def response(status: int, body: object = None, **headers: str) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


def accepted(request: Request) -> bytes:
    """Return what a server answers to a transaction that it has carried out."""
    entries = [{"response": {"status": "200 OK"}} for _ in request.bundle["entry"]]
    return response(200, {"resourceType": "Bundle", "type": "transaction-response", "entry": entries})


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


async def well(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(accepted(request))


async def never(_request: Request, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def twice(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(accepted(request) + accepted(request))


async def cut(request: Request, writer: asyncio.StreamWriter) -> None:
    answer = accepted(request)
    writer.write(answer[: len(answer) // 2])


async def garbage(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 no HTTP at all \r\n\r\n")


async def trickle(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def without_tags(request: Request, writer: asyncio.StreamWriter) -> None:
    """Refuse what is to be found by a tag, as a server does that has no index of tags; take anything else."""
    asked = [str(entry["request"].get("ifNoneExist", "")) for entry in request.bundle["entry"]]
    tagged = next((number for number, search in enumerate(asked) if search.startswith("_tag=")), None)
    if tagged is None:
        writer.write(accepted(request))
        return
    issue = {
        "severity": "error",
        "code": "not-supported",
        "expression": [f"Bundle.entry[{tagged}].request.ifNoneExist"],
    }
    writer.write(response(400, {"resourceType": "OperationOutcome", "issue": [issue]}))


def answering(content: bytes) -> Behaviour:
    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    return answer


@dataclass
class ScriptedPeer:
    """A server in a thread. The ``script`` is for the first requests, one each; after it everything goes well."""

    script: list[Behaviour] = field(default_factory=list)
    then: Behaviour = well
    requests: list[Request] = field(default_factory=list)
    applied: list[Request] = field(default_factory=list)
    """Those that were answered well: what a server that deduplicates nothing has done."""
    port: int = 0
    tls: ssl.SSLContext | None = None
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    async def serve(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, limit=2**24, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            request = Request(head[0].split(" ")[1], headers, body)
            self.requests.append(request)
            behaviour = self.script.pop(0) if self.script else self.then
            if behaviour is well:
                self.applied.append(request)
            try:
                await behaviour(request, writer)
                await writer.drain()
            finally:
                writer.close()
                await writer.wait_closed()

    async def gone(self) -> None:
        if self._server is not None:
            self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed is let go of


@contextlib.contextmanager
def scripted(
    *script: Behaviour, then: Behaviour = well, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[ScriptedPeer]:
    """Run a peer while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    peer = ScriptedPeer(list(script), then, port=port, tls=tls)
    asyncio.run_coroutine_threadsafe(peer.serve(), loop).result()
    try:
        yield peer
    finally:
        asyncio.run_coroutine_threadsafe(peer.gone(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def peers_of(folder: Path, **tables: dict[str, object]) -> tuple[Configured, ...]:
    """Write a file of peers and read it."""
    return read_peers(peers_file(folder, **tables))


def peers_file(folder: Path, **tables: dict[str, object]) -> Path:
    lines = []
    for name, table in tables.items():
        lines.append(f"[peers.{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    file = folder / "peers.toml"
    file.write_text("\n".join(lines))
    return file
