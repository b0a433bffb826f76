"""The seeded-mistake suite: which judge catches which planted mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from conformance import profile_mistakes
from conformance.allowed import Allowed, sort
from conformance.findings import Finding, Json, Target
from conformance.mistakes import BASE, Plant
from conformance.table import columns
from conformance.targets import EU_DOCUMENT, EU_DOCUMENT_R5, IMR
from emh_report.export.fhir import to_json

Judge = Callable[[Target], list[Finding]]


class Row(NamedTuple):
    """One planted mistake in one bundle, and the judges that caught it."""

    mistake: str
    bundle: str
    caught: Mapping[str, bool]


def mistakes_for(target: Target) -> Mapping[str, Plant]:
    """Return the mistakes of the base, and those against the guide that a bundle of this kind claims."""
    if {EU_DOCUMENT, EU_DOCUMENT_R5} & {*target.profiles}:
        return {**BASE, **profile_mistakes.EU_DOCUMENT}
    return {**BASE, **profile_mistakes.IMR} if IMR in target.profiles else BASE


def seed(target: Target, folder: Path) -> list[tuple[str, Target]]:
    """Write one copy of a bundle for each mistake that it has a place for; each copy has exactly one."""
    found = []
    for name, plant in mistakes_for(target).items():
        content = read_exactly(target.file)
        try:
            plant(content)
        except LookupError:
            continue
        file = folder / f"{target.name.replace('/', '.')}.{re.sub('[^a-z0-9]+', '-', name.lower())}.json"
        file.write_bytes(to_json(content))
        found.append((name, target._replace(file=file, name=file.name)))
    return found


def read_exactly(file: Path) -> Json:
    """Return a bundle with exact decimals: 4.20 that became 4.2 would be a second mistake."""
    return json.loads(file.read_bytes(), parse_float=Decimal)


def run(
    targets: Iterable[Target], judges: Mapping[str, Judge], allowed: tuple[Allowed, ...], folder: Path
) -> list[Row]:
    """Return one row for each mistake in each bundle. What a judge says of the valid bundle does not count.

    The validator has a process for each FHIR version, so the versions are judged side by side.
    """
    shares = [list(share) for _, share in groupby(targets, key=lambda target: target.version)]
    with ThreadPoolExecutor(max(len(shares), 1)) as pool:
        found = pool.map(lambda share: _rows(share, judges, allowed, folder), shares)
        return list(chain.from_iterable(found))


def _rows(
    targets: Iterable[Target], judges: Mapping[str, Judge], allowed: tuple[Allowed, ...], folder: Path
) -> list[Row]:
    rows = []
    for target in targets:
        before = {name: _failing(judge(target), allowed) for name, judge in judges.items()}
        for mistake, seeded in seed(target, folder):
            caught = {name: bool(_failing(judge(seeded), allowed) - before[name]) for name, judge in judges.items()}
            rows.append(Row(mistake, target.name, caught))
    return rows


def _failing(findings: list[Finding], allowed: tuple[Allowed, ...]) -> set[tuple[str, str]]:
    return {(finding.path, finding.message) for finding in sort(findings, allowed).failing}


def missed(rows: Iterable[Row]) -> list[str]:
    """Return the mistakes that no judge caught."""
    return [f"{row.mistake} in {row.bundle}" for row in rows if not any(row.caught.values())]


def table(rows: list[Row]) -> str:
    """Return mistake × judge, with the sums."""
    judges = list(rows[0].caught)
    lines = [["planted mistake", "bundle", *judges, "pipeline"]]
    for row in rows:
        marks = [*row.caught.values(), any(row.caught.values())]
        lines.append([row.mistake, row.bundle, *("caught" if mark else "." for mark in marks)])
    sums = [sum(row.caught[judge] for row in rows) for judge in judges]
    whole = len(rows) - len(missed(rows))
    lines.append([f"{len(rows)} mistakes", "", *map(str, sums), str(whole)])
    return columns(lines)
