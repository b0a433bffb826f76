"""What is read and taken out of a store: who did, which report and how, never what it says.

Reads are in the audit of an installation that wants them; what an operator does to all reports at once always is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from emh_report.lifecycle import Actor


class ReadAction(StrEnum):
    """How reports are read; in the audit of the store."""

    READ = "read"
    EXPORT = "export"
    """It left as a document: PDF or FHIR."""
    SEARCH = "search"
    AUDIT = "read-audit"
    """Who did what was read."""


class OperatorAction(StrEnum):
    """What is done to all reports of a store, by a command on its machine."""

    EXPORT_ALL = "export-all"
    BACKUP = "backup"
    BACKFILL = "backfill"


class Read(NamedTuple):
    """One read. A search has no report, and the number of those that it ``found``; nothing of what was asked for.

    ``version`` is 0 for a report as it stands. ``actor`` is None where the door knows the program only.
    """

    action: ReadAction | OperatorAction
    report_id: str = ""
    version: int = 0
    found: int = 0
    actor: Actor | None = None
