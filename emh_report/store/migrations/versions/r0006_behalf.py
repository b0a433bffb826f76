"""For whom a program called, as it said; what was written before says nothing of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the table of the audit."""
    op.add_column("audit", sa.Column("on_behalf_of", sa.String, nullable=False, server_default=""))
