"""The machine and the versions a measurement was made with."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("emh_report", "grpcio", "protobuf", "orjson", "pydantic", "jinja2", "fhir.resources")


def machine() -> Mapping[str, str]:
    """Return what can be said about the machine, by name."""
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "system": f"{platform.system()} {platform.release()}",
        "load at the start": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory_mb(process: int | str, line: str) -> float:
    """Return a line of /proc/<process>/status in MB (Linux, proc(5)): VmRSS, or VmHWM for its peak.

    The peak of getrusage(2) begins with that of the process that started it.
    """
    for one in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if one.startswith(f"{line}:"):
            return int(one.split()[1]) / 1024
    raise ProcessLookupError(process)
