"""The page on which a report is written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from emh_report.lifecycle import Action, signer
from emh_report.macros import Macro
from emh_report.plan import Plan
from emh_report.web import respond
from emh_report.web.desk import Desk, Edited
from emh_report.web.filing import Filed
from emh_report.web.people import shown
from emh_report.web.sheet import Pairs
from emh_report.web.terms import address, vocabularies

BUTTONS = (
    Action.RELEASE_PRELIMINARY,
    Action.FINALIZE,
    Action.ADD_ADDENDUM,
    Action.AMEND,
    Action.CANCEL,
)
"""What the form offers beside saving, as far as the report and its writer allow."""


def form_page(  # noqa: PLR0913 - keywords
    request: Request,
    desk: Desk,
    filed: Filed,
    edited: Edited,
    *,
    etag: str = "",
    saved: str = "",
    undo: Pairs = (),
    details: Sequence[str] = (),
    status: int = 200,
) -> Response:
    """Return the form of a stored report; ``etag`` is that of the report as the sheet has it, ``saved`` when it was."""
    report, plan = filed.report, filed.plan
    actor = respond.person(request).actor
    template = plan.template
    return respond.page(
        request,
        "form.html.j2",
        status=status,
        form=desk.form(plan, edited.sheet, report.context, respond.language(request), edited.focus),
        report=report,
        context=report.context,
        address=f"/report/{report.report_id}",
        terms=address(desk.catalog, template),
        often=f"/often/{template.id}/{template.version}.json",
        lists=list(vocabularies(desk.catalog, template).values()),
        macros=_macros(desk, plan),
        sources=desk.board is not None,
        unchanged=request.method == "GET",
        notice=edited.notice,
        details=details,
        undo=undo,
        etag=etag or report.etag,
        request_id=str(uuid.uuid4()),
        saved=clock(saved) if saved else "",
        actions=[action.value for action in BUTTONS if filed.may(actor, action)],
        signer=shown(signer(report.context)),
    )


def _macros(desk: Desk, plan: Plan) -> list[Macro]:
    """Return the texts that a question of the form takes."""
    asked = {field for group in plan.template.groups.values() for field in group.fields}
    return [macro for macro in desk.catalog.macros if asked.intersection(macro.fields)]


def clock(instant: str) -> str:
    """Return the time of day of an instant (RFC 3339), where this service runs."""
    return datetime.fromisoformat(instant).astimezone().strftime("%H:%M:%S")
