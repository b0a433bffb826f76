"""Stored reports for tests: a complete fictional report, its people, and a store of its own for each test."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from emh_report.context import Context, Identifier, Practitioner, ReportIdentity
from emh_report.draft import Coded, Draft, Item, Text
from emh_report.lifecycle import Action, Actor, Rank
from emh_report.store import Receipt, Release, Store, open_store
from tests.case_files import SYNTHETIC, catalog, read_report, synthetic_context

STAFF = "https://fhir.hospital.test/staff"
AUTHOR = Practitioner(Identifier(STAFF, "S-1"), "Reader", ("Rita",))
SENIOR = Practitioner(Identifier(STAFF, "S-2"), "Senior", ("Sam",))
OTHER = Practitioner(Identifier(STAFF, "S-3"), "Other", ("Otto",))
CLERK = Practitioner(Identifier(STAFF, "S-4"), "Clerk", ("Clara",))

RESIDENT = Actor(AUTHOR, Rank.RESIDENT)
ATTENDING = Actor(AUTHOR, Rank.ATTENDING)
SUPERVISOR = Actor(SENIOR, Rank.ATTENDING)
COVERING = Actor(OTHER, Rank.ATTENDING)
RECORDS = Actor(CLERK, Rank.RECORDS)

WHY = {Action.AMEND, Action.ADD_ADDENDUM, Action.CANCEL, Action.WITHDRAW}

_numbers = itertools.count(1)


def complete(*, supervised: bool = False) -> tuple[Draft, Context]:
    """Return a report without errors, about a patient of its own, without an identifier."""
    file = min((SYNTHETIC / "emh-ct-body").glob("draft*.json"))
    draft, context = read_report(file, synthetic_context(file))
    number = Identifier("https://fhir.hospital.test/mrn", f"M-{next(_numbers)}")
    patient = replace(context.patient, identifiers=(number,))
    supervisor = SENIOR if supervised else None
    return draft, replace(context, report=ReportIdentity(), patient=patient, author=AUTHOR, supervisor=supervisor)


def added(draft: Draft, text: str = "One more line.") -> Draft:
    """Return ``draft`` with one more line in its impression."""
    return _impression(draft, lambda items: (*items, Item("impression", Text(text))))


def changed(draft: Draft, text: str = "Another line.") -> Draft:
    """Return ``draft`` with another first line in its impression."""

    def rewritten(items: tuple[Item, ...]) -> tuple[Item, ...]:
        first = next(place for place, item in enumerate(items) if item.field_id == "impression")
        return (*items[:first], Item("impression", Text(text)), *items[first + 1 :])

    return _impression(draft, rewritten)


def pending(draft: Draft) -> Draft:
    """Return ``draft`` with its critical result still to be communicated."""
    groups = [group for group in draft.groups if group.group_id != "communication"]
    return _with(draft._replace(groups=tuple(groups)), "critical", _left_pending)


def _left_pending(items: tuple[Item, ...]) -> tuple[Item, ...]:
    kept = tuple(item for item in items if item.field_id != "communication-status")
    reason = Item("communication-pending-reason", Text("nobody answers"))
    return (*kept, Item("communication-status", Coded("pending")), reason)


def _impression(draft: Draft, change: Callable[[tuple[Item, ...]], tuple[Item, ...]]) -> Draft:
    return _with(draft, "impression", change)


def _with(draft: Draft, group_id: str, change: Callable[[tuple[Item, ...]], tuple[Item, ...]]) -> Draft:
    groups = (
        group._replace(items=change(group.items)) if group.group_id == group_id else group for group in draft.groups
    )
    return draft._replace(groups=tuple(groups))


def fresh(folder: Path, **options: Any) -> Store:  # noqa: ANN401 - those of open_store
    """Return the store in a folder; a new one where there is none."""
    return open_store(f"sqlite:///{folder / 'reports.db'}", catalog(), **options)


def act(store: Store, report_id: str, action: Action, actor: Actor, request_id: str = "") -> Receipt:
    """Preview an action and release what was shown."""
    reason = "because" if action in WHY else ""
    shown = store.preview(report_id, Release(action, actor, reason))
    wanted = Release(action, actor, reason, shown.seen)
    return store.release(report_id, wanted, etag=shown.etag, request_id=request_id)


def new_id() -> str:
    """Return a request id."""
    return str(uuid.uuid4())


def created(store: Store, draft: Draft, context: Context, actor: Actor = ATTENDING) -> str:
    """Store a draft and return its id."""
    return store.create(draft, context, actor).report_id


def signed(store: Store) -> str:
    """Store a complete report, sign it, and return its id."""
    report_id = created(store, *complete())
    act(store, report_id, Action.FINALIZE, ATTENDING)
    return report_id


def saved(store: Store, report_id: str, draft: Draft, actor: Actor = ATTENDING) -> Receipt:
    """Save other answers in the working copy as it stands."""
    report = store.get(report_id)
    return store.update_draft(report_id, draft, report.context, actor, etag=report.etag)
