"""The store: every way in which a stored report is made, read, changed and released. Thread-safe, one for a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select

from emh_report import limits
from emh_report.catalog import Catalog
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.errors import DamagedError
from emh_report.lifecycle import Action, Actor
from emh_report.printing import printed
from emh_report.priors import Course
from emh_report.reads import Read
from emh_report.records import (
    AuditEntry,
    Event,
    FoundVersion,
    Migrate,
    Page,
    Preview,
    PriorPage,
    PriorReport,
    Query,
    Receipt,
    Release,
    ShownMigration,
    StoredReport,
    StoredVersion,
    Task,
    VersionQuery,
)
from emh_report.signing import SignatureError, Signed, verify
from emh_report.store import audit_list, drafts, finding, listing, migrating, noting, priors, released, releases, rows
from emh_report.store.deliveries import Deliveries
from emh_report.store.drafts import Edit
from emh_report.store.engine import copy_file, reading
from emh_report.store.ledger import Ledger
from emh_report.store.released import Released
from emh_report.store.sealing import digest
from emh_report.store.tables import REPORTS, TASKS
from emh_report.store.verify import Verified, verify_store

EVERYTHING = Query()


class Store:
    """Reports that last; `open_store` gives one. Every write is one transaction with its audit.

    A write with a ``request_id`` (a UUID) may be repeated: it is done once, and answered with the same receipt.

    All methods raise StoreUnavailableError where the database does not work, DamagedError where it holds something
    else than was written, NotStoredError for a report or version that is not there. Writes raise InputError and
    LimitError for what cannot be taken, NotPermittedError, TransitionError, RequestIdReusedError, and ConflictError
    where ``etag`` is not that of the report as it stands. Whatever is raised, nothing was written.
    """

    def __init__(self, ledger: Ledger) -> None:
        """Take what `open_store` opened."""
        self.ledger = ledger

    @property
    def deliveries(self) -> Deliveries:
        """What goes to peers."""
        return Deliveries(self.ledger)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.ledger.engine.dispose()

    @property
    def catalog(self) -> Catalog:
        """The templates that stored drafts are read by."""
        return self.ledger.catalog

    def secret(self, purpose: str) -> bytes:
        """Return a secret of this store for ``purpose`` (32 bytes): the same in every process, different for others."""
        return bytes.fromhex(digest(self.ledger.secrets.pages, "secret", purpose))

    def signed_by(self, version: StoredVersion) -> Signed:
        """Return by which key a version was signed. Raises DamagedError where its signature does not hold."""
        try:
            return verify(version.content, version.signature, (*self.ledger.keys, self.ledger.secrets.trial))
        except SignatureError as error:
            raise DamagedError(str(error)) from None

    def create(self, draft: Draft, context: Context, actor: Actor, *, request_id: str = "") -> Receipt:
        """Store a new draft, whatever it says.

        The report gets the identifier of ``context.report``, or one of the store's own (a UUID as URN); version, state
        and time of release are the store's. A draft without template version gets the newest one's. Raises
        AlreadyStoredError where the identifier is taken.
        """
        return drafts.create(self.ledger, draft, context, actor, request_id)

    def get(self, report_id: str) -> StoredReport:
        """Return a report as it stands: its working copy, its state, and what that state leads to."""
        with reading(self.ledger.engine) as connection:
            return rows.find_report(connection, self.ledger.sealer, report_id).report

    def version(self, report_id: str, version: int = 0) -> StoredVersion:
        """Return a released version; 0 is the newest one."""
        with reading(self.ledger.engine) as connection:
            return rows.find_version(connection, self.ledger.sealer, report_id, version)

    def printed(self, report_id: str, version: int = 0, course: Course | None = None) -> bytes:
        """Return a released version as PDF, with the bytes that were signed attached; 0 is the newest one.

        ``course`` is printed behind it. Raises MissingExtraError where this installation makes no PDF.
        """
        keys = (*self.ledger.keys, self.ledger.secrets.trial)
        return printed(self.catalog, self.version(report_id, version), keys, course)

    def list(self, query: Query = EVERYTHING, *, size: int = 0, token: str = "") -> Page:
        """Return one page of reports, newest first; ``token`` is that of the page before. Raises InputError.

        Where days of examination are asked for, the newest examination comes first.
        """
        return listing.list_reports(self.ledger, query, size, token)

    def released(self, after: int = 0, size: int = limits.MAX_PAGE) -> tuple[Released, ...]:
        """Return the newest versions of reports that were released, in the order the reports were made.

        ``after`` is the ``number`` of the last one of the page before. Each is read, and checked, when it is asked.
        """
        return released.page(self.ledger, after, size)

    def count_released(self, after: int = 0) -> int:
        """Return how many reports after ``after`` were released."""
        return released.count(self.ledger, after)

    def pseudonym(self, *parts: str) -> str:
        """Return a keyed digest: equal for equal parts in this store, and nothing about them to anybody without it."""
        return digest(self.ledger.secrets.finding, *parts)

    def often(self, template_id: str, actor: Actor) -> Mapping[str, tuple[str, ...]]:
        """Return ``group.field`` → codes that the newest released reports by a template have often.

        Those that ``actor`` released come first. Nothing where no answer occurs in two reports.
        """
        with reading(self.ledger.engine) as connection:
            return self.ledger.usage.often(connection, self.ledger.sealer, template_id, actor.name)

    def priors(self, context: Context, *, size: int = 0, token: str = "") -> PriorPage:
        """Return one page of the signed reports of the same patient, the newest examination first.

        The same patient has an identifier (system and value) of ``context`` now, whatever name a report was signed
        under. Reports of later examinations are left out, as are withdrawn ones and the report of ``context`` itself.
        Raises InputError without such an identifier.
        """
        return priors.list_priors(self.ledger, context, size, token)

    def prior(self, report_id: str, context: Context) -> tuple[PriorReport, StoredVersion]:
        """Return the newest signed version of an earlier report of the patient of ``context``.

        Raises InputError where it is not signed, was withdrawn, or is of another patient.
        """
        return priors.find_prior(self.ledger, report_id, context)

    def find_versions(self, query: VersionQuery, *, size: int, after: int = 0) -> tuple[Sequence[FoundVersion], int]:
        """Return candidates for a search of released versions, and where the next page starts; 0 on the last.

        The newest version of each report that may fit: reports edited since their release are among them in any case.
        """
        return finding.find_versions(self.ledger, query, size, after)

    def versions_of(self, report_id: str) -> Sequence[FoundVersion]:
        """Return every released version of a report, oldest first. A report without any is not there."""
        return finding.versions_of(self.ledger, report_id)

    def update_draft(
        self, report_id: str, draft: Draft, context: Context, actor: Actor, *, etag: str, request_id: str = ""
    ) -> Receipt:
        """Save a working copy, also that of a released report, whose versions stay as they are.

        The same content again changes nothing, not even the etag.
        """
        return drafts.edit(self.ledger, report_id, Edit(Action.UPDATE, actor, etag, context, draft), request_id)

    def correct_context(
        self, report_id: str, context: Context, actor: Actor, *, etag: str, request_id: str = ""
    ) -> Receipt:
        """Save another context beside the same answers: a merged patient, another order. Works in every state."""
        return drafts.edit(self.ledger, report_id, Edit(Action.CORRECT_CONTEXT, actor, etag, context), request_id)

    def preview_migration(self, report_id: str) -> ShownMigration:
        """Return what a working copy would be under the installed version of its template.

        Raises NotFoundError where no version of the template is installed, and InvalidReportError where an answer could
        not be kept.
        """
        return migrating.preview(self.ledger, report_id)

    def migrate(self, report_id: str, wanted: Migrate, *, request_id: str = "") -> Receipt:
        """Save a working copy as a preview of its migration showed it. Where none is needed nothing is changed.

        Raises what the preview does, and NotAsSeenError where another version is installed now.
        """
        return migrating.migrate(self.ledger, report_id, wanted, request_id)

    def preview(self, report_id: str, wanted: Release) -> Preview:
        """Return what an action would release now: show it, then `release` it with its ``etag`` and ``seen``.

        Raises what `release` would, so a preview that comes back can be released.
        """
        return releases.preview(self.ledger, report_id, wanted)

    def release(self, report_id: str, wanted: Release, *, etag: str, request_id: str = "") -> Receipt:
        """Make an immutable version of the working copy, signed where the action needs it.

        ``wanted.seen`` is what a preview gave, and is needed wherever somebody vouches for what the report says.
        Raises InvalidReportError where the report cannot be released so, and NotAsSeenError where it would not be
        what was shown, or that was too long ago.
        """
        return releases.release(self.ledger, report_id, wanted, etag=etag, request_id=request_id)

    def events(self, after: int = 0) -> tuple[Event, ...]:
        """Return the changes that follow number ``after``, in the order they were made; at most `limits.MAX_PAGE`.

        Raises InputError for a number that no change of this store has yet.
        """
        return listing.list_events(self.ledger, after)

    def audit(self, after: int = 0, report_id: str = "") -> Iterator[AuditEntry]:
        """Yield what the audit says after number ``after``, of one report where it is named, in order."""
        return audit_list.entries(self.ledger, after, report_id)

    @property
    def note(self) -> Callable[[Read], None] | None:
        """What a door tells of each read before it shows anything; None where the audit has no reads."""
        return self.noted if self.ledger.audits_reads else None

    def noted(self, read: Read) -> None:
        """Write in the audit that something was read or taken out, whatever the installation wants of reads."""
        noting.note(self.ledger, read)

    def backup(self, file: Path) -> None:
        """Copy the store to a new SQLite file while it is in use, as it stands at one moment.

        Raises SettingError for a PostgreSQL store, which has its own means, and FileExistsError.
        """
        copy_file(self.ledger.engine, file)

    def verify(self, expected: str = "") -> Verified:
        """Check that the store holds what was written: audit, versions, signatures, working copies.

        ``expected`` is the ``end`` of an earlier check. Raises InputError where it is not of that form.
        """
        return verify_store(self.ledger, expected)

    def tasks(self, report_id: str) -> tuple[Task, ...]:
        """Return the tasks of a report: critical results that were, or are, to be communicated."""
        wanted = select(TASKS).join(REPORTS, REPORTS.c.number == TASKS.c.number)
        with reading(self.ledger.engine) as connection:
            rows.etag_of(connection, report_id)
            found = connection.execute(wanted.where(REPORTS.c.report_id == report_id).order_by(TASKS.c.opened_by))
            return tuple(Task(report_id, row.opened_by, row.closed_by) for row in found)
