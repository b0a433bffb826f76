"""Released versions for those who only read: the newest ones by what they say, and all of one report.

What a report is found by is kept up with its working copy, which may have been edited since the release. So a list here
has every report that was edited since beside those that fit, and its reader looks at the released version itself.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, true, union_all

from emh_report.context import Identifier, ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import NotStoredError
from emh_report.records import FoundVersion, VersionQuery
from emh_report.store import index, rows
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import digest
from emh_report.store.tables import AUDIT, CHANGED, REPORT_KEYS, REPORTS, VAGUE, VERSIONS

SCANNED: Final = 5_000
"""Rows that are looked at for one page at most; the next one goes on from there."""
FEW: Final = 20_000
"""Examinations of the days asked for that are put in order; where there are more, releases are gone through instead."""


def find_versions(ledger: Ledger, query: VersionQuery, size: int, after: int) -> tuple[list[FoundVersion], int]:
    """Return at most ``size`` candidates that follow ``after``, and where the next page starts; 0 on the last."""
    wanted = _select().where(VERSIONS.c.version == REPORTS.c.version, *_conditions(ledger, query))
    if after:
        wanted = wanted.where(AUDIT.c.seq > after if query.oldest_first else AUDIT.c.seq < after)
    found: list[FoundVersion] = []
    last = 0
    most = SCANNED if query.identifiers else size
    with reading(ledger.engine) as connection:
        few = _are_few(connection, query)
        if query.examined_from or query.examined_to:
            days = _or_edited(*_examinations(query)) if few else or_(_is_of(query), VAGUE, REPORTS.c.edited)
            wanted = wanted.where(days)
        seq = AUDIT.c.seq + 0 if few else AUDIT.c.seq  # a sum is in the order of no index
        order = seq if query.oldest_first else seq.desc()
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
        .where(CHANGED, AUDIT.c.sha256 != "")
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
            found.append(_or_edited(_numbers(ledger, kind, wanted)))
    return found


def _or_edited(*numbers: Select[tuple[int]]) -> ColumnElement[bool]:
    """Return whether a report is one of ``numbers``, or was edited since its release."""
    edited = select(REPORTS.c.number).where(REPORTS.c.edited.is_(True))
    return REPORTS.c.number.in_(union_all(*numbers, edited))


def _are_few(connection: Connection, query: VersionQuery) -> bool:
    """Whether what is asked for is best looked up and then put in order."""
    if query.report_ids or query.patients or query.accessions:
        return True
    if not (query.examined_from or query.examined_to):
        return False
    some = union_all(*_examinations(query)).limit(FEW + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= FEW


def _numbers(ledger: Ledger, kind: str, wanted: tuple[Identifier, ...]) -> Select[tuple[int]]:
    keys = [index.key(ledger.secrets.finding, kind, one.system, one.value) for one in wanted]
    return select(REPORT_KEYS.c.number).where(REPORT_KEYS.c.kind == kind, REPORT_KEYS.c.key.in_(keys))


def _examinations(query: VersionQuery) -> tuple[Select[tuple[int]], Select[tuple[int]]]:
    """Select the examinations of these days, and those whose day is not known: a month or a year may be of any."""
    numbers = select(REPORTS.c.number)
    return numbers.where(_is_of(query)), numbers.where(VAGUE)


def _is_of(query: VersionQuery) -> ColumnElement[bool]:
    day = REPORTS.c.exam_date
    return and_(day >= query.examined_from, day <= query.examined_to if query.examined_to else true())


def _is_named(ledger: Ledger, query: VersionQuery, row: Row[Any]) -> bool:
    """Whether a report has one of the numbers asked for; without a system that is in no index."""
    if not query.identifiers:
        return True
    summary = index.read_summary(ledger.sealer.open(row.summary, rows.place(row.report_id, "summary")))
    known: Identifier = summary["identifier"]
    return any(one.value == known.value and one.system in ("", known.system) for one in query.identifiers)


def _found(row: Row[Any]) -> FoundVersion:
    return FoundVersion(row.report_id, row.version, ReportStatus(row.status), ReportMode(row.mode), row.at, row.seq)
