"""What every answer has in common: who sent it, headers, refusals, and errors that say nothing of what was sent."""

from __future__ import annotations

import functools
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emh_report import limits
from emh_report.errors import InputError
from emh_report.phrases import phrase
from emh_report.program import CALLING, FORM
from emh_report.reads import Read
from emh_report.web import language as languages
from emh_report.web import pages, respond, security, troubles
from emh_report.web.language import Language
from emh_report.web.noting import Noting
from emh_report.web.respond import trouble
from emh_report.web.security import COOKIE, NO_STORE
from emh_report.web.session import PERSON, Door
from emh_report.web.sheet import Pairs
from emh_report.web.troubles import TooLargeError

LOG = logging.getLogger(__name__)

Handler = Callable[[Request], Response]
"""Works in a thread of its own: it may wait for the store."""

Endpoint = Callable[[Request], Awaitable[Response]]
ExceptionHandler = Callable[[Request, Exception], Response | Awaitable[Response]]

MAX_FIELDS: Final = 4 * limits.ITEMS


class Guard:
    """Wraps handlers."""

    def __init__(
        self,
        tokens: security.Tokens,
        door: Door,
        language: Language,
        origins: Sequence[str] = (),
        note: Callable[[Read], None] | None = None,
    ) -> None:
        """Remember the maker of tokens, who lets people in, and the origins of viewers that may frame pages.

        ``language`` is that of people whose browser asks for none; ``note`` is told of what is read before it is shown.
        """
        self._noting = Noting(note) if note else None
        self._tokens = tokens
        self._language = language
        self.door = door
        self._origins = tuple(origins)
        self._headers = security.headers(origins)

    def shown(self, handler: Handler) -> Endpoint:
        """Return ``handler`` for pages that change nothing, for people who are known."""

        async def known(request: Request) -> Response:
            if security.framed_elsewhere(*(request.headers.get(f"sec-fetch-{what}") for what in ("site", "dest"))):
                return trouble(request, troubles.OTHER_SITE)
            if request.state.person is None:
                return self._sign_in(request, troubles.SIGNED_OUT)
            return await self._called(handler, request)

        return self._answered(handler, known)

    def sent(self, handler: Handler, *, scripted: bool = False, anybody: bool = False) -> Endpoint:
        """Return ``handler`` for forms: refused where they come from another site or from nobody we know.

        ``scripted``: our scripts sent it, and read what is missing. ``anybody``: also people who are not known.
        """

        async def ours(request: Request) -> Response:
            request.state.scripted = scripted
            headers = request.headers
            site = headers.get("sec-fetch-site")
            if not security.from_our_page(headers.get("origin"), site, headers.get("host", "")):
                return trouble(request, troubles.ELSEWHERE)
            request.state.pairs = await _pairs(request)
            said = request.state.said = dict(request.state.pairs)
            genuine = self._tokens.belongs(said.get("token", ""), request.state.session)
            if genuine and not request.state.person:
                self.sign_in(request, said.get("person", ""))
            if not (anybody or request.state.person):
                return self._asked(request) if scripted else self._sign_in(request, troubles.STILL_HERE)
            if not genuine:
                renewed = JSONResponse({"token": request.state.token}, 403)
                return renewed if scripted else trouble(request, troubles.EXPIRED)
            return await self._called(handler, request)

        return self._answered(handler, ours)

    def sign_in(self, request: Request, login: str) -> None:
        """Let somebody in whom the page for signing in offers."""
        found = next((person for person in self.door.offered if person.login == login), None)
        if found is not None:
            request.state.person = found
            request.state.cookies[PERSON] = self.door.cookie(found, request.state.session)

    def _sign_in(self, request: Request, said: troubles.Trouble) -> Response:
        values = {"people": self.door.offered, "proxy": self.door.header, "held": respond.sent(request)}
        asked = f"{request.url.path}?{request.url.query}" if request.method == "GET" and request.url.query else ""
        values |= {"title": said.title, "text": said.text, "address": asked or request.url.path}
        return respond.page(request, "signin.html.j2", status=401, **values)

    def _asked(self, request: Request) -> Response:
        return JSONResponse(
            {"html": pages.part(request.state.language, "again", self.door.offered), "token": request.state.token}, 401
        )

    def _answered(self, handler: Handler, inner: Endpoint) -> Endpoint:
        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            state = request.state
            state.origins = self._origins
            wanted = request.headers.get("accept-language", "")
            state.language = languages.chosen(request.cookies.get(languages.COOKIE, ""), wanted, self._language)
            state.session = self._tokens.session(request.cookies.get(COOKIE, ""))
            state.token = self._tokens.token(state.session)
            state.person = self.door.person(request, state.session)
            state.cookies = {} if request.cookies.get(COOKIE) == state.session else {COOKIE: state.session}
            try:
                response = await inner(request)
            except (ClientDisconnect, HTTPException):
                raise
            except Exception as error:  # noqa: BLE001 - every error gets an answer, and none says what was sent
                response = answer(request, error)
            return self._finished(request, response)

        return guarded

    def _finished(self, request: Request, response: Response) -> Response:
        response.headers.update(self._headers)
        response.headers.setdefault("Cache-Control", NO_STORE)
        for name, value in request.state.cookies.items():
            kept = self.door.seconds if name == PERSON else None
            secure = request.url.scheme == "https"
            response.set_cookie(name, value, kept, httponly=True, samesite="strict", secure=secure)
        return response

    async def _called(self, handler: Handler, request: Request) -> Response:
        CALLING.set(FORM)
        response = await run_in_threadpool(handler, request)
        if self._noting:
            await run_in_threadpool(self._noting.tell, request, response)
        return response

    def static(self, files: ASGIApp, kept: str) -> ASGIApp:
        """Return files with the headers of everything else; browsers may keep them."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            async def with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableHeaders(scope=message)
                    headers.update(self._headers)
                    headers["Cache-Control"] = kept
                await send(message)

            await files(scope, receive, with_headers)

        return guarded

    def handlers(self) -> Mapping[Any, ExceptionHandler]:
        """Return what is answered where no handler was reached."""

        async def no_page(request: Request, error: Exception) -> Response:
            status = error.status_code if isinstance(error, HTTPException) else 500
            title = {404: phrase("Not here"), 405: phrase("Not possible here")}.get(status, phrase("Not possible"))

            async def nothing(request: Request) -> Response:
                return trouble(request, troubles.Trouble(status, title, phrase("There is no such page.")))

            return await self._answered(lambda _: Response(), nothing)(request)

        return {HTTPException: no_page}


def answer(request: Request, error: Exception) -> Response:
    """Return the page of an error; an unknown one is logged with its place and a reference, never with its text."""
    said = troubles.told(error)
    if said is not None:
        return trouble(request, *said)
    reference = secrets.token_hex(6)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    LOG.error("a page failed, reference %s: %s at %s", reference, type(error).__name__, where)
    return trouble(request, troubles.DEFECT._replace(text=troubles.DEFECT.text.given(reference=reference)))


async def _pairs(request: Request) -> Pairs:
    """Return names and values of a form that was sent. Raises TooLargeError and InputError."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.MESSAGE_BYTES:
            raise TooLargeError
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InputError([("", phrase("a form of this page is needed, in UTF-8"))]) from None
