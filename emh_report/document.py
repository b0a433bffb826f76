"""A released version of a report as one document: what was said, who said it, and what the signer was shown.

Its bytes (wire.document) are what is stored, hashed and signed. They are written once and never written again.
"""

from __future__ import annotations

from dataclasses import dataclass

from emh_report.changes import Change
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.lifecycle import Action, Actor


@dataclass(frozen=True, slots=True)
class Document:
    """One version. ``narrative`` is the text the signer saw, ``previous`` the SHA-256 of the version before.

    ``paste_section`` is the section of a companion report for the main report. ``narrative`` is empty only where a
    report that nobody could read was cancelled or withdrawn.
    """

    action: Action
    actor: Actor
    draft: Draft
    context: Context
    narrative: str
    paste_section: str = ""
    reason: str = ""
    previous: str = ""
    changes: tuple[Change, ...] = ()
    software: str = ""
