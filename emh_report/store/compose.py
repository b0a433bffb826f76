"""What an action would release, as a document. Pure: the same input gives the same bytes and the same digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from emh_report import __version__, limits, pipeline
from emh_report.catalog import Catalog
from emh_report.changes import Change, compare, takes_back
from emh_report.context import Context, ReportIdentity, ReportStatus
from emh_report.document import Document
from emh_report.draft import Draft
from emh_report.errors import InputError, InvalidReportError, NotFoundError
from emh_report.issues import Issue, Severity, Where
from emh_report.lifecycle import Action, Actor, Need, Transition
from emh_report.signing import sha256
from emh_report.text import is_unsafe
from emh_report.wire.document import write_document

ENDS = frozenset({ReportStatus.CANCELLED, ReportStatus.ENTERED_IN_ERROR})
"""States that say nothing new about the patient: their versions repeat the last one."""


class Last(NamedTuple):
    """The last released version, as far as the next one builds on it."""

    version: int
    sha256: str
    document: Document


@dataclass(frozen=True, slots=True)
class Composed:
    """A document, its bytes and their digest, what is shown of it, and the transition it is made by."""

    document: Document
    content: bytes
    sha256: str
    html: str
    verdict: pipeline.Verdict
    way: Transition


@dataclass(frozen=True, slots=True)
class Step:
    """An action on its way: who does it, why, and the time the version will state."""

    action: Action
    way: Transition
    actor: Actor
    reason: str
    issued: str


def compose(catalog: Catalog, draft: Draft, context: Context, last: Last | None, step: Step) -> Composed:
    """Return the version that ``step`` makes of a working copy.

    Raises InputError for a reason that is missing or cannot be taken, and InvalidReportError where the report cannot
    be released so.
    """
    _check_reason(step)
    ends = step.way.to in ENDS
    if ends and last is not None:  # what was edited since was never released, and is not released now
        draft, context = last.document.draft, last.document.context
    version = last.version + 1 if last else 1
    identity = ReportIdentity(context.report.identifier, version, step.way.to, step.issued)
    context = replace(context, report=identity)
    changes = compare(last.document.draft, draft) if last else ()
    if last is not None:
        _check_changes(changes, draft, context, last, step)
    text, html, paste, verdict = _shown(catalog, draft, context, ends=ends)
    document = Document(
        action=step.action,
        actor=step.actor,
        draft=draft,
        context=context,
        narrative=text,
        paste_section=paste,
        reason=step.reason,
        previous=last.sha256 if last else "",
        changes=changes,
        software=f"emh_report {__version__}",
    )
    content = write_document(document)
    return Composed(document, content, sha256(content), html, verdict, step.way)


def _check_reason(step: Step) -> None:
    if Need.REASON in step.way.needs and not step.reason.strip():
        raise InputError([("reason", f"a reason is needed to {step.action.value}")])
    if len(step.reason) > limits.TEXT:
        raise InputError([("reason", f"{len(step.reason)} characters, at most {limits.TEXT} are accepted")])
    if is_unsafe(step.reason):
        raise InputError([("reason", "control characters, bidirectional overrides or code points nobody can store")])


def _check_changes(changes: tuple[Change, ...], draft: Draft, context: Context, last: Last, step: Step) -> None:
    """A correction says something else than the version before it; an addendum says more and takes nothing back."""
    before = replace(last.document.context, report=context.report)
    if step.action is Action.AMEND and not changes and before == context and draft == last.document.draft:
        raise InvalidReportError([_issue("nothing-changed", "nothing was changed since the last version")])
    if Need.ADDS_ONLY not in step.way.needs:
        return
    refused = takes_back(changes)
    if refused:
        message = "an addendum only adds, and this was changed or removed: release it as a correction"
        raise InvalidReportError([_issue("addendum-changes", message, change) for change in refused])
    if not changes:
        raise InvalidReportError([_issue("nothing-added", "an addendum adds something to the last version")])


def _issue(rule_id: str, message: str, change: Change | None = None) -> Issue:
    where = Where("draft.groups", change.group_id, change.group_uid, change.field_id) if change else Where("draft")
    return Issue(rule_id, Severity.ERROR, where, message)


def _shown(catalog: Catalog, draft: Draft, context: Context, *, ends: bool) -> tuple[str, str, str, pipeline.Verdict]:
    """Return narrative, HTML, section to paste and verdict. What ends can always end, even where nobody can read it."""
    try:
        narrative, section, verdict = pipeline.render(catalog, draft, context)
    except InvalidReportError as error:
        if not ends:
            raise
        return "", "", "", pipeline.Verdict(error.issues)
    return narrative.text, narrative.html, section.text if section else "", verdict


def pinned(catalog: Catalog, draft: Draft) -> Draft:
    """Return ``draft`` with version and hash of the template it was begun with: a later one cannot reread it."""
    if draft.template_version and draft.template_hash:
        return draft
    try:
        template = catalog.plan(draft.template_id, draft.template_version).template
    except NotFoundError:
        return draft
    return draft._replace(template_version=template.version, template_hash=draft.template_hash or template.content_hash)
