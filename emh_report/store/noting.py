"""What was read or taken out, in the audit: one link for each, in a transaction of its own."""

from __future__ import annotations

from emh_report.program import calling, on_behalf_of
from emh_report.reads import Read
from emh_report.store import audit
from emh_report.store.ledger import Ledger


def note(ledger: Ledger, read: Read) -> None:
    """Write that something was read. Raises StoreUnavailableError; then it may not be shown."""
    entry = audit.Entry(
        at=ledger.instant(),
        actor=read.actor.name if read.actor else "",
        rank=read.actor.rank.value if read.actor else "",
        action=read.action.value,
        report_id=read.report_id,
        version=read.version,
        status="",
        etag="",
        sha256="",
        request_id="",
        program=calling(),
        found=read.found,
        on_behalf_of=on_behalf_of(),
    )
    ledger.writers.write(lambda connection: audit.record(connection, ledger.sealer, entry))
