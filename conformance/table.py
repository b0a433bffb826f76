"""Findings as tables for reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from conformance.allowed import Sorted
from conformance.findings import Finding


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text: the first column to the left, numbers to the right, words to the left."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    numeric = [all(row[at].isdecimal() or row[at] == "-" for row in rows[1:]) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in rows
    )


def verdicts(seen: Counter[tuple[str, str]], found: Sorted) -> str:
    """Return judge, resource kind, how many were judged, errors, warnings that fail, and expected warnings."""
    errors, warnings = _count(found.failing, "error"), _count(found.failing, "warning")
    expected = _count(found.expected, "warning")
    rows = [["judge", "resource kind", "judged", "errors", "warnings", "expected warnings"]]
    keys = sorted(seen.keys() | errors.keys() | warnings.keys())
    rows += [[*key, *(str(part[key]) for part in (seen, errors, warnings, expected))] for key in keys]
    return columns(rows)


def _count(findings: Iterable[Finding], severity: str) -> Counter[tuple[str, str]]:
    return Counter((finding.judge, finding.kind) for finding in findings if finding.severity == severity)


def listing(findings: Iterable[Finding], limit: int = 60) -> str:
    """Return findings as lines, equal ones of one judge together with an example."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.judge, finding.severity, finding.kind, finding.message), []).append(finding)
    lines = []
    for (judge, severity, kind, message), group in sorted(groups.items(), key=lambda item: -len(item[1]))[:limit]:
        lines.append(f"{len(group):5} x {judge} {severity} {kind}: {message}\n        {group[0].file}: {group[0].path}")
    more = len(groups) - limit
    return "\n".join([*lines, f"... and {more} more kinds"] if more > 0 else lines)
