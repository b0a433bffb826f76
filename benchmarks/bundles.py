"""Speed of the FHIR bundles: a report of three lesions, validated before, as bytes of every kind.

    .venv/bin/python -m benchmarks.bundles

Processor time, every kind once a round, one after the other: what else the machine does is not counted. "bare" is
without words (no presentedForm, no text), which only transactions are without; "words" is the narrative alone.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import click

from benchmarks.validation import example
from benchmarks.way_back import CONTEXT, times
from emh_report import load_catalog
from emh_report.export import fhir
from emh_report.export.fhir.kinds import KINDS
from emh_report.export.narrative import narrate
from emh_report.pipeline import release

NAMED: Final = replace(CONTEXT, patient=replace(CONTEXT.patient, family="Fictional"))


@click.command()
@click.option("--rounds", default=200, show_default=True)
@click.option("--lesions", default=3, show_default=True)
def main(rounds: int, lesions: int) -> None:
    """Print the least and the median time of every kind."""
    report = release(load_catalog(), example(lesions), NAMED).report
    words = narrate(report)
    timed: dict[str, Callable[[], object]] = {"words": functools.partial(narrate, report)}
    for version in fhir.Version:
        bare = functools.partial(fhir.transaction_json, report, version=version)
        timed[f"bare {version.name} transaction"] = bare
    timed |= {name: functools.partial(fhir.serialize, report, words, kind) for name, kind in KINDS.items()}
    found = times(timed, rounds)
    print(f"{lesions} lesions, {rounds} rounds")
    print(f"{'':24}{'least':>8}{'median':>8} ms")
    for name, each in found.items():
        print(f"{name:24}{each[0] * 1e3:8.2f}{statistics.median(each) * 1e3:8.2f}")


if __name__ == "__main__":
    main()
