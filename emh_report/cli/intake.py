"""emh-report import: from a FHIR bundle back to a draft file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from emh_report import limits, pipeline
from emh_report.cli.exits import Exit, reported
from emh_report.cli.files import STANDARD, read_content, write_atomically
from emh_report.cli.options import as_json as json_option
from emh_report.cli.options import catalog_options, load
from emh_report.cli.output import print_json, progress
from emh_report.cli.verdicts import print_issue

VERSIONS = ("4.0", "5.0")


@click.command(name="import")
@click.argument("file", metavar="BUNDLE", type=click.Path(allow_dash=True))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File; else standard output.")
@click.option("--fhir", "version", type=click.Choice(VERSIONS), help="FHIR version of the bundle; else found out.")
@json_option
@catalog_options
def import_(
    file: str, output: Path | None, version: str | None, *, as_json: bool, site: tuple[Path, ...], maps: tuple[str, ...]
) -> None:
    """Turn a FHIR bundle of this program ("-": standard input) back into a draft file.

    Exit code 3 where the bundle is not accepted; every mistake in it is named by its FHIRPath.
    """
    from emh_report.wire.draft_file import write_draft_file
    from emh_report.wire.json_form import json_form
    from emh_report.wire.request import write_request
    from emh_report.wire.results import write_imported

    to_file = output is not None and str(output) != STANDARD
    with reported(as_json=as_json):
        content = read_content(file, limits.INTAKE_BYTES)
        catalog = load(site, maps)
        with progress("importing"):
            found = pipeline.import_report(catalog, content, version or "")
        draft, context = found.draft, found.context
        written = write_draft_file(write_request(draft, context)) if draft and context else ""
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
