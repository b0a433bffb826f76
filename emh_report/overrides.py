"""Warnings that the author has read and decided to keep, each with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emh_report.draft import Override
from emh_report.issues import Issue, Severity, Where


def overridden(issues: list[Issue], overrides: tuple[Override, ...]) -> list[Issue]:
    """Mark warnings the author decided to keep; refuse overrides of anything else, twice or without a reason."""
    if not overrides:
        return issues
    reasons: dict[tuple[str, str], tuple[int, str]] = {}
    refused: list[Issue] = []
    for position, override in enumerate(overrides):
        where = Where(f"draft.overrides[{position}]", "", override.group_uid)
        key, reason = (override.rule_id, override.group_uid), override.reason.strip()
        if not reason:
            refused.append(Issue("override-without-reason", Severity.ERROR, where, "an override needs a reason"))
        elif key in reasons:
            message = "this warning is kept by an earlier entry: one entry with one reason is accepted"
            refused.append(Issue("override-twice", Severity.ERROR, where, message))
        else:
            reasons[key] = (position, reason)
    marked = []
    for issue in issues:
        _, reason = reasons.get((issue.rule_id, issue.where.group_uid), (0, ""))
        marked.append(issue._replace(override_reason=reason) if reason and issue.overridable else issue)
    refused += _useless_overrides(reasons, marked)
    return marked + refused


def _useless_overrides(reasons: Mapping[tuple[str, str], tuple[int, str]], issues: list[Issue]) -> Iterator[Issue]:
    raised = {(issue.rule_id, issue.where.group_uid): issue for issue in issues}
    for key, (position, _) in reasons.items():
        where = Where(f"draft.overrides[{position}]", "", key[1])
        issue = raised.get(key)
        if issue is None or (issue.severity is Severity.INFORMATION and not issue.overridable):
            message = "this override matches no warning of the draft"
            yield Issue("override-unused", Severity.INFORMATION, where, message)
        elif not issue.overridable:
            message = "only warnings can be overridden"
            yield Issue("override-refused", Severity.ERROR, where, message)
