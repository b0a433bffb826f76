"""From working copy to version: what would be released is shown first, and released as shown."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emh_report.draft import ReportMode
from emh_report.errors import ConflictError, InvalidReportError, NotAsSeenError, NotFoundError
from emh_report.issues import Issue
from emh_report.lifecycle import TABLE, Action, Need, check_actor, signer, transition
from emh_report.phrases import phrase, together
from emh_report.store import Preview, Release, Seen
from emh_report.web import respond
from emh_report.web.changed import told
from emh_report.web.desk import Edited
from emh_report.web.filing import Filed, Filing
from emh_report.web.formpage import form_page
from emh_report.web.guard import Guard
from emh_report.web.people import shown
from emh_report.web.worklist import Row

RELEASING = frozenset(action for ways in TABLE.values() for action, way in ways.items() if way.releases)
LACKING = phrase("Not yet: the messages say what is missing or wrong.")
PRELIMINARY_CAN = phrase("A preliminary report can go out.")
NO_REASON = "-"
"""What stands for a reason until it is asked for: nobody writes one for what cannot be released."""
LOOK_AGAIN = phrase(
    "Nothing was released: the report was changed while you looked, or you looked long ago. This is what it says now."
)


class Releases:
    """Handlers of what makes a version."""

    def __init__(self, filing: Filing) -> None:
        """Remember what the handlers work with."""
        self._filing = filing

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        address = "/report/{report}/release/{action}"
        return [
            Route(address, guard.shown(self.shown), methods=["GET"]),
            Route(address, guard.sent(self.done), methods=["POST"]),
        ]

    def shown(self, request: Request) -> Response:
        """Show what an action would release, or ask for its reason first."""
        return self._preview(request, "")

    def done(self, request: Request) -> Response:
        """Release what was shown; with a reason only, show it."""
        said = request.state.said
        reason = said.get("reason", "").replace("\r\n", "\n").strip()
        if "seen" not in said:
            return self._preview(request, reason)
        report_id, actor = request.path_params["report"], respond.person(request).actor
        wanted = Release(_action(request), actor, reason, Seen(said["seen"], said.get("issued", "")))
        try:
            receipt = self._filing.store.release(
                report_id, wanted, etag=said.get("etag", ""), request_id=said.get("request", "")
            )
        except (NotAsSeenError, ConflictError):
            return self._preview(request, reason, notice=LOOK_AGAIN, status=409)
        except InvalidReportError as error:
            return self._lacking(request, self._filed(request), error.issues)
        return respond.see(f"/report/{report_id}/version/{receipt.version}")

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _filed(self, request: Request) -> Filed:
        return self._filing.find(request.path_params["report"])

    def _preview(self, request: Request, reason: str, *, notice: str = "", status: int = 200) -> Response:
        action, filed = _action(request), self._filed(request)
        report, actor = filed.report, respond.person(request).actor
        way = transition(report.status, action)
        check_actor(actor, action, way, report.context)
        given = reason or Need.REASON not in way.needs
        try:
            could = self._filing.store.preview(report.report_id, Release(action, actor, reason if given else NO_REASON))
        except InvalidReportError as error:
            return self._lacking(request, filed, error.issues)
        preview: Preview | None = could if given else None
        others = self._filing.others(report) if preview and any(map(_is_of_another, preview.issues)) else ()
        return respond.page(
            request,
            "release.html.j2",
            status=status,
            action=action.value,
            supervises=action is Action.FINALIZE and actor.person.identifier != report.context.author.identifier,
            preview=preview,
            body=body(preview.html) if preview else "",
            changes=told(preview.changes, filed.plan.template, report.draft) if preview else [],
            others=[Row(one, self._filing.title(one.template_id)) for one in others],
            companion=report.draft.mode is ReportMode.COMPANION,
            reason=reason,
            report=report,
            context=report.context,
            title=filed.plan.template.title,
            signer=shown(signer(report.context)),
            request_id=str(uuid.uuid4()),
            notice=notice,
        )

    def _lacking(self, request: Request, filed: Filed, issues: Sequence[Issue]) -> Response:
        """Return the form with what stands against a release."""
        sheet = self._filing.opened(filed)
        known = set(self._filing.desk.review(sheet, filed.report.context).verdict.issues)
        more = [issue.message for issue in issues if issue not in known and issue.severity == "error"]
        preliminary = Action.RELEASE_PRELIMINARY in filed.report.actions
        offered = preliminary and _action(request) is Action.FINALIZE
        notice = together(LACKING, PRELIMINARY_CAN) if offered else LACKING
        return form_page(
            request,
            self._filing.desk,
            filed,
            Edited(sheet, notice=notice),
            saved=filed.report.updated,
            details=more,
            status=422,
        )


def _action(request: Request) -> Action:
    """Return the action an address names. Raises NotFoundError."""
    name = request.path_params["action"]
    if name not in {action.value for action in RELEASING}:
        raise NotFoundError("action", name)
    return Action(name)


def _is_of_another(issue: Issue) -> bool:
    """Whether an issue says that the study has another report."""
    return issue.rule_id == "another-report"


def body(html: str) -> str:
    """Return what a document of the narrative has in its body."""
    return html.partition("<body>")[2].rpartition("</body>")[0]
