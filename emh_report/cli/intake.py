"""emh-report import: from a FHIR bundle back to a draft file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from emh_report import limits, pipeline
from emh_report.cli.exits import Exit, reported
from emh_report.cli.files import STANDARD, read_content, read_from, write_atomically
from emh_report.cli.options import as_json as json_option
from emh_report.cli.options import catalog_options, load
from emh_report.cli.output import print_json, progress
from emh_report.cli.verdicts import print_issue

VERSIONS = ("4.0", "5.0")


@click.command(name="import")
@click.argument("file", metavar="BUNDLE", type=click.Path(allow_dash=True))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File; else standard output.")
@click.option("--fhir", "version", type=click.Choice(VERSIONS), help="FHIR version of the bundle; else found out.")
@click.option("--context-only", is_flag=True, help="Patient, orders, studies and people of RIS and PACS, as a context.")
@json_option
@catalog_options
def import_(
    file: str,
    output: Path | None,
    version: str | None,
    *,
    context_only: bool,
    as_json: bool,
    **chosen: Any,  # noqa: ANN401 - the catalog options
) -> None:
    """Turn a FHIR bundle of this program ("-": standard input) back into a draft file.

    With --context-only, resources of RIS and PACS become a context file, as --context of other commands takes it.

    Exit code 3 where the bundle is not accepted; every mistake in it is named by its FHIRPath.
    """
    from emh_report.wire.draft_file import write_imported_file
    from emh_report.wire.json_form import json_form
    from emh_report.wire.results import write_imported

    to_file = output is not None and str(output) != STANDARD
    with reported(as_json=as_json), read_from(file):
        content = read_content(file, limits.INTAKE_BYTES)
        catalog = load(**chosen)
        read = pipeline.import_context if context_only else pipeline.import_report
        with progress("importing"):
            found = read(catalog, content, version or "")
        written = write_imported_file(found)
        if output is not None and to_file and written:
            write_atomically(output, written.encode())
    if as_json:
        data = json_form(write_imported(found))
        for name in ("draft", "context") if to_file and written else ():
            del data[name]  # they are in the file
        print_json(data)
    else:
        for issue in found.issues:
            print_issue(issue, err=True)
        click.echo(f"{output}: {len(found.issues)} issues" if to_file and written else written, err=to_file, nl=to_file)
    if not written:
        sys.exit(Exit.FILE)
