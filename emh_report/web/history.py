"""Earlier examinations of a patient in PACS and RIS, beside the form: a list to read, and nothing is taken from it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from emh_report.sources import History
from emh_report.store import StoredReport
from emh_report.web import pages, respond
from emh_report.web.filing import Filing
from emh_report.web.guard import Guard


class Examinations:
    """Handlers of the list, which waits for systems of others: no page of the form waits for it."""

    def __init__(self, filing: Filing) -> None:
        """Remember what the handlers work with."""
        self._filing = filing

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        return [
            Route("/report/{report}/examinations", guard.shown(self.shown)),
            Route("/report/{report}/examinations/panel", guard.shown(self.panel)),
        ]

    def shown(self, request: Request) -> Response:
        """Show the list as a page."""
        report = self._filing.store.get(request.path_params["report"])
        return respond.page(
            request, "examinations.html.j2", report=report, context=report.context, history=self._history(report)
        )

    def panel(self, request: Request) -> Response:
        """Return the list for the side of the form; nothing where no system is asked."""
        found = self._history(self._filing.store.get(request.path_params["report"]))
        return HTMLResponse(pages.part(respond.language(request), "examinations", found) if found else "")

    def _history(self, report: StoredReport) -> History | None:
        board = self._filing.desk.board
        return board.history(report.context) if board else None
