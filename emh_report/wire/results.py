"""What a use case gives back, as the response message of its method: gRPC sends it, the command line prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emh_report.export import Exported
from emh_report.pipeline import Verdict
from emh_report.report import Narrative
from emh_report.v1 import service_pb2 as pb
from emh_report.wire.context import write_context
from emh_report.wire.draft import write_draft
from emh_report.wire.verdict import write_issue, write_verdict

if TYPE_CHECKING:
    from emh_report.intake.imports import Imported


def write_rendered(
    narrative: Narrative, section: Narrative | None, verdict: Verdict, *, html: bool
) -> pb.RenderReportResponse:
    """Return a narrative as text or HTML, with the section to paste where there is one."""
    paste = "" if section is None else section.html if html else section.text
    text = narrative.html if html else narrative.text
    return pb.RenderReportResponse(narrative=text, paste_section=paste, verdict=write_verdict(verdict))


def write_exported(exported: Exported, verdict: Verdict) -> pb.ExportReportResponse:
    """Return a report in an exchange format."""
    return pb.ExportReportResponse(
        content=exported.content, content_type=exported.content_type, verdict=write_verdict(verdict)
    )


def write_imported(imported: Imported) -> pb.ImportReportResponse:
    """Return draft and context of a bundle, or why they cannot be had."""
    return pb.ImportReportResponse(
        draft=write_draft(imported.draft) if imported.draft else None,
        context=write_context(imported.context) if imported.context else None,
        issues=[write_issue(issue) for issue in imported.issues],
    )
