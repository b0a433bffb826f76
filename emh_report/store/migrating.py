"""Working copies of an older template version: shown under the installed one, and saved as shown."""

from __future__ import annotations

from emh_report.errors import NotAsSeenError
from emh_report.lifecycle import Action
from emh_report.migration import migrate as migrated
from emh_report.records import Migrate, Receipt, ShownMigration
from emh_report.store import drafts, rows
from emh_report.store.drafts import Edit
from emh_report.store.engine import reading
from emh_report.store.ledger import Ledger, actor_content, check_etag


def preview(ledger: Ledger, report_id: str) -> ShownMigration:
    """Return what a migration would make of a working copy."""
    with reading(ledger.engine) as connection:
        report = rows.find_report(connection, ledger.sealer, report_id).report
    return ShownMigration(report.etag, migrated(ledger.catalog, report.draft))


def migrate(ledger: Ledger, report_id: str, asked: Migrate, request_id: str) -> Receipt:
    """Save a working copy as `preview` showed it."""
    given = (actor_content(asked.actor), asked.etag, asked.to_hash)
    request = ledger.request(request_id, "migrate", report_id, *given)
    done = ledger.answered(request)
    if done is not None:
        return done
    with reading(ledger.engine) as connection:
        report = rows.find_report(connection, ledger.sealer, report_id).report
    check_etag(report_id, asked.etag, report.etag)
    found = migrated(ledger.catalog, report.draft)
    if found.to_hash != asked.to_hash:
        raise NotAsSeenError("the template installed now is not the one that was shown")
    edit = Edit(Action.UPDATE, asked.actor, asked.etag, report.context, found.draft)
    return ledger.once(request, lambda connection: drafts.save(ledger, connection, report_id, edit))
