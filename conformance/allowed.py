"""The list of expected warnings, allowed.toml."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from conformance.findings import Finding

FILE: Final = Path(__file__).with_name("allowed.toml")


class Allowed(NamedTuple):
    """One expected warning."""

    judge: str
    message: re.Pattern[str]
    path: re.Pattern[str]
    reason: str

    def explains(self, finding: Finding) -> bool:
        """Whether this entry is about a finding. An error is never explained."""
        if finding.severity != "warning" or finding.judge != self.judge:
            return False
        return bool(self.message.match(finding.message) and self.path.match(finding.path))


def read_allowed(file: Path = FILE) -> tuple[Allowed, ...]:
    """Return the entries. Raises KeyError for one without judge or message, ValueError for one without a reason."""
    entries = tomllib.loads(file.read_text(encoding="utf-8"))["allow"]
    found = [
        Allowed(entry["judge"], re.compile(entry["message"]), re.compile(entry.get("path", "")), entry.get("reason", ""))
        for entry in entries
    ]
    without = [entry.message.pattern for entry in found if not entry.reason.strip()]
    if without:
        raise ValueError(f"no reason is given for {without}")
    return tuple(found)


class Sorted(NamedTuple):
    """Findings: those that fail the run, those that are expected, and the entries that explained none."""

    failing: tuple[Finding, ...]
    expected: tuple[Finding, ...]
    unused: tuple[Allowed, ...]


def sort(findings: list[Finding], allowed: tuple[Allowed, ...]) -> Sorted:
    """Split findings into failing and expected; information is neither."""
    failing, expected = [], []
    used: Counter[int] = Counter()
    for finding in findings:
        if finding.severity == "information":
            continue
        entry = next((at for at, one in enumerate(allowed) if one.explains(finding)), None)
        if entry is None:
            failing.append(finding)
        else:
            used[entry] += 1
            expected.append(finding)
    unused = tuple(one for at, one in enumerate(allowed) if not used[at])
    return Sorted(tuple(failing), tuple(expected), unused)
