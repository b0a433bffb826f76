"""Payloads are packed with Zstandard from here on; those of before are opened as they are.

Nothing changes in the tables: the number keeps programs away that would take new payloads for damaged ones.
"""

from __future__ import annotations

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""
