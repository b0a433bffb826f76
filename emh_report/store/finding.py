"""Released versions for those who only read: the newest ones by what they say, and all of one report.

What a report is found by is kept up with its working copy, which may have been edited since the release. So a list here
has every report that was edited since beside those that fit, and its reader looks at the released version itself.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from emh_report.context import Identifier, ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import NotStoredError
from emh_report.records import FoundVersion, VersionQuery
from emh_report.store import index, rows
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import digest
from emh_report.store.tables import AUDIT, REPORT_KEYS, REPORTS, VERSIONS

SCANNED: Final = 5_000
"""Rows that are looked at for one page at most; the next one goes on from there."""
_DAY: Final = len("YYYY-MM-DD")

EDITED: Final = REPORTS.c.etag != AUDIT.c.etag
"""Whether a working copy was saved after the release that the row of the audit is about."""


def find_versions(ledger: Ledger, query: VersionQuery, size: int, after: int) -> tuple[list[FoundVersion], int]:
    """Return at most ``size`` candidates that follow ``after``, and where the next page starts; 0 on the last."""
    order = AUDIT.c.seq if query.oldest_first else AUDIT.c.seq.desc()
    wanted = _select().where(VERSIONS.c.version == REPORTS.c.version, *_conditions(ledger, query))
    if after:
        wanted = wanted.where(AUDIT.c.seq > after if query.oldest_first else AUDIT.c.seq < after)
    found: list[FoundVersion] = []
    last = 0
    most = SCANNED if query.identifiers else size
    with reading(ledger.engine) as connection:
        for count, row in enumerate(connection.execute(wanted.order_by(order).limit(most + 1))):
            if len(found) == size or count == most:
                return found, last
            if _is_named(ledger, query, row):
                found.append(_found(row))
            last = row.seq
    return found, 0


def versions_of(ledger: Ledger, report_id: str) -> list[FoundVersion]:
    """Return every released version of a report, oldest first. Raises NotStoredError where there is none."""
    wanted = _select().where(REPORTS.c.report_id == report_id).order_by(VERSIONS.c.version)
    with reading(ledger.engine) as connection:
        found = [_found(row) for row in connection.execute(wanted)]
    if not found:
        raise NotStoredError("report")
    return found


def _select() -> Select[Any]:
    """Select released versions, each with the link of the audit that made it."""
    same = and_(VERSIONS.c.number == REPORTS.c.number, VERSIONS.c.version == AUDIT.c.version)
    columns = (REPORTS.c.report_id, REPORTS.c.mode, REPORTS.c.summary, VERSIONS.c.version, VERSIONS.c.status)
    return (
        select(*columns, AUDIT.c.at, AUDIT.c.seq)
        .select_from(AUDIT)
        .join(REPORTS, REPORTS.c.report_id == AUDIT.c.report_id)
        .join(VERSIONS, and_(same, VERSIONS.c.sha256 == AUDIT.c.sha256))
        .where(AUDIT.c.sha256 != "")
    )


def _conditions(ledger: Ledger, query: VersionQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [REPORTS.c.mode == query.mode.value]
    if query.report_ids:
        found.append(REPORTS.c.report_id.in_(query.report_ids))
    if query.identifiers and all(one.system for one in query.identifiers):
        secret = ledger.secrets.finding
        names = [digest(secret, "report", one.system, one.value) for one in query.identifiers]
        found.append(REPORTS.c.identifier.in_(names))
    if query.statuses:
        found.append(REPORTS.c.status.in_([status.value for status in query.statuses]))
    for kind, wanted in ((index.PATIENT, query.patients), (index.ACCESSION, query.accessions)):
        if wanted:
            found.append(or_(REPORTS.c.number.in_(_numbers(ledger, kind, wanted)), EDITED))
    if query.examined_from or query.examined_to:
        found.append(or_(_examined(query), EDITED))
    return found


def _numbers(ledger: Ledger, kind: str, wanted: tuple[Identifier, ...]) -> Select[tuple[int]]:
    keys = [index.key(ledger.secrets.finding, kind, one.system, one.value) for one in wanted]
    return select(REPORT_KEYS.c.number).where(REPORT_KEYS.c.kind == kind, REPORT_KEYS.c.key.in_(keys))


def _examined(query: VersionQuery) -> ColumnElement[bool]:
    """Return whether an examination may be of these days; a month or a year may be of any."""
    day = REPORTS.c.exam_date
    after = day >= query.examined_from
    before = day <= query.examined_to if query.examined_to else after
    return or_(and_(after, before), func.length(day) < _DAY)


def _is_named(ledger: Ledger, query: VersionQuery, row: Row[Any]) -> bool:
    """Whether a report has one of the numbers asked for; without a system that is in no index."""
    if not query.identifiers:
        return True
    summary = index.read_summary(ledger.sealer.open(row.summary, rows.place(row.report_id, "summary")))
    known: Identifier = summary["identifier"]
    return any(one.value == known.value and one.system in ("", known.system) for one in query.identifiers)


def _found(row: Row[Any]) -> FoundVersion:
    return FoundVersion(row.report_id, row.version, ReportStatus(row.status), ReportMode(row.mode), row.at, row.seq)
