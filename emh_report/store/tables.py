"""The tables of the store. Migrations make them (migrations/versions/); a test compares.

Identifiers that people are found by stand in ``report_keys`` as keyed digests (see sealing.py), so no column holds a
name, a number of a patient, or an answer. Whatever says something about a patient is a sealed payload.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    func,
    literal_column,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's own row number
_DIGEST: Final = String(64)
_INSTANT: Final = String(32)

SETTINGS: Final = Table(
    "settings",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("report_id", String(36), nullable=False, unique=True),
    Column("identifier", _DIGEST, nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("etag", String(80), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sha256", _DIGEST, nullable=False),
    Column("exam_date", String(10), nullable=False),
    Column("communication_pending", Boolean, nullable=False),
    Column("edited", Boolean, nullable=False, server_default=false()),
    Column("created", _INSTANT, nullable=False),
    Column("updated", _INSTANT, nullable=False),
    Column("summary", LargeBinary, nullable=False),
    Column("working_copy", LargeBinary, nullable=False),
    Index(None, "status", "number"),
    Index(None, "exam_date", "number"),
    sqlite_autoincrement=True,
)
"""``edited``: whether the working copy was saved after its last release."""

VAGUE: Final = func.length(REPORTS.c.exam_date) < literal_column("10")
"""Whether the day of an examination is not known: nothing, a year, or a month."""

for _name, _few in (
    ("communication_pending", REPORTS.c.communication_pending.is_(True)),
    ("edited", REPORTS.c.edited.is_(True)),
    ("vague", VAGUE),
):
    Index(f"ix_reports_{_name}", REPORTS.c.number, sqlite_where=_few, postgresql_where=_few)

REPORT_KEYS: Final = Table(
    "report_keys",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("key", _DIGEST, primary_key=True),
    Column("number", _NUMBER, ForeignKey("reports.number"), primary_key=True),
    Index(None, "number"),
    sqlite_with_rowid=False,
)

VERSIONS: Final = Table(
    "versions",
    METADATA,
    Column("number", _NUMBER, ForeignKey("reports.number"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("issued", _INSTANT, nullable=False),
    Column("sha256", _DIGEST, nullable=False),
    Column("signature", String, nullable=False),
    Column("finalizes_order", Boolean, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

TASKS: Final = Table(
    "tasks",
    METADATA,
    Column("number", _NUMBER, ForeignKey("reports.number"), primary_key=True),
    Column("opened_by", Integer, primary_key=True),
    Column("closed_by", Integer, nullable=True),
)

REQUESTS: Final = Table(
    "requests",
    METADATA,
    Column("request_id", String(36), primary_key=True),
    Column("digest", _DIGEST, nullable=False),
    Column("receipt", String, nullable=False),
    Column("at", _INSTANT, nullable=False),
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("at", _INSTANT, nullable=False),
    Column("actor", String, nullable=False),
    Column("rank", String(16), nullable=False),
    Column("action", String(24), nullable=False),
    Column("report_id", String(36), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("etag", String(80), nullable=False),
    Column("sha256", _DIGEST, nullable=False),
    Column("request_id", String(36), nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("hash", _DIGEST, nullable=False),
    Column("program", String, nullable=False, server_default=""),
    Column("found", Integer, nullable=False, server_default="0"),
    Column("on_behalf_of", String, nullable=False, server_default=""),
)

CHANGED: Final = AUDIT.c.etag != literal_column("''")
"""Whether a link is of a change: a read leaves no etag, and a database of an installation that has them has many."""

Index("ix_audit_changes", AUDIT.c.seq, sqlite_where=CHANGED, postgresql_where=CHANGED)

CHAIN: Final = Table(
    "chain",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", _NUMBER, nullable=False),
    Column("hash", _DIGEST, nullable=False),
    UniqueConstraint("seq"),
)
"""One row: the end of the audit. Without it a chain that lost its last links would still be one."""

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("delivery_id", String(36), nullable=False, unique=True),
    Column("report", _NUMBER, ForeignKey("reports.number"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("peer", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", _INSTANT, nullable=False),
    Column("error", String(64), nullable=False),
    Column("details", String, nullable=False),
    Column("sha256", _DIGEST, nullable=False),
    Column("content_type", String(80), nullable=False),
    Column("payload", LargeBinary, nullable=True),
    Column("reason", LargeBinary, nullable=True),
    Column("created", _INSTANT, nullable=False),
    Column("updated", _INSTANT, nullable=False),
    UniqueConstraint("report", "peer", "version"),
    Index(None, "peer", "state", "next_try"),
    sqlite_autoincrement=True,
)
"""One row for each version and peer. ``payload`` is what is sent, sealed, from the first try until it arrived."""
