"""The command line: emh-report."""

from __future__ import annotations

import errno
import json
import sys

import click
from click.shell_completion import get_completion_class

from emh_report import __version__
from emh_report.cli.audit import audit
from emh_report.cli.catalogs import templates, vocabulary
from emh_report.cli.comparing import compare, compare_stored, follow_up, list_priors
from emh_report.cli.deliver import deliver, deliveries
from emh_report.cli.exits import EXIT_CODES, reported
from emh_report.cli.export_all import export_all
from emh_report.cli.files import STANDARD_OUTPUT, named
from emh_report.cli.forms import answers, questionnaire, response
from emh_report.cli.intake import import_
from emh_report.cli.keys import keys, verify
from emh_report.cli.migration import migrate
from emh_report.cli.options import as_json as json_option
from emh_report.cli.output import colour_wanted, speak_utf8
from emh_report.cli.program import PROGRAM
from emh_report.cli.reports import export, render, validate
from emh_report.cli.serve import serve
from emh_report.cli.stored import reports
from emh_report.cli.terminology import terminology

SHELLS = ("bash", "fish", "zsh")


class Program(click.Group):
    """The commands. What they print arrives, or the program says that it does not and ends with a code of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line, and print the help that it asks for.

        Click itself prints nothing, and says nothing, where there is no standard output.
        """
        with reported(as_json="--json" in args), named(STANDARD_OUTPUT):
            if sys.stdout is None:
                raise OSError(errno.EBADF, "it is closed", STANDARD_OUTPUT)
            speak_utf8()
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with reported(as_json="--json" in ctx.args):
            result = super().invoke(ctx)
            with named(STANDARD_OUTPUT):
                sys.stdout.flush()
            return result


@click.group(cls=Program, name=PROGRAM, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Structured radiology reports of extramedullary hematopoiesis.

    A draft file is the JSON form of the protobuf request: {"draft": {...}, "context": {...}}. The context
    may also stand in a file of its own: --context FILE.
    """
    context.color = colour_wanted()


@click.command()
@json_option
def version(*, as_json: bool) -> None:
    """Print the version."""
    click.echo(json.dumps({"version": __version__}) if as_json else __version__)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print a completion script: eval "$(emh-report completion bash)"."""
    completer = get_completion_class(shell)
    if completer is None:  # click knows every one of SHELLS
        raise click.UsageError(f"no completion for {shell}")
    click.echo(completer(main, {}, PROGRAM, "_EMH_REPORT_COMPLETE").source())


for command in (
    serve,
    templates,
    vocabulary,
    terminology,
    validate,
    render,
    export,
    export_all,
    import_,
    questionnaire,
    response,
    answers,
    compare,
    version,
    completion,
    reports,
    deliver,
    deliveries,
    keys,
    verify,
):
    main.add_command(command)
for command in (migrate, list_priors, compare_stored, follow_up, audit):
    reports.add_command(command)
