"""How many reports a search found, for installations whose audit has reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the table of the audit."""
    op.add_column("audit", sa.Column("found", sa.Integer, nullable=False, server_default="0"))
