"""Does the store hold what was written? Every link of the audit, every version and signature, every working copy.

Reads the whole store in streams. Names rows, never what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, and_, func, select

from emh_report.errors import DamagedError, InputError
from emh_report.signing import SignatureError, sha256, verify
from emh_report.store import audit, rows
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger
from emh_report.store.tables import AUDIT, CHAIN, CHANGED, REPORTS, VERSIONS

BATCH: Final = 500
"""Rows read at once."""


class Damage(NamedTuple):
    """Something that is not as it was written: where, and how that shows."""

    where: str
    what: str


_SEQ: Final = re.compile("[0-9]{1,18}")
"""A number that every database can hold."""


class Verified(NamedTuple):
    """What was checked. ``end`` is ``number:digest`` of the last link: note it outside of the store.

    ``trial`` counts signatures that were made with a key for trying out.
    """

    links: int
    versions: int
    signatures: int
    trial: int
    end: str
    damages: tuple[Damage, ...]


def verify_store(ledger: Ledger, expected: str = "") -> Verified:
    """Check everything. ``expected`` is the ``end`` of an earlier time, which must still be in the chain.

    Raises InputError where ``expected`` is not of that form.
    """
    counts = {"versions": 0, "signatures": 0, "trial": 0}
    damages: list[Damage] = []
    with reading(ledger.engine) as connection:
        end = connection.execute(select(CHAIN.c.seq, CHAIN.c.hash)).one()
        damages += _chain(ledger, connection, end)
        if expected:
            damages += _expected(connection, expected)
        damages += _missing(connection)
        damages += _versions(ledger, connection, counts)
        damages += _reports(ledger, connection)
    return Verified(links=end.seq, end=f"{end.seq}:{end.hash}", damages=tuple(damages), **counts)


def _stream(connection: Connection, wanted: Any) -> Iterator[Row[Any]]:  # noqa: ANN401 - any select
    return iter(connection.execute(wanted, execution_options={"yield_per": BATCH}))


def _chain(ledger: Ledger, connection: Connection, end: Row[int, str]) -> Iterator[Damage]:
    """A link that was changed, taken out, put in or moved breaks the chain there; one cut off breaks its end."""
    before, number, keyed = audit.START, 0, False
    for row in _stream(connection, select(AUDIT).order_by(AUDIT.c.seq)):
        number += 1
        if row.seq != number:
            yield Damage(f"audit {number}", "links are missing")
            number = row.seq
        entry = audit.Entry(*(getattr(row, name) for name in audit.Entry._fields))
        keyed = keyed or bool(row.key_id)
        try:
            right = audit.link_digest(ledger.sealer.chain_secret(row.key_id), before, row.seq, row.key_id, entry)
        except DamagedError as error:
            yield Damage(f"audit {row.seq}", str(error))
            right = row.hash
        if right != row.hash:
            yield Damage(f"audit {row.seq}", "the link does not follow from the one before it")
        if keyed and not row.key_id:
            yield Damage(f"audit {row.seq}", "written without the key that links before it have")
        before = row.hash
    if (number, before) != (end.seq, end.hash):
        yield Damage(f"audit {end.seq}", "the chain does not end where it was written to end")


def _expected(connection: Connection, expected: str) -> Iterator[Damage]:
    seq, _, link = expected.partition(":")
    if not (_SEQ.fullmatch(seq) and link):
        raise InputError([("expected", "number:digest, as an earlier check printed it")])
    found = connection.execute(select(AUDIT.c.hash).where(AUDIT.c.seq == int(seq))).scalar()
    if (audit.START if seq == "0" else found) != link:
        yield Damage(f"audit {seq}", "this is not the chain that was noted earlier")


def _missing(connection: Connection) -> Iterator[Damage]:
    """Reports and versions that the audit knows and the store does not, and the other way round."""
    released = and_(AUDIT.c.report_id == REPORTS.c.report_id, AUDIT.c.version == VERSIONS.c.version)
    released = and_(released, AUDIT.c.sha256 == VERSIONS.c.sha256, AUDIT.c.status == VERSIONS.c.status)
    gone = select(AUDIT.c.report_id).select_from(AUDIT).outerjoin(REPORTS, AUDIT.c.report_id == REPORTS.c.report_id)
    for row in _stream(connection, gone.where(CHANGED, REPORTS.c.number.is_(None)).distinct()):
        yield Damage(f"report {row.report_id}", "the report is gone")
    lost = (
        select(AUDIT.c.report_id, AUDIT.c.version)
        .select_from(AUDIT)
        .join(REPORTS, AUDIT.c.report_id == REPORTS.c.report_id)
    )
    same = and_(VERSIONS.c.number == REPORTS.c.number, VERSIONS.c.version == AUDIT.c.version)
    lost = lost.outerjoin(VERSIONS, and_(same, VERSIONS.c.sha256 == AUDIT.c.sha256))
    for row in _stream(connection, lost.where(AUDIT.c.sha256 != "", VERSIONS.c.number.is_(None))):
        yield Damage(f"report {row.report_id} version {row.version}", "the version is gone or another one")
    extra = (
        select(REPORTS.c.report_id, VERSIONS.c.version)
        .select_from(REPORTS)
        .join(VERSIONS, VERSIONS.c.number == REPORTS.c.number)
    )
    for row in _stream(connection, extra.outerjoin(AUDIT, released).where(AUDIT.c.seq.is_(None))):
        yield Damage(f"report {row.report_id} version {row.version}", "nobody released this version")


def _versions(ledger: Ledger, connection: Connection, counts: dict[str, int]) -> Iterator[Damage]:
    wanted = (
        select(REPORTS.c.report_id, VERSIONS).select_from(REPORTS).join(VERSIONS, VERSIONS.c.number == REPORTS.c.number)
    )
    keys = (*ledger.keys, ledger.secrets.trial)
    for row in _stream(connection, wanted):
        where = f"report {row.report_id} version {row.version}"
        counts["versions"] += 1
        try:
            content = ledger.sealer.open(row.document, rows.place(row.report_id, f"versions/{row.version}"))
            if sha256(content) != row.sha256:
                yield Damage(where, "the document is not what was released")
            elif row.signature:
                counts["trial"] += verify(content, row.signature, keys).trial
                counts["signatures"] += 1
        except (DamagedError, SignatureError) as error:
            yield Damage(where, str(error))


def _reports(ledger: Ledger, connection: Connection) -> Iterator[Damage]:
    """Each report stands where its last link but reads says; its etag is of its working copy and last version."""
    links = AUDIT.alias()
    last = (
        select(func.max(links.c.seq))
        .where(links.c.report_id == REPORTS.c.report_id, links.c.etag != "")
        .scalar_subquery()
    )
    noted = (AUDIT.c.etag.label("noted_etag"), AUDIT.c.status.label("noted_status"), AUDIT.c.version.label("noted"))
    wanted = select(REPORTS, *noted).select_from(REPORTS).outerjoin(AUDIT, AUDIT.c.seq == last)
    for row in _stream(connection, wanted):
        where = f"report {row.report_id}"
        if (row.etag, row.status, row.version) != (row.noted_etag, row.noted_status, row.noted):
            yield Damage(where, "it does not stand where the audit left it")
        try:
            content = ledger.sealer.open(row.working_copy, rows.place(row.report_id, "working-copy"))
        except DamagedError as error:
            yield Damage(where, str(error))
            continue
        if ledger.etag(row.report_id, row.revision, content, row.sha256) != row.etag:
            yield Damage(where, "its working copy is not what was saved")
