"""The web application: routes and handlers. What was typed is never logged and never in an address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from emh_report import limits
from emh_report.errors import InputError, InvalidReportError, NotFoundError
from emh_report.plan import Plan
from emh_report.web import live, pages, security
from emh_report.web import sheet as sheets
from emh_report.web.desk import STATES, Desk, Edited
from emh_report.web.guard import Guard, TooLargeError
from emh_report.web.samples import Sample
from emh_report.web.sheet import Pairs, Sheet

FOREVER = "private, max-age=31536000, immutable"
MAX_FIELDS = 4 * limits.ITEMS
THEMES = ("dark", "light")
EXPIRED = "This page had expired, so nothing was done. Everything you typed is still here: press the button again."


class Web:
    """Handlers of one desk."""

    def __init__(self, desk: Desk, guard: Guard) -> None:
        """Remember what the handlers work with."""
        self._desk = desk
        self._guard = guard

    def routes(self) -> list[Route | Mount]:
        """Return every address."""
        return [
            Route("/", self._guard.shown(self.worklist)),
            Route("/theme", self._guard.sent(self.theme), methods=["POST"]),
            Route("/study/{study}/{template}", self._guard.shown(self.opened), methods=["GET"]),
            Route("/study/{study}/{template}", self._guard.sent(self.acted), methods=["POST"]),
            Route("/study/{study}/{template}/live", self._guard.sent(self.checked), methods=["POST"]),
            Route("/terms/{template}/{hash}.json", self._guard.shown(self.terms)),
            Mount(f"/static/{pages.assets()}", self._guard.static(StaticFiles(directory=pages.STATIC), FOREVER)),
        ]

    async def worklist(self, request: Request) -> Response:
        """Show the studies."""
        titles = {template.id: template.title for template in self._desk.catalog.templates}
        samples = list(self._desk.samples.values())
        return self._page(request, "worklist.html.j2", samples=samples, titles=titles, stored=False)

    async def theme(self, request: Request) -> Response:
        """Remember the colours that were chosen."""
        chosen = dict(await _pairs(request)).get("action", "")
        response = RedirectResponse("/", 303)
        _set_theme(response, chosen)
        return response

    async def opened(self, request: Request) -> Response:
        """Show the form of a study."""
        sample, plan = self._place(request)
        return self._form(request, sample, plan, Edited(self._desk.opened(sample, plan)))

    async def acted(self, request: Request) -> Response:
        """Do what the button says that was pressed."""
        sample, plan, pairs, sheet = await self._sent(request)
        said = dict(pairs)
        action = said.get("action", "check")
        if not self._guard.genuine(request, said.get("token", "")):
            return self._form(request, sample, plan, Edited(sheet, notice=EXPIRED), status=403)
        verb, _, state = action.partition(":")
        if verb == "theme":
            return self._themed(request, sample, plan, sheet, state)
        if verb in STATES:
            return await run_in_threadpool(self._released, request, sample, plan, sheet, verb)
        if verb == "bundle" and state in STATES:
            content = self._desk.bundle(sheet, sample.context, STATES[state], said.get("issued", ""))
            name = {"Content-Disposition": f'attachment; filename="{sample.id}.fhir.json"'}
            return Response(content, media_type="application/fhir+json", headers=name)
        edited = await run_in_threadpool(self._desk.act, plan, sheet, action, sample.context)
        undo = sheets.to_pairs(sheet) if verb == "remove" else []
        return self._form(request, sample, plan, edited, undo=undo)

    async def checked(self, request: Request) -> Response:
        """Return what the page shows beside the answers, while they are typed."""
        sample, plan, pairs, sheet = await self._sent(request)
        if not self._guard.genuine(request, dict(pairs).get("token", "")):
            return JSONResponse({"token": self._guard.token(request)}, 403)
        want = {value for name, value in pairs if name == sheets.WANT}
        return JSONResponse(await run_in_threadpool(live.update, self._desk, plan, sheet, sample.context, want))

    async def terms(self, request: Request) -> Response:
        """Return the vocabularies of a template, for type-ahead."""
        plan = self._desk.plan(request.path_params["template"])
        if plan.template.content_hash != request.path_params["hash"]:
            raise NotFoundError("version of the vocabularies", request.path_params["hash"])
        content = await run_in_threadpool(live.terms, self._desk, plan)
        return Response(content, media_type="application/json", headers={"Cache-Control": FOREVER})

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _place(self, request: Request) -> tuple[Sample, Plan]:
        return self._desk.sample(request.path_params["study"]), self._desk.plan(request.path_params["template"])

    async def _sent(self, request: Request) -> tuple[Sample, Plan, Pairs, Sheet]:
        sample, plan = self._place(request)
        pairs = await _pairs(request)
        return sample, plan, pairs, sheets.from_pairs(plan, pairs)

    def _released(self, request: Request, sample: Sample, plan: Plan, sheet: Sheet, verb: str) -> Response:
        try:
            released = self._desk.release(sheet, sample.context, STATES[verb])
        except (InvalidReportError, InputError):
            notice = "The report cannot be signed yet: the messages say why. A preliminary report can go out."
            if verb == "preliminary":
                notice = "The report cannot be released: the messages say why."
            return self._form(request, sample, plan, Edited(sheet, notice=notice), status=422)
        lead = {
            "sign": "Signed. This installation files nothing: take the FHIR bundle, or print the report.",
            "preliminary": "Released as preliminary. It is not signed, and says what it lacks.",
        }[verb]
        return self._page(
            request,
            "report.html.j2",
            title=plan.template.title,
            address=request.url.path,
            body=released.narrative.html.partition("<body>")[2].rpartition("</body>")[0],
            paste=released.paste.text if released.paste else "",
            pairs=sheets.to_pairs(sheet),
            issued=released.issued,
            state=verb,
            lead=lead,
        )

    def _themed(self, request: Request, sample: Sample, plan: Plan, sheet: Sheet, wanted: str) -> Response:
        chosen = wanted if wanted in THEMES else "dark" if _theme(request) == "light" else "light"
        response = self._form(request, sample, plan, Edited(sheet), theme=chosen)
        _set_theme(response, chosen)
        return response

    def _form(  # noqa: PLR0913 - keywords
        self,
        request: Request,
        sample: Sample,
        plan: Plan,
        edited: Edited,
        *,
        undo: Pairs = (),
        theme: str = "",
        status: int = 200,
    ) -> Response:
        vocabularies = live.vocabularies(self._desk.catalog, plan)
        return self._page(
            request,
            "form.html.j2",
            status=status,
            form=self._desk.form(plan, edited.sheet, sample.context, edited.focus),
            context=sample.context,
            address=f"/study/{sample.id}/{plan.template.id}",
            terms=f"/terms/{plan.template.id}/{plan.template.content_hash}.json",
            lists=list(vocabularies.values()),
            notice=edited.notice,
            undo=undo,
            theme=theme or _theme(request),
        )

    def _page(self, request: Request, template: str, *, status: int = 200, **values: object) -> Response:
        known = {"token": self._guard.token(request), "theme": _theme(request)}
        return HTMLResponse(pages.render(template, **(known | values)), status)


def _theme(request: Request) -> str:
    chosen = request.cookies.get("emh-theme", "")
    return chosen if chosen in THEMES else ""


def _set_theme(response: Response, chosen: str) -> None:
    if chosen in THEMES:
        response.set_cookie("emh-theme", chosen, max_age=31536000, httponly=True, samesite="strict")


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
        raise InputError([("", "a form of this page is needed, in UTF-8")]) from None


def application(desk: Desk, hosts: Mapping[str, None] | list[str]) -> Starlette:
    """Return the application; ``hosts`` are the names it answers to."""
    guard = Guard(security.Tokens())
    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
        Middleware(GZipMiddleware, minimum_size=500, compresslevel=5),
    ]
    return Starlette(routes=Web(desk, guard).routes(), middleware=middleware, exception_handlers=guard.handlers())
