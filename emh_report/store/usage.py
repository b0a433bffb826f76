"""Which answers released reports give again and again, so that a list of answers may begin with them.

Counted from the newest reports themselves: no table beside them holds an answer. A process reads each version once.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, and_, select

from emh_report.context import ReportStatus
from emh_report.draft import Coded, Draft
from emh_report.errors import DamagedError
from emh_report.store import rows
from emh_report.store.sealing import Sealer
from emh_report.store.tables import REPORTS, VERSIONS

LAST: Final = 200
"""So many of the newest released reports are counted: what was usual long ago is not usual now."""

LEAST: Final = 2
"""An answer of one report is no habit."""

SHOWN: Final = 5

_STANDING: Final = tuple(
    status.value
    for status in ReportStatus
    if status not in (ReportStatus.DRAFT, ReportStatus.CANCELLED, ReportStatus.ENTERED_IN_ERROR)
)
"""States of reports that say something about a patient: what was withdrawn is no example."""


class Said(NamedTuple):
    """What one version answered: (``group.field``, code) of each choice, and who released it."""

    template_id: str
    by: str
    answers: frozenset[tuple[str, str]]


NOTHING: Final = Said("", "", frozenset())


class Usage:
    """The choices of the newest released reports. Thread-safe."""

    def __init__(self) -> None:
        """Begin with none."""
        self._said: dict[tuple[int, int], Said] = {}
        self._counted: dict[tuple[str, str], Mapping[str, tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def often(self, connection: Connection, sealer: Sealer, template_id: str, by: str) -> Mapping[str, tuple[str, ...]]:
        """Return ``group.field`` → codes that reports by a template have often, those of ``by`` first."""
        with self._lock:
            self._refresh(connection, sealer)
            if (template_id, by) not in self._counted:
                self._counted[template_id, by] = _counted(list(self._said.values()), template_id, by)
            return self._counted[template_id, by]

    def _refresh(self, connection: Connection, sealer: Sealer) -> None:
        """Read the versions that are new since the last time, and forget those that others came after."""
        wanted = select(REPORTS.c.number, REPORTS.c.version).where(REPORTS.c.status.in_(_STANDING))
        newest = connection.execute(wanted.order_by(REPORTS.c.number.desc()).limit(LAST)).all()
        there = {(row.number, row.version) for row in newest}
        if there == self._said.keys():
            return
        new = there - self._said.keys()
        self._said = {key: said for key, said in self._said.items() if key in there}
        self._said |= {(row.number, row.version): _said(sealer, row) for row in _read(connection, new)}
        self._counted.clear()


def _counted(said: Sequence[Said], template_id: str, by: str) -> Mapping[str, tuple[str, ...]]:
    ours = [one for one in said if one.template_id == template_id]
    every = Counter(answer for one in ours for answer in one.answers)
    own = Counter(answer for one in ours if one.by == by for answer in one.answers)
    usual = [answer for answer, count in every.items() if count >= LEAST]
    found: dict[str, tuple[str, ...]] = {}
    for field, code in sorted(usual, key=lambda answer: (-own[answer], -every[answer], answer)):
        found[field] = (*found.get(field, ()), code)[:SHOWN]
    return found


def _read(connection: Connection, keys: set[tuple[int, int]]) -> Iterator[Row[Any]]:
    if not keys:
        return
    newest = and_(VERSIONS.c.number == REPORTS.c.number, VERSIONS.c.version == REPORTS.c.version)
    wanted = select(REPORTS.c.report_id, VERSIONS).select_from(REPORTS).join(VERSIONS, newest)
    yield from connection.execute(wanted.where(REPORTS.c.number.in_(sorted({number for number, _ in keys}))))


def _said(sealer: Sealer, row: Row[Any]) -> Said:
    try:
        document = rows.read_version(sealer, row.report_id, row).document
    except DamagedError:  # told by whoever opens or verifies it; a list of answers does without
        return NOTHING
    return Said(document.draft.template_id, document.actor.name, frozenset(_choices(document.draft)))


def _choices(draft: Draft) -> Iterator[tuple[str, str]]:
    for group in draft.groups:
        for item in group.items:
            if isinstance(item.value, Coded):
                yield f"{group.group_id}.{item.field_id}", item.value.code
