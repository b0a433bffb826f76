"""Count the facts of the published cases and where they went, or rewrite what is expected of each case.

`make cases` prints one line per case and fails on a gap; `make cases-write` rewrites expected/ of each.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import click

from emh_report import pipeline
from emh_report.export import Format
from emh_report.issues import Issue
from emh_report.pipeline import Verdict
from scripts.case_facts import Account, Exclusions, account, read_exclusions
from tests.case_files import Case, Json, case_folders, catalog, read_case

EXPORTS = {
    "narrative.txt": Format.TEXT,
    "narrative.html": Format.HTML,
    "fhir-r4-transaction.json": Format.FHIR_R4_TRANSACTION,
}
"""What every case has."""

MORE_EXPORTS = {
    "fhir-r5-transaction.json": Format.FHIR_R5_TRANSACTION,
    "fhir-r4-document.json": Format.FHIR_R4_DOCUMENT,
    "fhir-r5-document.json": Format.FHIR_R5_DOCUMENT,
    "fhir-r4-imr.json": Format.FHIR_R4_IMR,
}
"""What every fifth case has besides, to keep the repository small; for the others `make conformance` makes them."""


def exports_of(case_id: str) -> dict[str, Format]:
    """Return the exports that are kept of a case, by file name."""
    return EXPORTS | MORE_EXPORTS if int(case_id.rpartition("-")[2]) % 5 == 0 else EXPORTS


def pretty(content: bytes) -> bytes:
    """Return JSON indented for reading, with every number exactly as it stands."""
    marked = json.loads(content, parse_float=lambda number: f"\0{number}\0")
    text = json.dumps(marked, ensure_ascii=False, indent=1)
    return re.sub(r'"\\u0000([^"]*)\\u0000"', r"\1", text).encode() + b"\n"


def issues_json(verdict: Verdict) -> bytes:
    """Return everything a validation finds, as JSON."""
    found = {
        "can_release_preliminary": verdict.can_release_preliminary,
        "can_finalize": verdict.can_finalize,
        "required": verdict.required,
        "required_answered": verdict.required_answered,
        "critical": [critical._asdict() for critical in verdict.critical],
        "issues": [_issue(issue) for issue in verdict.issues],
    }
    return pretty(json.dumps(found, ensure_ascii=False).encode())


def _issue(issue: Issue) -> dict[str, Json]:
    """Return an issue as JSON, without what is empty or false."""
    flat = issue._asdict() | {"where": issue.where._asdict()}
    flat["where"] = {name: value for name, value in flat["where"].items() if value}
    return {name: value for name, value in flat.items() if value}


def expected(case: Case) -> dict[str, bytes]:
    """Return the files expected of a case, by name."""
    files = {"issues.json": issues_json(pipeline.validate(catalog(), case.draft, case.context))}
    for name, format_ in exports_of(case.id).items():
        content = pipeline.export_report(catalog(), case.draft, case.context, format_)[0].content
        files[name] = pretty(content) if name.endswith(".json") else content
    return files


def write(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Write the files of one case that differ from what is there, and return their names."""
    (folder / "expected").mkdir(exist_ok=True)
    changed = []
    for name, content in files.items():
        path = folder / "expected" / name
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            changed.append(name)
    return changed


class Line(NamedTuple):
    """What is printed of one case."""

    case: Case
    account: Account
    severities: Counter[str]


def line_of(case: Case, exclusions: Exclusions) -> Line:
    """Account for one case and validate it."""
    verdict = pipeline.validate(catalog(), case.draft, case.context)
    return Line(case, account(case, exclusions), Counter(issue.severity.value for issue in verdict.issues))


def table(lines: list[Line]) -> str:
    """Return one row per case, and the totals."""
    rows = [f"{'case':14}{'template':24}{'facts':>6}{'in fields':>11}{'errors':>8}{'warnings':>10}"]
    for line in lines:
        head = f"{line.case.id:14}{line.case.draft.template_id:24}"
        counts = f"{line.account.stated:6}{line.account.in_fields:11}"
        rows.append(f"{head}{counts}{line.severities['error']:8}{line.severities['warning']:10}")
    stated, carried = sum(line.account.stated for line in lines), sum(line.account.in_fields for line in lines)
    errors = sum(line.severities["error"] for line in lines)
    warnings = sum(line.severities["warning"] for line in lines)
    return "\n".join([*rows, f"{len(lines):3} cases{'':29}{stated:6}{carried:11}{errors:8}{warnings:10}"])


@click.command()
@click.option("--write", "rewrite", is_flag=True, help="Rewrite tests/cases/*/expected; review the diff.")
def main(*, rewrite: bool) -> None:
    """Print where the facts of every published case went; fail on a gap."""
    cases = [read_case(folder) for folder in case_folders()]
    if rewrite:
        for case in cases:
            for name in write(case.folder, expected(case)):
                print(f"{case.id}/expected/{name}")
        return
    exclusions = read_exclusions()
    lines = [line_of(case, exclusions) for case in cases]
    print(table(lines))
    gaps = [f"{line.case.id}: {gap}" for line in lines for gap in line.account.gaps]
    if gaps:
        raise click.ClickException("\n".join(["gaps:", *gaps]))


if __name__ == "__main__":
    main()
