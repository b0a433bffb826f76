"""Statements that the driver runs say, write and read what SQLAlchemy would, and fail as it would."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from emh_report.errors import StoreUnavailableError
from emh_report.store import Store, open_store, rows
from emh_report.store.engine import reading, writing
from emh_report.store.statements import Statement
from emh_report.store.tables import AUDIT, CHAIN, REPORT_KEYS, REPORTS, REQUESTS, TASKS, VERSIONS
from tests.case_files import catalog
from tests.postgresql import new_database
from tests.store_reports import complete, created, signed
from tests.test_store_faults import administer

TABLES = (REPORTS, REPORT_KEYS, VERSIONS, REQUESTS, AUDIT, CHAIN)


def test_rows_are_those_that_sqlalchemy_reads(store: Store) -> None:
    signed(store)
    with reading(store.ledger.engine) as connection:
        for table in TABLES:
            wanted = select(table).order_by(*table.primary_key)
            expected = [(tuple(row), [type(value) for value in row]) for row in connection.execute(wanted)]
            found = Statement(wanted).all(connection, {})
            assert [(tuple(row), [type(value) for value in row]) for row in found] == expected != []
            assert found[0]._fields == tuple(table.c.keys())


def test_one_row_or_none(store: Store) -> None:
    report_id = signed(store)
    wanted = Statement(select(REPORTS.c.version, REPORTS.c.edited).where(REPORTS.c.report_id == bindparam("id")))
    with reading(store.ledger.engine) as connection:
        assert wanted.first(connection, {"id": report_id}) == (1, False)
        assert wanted.first(connection, {"id": "another"}) is None
        assert wanted.all(connection, {"id": "another"}) == []


def test_what_is_written_is_what_sqlalchemy_would_write(store: Store) -> None:
    signed(store)
    tasks = [{"number": 1, "opened_by": place, "closed_by": closed} for place, closed in ((7, None), (8, 9))]
    with writing(store.ledger.engine) as connection:
        Statement(insert(TASKS)).run_each(connection, tasks)
        Statement(update(REPORTS).where(REPORTS.c.number == bindparam("of"))).run(connection, {"edited": True, "of": 1})
    with reading(store.ledger.engine) as connection:
        assert connection.execute(select(TASKS).order_by(TASKS.c.opened_by)).all() == [(1, 7, None), (1, 8, 9)]
        assert connection.execute(select(REPORTS.c.edited)).scalar_one() is True


def failing(store: Store, statement: Any, values: dict[str, Any]) -> None:  # noqa: ANN401 - any statement
    with writing(store.ledger.engine) as connection:
        Statement(statement).run(connection, values)


def test_an_error_is_that_of_sqlalchemy_and_nothing_is_written(store: Store) -> None:
    signed(store)
    before = store.verify()
    with reading(store.ledger.engine) as connection:
        request = connection.execute(select(REQUESTS)).first()
    assert request is not None
    with pytest.raises(IntegrityError) as refused:
        failing(store, insert(REQUESTS), request._asdict())
    assert (refused.value.params, refused.value.connection_invalidated) == (None, False)
    with pytest.raises((IntegrityError, ProgrammingError)):
        failing(store, insert(VERSIONS), {"number": 1, "version": 2})
    assert store.verify() == before


def read_after_a_loss(store: Store, report_id: str, database: str) -> None:
    with reading(store.ledger.engine) as connection:
        assert rows.etag_of(connection, report_id)
        administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")  # noqa: S608 - ours
        rows.find_report(connection, store.ledger.sealer, report_id)


def test_a_lost_connection_is_not_used_again() -> None:
    url = new_database()
    name = url.partition("?")[0].rpartition("/")[2]
    with open_store(url, catalog()) as store:
        report_id = created(store, *complete())
        with pytest.raises(StoreUnavailableError):
            read_after_a_loss(store, report_id, name)
        assert store.get(report_id).version == 0
