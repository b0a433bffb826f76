"""What ``emh-report serve --demo`` shows: a published case through the running service, and what to try next."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import click

from emh_report import demo
from emh_report.cli.program import called, shown
from emh_report.cli.verdicts import counts
from emh_report.client import Client, ClientError
from emh_report.context import Context
from emh_report.draft import Draft

LINES = 32


def show(address: str) -> None:
    """Validate, render and export the demo case through the service at ``address``, and print what came back."""
    draft, context = demo.read_case()
    click.echo(
        f"\nA published case, as far as its abstract states it:\n  {demo.CITATION}\n  ({demo.CASE}; "
        "patient, order and study are invented and marked as test data)"
    )
    try:
        with Client(address) as client:
            _show_results(client, draft, context)
    except ClientError as error:
        click.secho(f"the service did not answer as it should: {error}", fg="red", err=True)
    _show_next(address)


def _show_results(client: Client, draft: Draft, context: Context) -> None:
    verdict = client.validate(draft, context)
    _head("ValidateReport")
    click.echo(f"  {counts(verdict)}")
    rules = Counter(issue.rule_id for issue in verdict.issues)
    click.echo("  " + ", ".join(f"{rule} × {count}" for rule, count in rules.most_common(6)))
    for line in dict.fromkeys(f"  critical, {finding.urgency}: {finding.label}" for finding in verdict.critical):
        click.echo(line)
    click.echo(
        f"  preliminary: {'yes' if verdict.can_release_preliminary else 'no'}; "
        f"final: {'yes' if verdict.can_finalize else 'no, the abstract leaves required questions open'}"
    )
    _head("RenderReport")
    lines = client.render(draft, context).narrative.splitlines()
    for line in lines[:LINES]:
        click.echo(f"  {line}")
    if len(lines) > LINES:
        click.echo(f"  … {len(lines) - LINES} more lines")
    _head("ExportReport, FHIR R4 transaction")
    bundle = json.loads(client.export(draft, context))
    kinds = Counter(entry["resource"]["resourceType"] for entry in bundle["entry"])
    click.echo("  " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))


def _head(method: str) -> None:
    click.echo()
    click.secho(method, bold=True)


def _show_next(address: str) -> None:
    program, file, port = called(), shown(demo.case_file()), address.rpartition(":")[2]
    _head("What to try next, in another terminal in this folder")
    for words in (
        "templates",
        "vocabulary --search cord",
        f"validate {file}",
        f"render {file}",
        f"export {file} --as fhir-r4-transaction -o bundle.json",
    ):
        click.echo(f"  {program} {words}")
    if shutil.which("grpcurl") is None:
        click.echo(f"Optional: grpcurl, which is not on PATH here, can try every call on localhost:{port}.")
        return
    click.echo(f"  grpcurl -plaintext localhost:{port} list emh_report.v1.ReportService")
    click.echo(f"  grpcurl -plaintext -d @ localhost:{port} emh_report.v1.ReportService/ValidateReport < {file}")
