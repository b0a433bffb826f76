"""What a store of reports gives and takes: plain records, known to the store, the wire and the client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from emh_report.changes import Change
from emh_report.context import Context, Identifier, Patient, ReportStatus
from emh_report.document import Document
from emh_report.draft import Draft, ReportMode
from emh_report.issues import Issue
from emh_report.lifecycle import Action, Actor
from emh_report.migration import Migration
from emh_report.priors import Course, FollowUp


class Receipt(NamedTuple):
    """What every write answers: where the report stands now. ``at`` is when, ``sha256`` the digest of a new version."""

    report_id: str
    status: ReportStatus
    version: int
    etag: str
    at: str
    sha256: str = ""
    communication_pending: bool = False


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it stands: its working copy, and the state of its last released version.

    ``version`` is 0 before the first release. ``actions`` is what this state leads to.
    """

    report_id: str
    status: ReportStatus
    version: int
    etag: str
    draft: Draft
    context: Context
    created: str
    updated: str
    communication_pending: bool
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A released version. ``content`` is the very bytes that were signed; ``signature`` is empty where none is needed.

    ``finalizes_order`` is whether this version answers its order: a companion report never does.
    """

    report_id: str
    version: int
    status: ReportStatus
    issued: str
    sha256: str
    signature: str
    finalizes_order: bool
    content: bytes
    document: Document


class Seen(NamedTuple):
    """What a person was shown before releasing: the digest of the document, and the time it states."""

    sha256: str
    issued: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would release: shown first, then released with ``etag`` and ``seen``."""

    action: Action
    etag: str
    seen: Seen
    narrative: str
    html: str
    paste_section: str
    changes: tuple[Change, ...]
    change_lines: tuple[str, ...]
    issues: tuple[Issue, ...]
    communication_pending: bool
    content: bytes


class Query(NamedTuple):
    """What to look for; everything given must fit. Dates are those of the examination, YYYY-MM-DD, both included.

    An identifier without a system fits its value in any. ``site`` and ``cause`` fit reports that name the term,
    whatever they say about it.
    """

    patient: Identifier = Identifier()
    accession: Identifier = Identifier()
    study: str = ""
    statuses: tuple[ReportStatus, ...] = ()
    site: str = ""
    cause: str = ""
    examined_from: str = ""
    examined_to: str = ""
    communication_pending: bool = False


class VersionQuery(NamedTuple):
    """Which released versions to list. Any value of a member may fit, and every member has to; days both included.

    A date of examination may be missing, so ``examined_from`` and ``examined_to`` leave out only what is surely
    another day.
    """

    report_ids: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    patients: tuple[Identifier, ...] = ()
    accessions: tuple[Identifier, ...] = ()
    statuses: tuple[ReportStatus, ...] = ()
    examined_from: str = ""
    examined_to: str = ""
    mode: ReportMode = ReportMode.STANDALONE
    oldest_first: bool = False


class FoundVersion(NamedTuple):
    """A released version: when it was stored, and the number of that change in the audit."""

    report_id: str
    version: int
    status: ReportStatus
    mode: ReportMode
    at: str
    seq: int


class Summary(NamedTuple):
    """A report as a worklist shows it."""

    report_id: str
    status: ReportStatus
    version: int
    etag: str
    mode: ReportMode
    communication_pending: bool
    created: str
    updated: str
    identifier: Identifier
    patient: Patient
    exam_date: str
    accessions: tuple[str, ...]
    studies: tuple[str, ...]
    template_id: str
    sites: tuple[str, ...]
    causes: tuple[str, ...]


class Page(NamedTuple):
    """One page of a list, and the token of the next one; empty on the last."""

    reports: tuple[Summary, ...]
    next_token: str


class PriorReport(NamedTuple):
    """A signed report of the same patient, as it stands.

    ``patient_differs`` names what the two contexts say differently about a patient with the same identifier.
    """

    report_id: str
    version: int
    status: ReportStatus
    exam_date: str
    template_id: str
    studies: tuple[str, ...]
    accessions: tuple[str, ...]
    patient_differs: tuple[str, ...] = ()


class PriorPage(NamedTuple):
    """One page of earlier reports, the newest examination first, and the token of the next one; empty on the last."""

    priors: tuple[PriorReport, ...]
    next_token: str


class Compared(NamedTuple):
    """A report beside earlier ones: what they are, the course, and what contradicts it.

    ``more``: the store has earlier reports that were not looked at. ``course`` is None where none could be read.
    """

    priors: tuple[PriorReport, ...]
    course: Course | None
    issues: tuple[Issue, ...]
    more: bool = False


class Begun(NamedTuple):
    """A follow-up, the report it was begun from, and what is doubtful about that."""

    prior: PriorReport
    follow_up: FollowUp
    issues: tuple[Issue, ...]


class Task(NamedTuple):
    """A critical result of a signed report that is still to be communicated, since this version."""

    report_id: str
    opened_by: int
    closed_by: int | None


class Release(NamedTuple):
    """An action that makes a version. ``seen`` is what the actor was shown, where the action needs that."""

    action: Action
    actor: Actor
    reason: str = ""
    seen: Seen | None = None


class ShownMigration(NamedTuple):
    """What a migration would make of a working copy: shown first, then done with its ``etag`` and ``to_hash``."""

    etag: str
    migration: Migration


class Migrate(NamedTuple):
    """A migration to be done as it was shown: by whom, of which state of the report, to which template."""

    actor: Actor
    etag: str
    to_hash: str


class AuditEntry(NamedTuple):
    """One link of the audit: who did what, and where that left a report. ``hash`` is the digest of the link.

    ``program`` is what called, as its token or certificate says; without a value where neither was asked for.
    ``on_behalf_of`` is for whom, as that program says. ``action`` is one of a report (Action), of a delivery
    (DeliveryAction), a read (ReadAction) or of all reports (OperatorAction). ``version`` is 0 before any was released,
    and where a report was read as it stands; ``found`` is how many a search found, or an export began with.
    """

    seq: int
    at: str
    actor: Identifier
    rank: str
    program: Identifier
    action: str
    report_id: str
    version: int
    status: str
    sha256: str
    request_id: str
    found: int
    on_behalf_of: Identifier
    hash: str


class Event(NamedTuple):
    """One link of the audit, as a watcher is told of it: what happened to which report, and where that left it."""

    seq: int
    at: str
    action: Action
    report_id: str
    version: int
    status: ReportStatus
    etag: str
