"""Verdicts for people."""

from __future__ import annotations

from collections import Counter

import click

from emh_report.issues import Issue, Severity
from emh_report.pipeline import Verdict

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "blue"}
NAMES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "hint"}


def counts(verdict: Verdict) -> str:
    """Return the counts of a verdict in one line."""
    found = Counter(issue.severity for issue in verdict.issues)
    words = [f"{found[severity]} {NAMES[severity]}{'' if found[severity] == 1 else 's'}" for severity in Severity]
    return f"{', '.join(words)}; {verdict.required_answered} of {verdict.required} required answers"


def print_verdict(verdict: Verdict, *, err: bool = False) -> None:
    """Print every issue, errors first, and what may be done."""
    for issue in verdict.issues:
        print_issue(issue, err=err)
    for finding in verdict.critical:
        label = click.style("critical", fg="red", bold=True)
        click.echo(f"{label} {finding.urgency}: {finding.label} [{finding.rule_id}]", err=err)
    click.echo(counts(verdict), err=err)
    click.echo(f"preliminary report: {_may(yes=verdict.can_release_preliminary)}", err=err)
    pending = ", with its communication as an open task" if verdict.communication_pending else ""
    click.echo(f"final report: {_may(yes=verdict.can_finalize)}{pending}", err=err)


def print_issue(issue: Issue, *, err: bool = False) -> None:
    """Print one issue: severity, path, field, message, rule; what would be accepted below it."""
    label = click.style(NAMES[issue.severity].ljust(7), fg=COLOURS[issue.severity], bold=True)
    field = f" ({issue.where.field_id})" if issue.where.field_id else ""
    click.echo(f"{label} {issue.where.path}{field}: {issue.message} [{issue.rule_id}]", err=err)
    if issue.accepted:
        click.echo(f"        accepted: {', '.join(issue.accepted)}", err=err)
    if issue.override_reason:
        click.echo("        kept by the author, with a reason", err=err)


def _may(*, yes: bool) -> str:
    return click.style("can be released", fg="green") if yes else click.style("cannot be released", fg="red")
