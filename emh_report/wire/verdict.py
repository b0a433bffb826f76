"""Verdicts on the wire and in the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.issues import Issue, Severity, Where
from emh_report.pipeline import Verdict
from emh_report.report import CriticalFinding
from emh_report.v1 import report_pb2 as pb

SEVERITIES: Final[Mapping[Severity, pb.Severity.ValueType]] = {
    Severity.ERROR: pb.SEVERITY_ERROR,
    Severity.WARNING: pb.SEVERITY_WARNING,
    Severity.INFORMATION: pb.SEVERITY_INFORMATION,
}
_SEVERITY_OF = {number: severity for severity, number in SEVERITIES.items()}


def write_verdict(verdict: Verdict) -> pb.Verdict:
    """Return ``verdict`` as a message."""
    return pb.Verdict(
        issues=[write_issue(issue) for issue in verdict.issues],
        critical_findings=[_write_critical(finding) for finding in verdict.critical],
        can_release_preliminary=verdict.can_release_preliminary,
        can_finalize=verdict.can_finalize,
        communication_pending=verdict.communication_pending,
        required_count=verdict.required,
        required_answered_count=verdict.required_answered,
    )


def write_issue(issue: Issue) -> pb.Issue:
    """Return ``issue`` as a message."""
    path, group_id, group_uid, field_id = issue.where
    return pb.Issue(
        rule_id=issue.rule_id,
        severity=SEVERITIES[issue.severity],
        path=path,
        group_id=group_id,
        group_uid=group_uid,
        field_id=field_id,
        message=issue.message,
        accepted=issue.accepted,
        overridable=issue.overridable,
        override_reason=issue.override_reason,
        references=issue.references,
        blocking=issue.blocking,
    )


def _write_critical(finding: CriticalFinding) -> pb.CriticalFinding:
    return pb.CriticalFinding(
        rule_id=finding.rule_id, urgency=finding.urgency, label=finding.label, group_uid=finding.group_uid
    )


def read_verdict(message: pb.Verdict) -> Verdict:
    """Return the verdict a server sent. A severity this version does not know counts as an error."""
    return Verdict(
        issues=tuple(read_issue(issue) for issue in message.issues),
        critical=tuple(
            CriticalFinding(found.rule_id, found.urgency, found.label, found.group_uid)
            for found in message.critical_findings
        ),
        can_release_preliminary=message.can_release_preliminary,
        can_finalize=message.can_finalize,
        communication_pending=message.communication_pending,
        required=message.required_count,
        required_answered=message.required_answered_count,
    )


def read_issue(message: pb.Issue) -> Issue:
    """Return an issue that a server sent."""
    return Issue(
        rule_id=message.rule_id,
        severity=_SEVERITY_OF.get(message.severity, Severity.ERROR),
        where=Where(message.path, message.group_id, message.group_uid, message.field_id),
        message=message.message,
        accepted=tuple(message.accepted),
        overridable=message.overridable,
        override_reason=message.override_reason,
        references=tuple(message.references),
        blocking=message.blocking,
    )
