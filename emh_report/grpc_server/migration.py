"""The methods of the service that migrates stored drafts: each from a request message to a response message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emh_report.grpc_server.method import Check, Method
from emh_report.grpc_server.stored import needed_id
from emh_report.records import Migrate
from emh_report.v1 import migration_pb2 as pb
from emh_report.wire import guard, stored
from emh_report.wire.migration import write_migration

if TYPE_CHECKING:
    from emh_report.store import Store


class MigrationMethods:
    """All methods over one store. Both of them may wait for the disk."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    @property
    def table(self) -> dict[str, Method]:
        """Method → what to call."""
        return {
            "PreviewMigration": Method(pb.PreviewMigrationRequest, self.preview_migration, waits=True),
            "MigrateDraft": Method(pb.MigrateDraftRequest, self.migrate_draft, waits=True),
        }

    def preview_migration(self, request: pb.PreviewMigrationRequest, _: Check) -> pb.PreviewMigrationResponse:
        """What a migration would do."""
        guard.check(request)
        return write_migration(self._store.preview_migration(request.report_id))

    def migrate_draft(self, request: pb.MigrateDraftRequest, check: Check) -> pb.MigrateDraftResponse:
        """Save a migrated working copy."""
        guard.check(request)
        asked = Migrate(stored.read_actor(request.actor), request.etag, request.to_hash)
        request_id = needed_id(request.request_id)
        check()
        receipt = self._store.migrate(request.report_id, asked, request_id=request_id)
        return pb.MigrateDraftResponse(receipt=stored.write_receipt(receipt))
