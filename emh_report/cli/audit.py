"""emh-report reports audit: who did what to which report, for whoever has to know."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from emh_report.cli.options import NUMBER
from emh_report.cli.storing import note, with_store
from emh_report.errors import NotStoredError
from emh_report.lifecycle import Action
from emh_report.reads import Read, ReadAction

if TYPE_CHECKING:
    from emh_report.context import Identifier
    from emh_report.records import AuditEntry
    from emh_report.store import Store

HEAD = ("NUMBER", "AT", "ACTION", "REPORT", "VERSION", "STATE", "RANK", "WHO")
LINE = "{:>8}  {:24}  {:20}  {:36}  {:>7}  {:16}  {:9}  {}"


@click.command("audit")
@click.argument("report_id", default="")
@click.option("--after", default=0, type=NUMBER, metavar="NUMBER", help="Only what follows this entry.")
@click.option("--fhir", is_flag=True, help="Write AuditEvent resources of FHIR R4, one a line.")
@with_store
def audit(store: Store, *, report_id: str, after: int, fhir: bool, as_json: bool) -> None:
    """Print who did what, to one report or to all, oldest first: no names of patients, no findings.

    By which program is said where it showed a token or a certificate, and for whom where it says so.

    With --json or --fhir one object a line, so that any number can be read.
    """
    if report_id and not _is_stored(store, report_id):
        raise NotStoredError("report")
    note(store, Read(ReadAction.AUDIT, report_id))
    found = store.audit(after, report_id)
    if fhir:
        from emh_report.bulk.audit_events import audit_event
        from emh_report.export.fhir import to_json

        for entry in found:
            sys.stdout.buffer.write(to_json(audit_event(entry)) + b"\n")
        sys.stdout.buffer.flush()
    elif as_json:
        for entry in found:
            names = ("actor", "program", "on_behalf_of")
            click.echo(json.dumps(entry._asdict() | {name: asdict(getattr(entry, name)) for name in names}))
    else:
        _print(found)


def _is_stored(store: Store, report_id: str) -> bool:
    """Whether there is or was such a report: its entries begin with its making, also where it cannot be read now."""
    first = next(store.audit(report_id=report_id), None)
    return first is not None and first.action == Action.CREATE


def _named(one: Identifier) -> str:
    return f"{one.value} ({one.system})"


def _print(found: Iterable[AuditEntry]) -> None:
    click.secho(LINE.format(*HEAD).rstrip(), bold=True)
    for one in found:
        who = " via ".join(_named(name) for name in (one.actor, one.program) if name.value) or "unknown"
        if one.on_behalf_of.value:
            who += f", it says for {_named(one.on_behalf_of)}"
        state = f"{one.found} found" if one.found or one.action == ReadAction.SEARCH else one.status
        click.echo(LINE.format(one.seq, one.at, one.action, one.report_id, one.version, state, one.rank, who))
