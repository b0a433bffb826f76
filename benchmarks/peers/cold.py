"""Cold starts: a new process each time, in turn; seconds of processor, its own and of what it started."""

from __future__ import annotations

import contextlib
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.peers.echo import cpu_seconds

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("emh-report")
QUICK = ROOT / "docs" / "examples" / "quick.json"


def _ran(*command: str | Path) -> float:
    before = _used()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return _used() - before


def _used() -> float:
    """Return the processor time of the processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _served() -> float:
    """Return what the service uses until it names its address."""
    with subprocess.Popen(
        [PROGRAM, "serve", "--json", "--address", "localhost:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        if process.stdout is not None:
            with contextlib.suppress(json.JSONDecodeError):
                json.loads(process.stdout.readline())
        seconds = cpu_seconds(process.pid)
        process.terminate()
    return seconds


def starts(rounds: int) -> Mapping[str, list[float]]:
    """Return the seconds of every cold start in every round."""
    what = {
        "python -c pass": lambda: _ran(sys.executable, "-c", "pass"),
        "import emh_report": lambda: _ran(sys.executable, "-c", "import emh_report"),
        "emh-report validate": lambda: _ran(PROGRAM, "validate", QUICK),
        "emh-report serve, to its address": _served,
    }
    found: dict[str, list[float]] = {name: [] for name in what}
    for _ in range(min(rounds, 7)):
        for name, start in what.items():
            found[name].append(start())
    return found


def lines(found: Mapping[str, list[float]]) -> Iterator[str]:
    """Yield a line for every start."""
    for name, seconds in found.items():
        yield f"{name:34}{statistics.median(seconds):8.3f} s{min(seconds):9.3f} s at best"
