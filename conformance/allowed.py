"""The list of expected warnings, and of errors of a second judge that are wrong: allowed.toml."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from conformance.findings import Finding

FILE: Final = Path(__file__).with_name("allowed.toml")
FALLIBLE: Final = frozenset({"pyfhircheck"})
"""Judges whose errors may be wrong; those of the official validator and our own always fail."""


class Allowed(NamedTuple):
    """One expected warning, or one error that is a defect of the judge."""

    judge: str
    severity: str
    message: re.Pattern[str]
    path: re.Pattern[str]
    reason: str

    def explains(self, finding: Finding) -> bool:
        """Whether this entry is about a finding."""
        if finding.severity != self.severity or finding.judge != self.judge:
            return False
        return bool(self.message.match(finding.message) and self.path.match(finding.path))


def read_allowed(file: Path = FILE) -> tuple[Allowed, ...]:
    """Return the entries. Raises KeyError for a missing key, ValueError for one that may not be or says no reason."""
    return tuple(_entry(one) for one in tomllib.loads(file.read_text(encoding="utf-8"))["allow"])


def _entry(one: Mapping[str, str]) -> Allowed:
    severity = one.get("severity", "warning")
    if not one["reason"].strip():
        raise ValueError(f"no reason is given for {one['message']}")
    if severity != "warning" and (severity, one["judge"] in FALLIBLE) != ("error", True):
        raise ValueError(f"an {severity} of {one['judge']} is never expected: {one['message']}")
    return Allowed(one["judge"], severity, re.compile(one["message"]), re.compile(one.get("path", "")), one["reason"])


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
