"""emh-report reports: what is stored, for the operator of the installation."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from emh_report.cli.exits import Exit
from emh_report.cli.files import write_atomically, write_standard
from emh_report.cli.options import NUMBER
from emh_report.cli.output import print_rows, progress, tell_of_more
from emh_report.cli.storing import note, record, with_store
from emh_report.context import Identifier, ReportStatus
from emh_report.deliveries import Versions
from emh_report.errors import StoreUnavailableError
from emh_report.export import Format
from emh_report.reads import OperatorAction, Read, ReadAction

if TYPE_CHECKING:
    from emh_report.records import Summary
    from emh_report.store import Store


@click.group()
def reports() -> None:
    """Look at stored reports, and check that they are what was written."""


@reports.command("list")
@click.option("--patient", default="", metavar="ID", help="Identifier of the patient, in any system.")
@click.option("--accession", default="", metavar="NUMBER", help="Accession Number.")
@click.option("--status", "statuses", multiple=True, type=click.Choice([one.value for one in ReportStatus]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@with_store
def list_reports(
    store: Store, *, patient: str, accession: str, statuses: tuple[str, ...], limit: int, as_json: bool
) -> None:
    """List stored reports, newest first: no names, no findings."""
    from emh_report.records import Query

    query = Query(
        patient=Identifier("", patient),
        accession=Identifier("", accession),
        statuses=tuple(ReportStatus(status) for status in statuses),
    )
    found: list[Summary] = []
    token = ""
    while len(found) < limit:
        page = store.list(query, size=min(limit - len(found), 200), token=token)
        found += page.reports
        token = page.next_token
        if not token:
            break
    note(store, Read(ReadAction.SEARCH, found=len(found)))
    print_rows(HEAD, [_row(summary) for summary in found], as_json=as_json)
    if token:
        tell_of_more(limit)


HEAD = ("report_id", "state", "version", "examined", "updated", "template", "communication")


def _row(summary: Summary) -> tuple[str | int, ...]:
    pending = "pending" if summary.communication_pending else ""
    state, version = summary.status.value, summary.version
    return (summary.report_id, state, version, summary.exam_date, summary.updated, summary.template_id, pending)


@reports.command("print")
@click.argument("report_id")
@click.option("--version", default=0, type=NUMBER, help="Number of the version; 0 is the newest.")
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--course", is_flag=True, help="Print the course since earlier reports behind it.")
@with_store
def print_(store: Store, *, report_id: str, version: int, output: Path, course: bool, as_json: bool) -> None:
    """Write a released version as PDF, with the bytes that were signed and their signature attached."""
    from emh_report import earlier

    with progress("printing"):
        found = store.version(report_id, version)
        content = earlier.printed(store, report_id, version) if course else store.printed(report_id, version)
    note(store, Read(ReadAction.EXPORT, report_id, found.version))
    write_atomically(output, content)
    if not as_json:
        click.echo(f"{output}: {len(content)} bytes, application/pdf", err=True)


@reports.command("export")
@click.argument("report_id")
@click.option("--version", default=0, type=NUMBER, help="Number of the version; 0 is the newest.")
@click.option("--as", "format_", required=True, type=click.Choice([one.value for one in Format]), help="Format.")
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@with_store
def export_(store: Store, *, report_id: str, version: int, format_: str, output: Path, as_json: bool) -> None:
    """Write a released version as a peer gets it: FHIR with its signature, a transaction with what it takes back."""
    from emh_report.delivery import parcels
    from emh_report.delivery.sender import PeerSettings

    found = store.version(report_id, version)
    numbers = [one.version for one in store.versions_of(report_id) if one.version < found.version]
    earlier = tuple(store.version(report_id, number) for number in numbers)
    wanted = PeerSettings(kind="folder", content=Format(format_), versions=Versions.RELEASED)
    with progress("exporting"):
        made = parcels.make(store.catalog, found, earlier, wanted)
    note(store, Read(ReadAction.EXPORT, report_id, found.version))
    write_atomically(output, made.content)
    if not as_json:
        click.echo(f"{output}: {len(made.content)} bytes, {made.content_type}", err=True)


@reports.command()
@click.argument("report_id")
@click.option("--version", default=0, type=NUMBER, help="Number of the version; 0 is the newest.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the bytes that were signed to FILE, and their signature to FILE.jws.",
)
@with_store
def show(store: Store, *, report_id: str, version: int, output: Path | None, as_json: bool) -> None:
    """Print the narrative of a released version as its signer saw it."""
    found = store.version(report_id, version)
    note(store, Read(ReadAction.READ if output is None else ReadAction.EXPORT, report_id, found.version))
    if output is not None:
        write_atomically(output, found.content)
        if found.signature:
            write_atomically(output.with_name(f"{output.name}.jws"), found.signature.encode())
    elif as_json:
        write_standard(found.content + b"\n")
    else:
        click.echo(found.document.narrative)


END: Final = re.compile(r"[0-9]{1,18}:\S+")
"""Number and digest of the last link of an audit."""


def check_end(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    """Return the end of an audit as it was noted. Raises click.BadParameter, also where a script had none to give."""
    if value is not None and not END.fullmatch(value):
        raise click.BadParameter("number:digest is needed, as an earlier check printed it")
    return value or ""


@reports.command()
@click.option(
    "--expected", metavar="END", callback=check_end, help="The end of the audit as an earlier check printed it."
)
@with_store
def verify(store: Store, *, expected: str, as_json: bool) -> None:
    """Check audit, versions, signatures and working copies. Exit code 1 where anything is not as it was written.

    Note the end that is printed outside of the store, and give it with --expected the next time: then a store that was
    set back to an older state is found too.
    """
    with progress("checking"):
        found = store.verify(expected)
    if as_json:
        damages = [damage._asdict() for damage in found.damages]
        click.echo(json.dumps({**found._asdict(), "damages": damages}, indent=1))
    else:
        for damage in found.damages:
            click.echo(f"{click.style('damaged:', fg='red', bold=True)} {damage.where}: {damage.what}")
        trial = f", {found.trial} of them by a key for trying out" if found.trial else ""
        click.echo(f"{found.links} links of the audit, {found.versions} versions, {found.signatures} signatures{trial}")
        click.echo(f"end: {found.end}")
    if found.damages:
        sys.exit(Exit.REPORT_HAS_ERRORS)


@reports.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_store
def backup(store: Store, *, file: Path, as_json: bool) -> None:
    """Copy the SQLite store to FILE while it is in use. For PostgreSQL use pg_dump.

    The copy is a store: to restore it, put it in the place of the file, or open it with --store sqlite:///FILE.
    """
    try:
        record(store, OperatorAction.BACKUP)
    except StoreUnavailableError:  # a full disk is a reason for a copy, and not against one
        click.secho(
            "warning: the audit cannot be written, so it does not say that this copy is made", fg="yellow", err=True
        )
    with progress("copying"):
        store.backup(file)
    if not as_json:
        click.echo(f"{file}: {file.stat().st_size} bytes; check it with: reports verify --store sqlite:///{file}")
