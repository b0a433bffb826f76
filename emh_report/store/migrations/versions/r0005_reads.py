"""How many reports a search found, for installations whose audit has reads; and its changes beside those."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHANGED = sa.column("etag", sa.String) != sa.literal_column("''")


def upgrade() -> None:
    """Change the table of the audit."""
    op.add_column("audit", sa.Column("found", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_audit_changes", "audit", ["seq"], sqlite_where=CHANGED, postgresql_where=CHANGED)
