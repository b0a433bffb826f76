"""Plain modules beside compiled ones (docs/adr/0053): the same steps on the same reports, in two processes in turn.

    make compiled && .venv/bin/python -m benchmarks.compiled

Processor time. Each process says which file it ran, and both must make the same bytes.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click

from benchmarks.peers.case import Case, published, typical
from benchmarks.way_back import times
from emh_report import load_catalog, pipeline, validation
from emh_report.catalog import Catalog
from emh_report.export import Format, fhir

ROOT: Final = Path(__file__).resolve().parents[1]
COMPILED: Final = ROOT / "build" / "compiled"
BESIDE: Final = ("benchmarks", "docs", "pyproject.toml", "scripts", "templates", "tests")
"""What benchmarks and tests read beside the package."""
CALLS: Final = 400


class Found(NamedTuple):
    """What one process found."""

    module: str
    digest: str
    medians: dict[str, float]


def furnished() -> Path:
    """Return the folder of the compiled modules with everything beside them."""
    for name in BESIDE:
        if not (link := COMPILED / name).is_symlink():
            link.symlink_to(ROOT / name)
    return COMPILED


def steps(catalog: Catalog, case: Case) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is timed, by name."""
    _, draft, context = case
    name = f"{case.name}, {case.lesions} lesions"

    def bare() -> bytes:
        return fhir.transaction_json(pipeline.release(catalog, draft, context).report)

    yield f"{name}: validate", functools.partial(pipeline.validate, catalog, draft, context)
    yield f"{name}: answers to FHIR transaction", bare
    whole = functools.partial(pipeline.export_report, catalog, draft, context, Format.FHIR_R4_TRANSACTION)
    yield f"{name}: the same with narrative", whole
    report = pipeline.release(catalog, draft, context).report
    yield f"{name}: report to FHIR transaction", functools.partial(fhir.transaction_json, report)
    newer = functools.partial(fhir.transaction_json, report, version=fhir.Version.R5)
    yield f"{name}: report to FHIR transaction, R5", newer


def beyond(catalog: Catalog, case: Case, version: fhir.Version) -> float:
    """Return the seconds that release and transaction take beyond validation.

    Both are timed in turn, so that each finds the caches of the processor full of the other.
    """
    _, draft, context = case

    def whole() -> bytes:
        return fhir.transaction_json(pipeline.release(catalog, draft, context).report, version=version)

    found = times({"validate": lambda: pipeline.validate(catalog, draft, context), "whole": whole}, CALLS)
    return statistics.median(found["whole"]) - statistics.median(found["validate"])


def measured() -> Found:
    """Time every step in this process."""
    catalog, cases = load_catalog(), (published(), typical(3))
    timed = {name: step for case in cases for name, step in steps(catalog, case)}
    digest = hashlib.sha256(b"".join(found for step in timed.values() if isinstance(found := step(), bytes)))
    medians = {name: statistics.median(times({name: step}, CALLS)[name]) for name, step in timed.items()}
    for case, version in itertools.product(cases, fhir.Version):
        medians[f"{case.name}, R{version[0]}: beyond validation"] = beyond(catalog, case, version)
    return Found(str(validation.__file__), digest.hexdigest(), medians)


def elsewhere(folder: Path) -> Found:
    """Time every step in a process of its own, with the modules of ``folder``."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.compiled", "--here"], cwd=folder, stdout=-1, check=True)
    return Found(*json.loads(done.stdout))


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--here", is_flag=True, hidden=True)
def main(rounds: int, here: bool) -> None:  # noqa: FBT001 - click
    """Print the median of both and how many times as fast the compiled modules are."""
    if here:
        print(json.dumps(measured()))
        return
    if not list(COMPILED.glob("*__mypyc.*")):
        raise click.ClickException("nothing is compiled; `make compiled` does it")
    folder = furnished()
    runs = [(elsewhere(ROOT), elsewhere(folder)) for _ in range(rounds)]
    plain, compiled = runs[0]
    if plain.digest != compiled.digest or plain.module == compiled.module:
        raise click.ClickException(f"not the same: {plain.module}, {compiled.module}")
    print(f"{rounds} rounds of {CALLS} calls, processor time\n")
    print("| | plain, µs | compiled, µs | compiled, a second | x as fast |\n|---|---|---|---|---|")
    for name in plain.medians:
        slow, fast = (statistics.median(run[side].medians[name] for run in runs) * 1e6 for side in (0, 1))
        ratio = statistics.median(run[0].medians[name] / run[1].medians[name] for run in runs)
        print(f"| {name} | {slow:.0f} | {fast:.0f} | {1e6 / fast:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
