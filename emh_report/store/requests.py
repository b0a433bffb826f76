"""Every write once: the same request id and content get the receipt of the first time, other content is refused."""

from __future__ import annotations

import json
import re
import uuid
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from emh_report.context import ReportStatus
from emh_report.errors import InputError
from emh_report.records import Receipt
from emh_report.store.sealing import digest
from emh_report.store.statements import Statement
from emh_report.store.tables import REQUESTS
from emh_report.wire.statuses import RequestIdReusedError

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

_FIND: Final = Statement(select(REQUESTS).where(REQUESTS.c.request_id == bindparam("id")))
_INSERT: Final = Statement(insert(REQUESTS))


class Request(NamedTuple):
    """A write as it is remembered: its id and a keyed digest of everything else in it.

    ``given``: the id is that of the caller, who may have sent it before.
    """

    id: str
    digest: str
    given: bool


def request(request_id: str, secret: bytes, *content: str) -> Request:
    """Return the request with this id and content; without an id it gets one of its own.

    Raises InputError for an id that is not a UUID.
    """
    known = request_id.lower()
    if known and not _UUID.fullmatch(known):
        raise InputError([("request_id", "not a UUID of 36 characters")])
    return Request(known or str(uuid.uuid4()), digest(secret, *content), bool(known))


def replayed(connection: Connection, asked: Request) -> Receipt | None:
    """Return the receipt of an earlier time; None where there is none. Raises RequestIdReusedError."""
    row = _FIND.first(connection, {"id": asked.id}) if asked.given else None
    if row is None:
        return None
    if row.digest != asked.digest:
        raise RequestIdReusedError
    fields = json.loads(row.receipt)
    return Receipt(**{**fields, "status": ReportStatus(fields["status"])})


def remember(connection: Connection, asked: Request, receipt: Receipt) -> None:
    """Keep ``receipt`` within the transaction of what it acknowledges."""
    row = {"request_id": asked.id, "digest": asked.digest, "receipt": json.dumps(receipt._asdict()), "at": receipt.at}
    _INSERT.run(connection, row)
