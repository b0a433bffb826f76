"""What previews composed, kept for the release that follows: composing a document is most of the work of signing it.

A document follows from its key alone: report, etag (of one revision, so of one state, working copy and last version),
action, actor, reason and time. A release that finds it here still compares its digest with what was seen, and its etag
with the database within the transaction that stores it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.lifecycle import Action, Actor
from emh_report.recent import Recent
from emh_report.store.compose import Composed

KEPT: Final = 64
"""So many previews are remembered by one process; a forgotten one is composed again."""


class Key(NamedTuple):
    """Everything that a document follows from, in one store with one catalog."""

    report_id: str
    etag: str
    action: Action
    actor: Actor
    reason: str
    issued: str


def shown() -> Recent[Key, Composed]:
    """Return an empty memory of previews."""
    return Recent(KEPT)
