"""Lists of reports, newest first, in pages that stay where they are while reports are added.

A page token is where the last page ended and a keyed digest over that and the query: nobody can make one, and none is
good for another query.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, FromClause, Row, Select, exists, select

from emh_report import limits
from emh_report.context import ReportStatus
from emh_report.dates import is_partial_date
from emh_report.draft import ReportMode
from emh_report.errors import InputError
from emh_report.lifecycle import Action
from emh_report.records import Event, Page, Query, Summary
from emh_report.store import index, rows
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import digest
from emh_report.store.tables import AUDIT, CHAIN, REPORT_KEYS, REPORTS

_DIGEST_CHARACTERS: Final = 32
_TOKEN: Final = re.compile(r"([1-9][0-9]{0,18})\.([0-9a-f]{32})")


def list_reports(ledger: Ledger, query: Query, size: int, token: str) -> Page:
    """Return one page. Raises InputError for a size, token or date that cannot be taken."""
    if size < 0:
        raise InputError([("page_size", "must not be negative")])
    size = min(size or limits.PAGE, limits.MAX_PAGE)
    wanted = _select(ledger, query)
    if token:
        wanted = wanted.where(_number(query) < position_of(ledger, query, token))
    with reading(ledger.engine) as connection:
        found = connection.execute(wanted.limit(size + 1)).all()
    page = found[:size]
    next_token = token_of(ledger, query, page[-1].number) if len(found) > size else ""
    return Page(tuple(_summary(ledger, row) for row in page), next_token)


def _select(ledger: Ledger, query: Query) -> Select[Any]:
    columns = [column for column in REPORTS.c if column.name != "working_copy"]
    wanted = select(*columns).where(*_dates(query))
    if query.statuses:
        wanted = wanted.where(REPORTS.c.status.in_([status.value for status in query.statuses]))
    if query.communication_pending:
        wanted = wanted.where(REPORTS.c.communication_pending.is_(True))
    keys = list(_keys(ledger, query))
    if keys:
        wanted = wanted.join(REPORT_KEYS, REPORT_KEYS.c.number == REPORTS.c.number).where(*_is(REPORT_KEYS, *keys[0]))
    for kind, key in keys[1:]:
        table = REPORT_KEYS.alias()
        wanted = wanted.where(exists().where(*_is(table, kind, key), table.c.number == REPORTS.c.number))
    return wanted.order_by(_number(query).desc())


def _keys(ledger: Ledger, query: Query) -> Iterator[tuple[str, str]]:
    """Yield what is looked for in the index, what few reports have before what many have."""
    for kind, parts in (
        (index.PATIENT, query.patient.value and (query.patient.system, query.patient.value)),
        (index.ACCESSION, query.accession.value and (query.accession.system, query.accession.value)),
        (index.STUDY, query.study and (query.study,)),
        (index.CAUSE, query.cause and (query.cause,)),
        (index.SITE, query.site and (query.site,)),
    ):
        if parts:
            yield kind, index.key(ledger.secrets.finding, kind, *parts)


def _is(table: FromClause, kind: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.kind == kind, table.c.key == key


def _number(query: Query) -> Column[int]:
    """Return the number to order and page by: that of the index, which has them in order, where it is looked in."""
    looked = (query.patient.value, query.accession.value, query.study, query.cause, query.site)
    return REPORT_KEYS.c.number if any(looked) else REPORTS.c.number


def _dates(query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in ("examined_from", "examined_to"):
        text: str = getattr(query, name)
        if text and not (is_partial_date(text) and len(text) == len("YYYY-MM-DD")):
            raise InputError([(name, "not a date that exists (YYYY-MM-DD)")])
    if query.examined_from:
        found.append(REPORTS.c.exam_date >= query.examined_from)
    if query.examined_to:
        found.append(REPORTS.c.exam_date <= query.examined_to)
        found.append(REPORTS.c.exam_date != "")
    return found


def token_of(ledger: Ledger, query: object, number: int) -> str:
    """Return the token of the page of ``query`` that follows row ``number``."""
    proof = digest(ledger.secrets.pages, repr(query), str(number))[:_DIGEST_CHARACTERS]
    return base64.urlsafe_b64encode(f"{number}.{proof}".encode()).decode()


def position_of(ledger: Ledger, query: object, token: str) -> int:
    """Return the row that a token of ``query`` stands for. Raises InputError for any other."""
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    match = _TOKEN.fullmatch(text)
    if match is None or token_of(ledger, query, int(match[1])) != token:
        raise InputError([("page_token", "not a token of this query; start at the first page again")])
    return int(match[1])


def list_events(ledger: Ledger, after: int) -> tuple[Event, ...]:
    """Return the changes after one of the audit. Raises InputError for one that is not there yet."""
    changes = AUDIT.c.action.in_([action.value for action in Action])  # what was decided of deliveries is none
    wanted = select(AUDIT).where(AUDIT.c.seq > after, changes).order_by(AUDIT.c.seq).limit(limits.MAX_PAGE)
    with reading(ledger.engine) as connection:
        end = connection.execute(select(CHAIN.c.seq)).scalar_one()
        if not 0 <= after <= end:
            raise InputError([("after", f"no change of this store has this number; the last one is {end}")])
        found = connection.execute(wanted).all()
    return tuple(
        Event(row.seq, row.at, Action(row.action), row.report_id, row.version, ReportStatus(row.status), row.etag)
        for row in found
    )


def _summary(ledger: Ledger, row: Row[Any]) -> Summary:
    sealed = ledger.sealer.open(row.summary, rows.place(row.report_id, "summary"))
    return Summary(
        report_id=row.report_id,
        status=ReportStatus(row.status),
        version=row.version,
        etag=row.etag,
        mode=ReportMode(row.mode),
        communication_pending=row.communication_pending,
        created=row.created,
        updated=row.updated,
        exam_date=row.exam_date,
        **index.read_summary(sealed),
    )
