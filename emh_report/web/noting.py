"""Which pages show stored reports, for an audit that has reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from emh_report.reads import Read, ReadAction
from emh_report.web import respond

LISTS: Final = ("/", "/study/{study}/{template}")
"""Pages that show reports, or patients, without the id of one."""

OPENED: Final = 10_000
"""Reports with their readers that are remembered."""


class Noting:
    """Tells the audit of pages before they are shown. Thread-safe."""

    def __init__(self, note: Callable[[Read], None]) -> None:
        """Take what tells it."""
        self._note = note
        self._opened: set[tuple[str, str]] = set()

    def tell(self, request: Request, response: Response) -> None:
        """Note what ``response`` shows. What scripts ask while a report is written belongs to its opening.

        Raises StoreUnavailableError; then it must not be shown.
        """
        read = _read(request, response)
        if read is None:
            return
        reader = (respond.person(request).actor.name, read.report_id)
        if getattr(request.state, "scripted", False) and reader in self._opened:
            return
        self._note(read)
        if len(self._opened) >= OPENED:
            self._opened.clear()
        self._opened.add(reader)


def _read(request: Request, response: Response) -> Read | None:
    """Return what is shown of stored reports; None where that is nothing. What was refused never comes here."""
    if isinstance(response, RedirectResponse):
        return None
    actor, report_id = respond.person(request).actor, request.path_params.get("report", "")
    if report_id:
        action = ReadAction.EXPORT if "content-disposition" in response.headers else ReadAction.READ
        return Read(action, report_id, int(request.path_params.get("version", 0)), actor=actor)
    listed = getattr(request.scope.get("route"), "path", "") in LISTS
    return Read(ReadAction.SEARCH, found=getattr(request.state, "found", 0), actor=actor) if listed else None
