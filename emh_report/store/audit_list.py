"""Reading the audit: what was done, by whom, to which report, in the order it was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select

from emh_report import limits
from emh_report.context import Identifier
from emh_report.records import AuditEntry
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.tables import AUDIT


def entries(ledger: Ledger, after: int = 0, report_id: str = "") -> Iterator[AuditEntry]:
    """Yield the entries that follow number ``after``, of one report where it is named, a page at a time."""
    wanted = select(AUDIT).order_by(AUDIT.c.seq).limit(limits.MAX_PAGE)
    if report_id:
        wanted = wanted.where(AUDIT.c.report_id == report_id)
    while True:
        with reading(ledger.engine) as connection:
            page = connection.execute(wanted.where(AUDIT.c.seq > after)).all()
        yield from map(_entry, page)
        if len(page) < limits.MAX_PAGE:
            return
        after = page[-1].seq


def _identifier(text: str) -> Identifier:
    system, _, value = text.partition("|")
    return Identifier(system, value)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        actor=_identifier(row.actor),
        rank=row.rank,
        program=_identifier(row.program),
        action=row.action,
        report_id=row.report_id,
        version=row.version,
        status=row.status,
        sha256=row.sha256,
        request_id=row.request_id,
        found=row.found,
        on_behalf_of=_identifier(row.on_behalf_of),
        hash=row.hash,
    )
