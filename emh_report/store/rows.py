"""Rows of the store as records, and back: one function for each thing that is read or written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, null, select, update

from emh_report.context import Context, ReportStatus
from emh_report.draft import Draft
from emh_report.errors import DamagedError, InputError, NotStoredError
from emh_report.lifecycle import actions
from emh_report.records import StoredReport, StoredVersion
from emh_report.signing import sha256
from emh_report.store.compose import Last
from emh_report.store.sealing import Sealer
from emh_report.store.statements import Statement
from emh_report.store.tables import REPORT_KEYS, REPORTS, TASKS, VERSIONS
from emh_report.wire.document import read_document
from emh_report.wire.request import unpack


def _lockable(wanted: Select[Any]) -> Mapping[bool, Statement]:
    """Return a statement without and with a lock on what it finds."""
    return {False: Statement(wanted), True: Statement(wanted.with_for_update())}


_STANDING: Final = [REPORTS.c[name] for name in ("number", "revision", "etag", "communication_pending", "working_copy")]
_BY_ID: Final = REPORTS.c.report_id == bindparam("id")
_FIND_REPORT: Final = _lockable(select(REPORTS).where(_BY_ID))
_FIND_STANDING: Final = _lockable(select(*_STANDING).where(_BY_ID))
_INSERT_REPORT: Final = Statement(insert(REPORTS).returning(REPORTS.c.number))
_UPDATE_REPORT: Final = Statement(update(REPORTS).where(REPORTS.c.number == bindparam("of")))
_OF_REPORT: Final = select(VERSIONS).join(REPORTS, REPORTS.c.number == VERSIONS.c.number).where(_BY_ID)
_FIND_NEWEST: Final = Statement(_OF_REPORT.where(VERSIONS.c.version == REPORTS.c.version))
_FIND_VERSION: Final = Statement(_OF_REPORT.where(VERSIONS.c.version == bindparam("version")))
_INSERT_VERSION: Final = Statement(insert(VERSIONS))
_FIND_KEYS: Final = Statement(
    select(REPORT_KEYS.c.kind, REPORT_KEYS.c.key).where(REPORT_KEYS.c.number == bindparam("of"))
)
_INSERT_KEYS: Final = Statement(insert(REPORT_KEYS))

_OPEN_TASK: Final = Statement(insert(TASKS))
_CLOSE_TASK: Final = Statement(update(TASKS).where(TASKS.c.number == bindparam("of"), TASKS.c.closed_by == null()))


class Standing(NamedTuple):
    """Where a report stands, and the bytes of its working copy, without reading what they say.

    ``pending``: its task to communicate a critical result is open.
    """

    number: int
    revision: int
    etag: str
    pending: bool
    content: bytes


class Current(NamedTuple):
    """A report as a transaction found it: its row, the bytes of its working copy, and what it is.

    ``sha256`` is the digest of its last version, empty before the first release.
    """

    number: int
    revision: int
    sha256: str
    content: bytes
    report: StoredReport


def instant(moment: datetime) -> str:
    """Return a time in milliseconds (RFC 3339, UTC), which sorts as it is later."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def place(report_id: str, part: str) -> str:
    """Return what a payload is sealed for."""
    return f"reports/{report_id}/{part}"


def find_report(connection: Connection, sealer: Sealer, report_id: str, *, lock: bool = False) -> Current:
    """Return a report; with ``lock`` nobody else writes it until the transaction ends. Raises NotStoredError."""
    row = _FIND_REPORT[lock].first(connection, {"id": report_id})
    if row is None:
        raise NotStoredError("report")
    content = sealer.open(row.working_copy, place(row.report_id, "working-copy"))
    draft, context = _working_copy(content)
    status = ReportStatus(row.status)
    report = StoredReport(
        report_id=row.report_id,
        status=status,
        version=row.version,
        etag=row.etag,
        draft=draft,
        context=context,
        created=row.created,
        updated=row.updated,
        communication_pending=row.communication_pending,
        actions=actions(status),
    )
    return Current(row.number, row.revision, row.sha256, content, report)


def find_standing(connection: Connection, sealer: Sealer, report_id: str, *, lock: bool = False) -> Standing:
    """Return where a report stands; with ``lock`` as in `find_report`. Raises NotStoredError."""
    row = _FIND_STANDING[lock].first(connection, {"id": report_id})
    if row is None:
        raise NotStoredError("report")
    content = sealer.open(row.working_copy, place(report_id, "working-copy"))
    return Standing(row.number, row.revision, row.etag, row.communication_pending, content)


def _working_copy(content: bytes) -> tuple[Draft, Context]:
    try:
        return unpack(content)
    except InputError:
        raise DamagedError("a stored working copy is not what was written") from None


def etag_of(connection: Connection, report_id: str, *, lock: bool = False) -> str:
    """Return the etag of a report, without reading the rest of it. Raises NotStoredError."""
    wanted = select(REPORTS.c.etag).where(REPORTS.c.report_id == report_id)
    found: str | None = connection.execute(wanted.with_for_update() if lock else wanted).scalar()
    if found is None:
        raise NotStoredError("report")
    return found


NOTHING_RELEASED: Final = "nothing was released yet; a report has versions once it is preliminary or signed"


def find_version(connection: Connection, sealer: Sealer, report_id: str, version: int = 0) -> StoredVersion:
    """Return one version, the newest for 0. Raises NotStoredError, and DamagedError where it is not what was signed."""
    wanted = _FIND_VERSION if version else _FIND_NEWEST
    row = wanted.first(connection, {"id": report_id, "version": version})
    if row is None:
        standing = connection.execute(select(REPORTS.c.version).where(REPORTS.c.report_id == report_id)).scalar()
        if standing is None:
            raise NotStoredError("report")
        raise NotStoredError("version", f"accepted are 1 to {standing}" if standing else NOTHING_RELEASED)
    return read_version(sealer, report_id, row)


def read_version(sealer: Sealer, report_id: str, row: Row[Any]) -> StoredVersion:
    """Return the version in a row of VERSIONS. Raises DamagedError where it is not what was released."""
    content = sealer.open(row.document, place(report_id, f"versions/{row.version}"))
    if sha256(content) != row.sha256:
        raise DamagedError("a stored version is not what was released")
    return StoredVersion(
        report_id=report_id,
        version=row.version,
        status=ReportStatus(row.status),
        issued=row.issued,
        sha256=row.sha256,
        signature=row.signature,
        finalizes_order=row.finalizes_order,
        content=content,
        document=read_document(content),
    )


def last_of(connection: Connection, sealer: Sealer, report: StoredReport) -> Last | None:
    """Return the last released version of a report; None before the first release."""
    if not report.version:
        return None
    found = find_version(connection, sealer, report.report_id)
    return Last(found.version, found.sha256, found.document)


def insert_report(connection: Connection, values: dict[str, Any]) -> int:
    """Insert a report and return the number of its row."""
    number: int = _INSERT_REPORT.first(connection, values).number
    return number


def update_report(connection: Connection, number: int, values: dict[str, Any]) -> None:
    """Change the row of a report."""
    _UPDATE_REPORT.run(connection, {**values, "of": number})


def insert_keys(connection: Connection, number: int, keys: set[tuple[str, str]]) -> None:
    """Note what a report is found by, beside what it is found by already."""
    if keys:
        rows = [{"kind": kind, "key": key, "number": number} for kind, key in sorted(keys)]
        _INSERT_KEYS.run_each(connection, rows)


def replace_keys(connection: Connection, number: int, keys: set[tuple[str, str]]) -> None:
    """Make ``keys`` what the report is found by; those it had already are not touched."""
    had = {(kind, key) for kind, key in _FIND_KEYS.all(connection, {"of": number})}
    for kind, key in had - keys:
        where = (REPORT_KEYS.c.kind == kind, REPORT_KEYS.c.key == key, REPORT_KEYS.c.number == number)
        connection.execute(delete(REPORT_KEYS).where(*where))
    insert_keys(connection, number, keys - had)


def version_row(sealer: Sealer, version: StoredVersion) -> dict[str, Any]:
    """Return the row of a new version, sealed; which report it is of is known in the transaction."""
    return {
        "version": version.version,
        "status": version.status.value,
        "issued": version.issued,
        "sha256": version.sha256,
        "signature": version.signature,
        "finalizes_order": version.finalizes_order,
        "document": sealer.seal(version.content, place(version.report_id, f"versions/{version.version}")),
    }


def insert_version(connection: Connection, number: int, row: dict[str, Any]) -> None:
    """Insert a version; it is never changed afterwards."""
    _INSERT_VERSION.run(connection, {"number": number, **row})


def note_task(connection: Connection, number: int, version: int, *, pending: bool) -> None:
    """Open the task to communicate a critical result, which a version leaves pending, or close the one that is open."""
    task = {"number": number, "opened_by": version} if pending else {"of": number, "closed_by": version}
    (_OPEN_TASK if pending else _CLOSE_TASK).run(connection, task)
