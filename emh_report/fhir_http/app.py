"""The door: every request is bounded, checked, looked up in the table and answered in FHIR JSON, errors too."""

from __future__ import annotations

import email.utils
import functools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from emh_report import limits
from emh_report.export.fhir.json_text import to_json, to_pretty_json
from emh_report.fhir_http import bundles, criteria, inputs, media, shapes
from emh_report.fhir_http.access import Access
from emh_report.fhir_http.bodies import read_body
from emh_report.fhir_http.capabilities import About, metadata
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.noting import read_by
from emh_report.fhir_http.outcomes import RefusedError, refusal
from emh_report.fhir_http.pages import PAGE, Following, Pages
from emh_report.fhir_http.releases import FhirRelease
from emh_report.fhir_http.routing import METADATA, SEARCH, Route, Table, find
from emh_report.fhir_http.served import Answer
from emh_report.fhir_http.shapes import Shape
from emh_report.intake.content import Json, read_json
from emh_report.program import HEADER, say_for_whom
from emh_report.reads import Read
from emh_report.scopes import EVERY, Scope

LOG = logging.getLogger(__name__)

METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
FORMAT: Final = "_format"
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Pairs = list[tuple[str, str]]


class Content(NamedTuple):
    """What is served of one release."""

    table: Table
    library: Library


class Setting(NamedTuple):
    """Who may ask, since when the service runs (RFC 3339), and where it is found from outside; empty: as asked.

    ``note`` is told of what was read before it is answered, where the audit has that.
    """

    access: Access
    started: str
    address: str = ""
    note: Callable[[Read], None] | None = None


class Fhir:
    """The handler of one FHIR release."""

    def __init__(self, release: FhirRelease, content: Callable[[], Content], setting: Setting) -> None:
        """Take what gives the content when it is first needed, so that the service starts quickly."""
        self.release = release
        self._make = content
        self._setting = setting
        self._pages = Pages()
        self._lock = threading.Lock()

    @functools.cached_property
    def _content(self) -> Content:
        return self._make()

    def _ready(self) -> Content:
        with self._lock:
            return self._content

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        try:
            response = await self._answered(request)
        except HTTPException:
            raise
        except ClientDisconnect:  # nobody reads it, and the log is told of no defect
            response = Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - every error gets an answer, and none says what was sent
            response = refused(error, self.release)
        LOG.info("%s %s: %s", request.method, request.scope.get("emh.interaction", "-"), response.status_code)
        return response

    async def _answered(self, request: Request) -> Response:
        release, access = self.release, self._setting.access
        access.check_host(request.headers.get("host", ""))
        pairs = _pairs(request.url.query)
        asked = dict(pairs)
        media.check_accept(request.headers.get("accept", ""), asked.get(FORMAT, ""), release)
        content = await run_in_threadpool(self._ready)
        route = find(content.table, request.method, request.path_params["path"])
        request.scope["emh.interaction"] = _said(route)
        if route.interaction != METADATA:
            access.check_token(request.headers.get("authorization", ""), _needed(route))
            say_for_whom(request.headers.getlist(HEADER))
        if route.interaction == SEARCH and request.method == "POST":
            form = await self._form(request)
            pairs += form
            media.check_accept(request.headers.get("accept", ""), dict(pairs).get(FORMAT, ""), release)
        shape, given = shapes.take([pair for pair in pairs if pair[0] != FORMAT], route.interaction)
        answer = await self._answer(request, route, given, shape)
        read = read_by(route, answer) if self._setting.note else None
        if read and self._setting.note:
            await run_in_threadpool(self._setting.note, read)
        if shape.parted:
            answer = await run_in_threadpool(_part, answer, shape, route, release)
        return _response(request, answer, release, pretty=shape.pretty)

    async def _answer(self, request: Request, route: Route, pairs: Pairs, shape: Shape) -> Answer:
        base = self._base(request)
        match route.interaction:
            case "metadata":
                return Answer(await run_in_threadpool(self._metadata, base, pairs))
            case "operation":
                return await self._operated(request, route, pairs)
            case "search-type":
                lenient = "handling=lenient" in request.headers.get("prefer", "")
                return await run_in_threadpool(self._found, route, base, pairs, shape, lenient=lenient)
            case _:
                _refuse(pairs, route.interaction)
                return await run_in_threadpool(_read, route, base)

    def _metadata(self, base: str, pairs: Pairs) -> Json:
        _refuse([pair for pair in pairs if pair[0] != "mode"], METADATA)
        about = About(self.release, base, self._setting.started, locked=self._setting.access.locked)
        return metadata(*self._content, about, dict(pairs).get("mode", ""))

    def _base(self, request: Request) -> str:
        return f"{self._setting.address or str(request.base_url).rstrip('/')}/fhir/{self.release.name}"

    async def _operated(self, request: Request, route: Route, pairs: Pairs) -> Answer:
        operation = route.operation
        if operation is None:
            raise AssertionError  # a route of an operation has one
        if request.method != "POST":
            given = inputs.from_address(pairs, operation.inputs)
        else:
            _refuse(pairs, route.interaction)
            media.check_content_type(request.headers.get("content-type", ""), self.release)
            limit = limits.INTAKE_BYTES if operation.posted else limits.PARAMETERS_BYTES
            content = read_json(await read_body(request, limit))
            given = _given(content, operation.inputs, posted=operation.posted)
        return await run_in_threadpool(operation.call, route.id, given)

    async def _form(self, request: Request) -> Pairs:
        accepted = frozenset({media.FORM})
        media.check_content_type(request.headers.get("content-type", ""), self.release, accepted)
        body = await read_body(request, limits.SEARCH_BYTES)
        return _pairs(body)

    def _found(self, route: Route, base: str, pairs: Pairs, shape: Shape, *, lenient: bool) -> Answer:
        served = route.served
        if served is None or served.search is None:
            raise AssertionError  # a route of a search has one
        match pairs:
            case [(name, token)] if name == PAGE:
                following = self._pages.get(served.type, token)
            case _:
                following = Following(served.type, criteria.read(pairs, served, lenient=lenient), 0)
        search = following.search
        found = served.search(search, following.start)
        asked = [*(pair for pair in pairs if pair[0] not in search.ignored), *shape.given]
        links = {"self": bundles.address(base, served.type, asked)}
        if found.following:
            token = self._pages.remember(following._replace(start=found.following))
            links["next"] = bundles.address(base, served.type, [(PAGE, token), *shape.given])
        remarks = [*(f"the parameter {name} was ignored" for name in search.ignored), *found.remarks]
        complete = not found.following and not following.start and not found.remarks
        bundle = bundles.searchset(base, found, remarks, links, complete=complete)
        return Answer(bundle, private=served.private or any(one.private for one in found.answers))


def _needed(route: Route) -> Scope:
    """Return what a token has to open: a search to search, anything else to read. What is included comes with it."""
    return Scope(route.served.type if route.served else EVERY, "s" if route.interaction == SEARCH else "r")


def _said(route: Route) -> str:
    """Return what a log may say of a request: the kind of thing that was asked, never whose."""
    name = f" ${route.operation.name}" if route.operation else ""
    return f"{route.interaction} {route.served.type if route.served else ''}{name}".strip()


def _read(route: Route, base: str) -> Answer:
    served = route.served
    match route.interaction:
        case "read" if served and served.read:
            return served.read(route.id)
        case "vread" if served and served.vread:
            return served.vread(route.id, _number(route.version))
        case "history-instance" if served and served.history:
            answers = served.history(route.id)
            return Answer(bundles.history(base, answers), private=True)
        case _:
            raise AssertionError  # routing gives only what is served


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - digits
        raise RefusedError(404, "not-found", "there is no such version")
    return int(text)


def _pairs(sent: str | bytes) -> Pairs:
    try:
        text = sent if isinstance(sent, str) else sent.decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=2 * criteria.MOST_VALUES, errors="strict")
    except UnicodeDecodeError:
        raise RefusedError(400, "value", "a parameter that is not UTF-8; accepted is %-encoded UTF-8") from None
    except ValueError:
        raise RefusedError(400, "too-costly", "too many parameters") from None


def _refuse(pairs: Sequence[tuple[str, str]], interaction: str) -> None:
    if pairs:
        names = ", ".join((FORMAT, *shapes.accepted(interaction)))
        raise RefusedError(400, "not-supported", f"no parameter is accepted in this address but {names}")


def _given(content: Json, known: Sequence[inputs.Input], *, posted: bool) -> inputs.Inputs:
    """Return what a body gives: Parameters, or where a resource is wanted also that alone."""
    alone = isinstance(content, dict) and content.get("resourceType") != "Parameters"
    return inputs.Inputs({"resource": [content]}) if posted and alone else inputs.from_resource(content, known)


def _part(answer: Answer, shape: Shape, route: Route, release: FhirRelease) -> Answer:
    resource = answer.resource
    type_ = route.served.type if route.served else resource["resourceType"]
    return answer._replace(resource=shapes.shaped(resource, shape, type_, release))


def _response(request: Request, answer: Answer, release: FhirRelease, *, pretty: bool) -> Response:
    headers = {
        **HEADERS,
        "Cache-Control": "no-store" if answer.private else "no-cache",
        "Vary": "Accept, Authorization",
    }
    if answer.version:
        headers["ETag"] = bundles.etag(answer.version)
        if _known(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
    if answer.updated:
        moment = datetime.fromisoformat(answer.updated)
        headers["Last-Modified"] = email.utils.format_datetime(moment, usegmt=True)
    write = to_pretty_json if pretty else to_json
    return Response(write(answer.resource), answer.status, headers, release.media_type)


def _known(header: str, etag: str) -> bool:
    """Whether the caller has this version; a star stands for any (RFC 9110, section 13.1.2)."""
    return not {"*", etag.removeprefix("W/")}.isdisjoint(one.strip().removeprefix("W/") for one in header.split(","))


def refused(error: Exception, release: FhirRelease) -> Response:
    """Return the answer to an error."""
    found = refusal(error)
    headers = {**HEADERS, "Cache-Control": "no-store", **found.headers}
    return Response(to_json(found.outcome), found.status, headers, release.media_type)


def application(handlers: Sequence[Fhir]) -> Starlette:
    """Return the application: every release below ``/fhir/<its name>``."""

    def nothing(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        names = ", ".join(f"/fhir/{one.release.name}" for one in handlers)
        code = "not-found" if status == 404 else "not-supported"  # noqa: PLR2004 - status of HTTP
        return refused(RefusedError(status, code, f"there is nothing here; FHIR is at {names}"), handlers[0].release)

    routes = [HttpRoute(f"/fhir/{one.release.name}/{{path:path}}", one.answer, methods=METHODS) for one in handlers]
    middleware = [Middleware(GZipMiddleware, minimum_size=500, compresslevel=5)]
    made = Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: nothing})
    made.router.redirect_slashes = False  # a redirect is no OperationOutcome
    return made
