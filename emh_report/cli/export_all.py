"""emh-report export-all: every released report of the store, in one pass that can be stopped and gone on with."""

from __future__ import annotations

import errno
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from emh_report import __version__
from emh_report.cli.exits import Exit
from emh_report.cli.output import print_json
from emh_report.cli.storing import record, with_store
from emh_report.export import Format
from emh_report.reads import OperatorAction

if TYPE_CHECKING:
    from emh_report.bulk.export import Files, Outcome
    from emh_report.store import Store

LESIONS: Final = "lesions"
WITHOUT_PATIENT: Final = (LESIONS, Format.FHIR_R4_IMR.value)
LINES: Final = 100
ROWS: Final = 2_000
"""Reports of one batch: so many an interrupted export does again at most."""


@click.command("export-all")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "format_",
    default=Format.FHIR_R4_TRANSACTION.value,
    show_default=True,
    type=click.Choice([*(one.value for one in Format if one.is_fhir), LESIONS]),
    help="Format of the lines; lesions: a folder of Parquet files, one row a lesion.",
)
@click.option("--create-patient", is_flag=True, help="Send the patient in FHIR transactions.")
@click.option("--restart", is_flag=True, help="Start again where an interrupted export could go on.")
@with_store
def export_all(store: Store, *, target: Path, format_: str, create_patient: bool, restart: bool, as_json: bool) -> None:
    """Write the newest version of every released report to TARGET: NDJSON, one FHIR bundle a line, or a table.

    Interrupted, it goes on where it was when it is started again; TARGET is there when everything is. Reports that
    cannot be exported are listed in TARGET.refused.ndjson, with exit code 1.
    """
    from emh_report.bulk.alone import alone
    from emh_report.bulk.export import Files

    if str(target) == "-":  # elsewhere standard output; there no export could go on where it was
        raise click.BadParameter("'-' is no file: name one", param_hint="TARGET")
    if create_patient and format_ in WITHOUT_PATIENT:
        raise click.UsageError(f"--create-patient: --as {format_} never carries the patient; leave one of both out")
    if target.exists():
        raise FileExistsError(errno.EEXIST, "it is there already: move it away, or choose another name", str(target))
    part = target.with_name(f"{target.name}.part")
    files = Files(target.with_name(f"{target.name}.checkpoint"), target.with_name(f"{target.name}.refused.ndjson"))
    with alone(target):
        record(store, OperatorAction.EXPORT_ALL, store.count_released())
        if restart or not files.checkpoint.exists():
            _remove(part, files.checkpoint, files.refusals)
        outcome = _run(store, part, files, format_, create_patient=create_patient)
        if not outcome.refused:
            files.refusals.unlink()
        part.replace(target)
        files.checkpoint.unlink(missing_ok=True)
    _say(target, files.refusals, outcome, as_json=as_json)


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _run(store: Store, part: Path, files: Files, format_: str, *, create_patient: bool) -> Outcome:
    """Export with a bar on stderr where somebody looks on."""
    from emh_report.bulk import makers
    from emh_report.bulk.export import Work
    from emh_report.bulk.export import export_all as exported
    from emh_report.bulk.lines import Lines

    of = f"{format_} {create_patient} {__version__} {store.pseudonym('export')[:16]}"
    with click.progressbar(length=store.count_released(), label="exporting", file=sys.stderr) as bar:
        if format_ != LESIONS:
            bundles = makers.bundles(store, Format(format_), create_patient=create_patient)
            return exported(store, Work(of, bundles, LINES), Lines(part), files, bar.update)
        from emh_report.bulk.table import Table
        from emh_report.export.lesions import columns

        found = columns(plan.template for plan in store.catalog.plans.values())
        named = f"{of} {store.pseudonym(*(column.name for column in found))[:16]}"
        return exported(store, Work(named, makers.lesions(store), ROWS), Table(part, found), files, bar.update)


def _say(target: Path, refusals: Path, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json({"target": str(target), **outcome._asdict()})
    else:
        click.echo(f"{target}: {outcome.entries} entries of {outcome.reports} reports")
        if outcome.refused:
            click.echo(f"{outcome.refused} could not be exported: {refusals}")
    if outcome.refused:
        sys.exit(Exit.REPORT_HAS_ERRORS)
