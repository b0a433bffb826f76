"""emh-report compare, and the commands of `reports` about earlier reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emh_report.cli.exits import reported
from emh_report.cli.files import STANDARD, read_case, read_content, write_atomically, write_standard
from emh_report.cli.options import as_json as json_option
from emh_report.cli.options import catalog_options, load
from emh_report.cli.output import print_json, print_rows, table
from emh_report.cli.storing import note, with_store
from emh_report.cli.verdicts import print_issue
from emh_report.reads import Read, ReadAction

if TYPE_CHECKING:
    from emh_report.context import Context
    from emh_report.priors import Pair
    from emh_report.records import Compared, PriorReport
    from emh_report.store import Store

PAIR = click.option(
    "--pair",
    "pairs",
    multiple=True,
    metavar="PRIOR=CURRENT",
    help="Two lesions that are one, by their uids; one side empty: it has no counterpart. May be repeated.",
)
PAGE = click.option(
    "--html", "page", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page too."
)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@click.argument("priors", metavar="PRIOR...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@PAIR
@PAGE
@json_option
@catalog_options
def compare(  # noqa: PLR0913 - options of a command
    *,
    file: str,
    priors: tuple[str, ...],
    pairs: tuple[str, ...],
    page: Path | None,
    as_json: bool,
    site: tuple[Path, ...],
    maps: tuple[str, ...],
) -> None:
    """Compare the report in FILE with earlier ones: lesions matched, change by borrowed limits, contradictions."""
    with reported(as_json=as_json):
        from emh_report.priors import contradictions, examine, follow
        from emh_report.records import Compared

        cases = [read_case(name) for name in (file, *priors)]
        _check_studies([context for _, context in cases])
        catalog = load(site, maps)
        current, *earlier = [examine(catalog, *case) for case in cases]
        course = follow(current, earlier, catalog.thresholds, _pairs(pairs))
        _show(Compared((), course, contradictions(course)), page, as_json=as_json)


@click.command("priors")
@click.argument("report_id")
@with_store
def list_priors(store: Store, *, report_id: str, as_json: bool) -> None:
    """List the signed earlier reports of the patient of a report, the newest examination first."""
    context = store.get(report_id).context
    found: list[PriorReport] = []
    token = ""
    while True:
        page = store.priors(context, token=token)
        found += page.priors
        token = page.next_token
        if not token:
            break
    note(store, Read(ReadAction.SEARCH, found=len(found)))
    print_rows(HEAD, [_row(prior) for prior in found], as_json=as_json)
    if not (found or as_json):
        click.echo("no signed earlier report of this patient", err=True)


HEAD = ("report_id", "version", "state", "examined", "template", "patient")


def _row(prior: PriorReport) -> tuple[str | int, ...]:
    differs = f"other {', '.join(prior.patient_differs)}" if prior.patient_differs else ""
    examined, template = prior.exam_date or "unknown", prior.template_id
    return (prior.report_id, prior.version, prior.status.value, examined, template, differs)


@click.command("compare")
@click.argument("report_id")
@click.option("--prior", "prior_ids", multiple=True, metavar="ID", help="Earlier report; default: the newest 20.")
@PAIR
@PAGE
@with_store
def compare_stored(
    store: Store,
    *,
    report_id: str,
    prior_ids: tuple[str, ...],
    pairs: tuple[str, ...],
    page: Path | None,
    as_json: bool,
) -> None:
    """Compare a stored report, as it stands, with earlier ones of its patient."""
    from emh_report import earlier

    report = store.get(report_id)
    compared = earlier.compare(store, report.draft, report.context, prior_ids, _pairs(pairs))
    note(store, Read(ReadAction.SEARCH, found=len(compared.priors)))
    _show(compared, page, as_json=as_json)


@click.command("follow-up")
@click.argument("report_id")
@click.option(
    "--context", "context_file", required=True, metavar="FILE", help="File with the context of the new examination."
)
@click.option("--template", "template_id", default="", metavar="ID", help="Template; default: emh-followup.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File; else standard output.")
@with_store
def follow_up(
    store: Store, *, report_id: str, context_file: str, template_id: str, output: Path | None, as_json: bool
) -> None:
    """Write the draft of a follow-up of a stored report: lesions taken over, their sizes as what was before."""
    from emh_report import earlier
    from emh_report.wire.draft_file import read_draft_file, write_draft_file
    from emh_report.wire.request import write_request

    _, context = read_draft_file(b"{}", read_content(context_file))
    begun = earlier.begin(store, context, report_id, template_id)
    note(store, Read(ReadAction.READ, begun.prior.report_id, begun.prior.version))
    content = write_draft_file(write_request(begun.follow_up.draft, context)).encode()
    if output is not None and str(output) != STANDARD:
        write_atomically(output, content)
    elif not as_json:
        write_standard(content)
    made = begun.follow_up
    if as_json:
        from emh_report.wire.json_form import json_form
        from emh_report.wire.priors import write_begun

        print_json(json_form(write_begun(begun)))
        return
    click.echo(f"{len(made.carried)} answers taken over, {len(made.left)} left out; to be confirmed", err=True)
    for issue in begun.issues:
        print_issue(issue, err=True)


def _pairs(texts: tuple[str, ...]) -> list[Pair]:
    from emh_report.priors import Pair

    found = []
    for text in texts:
        prior, equals, current = text.partition("=")
        if not equals:
            raise click.UsageError("--pair: the uids of two lesions, as in lesion-1=lesion-2")
        found.append(Pair(prior, current))
    return found


def _check_studies(contexts: Sequence[Context]) -> None:
    """Raise InputError for an earlier report that is another one of the same study: all of it would be stable."""
    from emh_report.context import same_study
    from emh_report.errors import InputError

    new, *priors = contexts
    wrong = [
        (f"priors[{number}]", "this is a report of the same study, not of an earlier one")
        for number, prior in enumerate(priors)
        if same_study(new, prior) and new.report.identifier != prior.report.identifier
    ]
    if wrong:
        raise InputError(wrong)


def _show(compared: Compared, page: Path | None, *, as_json: bool) -> None:
    course = compared.course
    if page is not None and course is not None:
        from emh_report.priors import page as pages

        write_atomically(page, pages.whole(course).encode())
    if as_json:
        from emh_report.wire.json_form import json_form
        from emh_report.wire.priors import write_compared

        print_json(json_form(write_compared(compared)))
        return
    if course is not None:
        from emh_report.priors.wording import HEAD as CELLS
        from emh_report.priors.wording import limits, rows

        table([cell.upper() for cell in CELLS], [row[: len(CELLS)] for row in rows(course)])
        click.echo(limits(course.thresholds))
    else:
        click.echo("no earlier report to compare with")
    for issue in compared.issues:
        print_issue(issue)
