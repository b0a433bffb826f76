"""Indexes for lists by day and by what few reports are, and which working copies were edited since their release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EDITED = """
UPDATE reports SET edited = true WHERE version > 0 AND NOT EXISTS (
    SELECT 1 FROM audit
    WHERE audit.report_id = reports.report_id AND audit.etag = reports.etag AND audit.sha256 <> '')
"""

FEW = {
    "communication_pending": sa.column("communication_pending", sa.Boolean).is_(True),
    "edited": sa.column("edited", sa.Boolean).is_(True),
    "vague": sa.func.length(sa.column("exam_date")) < sa.literal_column("10"),
}


def upgrade() -> None:
    """Change the table of reports."""
    op.add_column("reports", sa.Column("edited", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(EDITED)
    op.drop_index("ix_reports_exam_date", "reports")
    op.create_index("ix_reports_exam_date_number", "reports", ["exam_date", "number"])
    for name, where in FEW.items():
        op.create_index(f"ix_reports_{name}", "reports", ["number"], sqlite_where=where, postgresql_where=where)
