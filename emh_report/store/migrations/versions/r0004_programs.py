"""Which program called, beside who acted; what was written before says nothing of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the table of the audit."""
    op.add_column("audit", sa.Column("program", sa.String, nullable=False, server_default=""))
