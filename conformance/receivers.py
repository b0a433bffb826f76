"""FHIR servers that others wrote, started here as receivers of transactions."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Final, NamedTuple

from conformance.classpath import HAPI, jars, program
from conformance.findings import Json
from conformance.targets import ROOT
from emh_report.export.fhir import to_json

READY_WITHIN_S: Final = 300
SEKMET: Final = ROOT / "build" / "receivers" / "bin" / "sekmet"
"""Its packages clash with nothing there: they have an environment of their own (`make receivers`)."""
MEDPLUM: Final = ROOT / "node_modules" / "@medplum" / "fhir-router"
HELIOS: Final = "0.2.7"
HFS: Final = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo") / "bin" / "hfs"
"""Helios FHIR Server where `cargo install` puts it: it takes minutes to build, so it is kept beyond this folder."""
SEARCH_PARAMETERS: Final = MEDPLUM.with_name("definitions") / "dist" / "fhir" / "r4" / "search-parameters.json"
"""Those of R4, without which Helios finds nothing; its crate has none."""


class Answer(NamedTuple):
    """What a server answered: HTTP status and resource, decimals exact."""

    status: int
    body: Json


class Receiver(NamedTuple):
    """A running server."""

    name: str
    base: str

    def call(self, method: str, path: str, body: Json = None) -> Answer:
        """Send one request; ``path`` starts after the base. An error of the server is an answer too."""
        data = None if body is None else to_json(body)
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
        request = urllib.request.Request(self.base + path, data, headers, method=method)  # noqa: S310 - loopback only
        try:
            with urllib.request.urlopen(request, timeout=READY_WITHIN_S) as response:  # noqa: S310 - as above
                return Answer(response.status, _read(response.read()))
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, _read(refused.read()))


def _read(content: bytes) -> Json:
    try:
        return json.loads(content, parse_float=Decimal) if content else {}
    except ValueError:
        return {"text": content.decode(errors="replace")}


def _port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


@contextmanager
def _running(
    name: str, command: list[str], port: int, environment: Mapping[str, str], path: str = "/fhir"
) -> Iterator[Receiver]:
    """Start a server and stop it. Raises RuntimeError with its last words when it does not answer in time."""
    receiver = Receiver(name, f"http://127.0.0.1:{port}{path}")
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w+b") as log:
        own = {**os.environ, **environment}
        process = subprocess.Popen(command, cwd=folder, env=own, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(receiver, process)
            yield receiver
        except OSError as lost:
            log.seek(0)
            said = log.read()[-2000:].decode(errors="replace")
            raise RuntimeError(f"{name} does not answer: {lost}\n{said}") from lost
        finally:
            process.kill()
            process.wait()


def _wait(receiver: Receiver, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            receiver.call("GET", "/metadata")
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


@contextmanager
def medplum() -> Iterator[Receiver]:
    """Start @medplum/fhir-router with its store in memory (tests/node/receiver.js)."""
    port = _port()
    node = shutil.which("node") or "node"
    command = [node, str(ROOT / "tests" / "node" / "receiver.js"), str(port)]
    with _running("medplum fhir-router 4.5.2", command, port, {}) as receiver:
        yield receiver


@contextmanager
def sekmet() -> Iterator[Receiver]:
    """Start sekmet-fhir with an empty store."""
    port = _port()
    command = [str(SEKMET), "serve", "--host", "127.0.0.1", "--port", str(port)]
    settings = {"SEKMET_BASE_URL": f"http://127.0.0.1:{port}/fhir", "SEKMET_DB": "store.db"}
    with _running("sekmet-fhir 0.1.1", command, port, settings) as receiver:
        yield receiver


@contextmanager
def hapi() -> Iterator[Receiver]:
    """Start HAPI FHIR with a database in memory (hapi/Hapi.java)."""
    port = _port()
    machine = [program("java"), "-Xmx2g", "-XX:TieredStopAtLevel=1", "-cp", f"{jars(HAPI)}/*"]
    with _running("HAPI FHIR 8.8.0", [*machine, str(HAPI.with_name("Hapi.java")), str(port)], port, {}) as receiver:
        yield receiver


@contextmanager
def helios() -> Iterator[Receiver]:
    """Start Helios FHIR Server with a database in memory."""
    port = _port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "search-parameters-r4.json").symlink_to(SEARCH_PARAMETERS)
        settings = {
            "HFS_SERVER_PORT": str(port),
            "HFS_BASE_URL": f"http://127.0.0.1:{port}",
            "HFS_DATABASE_URL": ":memory:",
            "HFS_DATA_DIR": folder,
            "HFS_SEED_CONFORMANCE": "false",  # it need not serve the definitions; to store them takes four seconds
        }
        with _running(f"Helios FHIR Server {HELIOS}", [str(HFS)], port, settings, "") as receiver:
            yield receiver


SERVERS: Final[Mapping[str, Callable[[], AbstractContextManager[Receiver]]]] = {
    "medplum": medplum,
    "sekmet": sekmet,
    "hapi": hapi,
}
"""Servers that the tests and `.ci/run` need."""
BESIDE: Final[Mapping[str, Callable[[], AbstractContextManager[Receiver]]]] = {"helios": helios}
"""Servers that `make receivers` takes where they are installed: to build one takes more than `.ci/run` can give."""


def _expunged(receiver: Receiver) -> None:
    """Empty HAPI FHIR by its own operation. Raises RuntimeError where it refuses."""
    everything = {"name": "expungeEverything", "valueBoolean": True}
    answer = receiver.call("POST", "/$expunge", {"resourceType": "Parameters", "parameter": [everything]})
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(f"{receiver.name} is not emptied: {answer.status}")


EMPTIED: Final[Mapping[str, Callable[[Receiver], None]]] = {"hapi": _expunged}
"""Servers that can be emptied; any other is started again."""


def emptied(name: str, times: int) -> Iterator[Receiver]:
    """Yield a server with nothing in it, so many times. HAPI FHIR takes long to start."""
    if name not in EMPTIED:
        for _ in range(times):
            with {**SERVERS, **BESIDE}[name]() as receiver:
                yield receiver
        return
    with SERVERS[name]() as receiver:
        for _ in range(times):
            yield receiver
            EMPTIED[name](receiver)


def _version(path: Path) -> str:
    """Return what a program says of its version; empty where it is not installed."""
    return subprocess.check_output([path, "--version"], text=True) if path.exists() else ""


def missing(name: str) -> str:
    """Return what has to be installed for a server; empty where it is there."""
    if name == "hapi":
        return "" if shutil.which("javac") and shutil.which("mvn") else "HAPI FHIR needs a JDK and Maven"
    if name == "helios":
        there = _version(HFS).split()[:2] == ["hfs", HELIOS] and SEARCH_PARAMETERS.exists()
        return "" if there else f"Helios FHIR Server {HELIOS} is not installed; `make helios` installs it"
    if name == "sekmet":
        return "" if SEKMET.exists() else "sekmet-fhir is not installed; `make receivers` installs it"
    return "" if MEDPLUM.is_dir() and shutil.which("node") else "@medplum/fhir-router is not installed; `npm ci` does"
