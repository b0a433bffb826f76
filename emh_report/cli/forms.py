"""emh-report questionnaire, response, answers: FHIR forms and what was answered in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from emh_report import limits
from emh_report.cli.exits import reported
from emh_report.cli.files import STANDARD, read_case, read_content, read_from, write_atomically, write_standard
from emh_report.cli.options import catalog_options, load
from emh_report.cli.verdicts import print_issue

RELEASES: Final = ("r4", "r5")
EXTRACTIONS: Final = ("observation", "template")

_output = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File; else standard output."
)
_context = click.option("--context", metavar="FILE", type=click.Path(allow_dash=True), help="File with the context.")


@click.command()
@click.argument("template_id")
@click.option("--fhir", type=click.Choice(RELEASES), default="r4", show_default=True)
@click.option(
    "--extraction",
    type=click.Choice(EXTRACTIONS),
    default="observation",
    show_default=True,
    help="Marks for form engines; template: Observation templates too.",
)
@_context
@_output
@catalog_options
def questionnaire(
    template_id: str,
    fhir: str,
    extraction: str,
    context: str | None,
    output: Path | None,
    **chosen: Any,  # noqa: ANN401 - the catalog options
) -> None:
    """Write a template as a FHIR Questionnaire (SDC).

    With --context, write the response that a form is opened with instead: what studies and orders tell already.
    """
    with reported(as_json=False):
        from emh_report import questionnaires
        from emh_report.export.questionnaire.versions import Release

        catalog = load(**chosen)
        if context is None:
            _write(
                questionnaires.questionnaire(catalog, template_id, Release(fhir), extraction=extraction).content, output
            )
            return
        from emh_report.wire.draft_file import read_draft_file

        with read_from(context):
            _, known = read_draft_file(b'{"template_id": ""}', read_content(context))
        _write(questionnaires.prefilled(catalog, template_id, known), output)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@_context
@_output
@catalog_options
def response(
    file: str,
    context: str | None,
    output: Path | None,
    **chosen: Any,  # noqa: ANN401 - the catalog options
) -> None:
    """Write a draft file ("-": standard input) as a FHIR QuestionnaireResponse."""
    with reported(as_json=False):
        from emh_report import questionnaires

        draft, known = read_case(file, context)
        _write(questionnaires.response(load(**chosen), draft, known), output)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@_output
@catalog_options
def answers(
    file: str,
    output: Path | None,
    **chosen: Any,  # noqa: ANN401 - the catalog options
) -> None:
    """Write a FHIR QuestionnaireResponse ("-": standard input) as a draft, for validate, render and export.

    What is worth knowing about the reading goes to standard error.
    """
    with reported(as_json=False), read_from(file):
        from emh_report import questionnaires
        from emh_report.wire.draft_file import write_answered_file

        found = questionnaires.read_answers(load(**chosen), read_content(file, limits.INTAKE_BYTES))
        _write(write_answered_file(found.draft).encode(), output)
    for issue in found.issues:
        print_issue(issue, err=True)
    for name, value in found.facts:
        click.echo(f"stated of the examination: {name} = {value}; the context decides", err=True)


def _write(content: bytes, output: Path | None) -> None:
    if output is None or str(output) == STANDARD:
        write_standard(content)
    else:
        write_atomically(output, content)
