"""The start page: studies to report and reports that are stored; and how a report begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emh_report.context import Focus, ReportStatus, Sex
from emh_report.lifecycle import Rank
from emh_report.linkids import facts_read
from emh_report.plan import Plan
from emh_report.store import Query, Summary
from emh_report.web import respond
from emh_report.web.filing import ENDED, Filing
from emh_report.web.guard import Guard
from emh_report.web.priors import offers
from emh_report.web.samples import Sample

SHOWN: Final = 20
"""Reports of one kind on one page; older ones are on the next."""

KINDS: Final = {
    "preliminary": (ReportStatus.PRELIMINARY,),
    "drafts": (ReportStatus.DRAFT,),
    "signed": (ReportStatus.FINAL, ReportStatus.CORRECTED, ReportStatus.APPENDED),
    "ended": tuple(sorted(ENDED)),
}
"""Kind of the worklist → states of a report, in the order of the page."""


class Row(NamedTuple):
    """One report of the worklist."""

    report: Summary
    title: str

    @property
    def address(self) -> str:
        """Where it is written, or shown once it was signed or has ended."""
        written = self.report.status in {ReportStatus.DRAFT, ReportStatus.PRELIMINARY}
        own = f"/report/{self.report.report_id}"
        return own if written else f"{own}/version/{self.report.version}"


class Worklist:
    """Handlers of the start page."""

    def __init__(self, filing: Filing) -> None:
        """Remember what the handlers work with."""
        self._filing = filing
        self._desk = filing.desk

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        return [
            Route("/", guard.shown(self.shown)),
            Route("/theme", guard.sent(self.themed, anybody=True), methods=["POST"]),
            Route("/theme/here", guard.sent(self.themed_here, scripted=True, anybody=True), methods=["POST"]),
            Route("/language", guard.sent(self.spoken, anybody=True), methods=["POST"]),
            Route("/study/{study}/{template}", guard.shown(self.study), methods=["GET"]),
            Route("/study/{study}/{template}", guard.sent(self.begun), methods=["POST"]),
        ]

    def shown(self, request: Request) -> Response:
        """Show what is to be done: reports that were begun, and studies without one."""
        kind = request.query_params.get("kind", "")
        if kind in KINDS:
            rows, token = self._rows(kind, request.query_params.get("page", ""))
            request.state.found = len(rows)
            return respond.page(request, "older.html.j2", kind=kind, rows=rows, next=token)
        found = {name: self._rows(name) for name in KINDS}
        request.state.found = sum(len(rows) for rows, _ in found.values())
        listed, lines = self._desk.listed()
        studies = [sample for sample in listed if not self._taken(sample)]
        titles = {template.id: template.title for template in self._desk.catalog.templates}
        writes = respond.person(request).actor.rank is not Rank.RECORDS
        return respond.page(
            request,
            "worklist.html.j2",
            studies=studies,
            titles=titles,
            found=found,
            writes=writes,
            any=bool(listed or lines or self._desk.board),
            lines=lines,
        )

    def themed(self, request: Request) -> Response:
        """Remember the colours that were chosen."""
        return respond.set_theme(respond.see("/"), request.state.said.get("action", ""))

    def themed_here(self, request: Request) -> Response:
        """Remember the colours that a page which stays open has already."""
        return respond.set_theme(JSONResponse({}), request.state.said.get("action", ""))

    def spoken(self, request: Request) -> Response:
        """Remember the language that was chosen, and show the page again on which that was."""
        said = request.state.said
        return respond.set_language(respond.back(said.get("to", "")), said.get("action", ""))

    def study(self, request: Request) -> Response:
        """Show the report of a study that was begun; else ask whether to begin one."""
        sample, plan = self._place(request)
        begun = self._filing.begun(sample, plan)
        if begun:
            return respond.see(f"/report/{begun}")
        return respond.page(
            request,
            "begin.html.j2",
            sample=sample,
            whose=_asks_whose(sample, plan),
            kind=plan.template,
            context=sample.context,
            offers=offers(self._filing, sample.context),
        )

    def begun(self, request: Request) -> Response:
        """Begin the report of a study, once; show it where there is one. Ask of whom it is where that is open."""
        sample, plan = self._place(request)
        if _asks_whose(sample, plan):
            whose = request.state.said.get("focus", "")
            if whose not in {*Focus}:
                return self.study(request)
            sample = replace(sample, context=replace(sample.context, focus=Focus(whose)))
        return respond.see(f"/report/{self._filing.begin(sample, plan, respond.person(request))}")

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _place(self, request: Request) -> tuple[Sample, Plan]:
        return self._desk.sample(request.path_params["study"]), self._desk.plan(request.path_params["template"])

    def _rows(self, kind: str, token: str = "") -> tuple[list[Row], str]:
        page = self._filing.store.list(Query(statuses=KINDS[kind]), size=SHOWN, token=token)
        return [Row(report, self._filing.title(report.template_id)) for report in page.reports], page.next_token

    def _taken(self, sample: Sample) -> bool:
        return any(report.status not in ENDED for report in self._filing.of_study(sample))


def _asks_whose(sample: Sample, plan: Plan) -> bool:
    """Whether a template has questions on a fetus and nobody said yet that the study is of one; PACS and RIS do not.

    A patient who is male carries none: he is the newborn.
    """
    open_yet = sample.context.focus is Focus.PATIENT and sample.context.patient.sex is not Sex.MALE
    return open_yet and "focus" in facts_read(plan.template)
