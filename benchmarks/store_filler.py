"""A store with as many signed reports as wanted: rows as the store writes them, without composing each report anew.

A fictional report of each template is drafted and signed through the store. Its copies differ in report id, patient,
Accession Number, study and day of the examination; each has its own digest, signature, etags, index entries, requests,
and two links of the audit. ``Store.verify`` finds nothing wrong with them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, select, update

from emh_report.context import Context, Identifier, ReportIdentity
from emh_report.draft import Draft
from emh_report.lifecycle import Action, Actor, Rank
from emh_report.records import Release
from emh_report.signing import sha256, sign
from emh_report.store import Store, audit, index, rows
from emh_report.store.engine import reading, writing
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import digest
from emh_report.store.tables import AUDIT, CHAIN, REPORT_KEYS, REPORTS, REQUESTS, VERSIONS

BATCH = 10_000
"""Copies that are made and inserted together, in the order of each table's key: few pages are written twice."""
CACHE_KIB = 1_000_000
"""Memory for pages of SQLite while it is filled."""
FIRST = 100_000_000
"""Numbers of patients and orders begin here, so that all have the same length."""
PATIENT, ACCESSION, STUDY = f"M{FIRST}", f"A{FIRST}", f"2.25.{FIRST}"
DAY = date(2024, 3, 12)
"""When the fictional examinations were."""
OF_A_DAY = 20_000
"""Copies with the same day of examination; later copies are of later days."""
SYSTEM = "https://fhir.hospital.test/mrn"


class Pattern:
    """A signed report of the store, and how its copies are made."""

    def __init__(self, store: Store, draft: Draft, context: Context) -> None:
        """Draft and sign the report that is copied. Its context has one order and one study."""
        actor = Actor(context.author, Rank.ATTENDING)
        patient = replace(context.patient, identifiers=(Identifier(SYSTEM, PATIENT),))
        order = replace(context.orders[0], accession=Identifier(context.orders[0].accession.system, ACCESSION))
        study = replace(context.studies[0], accession=ACCESSION, study_instance_uid=STUDY)
        self.ledger: Ledger = store.ledger
        context = replace(
            context, report=ReportIdentity(), patient=patient, orders=(order,), studies=(study,), supervisor=None
        )
        self.id = store.create(draft, context, actor).report_id
        shown = store.preview(self.id, Release(Action.FINALIZE, actor))
        store.release(self.id, Release(Action.FINALIZE, actor, seen=shown.seen), etag=shown.etag)
        with reading(self.ledger.engine) as connection:
            (self.row,) = _rows(connection, select(REPORTS).where(REPORTS.c.report_id == self.id))
            number = self.row["number"]
            (self.version,) = _rows(connection, select(VERSIONS).where(VERSIONS.c.number == number))
            self.links = _rows(connection, select(AUDIT).where(AUDIT.c.report_id == self.id).order_by(AUDIT.c.seq))
            ids = [link["request_id"] for link in self.links]
            found = {row["request_id"]: row for row in _rows(connection, select(REQUESTS))}
            self.requests = [found[id_] for id_ in ids]
            keys = _rows(connection, select(REPORT_KEYS).where(REPORT_KEYS.c.number == number))
            self.keys = {(key["kind"], key["key"]) for key in keys}
        opened = self.ledger.sealer.open
        self.working_copy = opened(self.row["working_copy"], rows.place(self.id, "working-copy"))
        self.summary = opened(self.row["summary"], rows.place(self.id, "summary"))
        self.document = opened(self.version["document"], rows.place(self.id, "versions/1"))
        self.order_system = order.accession.system
        self.own = set(self._numbered(PATIENT, ACCESSION, STUDY))

    def _numbered(self, patient: str, accession: str, study: str) -> Iterator[tuple[str, str]]:
        secret = self.ledger.secrets.finding
        for kind, system, value in ((index.PATIENT, SYSTEM, patient), (index.ACCESSION, self.order_system, accession)):
            yield kind, index.key(secret, kind, "", value)
            yield kind, index.key(secret, kind, system, value)
        yield index.STUDY, index.key(secret, index.STUDY, study)

    def copy(self, number: int, before: str, seq: int) -> tuple[dict[str, list[dict[str, Any]]], str]:
        """Return the rows of copy ``number``, by table, and the digest of its last link."""
        ledger, report_id = self.ledger, str(uuid.uuid4())
        own, day = FIRST + number, (DAY + timedelta(days=number // OF_A_DAY)).isoformat()
        names = {PATIENT: f"M{own}", ACCESSION: f"A{own}", STUDY: f"2.25.{own}", self.id: report_id}
        names[DAY.isoformat()] = day
        seal, place = ledger.sealer.seal, rows.place
        working_copy, document = _renamed(self.working_copy, names), _renamed(self.document, names)
        sha = sha256(document)
        etags = [ledger.etag(report_id, 1, working_copy, ""), ledger.etag(report_id, 2, working_copy, sha)]
        report = {
            **self.row,
            "number": number,
            "report_id": report_id,
            "identifier": digest(ledger.secrets.finding, "report", "urn:ietf:rfc:3986", f"urn:uuid:{report_id}"),
            "exam_date": day,
            "etag": etags[1],
            "sha256": sha,
            "summary": seal(_renamed(self.summary, names), place(report_id, "summary")),
            "working_copy": seal(working_copy, place(report_id, "working-copy")),
        }
        version = {
            **self.version,
            "number": number,
            "sha256": sha,
            "signature": sign(document, ledger.signer),
            "document": seal(document, place(report_id, "versions/1")),
        }
        keys = (self.keys - self.own) | set(self._numbered(names[PATIENT], names[ACCESSION], names[STUDY]))
        found: dict[str, list[dict[str, Any]]] = {
            "reports": [report],
            "versions": [version],
            "report_keys": [{"kind": kind, "key": key, "number": number} for kind, key in sorted(keys)],
            "requests": [],
            "audit": [],
        }
        for link, request, etag, digest_ in zip(self.links, self.requests, etags, ("", sha), strict=True):
            request_id = str(uuid.uuid4())
            receipt = {**json.loads(request["receipt"]), "report_id": report_id, "etag": etag, "sha256": digest_}
            found["requests"].append({**request, "request_id": request_id, "receipt": json.dumps(receipt)})
            fields = {name: link[name] for name in audit.Entry._fields}
            fields |= {"report_id": report_id, "etag": etag, "sha256": digest_, "request_id": request_id}
            entry, seq, key_id = audit.Entry(**fields), seq + 1, ledger.sealer.key_id
            before = audit.link_digest(ledger.sealer.chain_secret(key_id), before, seq, key_id, entry)
            found["audit"].append({**fields, "seq": seq, "key_id": key_id, "hash": before})
        return found, before


def _rows(connection: Connection, wanted: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _renamed(content: bytes, names: dict[str, str]) -> bytes:
    """Return ``content`` with other names of the same length."""
    for old, new in names.items():
        content = content.replace(old.encode(), new.encode())
    return content


def _in_order(table: Table, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda row: tuple(row[column.name] for column in table.primary_key))


def fill(store: Store, patterns: Sequence[Pattern], reports: int) -> Iterator[int]:
    """Copy the patterns in turn until there are ``reports``; yield how many there are after each batch."""
    ledger, tables = store.ledger, (REPORTS, VERSIONS, REPORT_KEYS, REQUESTS, AUDIT)
    with reading(ledger.engine) as connection:
        end = connection.execute(select(CHAIN)).one()
        number = connection.execute(select(REPORTS.c.number).order_by(REPORTS.c.number.desc()).limit(1)).scalar_one()
    seq, before = end.seq, end.hash
    for first in range(number + 1, reports + 1, BATCH):
        numbers = range(first, min(first + BATCH, reports + 1))
        made: dict[str, list[dict[str, Any]]] = {table.name: [] for table in tables}
        for one in numbers:
            pattern = patterns[one % len(patterns)]
            found, before = pattern.copy(one, before, seq)
            seq += len(pattern.links)
            for name, entries in found.items():
                made[name] += entries
        with writing(ledger.engine) as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KIB}")
            for table in tables:
                connection.execute(insert(table), _in_order(table, made[table.name]))
            connection.execute(update(CHAIN).values(seq=seq, hash=before))
        yield numbers[-1]
