"""Let outside judges look at everything that leaves as FHIR: conformance/README.md.

`make conformance` prints judge × resource kind, then which judge catches which planted mistake, and fails on an error,
on a warning that conformance/allowed.toml does not explain, and on a mistake that no judge catches.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from conformance import run, second, seeded, table, targets
from conformance.allowed import read_allowed
from conformance.classpath import MissingProgramError
from conformance.findings import Target
from conformance.official import ValidatorError
from conformance.run import Judge


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--context", type=click.Path(exists=True, file_okay=False, path_type=Path), help="What FILES refer to.")
@click.option("--seeded/--no-seeded", "with_mistakes", default=True, help="Also plant mistakes.")
@click.option("--verbose", is_flag=True, help="Also print the expected warnings.")
def main(*, files: tuple[Path, ...], context: Path | None, with_mistakes: bool, verbose: bool) -> None:
    """Judge FILES, or every golden output and published example of this checkout."""
    chosen = [target for file in files if (target := targets.target_of(file.resolve(), context and context.resolve()))]
    if len(chosen) < len(files):
        raise click.ClickException("the name of a file does not say its FHIR version: end it in -r4.json or -r5.json")
    with tempfile.TemporaryDirectory() as folder:
        judged = chosen or run.everything(Path(folder))
        try:
            with run.judges(judged) as panel:
                passed = _judge(judged, panel, verbose=verbose, everything=not chosen)
                if with_mistakes:
                    passed = _seed(targets.for_seeding(judged), panel) and passed
        except (MissingProgramError, ValidatorError, FileNotFoundError) as error:
            raise click.ClickException(f"{error}. conformance/README.md says what is needed.") from error
    sys.exit(not passed)


def _judge(judged: Sequence[Target], panel: Mapping[str, Judge], *, verbose: bool, everything: bool) -> bool:
    if second.JUDGE not in panel:
        print(f"not installed, so not asked: {second.JUDGE}")
    verdict = run.judge_all(judged, panel)
    print(table.verdicts(verdict.seen, verdict.found))
    times = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in verdict.seconds.items())
    print(f"{len(judged)} files: {times}")
    if verbose and verdict.found.expected:
        print(f"\nexpected:\n{table.listing(verdict.found.expected)}")
    for entry in verdict.found.unused if everything else ():
        print(f"not needed in this run: {entry.judge}: {entry.message.pattern}")
    if not verdict.passed:
        print(f"\nfailing:\n{table.listing(verdict.found.failing)}")
    return verdict.passed


def _seed(judged: Sequence[Target], panel: Mapping[str, Judge]) -> bool:
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        rows = seeded.run(judged, panel, read_allowed(), Path(folder))
    print(f"\n{seeded.table(rows)}\n{time.monotonic() - start:.0f} s")
    missed = seeded.missed(rows)
    print("".join(f"no judge caught: {one}\n" for one in missed), end="")
    return not missed


if __name__ == "__main__":
    main()
