"""emh-report validate, render, export: the three uses of a draft."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from emh_report import pipeline
from emh_report.cli.exits import Exit, reported
from emh_report.cli.files import STANDARD, read_case, write_atomically, write_standard
from emh_report.cli.options import ReadSettings, catalog_options, export_options, load, load_settings
from emh_report.cli.options import as_json as json_option
from emh_report.cli.output import print_json, progress
from emh_report.cli.verdicts import counts, print_verdict
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.export import Format

Command = TypeVar("Command", bound=Callable[..., Any])
Read = Callable[[], tuple[Draft, Context]]


def _draft(command: Command) -> Command:
    """Add the argument FILE and the option --context; the command gets both as ``read``, which reads them."""

    @functools.wraps(command)
    def with_case(*, file: str, context_file: str | None, **options: Any) -> None:  # noqa: ANN401 - of any type
        command(read=functools.partial(read_case, file, context_file), **options)

    file = click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
    context = click.option(
        "--context",
        "context_file",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        help="File with the context, where the draft stands in a file of its own.",
    )
    return cast("Command", file(context(with_case)))


@click.command()
@_draft
@json_option
@catalog_options
def validate(read: Read, *, as_json: bool, site: tuple[Path, ...], maps: tuple[str, ...]) -> None:
    """Print every issue of a draft file ("-": standard input). Exit code 1 where there are errors."""
    with reported(as_json=as_json):
        draft, context = read()
        catalog = load(site, maps)
        with progress("validating"):
            verdict = pipeline.validate(catalog, draft, context)
    if as_json:
        from emh_report.wire.json_form import json_form
        from emh_report.wire.verdict import write_verdict

        print_json(json_form(write_verdict(verdict)))
    else:
        print_verdict(verdict)
    if not verdict.can_finalize:
        sys.exit(Exit.REPORT_HAS_ERRORS)


@click.command()
@_draft
@click.option("--format", "format_", type=click.Choice(["text", "html"]), default="text", show_default=True)
@json_option
@catalog_options
def render(read: Read, format_: str, *, as_json: bool, site: tuple[Path, ...], maps: tuple[str, ...]) -> None:
    """Print the narrative of a draft file ("-": standard input)."""
    with reported(as_json=as_json):
        draft, context = read()
        catalog = load(site, maps)
        with progress("rendering"):
            narrative, section, verdict = pipeline.render(catalog, draft, context)
    html = format_ == "html"
    if as_json:
        from emh_report.wire.json_form import json_form
        from emh_report.wire.results import write_rendered

        print_json(json_form(write_rendered(narrative, section, verdict, html=html)))
        return
    click.echo(narrative.html if html else narrative.text)
    if section is not None:
        click.secho("\nSection for the main report:\n", bold=True)
        click.echo(section.html if html else section.text)


@click.command()
@_draft
@click.option("--as", "format_", required=True, type=click.Choice([one.value for one in Format]), help="Format.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File; else standard output.")
@click.option("--with-pdf", is_flag=True, help="Present the report as PDF too in a FHIR bundle.")
@json_option
@export_options
def export(
    read: Read,
    settings: ReadSettings,
    format_: str,
    output: Path | None,
    *,
    with_pdf: bool,
    as_json: bool,
) -> None:
    """Write the report of a draft file ("-": standard input) in an exchange format."""
    with reported(as_json=as_json):
        draft, context = read()
        chosen = settings()
        catalog = load_settings(chosen)
        with progress("exporting"):
            exported, verdict = pipeline.export_report(
                catalog, draft, context, Format(format_), create_patient=chosen.create_patient, with_pdf=with_pdf
            )
        to_file = output is not None and str(output) != STANDARD
        if output is not None and to_file:
            write_atomically(output, exported.content)
    if as_json:
        from emh_report.wire.json_form import json_form
        from emh_report.wire.results import write_exported

        data = json_form(write_exported(exported, verdict))
        if to_file:
            del data["content"]  # it is in the file
        print_json(data)
    elif to_file:
        click.echo(f"{output}: {len(exported.content)} bytes, {exported.content_type}; {counts(verdict)}", err=True)
    else:
        write_standard(exported.content)
