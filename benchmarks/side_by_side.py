"""This project beside others on the same answers, in one run: what `make bench` does.

    .venv/bin/python -m benchmarks.side_by_side

Every round times every row once, in seconds of processor (benchmarks/peers/rounds.py). Printed are the median, the
first and last decile, how many a second of one core, and the ratio to this project: the median of the ratios within
each round, which what else the machine does hardly touches. The output goes to build/bench/ as JSON and SVG, and into
docs/ with --docs.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from benchmarks.peers import cold, others, rows
from benchmarks.peers.case import Case, published, typical
from benchmarks.peers.echo import clients
from benchmarks.peers.machine import machine
from benchmarks.peers.picture import Bar, bars
from benchmarks.peers.rounds import Timed, interleaved
from benchmarks.peers.rows import BASIS, Row
from emh_report.catalog import load_catalog

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "bench"
PICTURE = "benchmarks.svg"
HEAD = f"{'':34}{'us':>11}{'first decile':>14}{'last decile':>13}{'a second':>10}{'x ours':>9}"


def table(found: Mapping[str, Timed]) -> Iterator[str]:
    """Yield the lines of a case."""
    yield HEAD
    for name, timed in found.items():
        first, last = (edge * 1e6 for edge in timed.spread)
        ratio = timed.ratio(found[BASIS])
        yield f"{name:34}{timed.median * 1e6:11.1f}{first:14.1f}{last:13.1f}{1 / timed.median:10.1f}{ratio:9.3g}"


def measured(cases: list[Case], rounds: int) -> Mapping[str, tuple[list[Row], Mapping[str, Timed]]]:
    """Return rows and times of every case."""
    catalog, found = load_catalog(), {}
    with clients() as pair:
        for case in cases:
            name = f"{case.name}: {case.lesions} lesions, {case.answers} answers"
            with contextlib.ExitStack() as stack:
                chosen = [*rows.library(catalog, case), *rows.calls(pair, case)]
                chosen += others.rows(stack, BUILD, catalog, case, functools.partial(click.echo, err=True))
                times = interleaved({row.name: row.batch for row in chosen}, rounds, functools.partial(_tell, name))
            found[name] = (chosen, times)
            click.echo(f"\n{name}")
            click.echo("\n".join(table(times)))
            gc.freeze()  # this process is the client of both: what all rows made is not looked through while it waits
            click.echo("\n".join(rows.slowest(pair, case)))
    return found


def _tell(name: str, text: str) -> None:
    click.echo(f"\r{name}: {text}   ", nl=False, err=True)


def linear(rounds: int) -> Iterator[str]:
    """Yield the cost of a lesion in reports of 1 to 1000 lesions."""
    catalog = load_catalog()
    batches = {lesions: rows.export_batch(catalog, typical(lesions)) for lesions in (1, 10, 100, 1000)}
    times = interleaved({str(lesions): batch for lesions, batch in batches.items()}, rounds, lambda _: None)
    for lesions, timed in times.items():
        each = timed.median / int(lesions)
        yield f"{lesions:>6} lesions{timed.median * 1e6:12.0f} us a report{each * 1e6:10.1f} us a lesion"


def _picture(name: str, times: Mapping[str, Timed]) -> str:
    found = [Bar(row, 1 / timed.median, row.startswith("emh_report")) for row, timed in times.items()]
    return bars("Reports a second", f"{name}; logarithmic scale, one core for each process", found)


@click.command()
@click.option("--rounds", default=15, show_default=True)
@click.option("--docs", is_flag=True, help="Also write docs/images/benchmarks.svg.")
def main(rounds: int, *, docs: bool) -> None:
    """Compare, print, and write build/bench/results.json and the picture."""
    BUILD.mkdir(parents=True, exist_ok=True)
    stated = machine()
    click.echo("\n".join(f"{name}: {text}" for name, text in stated.items()))
    starts = cold.starts(rounds)
    click.echo("\n".join(cold.lines(starts)))
    found = measured([published(), typical(3), typical(20)], rounds)
    click.echo("\ncost of a lesion")
    click.echo("\n".join(linear(min(rounds, 5))))
    (_, first), *_ = found.values()
    name = next(iter(found))
    results = {
        "machine": stated,
        "rounds": rounds,
        "starts_seconds": {what: statistics.median(seconds) for what, seconds in starts.items()},
        "cases": {
            case: [
                {
                    "row": row.name,
                    "checks": row.checks,
                    "loses": row.loses,
                    "seconds": times[row.name].median,
                    "deciles": times[row.name].spread,
                    "times_ours": times[row.name].ratio(times[BASIS]),
                }
                for row in chosen
            ]
            for case, (chosen, times) in found.items()
        },
    }
    (BUILD / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    picture = _picture(name, first)
    for folder in [BUILD, ROOT / "docs" / "images"] if docs else [BUILD]:
        (folder / PICTURE).write_text(picture, encoding="utf-8")
    click.echo(f"\nwritten: {BUILD.relative_to(ROOT)}/results.json and {PICTURE}")


if __name__ == "__main__":
    main()
