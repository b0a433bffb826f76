"""What every answer has in common: headers, session, refusals, and errors that say nothing of what was sent."""

from __future__ import annotations

import functools
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emh_report import limits
from emh_report.errors import EmhReportError, InputError, NotFoundError
from emh_report.web import pages, security
from emh_report.web.security import COOKIE, HEADERS, NO_STORE

LOG = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]
ExceptionHandler = Callable[[Request, Exception], Response | Awaitable[Response]]


class TooLargeError(EmhReportError):
    """A form that is larger than this service accepts."""


class Guard:
    """Wraps handlers."""

    def __init__(self, tokens: security.Tokens) -> None:
        """Remember the maker of tokens."""
        self._tokens = tokens

    def shown(self, handler: Handler) -> Handler:
        """Return ``handler`` for pages that change nothing."""

        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            request.state.session = self._tokens.session(request.cookies.get(COOKIE, ""))
            try:
                response = await handler(request)
            except (ClientDisconnect, HTTPException):
                raise
            except Exception as error:  # noqa: BLE001 - every error gets an answer, and none says what was sent
                response = answer(error)
            return self._finished(request, response)

        return guarded

    def sent(self, handler: Handler) -> Handler:
        """Return ``handler`` for forms: refused where they come from another site."""

        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            headers = request.headers
            ours = security.from_our_page(headers.get("origin"), headers.get("sec-fetch-site"), headers.get("host", ""))
            if not ours:
                return _trouble(403, "Refused", "This was sent from another site. Nothing was done.")
            return await handler(request)

        return self.shown(guarded)

    def static(self, files: ASGIApp, kept: str) -> ASGIApp:
        """Return files with the headers of everything else; browsers may keep them."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            async def with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableHeaders(scope=message)
                    headers.update(HEADERS)
                    headers["Cache-Control"] = kept
                await send(message)

            await files(scope, receive, with_headers)

        return guarded

    def token(self, request: Request) -> str:
        """Return a token for a form of this session."""
        return self._tokens.token(request.state.session)

    def genuine(self, request: Request, token: str) -> bool:
        """Whether a form has a token of this session."""
        return self._tokens.belongs(token, request.state.session)

    def handlers(self) -> Mapping[Any, ExceptionHandler]:
        """Return what is answered where no handler was reached."""

        def no_page(_: Request, error: Exception) -> Response:
            status = error.status_code if isinstance(error, HTTPException) else 500
            title = {404: "Not here", 405: "Not possible here"}.get(status, "Not possible")
            response = _trouble(status, title, "There is no such page.")
            response.headers.update(HEADERS)
            return response

        return {HTTPException: no_page}

    def _finished(self, request: Request, response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", NO_STORE)
        if request.cookies.get(COOKIE) != request.state.session:
            response.set_cookie(COOKIE, request.state.session, httponly=True, samesite="strict")
        return response


def answer(error: Exception) -> Response:
    """Return the page of an error; an unknown one is logged with its place and a reference, never with its text."""
    match error:
        case NotFoundError():
            return _trouble(404, "Not here", f"There is no such {error.kind}.", error.candidates)
        case TooLargeError():
            text = f"A form may have {limits.MESSAGE_BYTES} bytes. Nothing was done; go back, and your text is there."
            return _trouble(413, "Too large", text)
        case InputError():
            details = [f"{path}: {reason}" if path else reason for path, reason in error.violations]
            return _trouble(400, "Cannot be read", "Nothing was done; go back, and what you typed is there.", details)
        case _:
            return _defect(error)


def _defect(error: Exception) -> Response:
    reference = secrets.token_hex(6)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    LOG.error("a page failed, reference %s: %s at %s", reference, type(error).__name__, where)
    return _trouble(500, "A defect", f"Nothing was done; go back, and what you typed is there. Reference {reference}.")


def _trouble(status: int, title: str, text: str, details: object = ()) -> Response:
    return HTMLResponse(pages.render("trouble.html.j2", title=title, text=text, details=details, theme=""), status)
