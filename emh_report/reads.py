"""What is read of stored reports, for an audit that has it: who read which report and how, never what it says."""

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


class Read(NamedTuple):
    """One read. A search has no report, and the number of those that it ``found``; nothing of what was asked for.

    ``version`` is 0 for a report as it stands. ``actor`` is None where the door knows the program only.
    """

    action: ReadAction
    report_id: str = ""
    version: int = 0
    found: int = 0
    actor: Actor | None = None
