"""Lists of reports in pages that stay where they are while reports are added.

The newest report comes first; where days of examination are asked for, the newest examination.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, FromClause, Row, Select, exists, or_, select, tuple_

from emh_report import limits
from emh_report.context import ReportStatus
from emh_report.dates import is_partial_date
from emh_report.draft import ReportMode
from emh_report.errors import InputError
from emh_report.lifecycle import Action
from emh_report.records import Event, Page, Query, Summary
from emh_report.store import index, rows
from emh_report.store.engine import reading, unindexed
from emh_report.store.ledger import Ledger
from emh_report.store.tables import AUDIT, CHAIN, CHANGED, REPORT_KEYS, REPORTS
from emh_report.store.tokens import Place, place_of, token_of

WORKED_ON: Final = frozenset(
    {ReportStatus.DRAFT, ReportStatus.PRELIMINARY, ReportStatus.CANCELLED, ReportStatus.ENTERED_IN_ERROR}
)
"""States that few reports are in: looked for before what a report says."""


def list_reports(ledger: Ledger, query: Query, size: int, token: str) -> Page:
    """Return one page. Raises InputError for a size, token, date or identifier that cannot be taken."""
    if size < 0:
        raise InputError([("page_size", "must not be negative")])
    _refuse_half(query)
    size = min(size or limits.PAGE, limits.MAX_PAGE)
    wanted = select_page(ledger, query, token).limit(size + 1)
    with reading(ledger.engine) as connection:
        found = connection.execute(wanted).all()
    page = found[:size]
    next_token = token_of(ledger, query, _place(query, page[-1])) if len(found) > size else ""
    return Page(tuple(_summary(ledger, row) for row in page), next_token)


def _refuse_half(query: Query) -> None:
    """Refuse a system without a value: without its filter, a list of one patient would have everybody."""
    for name, identifier in (("patient", query.patient), ("accession", query.accession)):
        if identifier.system and not identifier.value:
            raise InputError([(f"{name}.value", "a value is needed beside the system; leave out both to list all")])


def select_page(ledger: Ledger, query: Query, token: str = "") -> Select[Any]:
    """Return how the reports of a page are found: along an index, in the order of the list.

    What is looked in first is what few reports have: an identifier; then a state of those that are worked on; then the
    day, which is also the order then; then what a report says; then its state.
    """
    columns = [column for column in REPORTS.c if column.name != "working_copy"]
    wanted = select(*columns).where(*_dates(query))
    if query.statuses:
        status = unindexed(ledger.engine, REPORTS.c.status) if _is_found_otherwise(query) else REPORTS.c.status
        wanted = wanted.where(status.in_([one.value for one in query.statuses]))
    if query.communication_pending:
        wanted = wanted.where(REPORTS.c.communication_pending.is_(True))
    number: Column[int] = REPORTS.c.number
    keys = list(_keys(ledger, query))
    if keys and (keys[0][0] in index.OF_ONE_PATIENT or not (_is_worked_on(query) or _has_days(query))):
        wanted = wanted.join(REPORT_KEYS, REPORT_KEYS.c.number == REPORTS.c.number).where(
            *_is(REPORT_KEYS, *keys.pop(0))
        )
        number = REPORT_KEYS.c.number  # in the order of the index
    for kind, key in keys:
        table = REPORT_KEYS.alias()
        wanted = wanted.where(exists().where(*_is(table, kind, key), table.c.number == REPORTS.c.number))
    if not _has_days(query):
        wanted = wanted.where(number < place_of(ledger, query, token).number) if token else wanted
        return wanted.order_by(number.desc())
    if token:
        before = place_of(ledger, query, token)
        wanted = wanted.where(tuple_(REPORTS.c.exam_date, number) < (before.day, before.number))
    return wanted.order_by(REPORTS.c.exam_date.desc(), number.desc())


def _place(query: Query, row: Row[Any]) -> Place:
    return Place(row.number, row.exam_date if _has_days(query) else "")


def _is_worked_on(query: Query) -> bool:
    return query.communication_pending or (bool(query.statuses) and WORKED_ON.issuperset(query.statuses))


def _is_found_otherwise(query: Query) -> bool:
    """Whether something else than the state is looked in first."""
    return query.communication_pending or (_has_days(query) and not _is_worked_on(query))


def _has_days(query: Query) -> bool:
    return bool(query.examined_from or query.examined_to)


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


def _dates(query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in ("examined_from", "examined_to"):
        text: str = getattr(query, name)
        if text and not (is_partial_date(text) and len(text) == len("YYYY-MM-DD")):
            raise InputError([(name, "not a date that exists (YYYY-MM-DD)")])
    if query.examined_from:
        start = query.examined_from
        within = REPORTS.c.exam_date.in_([start[: len("YYYY")], start[: len("YYYY-MM")]])  # may be of a later day
        found.append(or_(REPORTS.c.exam_date >= start, within))
    if query.examined_to:
        found.append(REPORTS.c.exam_date <= query.examined_to)
        found.append(REPORTS.c.exam_date != "")
    return found


def list_events(ledger: Ledger, after: int) -> tuple[Event, ...]:
    """Return the changes after one of the audit. Raises InputError for one that is not there yet."""
    changes = AUDIT.c.action.in_([action.value for action in Action])  # what was decided of deliveries is none
    wanted = select(AUDIT).where(AUDIT.c.seq > after, CHANGED, changes).order_by(AUDIT.c.seq).limit(limits.MAX_PAGE)
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
