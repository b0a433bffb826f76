"""emh-report validate, render, export: the three uses of a draft file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from emh_report import pipeline
from emh_report.cli.exits import Exit, reported
from emh_report.cli.files import STANDARD, read_case, write_atomically
from emh_report.cli.options import as_json as json_option
from emh_report.cli.options import catalog_options, load
from emh_report.cli.output import print_json, progress
from emh_report.cli.verdicts import counts, print_verdict, verdict_data
from emh_report.export import Format

Command = TypeVar("Command", bound=Callable[..., Any])


def _file(command: Command) -> Command:
    """Add the argument FILE."""
    return click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))(command)


@click.command()
@_file
@json_option
@catalog_options
def validate(file: str, *, as_json: bool, site: tuple[Path, ...], maps: tuple[str, ...]) -> None:
    """Print every issue of a draft file ("-": standard input). Exit code 1 where there are errors."""
    with reported(as_json=as_json):
        draft, context = read_case(file)
        catalog = load(site, maps)
        with progress("validating"):
            verdict = pipeline.validate(catalog, draft, context)
    if as_json:
        print_json(verdict_data(verdict))
    else:
        print_verdict(verdict)
    if not verdict.can_finalize:
        sys.exit(Exit.REPORT_HAS_ERRORS)


@click.command()
@_file
@click.option("--format", "format_", type=click.Choice(["text", "html"]), default="text", show_default=True)
@json_option
@catalog_options
def render(file: str, format_: str, *, as_json: bool, site: tuple[Path, ...], maps: tuple[str, ...]) -> None:
    """Print the narrative of a draft file ("-": standard input)."""
    with reported(as_json=as_json):
        draft, context = read_case(file)
        catalog = load(site, maps)
        with progress("rendering"):
            narrative, section, verdict = pipeline.render(catalog, draft, context)
    text = narrative.html if format_ == "html" else narrative.text
    paste = None if section is None else section.html if format_ == "html" else section.text
    if as_json:
        print_json({"narrative": text, "paste_section": paste, "verdict": verdict_data(verdict)})
        return
    click.echo(text)
    if paste is not None:
        click.secho("\nSection for the main report:\n", bold=True)
        click.echo(paste)


@click.command()
@_file
@click.option("--as", "format_", required=True, type=click.Choice([one.value for one in Format]), help="Format.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File; else standard output.")
@json_option
@catalog_options
def export(
    file: str,
    format_: str,
    output: Path | None,
    *,
    as_json: bool,
    site: tuple[Path, ...],
    maps: tuple[str, ...],
) -> None:
    """Write the report of a draft file ("-": standard input) in an exchange format."""
    with reported(as_json=as_json):
        draft, context = read_case(file)
        catalog = load(site, maps)
        with progress("exporting"):
            exported, verdict = pipeline.export_report(catalog, draft, context, Format(format_))
        to_file = output is not None and str(output) != STANDARD
        if output is not None and to_file:
            write_atomically(output, exported.content)
    if as_json:
        where = {"file": str(output)} if to_file else {"content": exported.content.decode()}
        size = len(exported.content)
        print_json({"content_type": exported.content_type, "bytes": size, **where, "verdict": verdict_data(verdict)})
    elif to_file:
        click.echo(f"{output}: {len(exported.content)} bytes, {exported.content_type}; {counts(verdict)}", err=True)
    else:
        sys.stdout.buffer.write(exported.content)
