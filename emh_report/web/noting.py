"""Which pages show stored reports, for an audit that has reads."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from emh_report.reads import Read, ReadAction
from emh_report.web import respond

LISTS: Final = ("/", "/study/{study}/{template}")
"""Pages that show reports, or patients, without the id of one."""


def read_by(request: Request, response: Response) -> Read | None:
    """Return what a page shows of stored reports; None where that is nothing.

    What scripts of an open report ask while it is written is none: it was noted when the report was opened.
    """
    if response.status_code != HTTPStatus.OK or getattr(request.state, "scripted", False):
        return None
    actor = respond.person(request).actor
    report_id = request.path_params.get("report", "")
    if report_id:
        action = ReadAction.EXPORT if "content-disposition" in response.headers else ReadAction.READ
        return Read(action, report_id, int(request.path_params.get("version", 0)), actor=actor)
    listed = getattr(request.scope.get("route"), "path", "") in LISTS
    return Read(ReadAction.SEARCH, found=getattr(request.state, "found", 0), actor=actor) if listed else None
