"""What is to be delivered to which peer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.String(32)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outbox",
        sa.Column("number", NUMBER, nullable=False, autoincrement=True),
        sa.Column("delivery_id", sa.String(36), nullable=False),
        sa.Column("report", NUMBER, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("peer", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", INSTANT, nullable=False),
        sa.Column("error", sa.String(64), nullable=False),
        sa.Column("details", sa.String, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content_type", sa.String(80), nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=True),
        sa.Column("reason", sa.LargeBinary, nullable=True),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("updated", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("delivery_id", name="uq_outbox_delivery_id"),
        sa.UniqueConstraint("report", "peer", "version", name="uq_outbox_report_peer_version"),
        sa.ForeignKeyConstraint(["report"], ["reports.number"], name="fk_outbox_report"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_peer_state_next_try", "outbox", ["peer", "state", "next_try"])
