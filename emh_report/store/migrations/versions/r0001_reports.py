"""Reports, their versions, what they are found by, open tasks, requests, and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
DIGEST = sa.String(64)
INSTANT = sa.String(32)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "settings",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    _reports()
    _versions()
    _audit()
    for table in ("versions", "audit"):
        _keep(table)


def _keep(table: str) -> None:
    """Make the database itself refuse to change or delete rows: what was released or noted stays."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} are only added to'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep()"
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("number", NUMBER, nullable=False, autoincrement=True),
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("identifier", DIGEST, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("etag", sa.String(80), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("exam_date", sa.String(10), nullable=False),
        sa.Column("communication_pending", sa.Boolean, nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("updated", INSTANT, nullable=False),
        sa.Column("summary", sa.LargeBinary, nullable=False),
        sa.Column("working_copy", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_reports"),
        sa.UniqueConstraint("report_id", name="uq_reports_report_id"),
        sa.UniqueConstraint("identifier", name="uq_reports_identifier"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reports_status_number", "reports", ["status", "number"])
    op.create_index("ix_reports_exam_date", "reports", ["exam_date"])
    op.create_table(
        "report_keys",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", DIGEST, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "number", name="pk_report_keys"),
        sa.ForeignKeyConstraint(["number"], ["reports.number"], name="fk_report_keys_number"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_keys_number", "report_keys", ["number"])


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("issued", INSTANT, nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("signature", sa.String, nullable=False),
        sa.Column("finalizes_order", sa.Boolean, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", "version", name="pk_versions"),
        sa.ForeignKeyConstraint(["number"], ["reports.number"], name="fk_versions_number"),
    )
    op.create_table(
        "tasks",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("opened_by", sa.Integer, nullable=False),
        sa.Column("closed_by", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("number", "opened_by", name="pk_tasks"),
        sa.ForeignKeyConstraint(["number"], ["reports.number"], name="fk_tasks_number"),
    )


def _audit() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.String(36), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("receipt", sa.String, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_requests"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", NUMBER, nullable=False, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("rank", sa.String(16), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("etag", sa.String(80), nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("request_id", sa.String(36), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("hash", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_report_id", "audit", ["report_id"])
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("hash", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain"),
        sa.UniqueConstraint("seq", name="uq_chain_seq"),
    )
