"""Run by alembic: migrates the connection that it was given, within the transaction that is open there."""

from __future__ import annotations

from alembic import context

from emh_report.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
