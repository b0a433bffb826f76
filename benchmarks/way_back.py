"""Speed of the way back: a FHIR bundle of three lesions as draft and context.

    .venv/bin/python -m benchmarks.way_back

Every round times every step once, one after the other, in processor time: what else the machine does is not counted.
"way back" is everything from bytes to draft and context; the
checks of content from outside come on top: our own walk, and the parser of fhir.resources.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from decimal import Decimal

import click
import orjson

from benchmarks.validation import example
from emh_report import load_catalog
from emh_report.context import Context, Identifier, Order, Organization, Patient, Practitioner, ReportIdentity, Study
from emh_report.context import ReportStatus as Status
from emh_report.export import fhir
from emh_report.intake import bundles
from emh_report.intake.checks import Checker
from emh_report.intake.content import read_json
from emh_report.intake.context import read_context
from emh_report.intake.draft import read_draft
from emh_report.intake.terms import terms_of
from emh_report.intake.versions import R4
from emh_report.intake.view import view
from emh_report.pipeline import release

CONTEXT = Context(
    report=ReportIdentity(Identifier("urn:example:report", "R-1"), 1, Status.PRELIMINARY, "2024-01-15T16:00:00Z"),
    patient=Patient((Identifier("urn:example:pid", "P-1"),)),
    orders=(Order(Identifier("urn:example:accession", "A-1")),),
    studies=(Study("2.25.1", ("CT",), "2024-01-15"),),
    author=Practitioner(Identifier("urn:example:staff", "S-1"), "Reader"),
    organization=Organization(Identifier("urn:example:org", "O-1"), "Radiology"),
)


def times(timed: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the processor times of every step in seconds, sorted."""
    found: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, step in timed.items():
            started = time.process_time()
            step()
            found[name].append(time.process_time() - started)
    return {name: sorted(each) for name, each in found.items()}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


@click.command()
@click.option("--rounds", default=200, show_default=True)
@click.option("--lesions", default=3, show_default=True)
def main(rounds: int, lesions: int) -> None:
    """Print the least and the median time of every step."""
    catalog = load_catalog()
    draft = example(lesions)
    content = fhir.to_json(fhir.transaction(release(catalog, draft, CONTEXT).report))
    bundle = read_json(content)
    terms = terms_of(catalog)

    def back() -> None:
        found = view(read_json(content), R4)
        read_draft(found, catalog)
        read_context(found)

    found = times(
        {
            "way back": back,
            "of it: jiter": lambda: read_json(content),
            "json.loads with hooks": lambda: json.loads(content, parse_float=Decimal, object_pairs_hook=_unique),
            "orjson.loads": lambda: orjson.loads(content),
            "checks: walk": lambda: Checker("4.0", terms).resource(bundle, ""),
            "checks: fhir.resources": lambda: bundles.parsed(bundle, "4.0"),
        },
        rounds,
    )
    print(f"{len(content)} bytes, {len(bundle['entry'])} entries, {lesions} lesions, {rounds} rounds")
    print(f"{'':24}{'least':>8}{'median':>8} ms")
    for name, each in found.items():
        print(f"{name:24}{each[0] * 1e3:8.2f}{statistics.median(each) * 1e3:8.2f}")


if __name__ == "__main__":
    main()
