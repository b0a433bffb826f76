"""A PostgreSQL server for the tests: real, on a socket of its own, gone when the tests end."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

USER = "postgres"
_names = itertools.count(1)


def find_server() -> Path | None:
    """Return the folder with the programs of the newest PostgreSQL of this machine; None when none can be started.

    The server refuses to run as root, who needs setpriv (util-linux) to start it as somebody else.
    """
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return None
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    return folders[-1] if folders else None


def _as_user() -> list[str]:
    """Return what a command begins with: the server refuses to run as root."""
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--"] if os.geteuid() == 0 else []


@functools.cache
def server() -> str:
    """Start the server once for all tests and return the URL of its databases, to be completed with a name."""
    programs = find_server()
    if programs is None:
        pytest.skip("no PostgreSQL server that could be started; .ci/run installs it")
    folder = Path(tempfile.mkdtemp(prefix="emh-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    data, before = folder / "data", _as_user()
    init: list[str | Path] = [programs / "initdb", "-D", data, "-U", "emh", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*before, *init], check=True, capture_output=True, cwd="/")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=200"
    start: list[str | Path] = [programs / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"]
    subprocess.run([*before, *start], check=True, capture_output=True, cwd="/")
    stop: list[str | Path] = [*before, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(lambda: subprocess.run(stop, check=False, capture_output=True, cwd="/"))
    return f"postgresql://emh@/{{name}}?host={folder}"


def new_database(how: str = "") -> str:
    """Return the URL of a database of its own; ``how``: options of CREATE DATABASE. Skips where there is no server."""
    url, name = server(), f"t{next(_names)}"
    engine = create_engine(url.format(name="postgres").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} {how}"))
    engine.dispose()
    return url.format(name=name)
