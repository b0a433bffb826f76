"""Released versions of a report: what was signed, by whom, what came before, and what it changed."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emh_report import pipeline
from emh_report.errors import InvalidReportError, NotAsSignedError, NotFoundError, NotStoredError
from emh_report.lifecycle import Action
from emh_report.pictures import NONE, Pictures, pictures
from emh_report.plan import Plan
from emh_report.printing import as_signed
from emh_report.report import Narrative, Report
from emh_report.restated import restated
from emh_report.signing import Signed
from emh_report.store import Store, StoredVersion
from emh_report.web import respond
from emh_report.web.changed import Told, told
from emh_report.web.filing import Filing, permitted
from emh_report.web.guard import Guard
from emh_report.web.people import shown
from emh_report.web.priors import studies
from emh_report.web.releases import body

BUTTONS = (Action.FINALIZE, Action.CANCEL, Action.WITHDRAW)
"""What a released report offers beside going on with it."""


class Shown(NamedTuple):
    """One version as its page has it; ``html`` is empty where this program words it in another way than was signed."""

    version: StoredVersion
    html: str
    signed: Signed | None
    changes: list[Told]
    by: str


class Versions:
    """Handlers of released versions."""

    def __init__(self, filing: Filing) -> None:
        """Remember what the handlers work with."""
        self._filing = filing
        self._store: Store = filing.store

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        address = "/report/{report}/version/{version}"
        return [
            Route(address, guard.shown(self.shown)),
            Route(f"{address}/fhir", guard.shown(self.fhir)),
        ]

    def shown(self, request: Request) -> Response:
        """Show one version, and all others in a list."""
        report_id = request.path_params["report"]
        report, wanted = self._store.get(report_id), _number(request)
        versions = [self._store.version(report_id, number) for number in range(report.version, 0, -1)]
        version = next((one for one in versions if one.version == wanted), None)
        if version is None:
            raise NotStoredError("version")
        actor = respond.person(request).actor
        return respond.page(
            request,
            "report.html.j2",
            shown=self._shown(version),
            newest=version.version == report.version,
            report=report,
            versions=[(one, shown(one.document.actor.person)) for one in versions],
            title=self._filing.title(version.document.draft.template_id),
            context=version.document.context,
            writes=Action.UPDATE in report.actions and permitted(report, actor, Action.UPDATE),
            actions=[one.value for one in BUTTONS if one in report.actions and permitted(report, actor, one)],
            figure=self._figure(version),
            studies=studies(self._filing, report),
            tasks=[task for task in self._store.tasks(report_id) if task.closed_by is None],
        )

    def fhir(self, request: Request) -> Response:
        """Return the FHIR bundle of one version, with its signature; a narrative only as it was signed."""
        from emh_report.export import fhir

        version = self._store.version(request.path_params["report"], _number(request))
        report, worded = self._restated(version)
        options = fhir.Options(signature=version.signature, actor=version.document.actor.person)
        content = fhir.transaction_json(report, worded, options)
        name = f'attachment; filename="report-{version.version}.fhir.json"'
        return Response(content, media_type="application/fhir+json", headers={"Content-Disposition": name})

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _shown(self, version: StoredVersion) -> Shown:
        document = version.document
        plan = self._plan(version)
        signed = self._store.signed_by(version) if version.signature else None
        changes = told(document.changes, plan.template if plan else None, document.draft)
        return Shown(version, self._html(version), signed, changes, shown(document.actor.person))

    def _html(self, version: StoredVersion) -> str:
        """Return the narrative laid out, as long as it says what was signed, to the letter."""
        try:
            worded = self._restated(version)[1]
        except InvalidReportError:
            return ""
        return body(worded.html) if worded else ""

    def _restated(self, version: StoredVersion) -> tuple[Report, Narrative | None]:
        """Return what a version says, and the narrative as long as it is the one that was signed."""
        catalog, document = self._filing.desk.catalog, version.document
        try:
            return restated(catalog, version)
        except NotAsSignedError:
            return pipeline.release(catalog, document.draft, document.context).report, None

    def _figure(self, version: StoredVersion) -> Pictures:
        report = as_signed(self._filing.desk.catalog, version)
        return pictures(report) if report else NONE

    def _plan(self, version: StoredVersion) -> Plan | None:
        draft = version.document.draft
        try:
            return self._filing.desk.plan(draft.template_id, draft.template_version)
        except NotFoundError:
            return None


def _number(request: Request) -> int:
    """Return the number of a version in an address. Raises NotStoredError."""
    text = request.path_params["version"]
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):  # noqa: PLR2004 - no report has more
        raise NotStoredError("version")
    return int(text)
