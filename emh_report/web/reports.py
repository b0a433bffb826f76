"""The working copy of a report: shown, saved while it is written, changed by a button, and brought together again."""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emh_report.context import COMPLETE_STATUSES
from emh_report.errors import ConflictError
from emh_report.lifecycle import Action, check_actor, transition
from emh_report.phrases import phrase
from emh_report.store import Receipt
from emh_report.web import live, pages, respond, troubles
from emh_report.web import sheet as sheets
from emh_report.web.conflict import MINE, TAKE, THEIRS, differences, merged
from emh_report.web.desk import Edited
from emh_report.web.filing import Filed, Filing
from emh_report.web.formpage import clock, form_page
from emh_report.web.guard import Guard
from emh_report.web.sheet import Sheet
from emh_report.web.troubles import UnstorableError
from emh_report.wire.statuses import RequestIdReusedError

UNSTORABLE = phrase("Not saved: the messages say what is too long. Everything you typed is still here.")
REST = phrase("All other answers are saved. This cannot be stored as it is, and stands on this page alone:")


class Reports:
    """Handlers of one report while it is written."""

    def __init__(self, filing: Filing) -> None:
        """Remember what the handlers work with."""
        self._filing = filing
        self._desk = filing.desk

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        scripted = (("edit", self.edited), ("live", self.checked), ("save", self.saved))
        return [
            Route("/report/{report}", guard.shown(self.shown), methods=["GET"]),
            Route("/report/{report}", guard.sent(self.acted), methods=["POST"]),
            Route("/report/{report}/merge", guard.sent(self.merged), methods=["POST"]),
            *(
                Route(f"/report/{{report}}/{name}", guard.sent(handler, scripted=True), methods=["POST"])
                for name, handler in scripted
            ),
        ]

    def shown(self, request: Request) -> Response:
        """Show the form of a report, or its last version to those who cannot change it."""
        filed = self._filed(request)
        actor = respond.person(request).actor
        if not filed.may(actor, Action.UPDATE):
            if filed.report.version:
                return respond.see(f"{request.url.path}/version/{filed.report.version}")
            check_actor(actor, Action.UPDATE, transition(filed.report.status, Action.UPDATE), filed.report.context)
        return form_page(request, self._desk, filed, Edited(self._filing.opened(filed)), saved=filed.report.updated)

    def acted(self, request: Request) -> Response:
        """Do what the button says that was pressed, and save what came of it."""
        filed, sheet = self._sent(request)
        action = request.state.said.get("action", "save")
        verb, _, target = action.partition(":")
        edited = self._desk.act(filed.plan, sheet, action, filed.report.context, respond.person(request).name)
        try:
            receipt = self._save(request, filed, edited.sheet)
        except UnstorableError:
            return form_page(request, self._desk, filed, Edited(sheet, notice=UNSTORABLE), status=422)
        except (ConflictError, RequestIdReusedError):
            return self._conflict(request, edited.sheet)
        if verb == "release":
            return respond.see(f"{request.url.path}/release/{target}")
        if verb == "theme":
            return respond.set_theme(respond.see(request.url.path), target)
        if verb == "language":
            return respond.set_language(respond.see(request.url.path), target)
        undo = sheets.to_pairs(sheet) if verb == "remove" else []
        return form_page(request, self._desk, filed, edited, etag=receipt.etag, saved=receipt.at, undo=undo)

    def edited(self, request: Request) -> Response:
        """Return the page after a button was pressed, for the script, which saves it then."""
        filed, sheet = self._sent(request)
        action = request.state.said.get("action", "")
        edited = self._desk.act(filed.plan, sheet, action, filed.report.context, respond.person(request).name)
        undo = sheets.to_pairs(sheet) if action.startswith("remove:") else []
        return form_page(request, self._desk, filed, edited, undo=undo)

    def checked(self, request: Request) -> Response:
        """Return what the page shows beside the answers, while they are typed."""
        filed, sheet = self._sent(request)
        want = {value for name, value in request.state.pairs if name == sheets.WANT}
        return JSONResponse(
            live.update(self._desk, filed.plan, sheet, filed.report.context, want, respond.language(request))
        )

    def saved(self, request: Request) -> Response:
        """Save what was typed so far. What cannot be stored is said, and keeps nothing else from being saved."""
        filed, sheet = self._sent(request)
        try:
            return self._kept(request, filed, sheet)
        except UnstorableError as error:
            rest = self._filing.storable(filed, sheet)
            if rest is None:
                raise
            say = respond.language(request).say
            left = " ".join(say(text) for text in (REST, *troubles.details(error)))
            return self._kept(request, filed, rest, left=left)

    def _kept(self, request: Request, filed: Filed, sheet: Sheet, **said: str) -> Response:
        """Save a sheet for the script, and tell it what else is ``said``."""
        try:
            receipt = self._save(request, filed, sheet)
        except (ConflictError, RequestIdReusedError):
            now = self._filed(request)
            if differences(sheet, self._filing.opened(now)):
                signed = now.report.status in COMPLETE_STATUSES
                return JSONResponse({"html": pages.part(respond.language(request), "conflict", signed)}, 409)
            return JSONResponse({"etag": now.report.etag, "at": clock(now.report.updated)} | said)
        return JSONResponse({"etag": receipt.etag, "at": clock(receipt.at)} | said)

    def merged(self, request: Request) -> Response:
        """Save what somebody chose of two sides, unless there is another one meanwhile."""
        filed, mine = self._sent(request)
        theirs = self._filing.opened(filed)
        names = [row.name for row in differences(mine, theirs)]
        chosen = {name: value for name, value in request.state.pairs if name in names}
        whole = request.state.said.get("action", "")
        if whole in {MINE, THEIRS}:
            chosen = dict.fromkeys(names, whole)
        if request.state.said.get("etag") != filed.report.etag or len(chosen) < len(names):
            return self._conflict(request, mine)
        try:
            self._save(request, filed, merged(filed.plan, mine, theirs, chosen))
        except (ConflictError, RequestIdReusedError):
            return self._conflict(request, mine)
        return respond.see(f"/report/{filed.report.report_id}")

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _filed(self, request: Request) -> Filed:
        return self._filing.find(request.path_params["report"])

    def _sent(self, request: Request) -> tuple[Filed, Sheet]:
        filed = self._filed(request)
        return filed, filed.sheet([pair for pair in request.state.pairs if not pair[0].startswith(TAKE)])

    def _save(self, request: Request, filed: Filed, sheet: Sheet) -> Receipt:
        said, person = request.state.said, respond.person(request)
        return self._filing.save(filed, sheet, person, etag=said.get("etag", ""), request_id=said.get("request", ""))

    def _conflict(self, request: Request, mine: Sheet) -> Response:
        """Return both sides; the form where they say the same."""
        filed = self._filed(request)
        rows = differences(mine, self._filing.opened(filed))
        if not rows:
            return form_page(request, self._desk, filed, Edited(mine), saved=filed.report.updated)
        return respond.page(
            request,
            "conflict.html.j2",
            status=409,
            rows=rows,
            chosen=request.state.said,
            pairs=sheets.to_pairs(mine),
            context=filed.report.context,
            title=filed.plan.template.title,
            report=filed.report,
            signed=filed.report.status in COMPLETE_STATUSES,
            saved=clock(filed.report.updated),
            request_id=str(uuid.uuid4()),
        )
