"""The newest version of every released report, page by page, for whoever reads the whole store."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, select

from emh_report.records import StoredVersion
from emh_report.store import rows
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import Sealer
from emh_report.store.tables import REPORTS, VERSIONS


class Released(NamedTuple):
    """A released report as the database has it. ``number`` is where to go on after it."""

    number: int
    report_id: str
    row: Row[Any]
    sealer: Sealer

    def read(self) -> StoredVersion:
        """Return its version. Raises DamagedError where it is not what was released."""
        return rows.read_version(self.sealer, self.report_id, self.row)


def page(ledger: Ledger, after: int, size: int) -> tuple[Released, ...]:
    """Return up to ``size`` reports after number ``after``: found by key, so every page costs the same."""
    wanted = _newest(select(REPORTS.c.report_id, VERSIONS)).where(REPORTS.c.number > after)
    with reading(ledger.engine) as connection:
        found = connection.execute(wanted.order_by(REPORTS.c.number).limit(size)).all()
    return tuple(Released(row.number, row.report_id, row, ledger.sealer) for row in found)


def count(ledger: Ledger, after: int) -> int:
    """Return how many are to come after number ``after``."""
    wanted = select(func.count()).select_from(VERSIONS).where(VERSIONS.c.version == 1, VERSIONS.c.number > after)
    with reading(ledger.engine) as connection:
        return connection.execute(wanted).scalar_one()


def _newest(wanted: Select[Any]) -> Select[Any]:
    newest = and_(VERSIONS.c.number == REPORTS.c.number, VERSIONS.c.version == REPORTS.c.version)
    return wanted.select_from(REPORTS).join(VERSIONS, newest)
