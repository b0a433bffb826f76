"""Reports of the form on paper: a released version as PDF, the working copy as a draft that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emh_report import pipeline
from emh_report.context import ReportStatus
from emh_report.errors import NotStoredError
from emh_report.export import Format
from emh_report.store import Store
from emh_report.web.guard import Guard

MOST_DIGITS: Final = 9


class Paper:
    """Handlers of what is printed."""

    def __init__(self, store: Store) -> None:
        """Remember what the handlers work with."""
        self._store = store

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        return [
            Route("/report/{report}/version/{version}/pdf", guard.shown(self.version)),
            Route("/report/{report}/draft.pdf", guard.shown(self.draft)),
        ]

    def version(self, request: Request) -> Response:
        """Return a released version, with the bytes that were signed attached."""
        report_id, number = request.path_params["report"], request.path_params["version"]
        if not (number.isascii() and number.isdigit() and 0 < len(number) <= MOST_DIGITS and int(number)):
            raise NotStoredError("version")
        return _pdf(self._store.printed(report_id, int(number)), f"report-{int(number)}.pdf")

    def draft(self, request: Request) -> Response:
        """Return the working copy as it stands, as a draft. Raises InvalidReportError where nobody could read it."""
        report = self._store.get(request.path_params["report"])
        identity = replace(report.context.report, status=ReportStatus.DRAFT)
        context = replace(report.context, report=identity)
        exported, _ = pipeline.export_report(self._store.catalog, report.draft, context, Format.PDF)
        return _pdf(exported.content, "draft.pdf")


def _pdf(content: bytes, name: str) -> Response:
    disposition = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=disposition)
