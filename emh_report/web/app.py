"""The web application: addresses and what stands behind them. What was typed is in no log and no address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from emh_report.web import pages, security
from emh_report.web.filing import Filing
from emh_report.web.guard import Guard
from emh_report.web.history import Examinations
from emh_report.web.invocation import Invocation
from emh_report.web.language import ENGLISH, Language
from emh_report.web.paper import Paper
from emh_report.web.priors import Priors
from emh_report.web.releases import Releases
from emh_report.web.reports import Reports
from emh_report.web.session import Door
from emh_report.web.signin import SignIn
from emh_report.web.terms import FOREVER, Terms
from emh_report.web.versions import Versions
from emh_report.web.worklist import Worklist


def application(
    filing: Filing,
    door: Door,
    hosts: Mapping[str, None] | list[str],
    origins: Sequence[str] = (),
    language: Language = ENGLISH,
) -> Starlette:
    """Return the application; ``hosts`` are the names it answers to, ``origins`` the viewers that may frame it.

    ``language`` is what it speaks to a browser that asks for none.
    """
    guard = Guard(security.Tokens(filing.store.secret("form tokens")), door, language, origins, filing.store.note)
    routes = [
        *Worklist(filing).routes(guard),
        *Reports(filing).routes(guard),
        *Releases(filing).routes(guard),
        *Versions(filing).routes(guard),
        *Invocation(filing).routes(guard),
        *Paper(filing.store).routes(guard),
        *Priors(filing).routes(guard),
        *Examinations(filing).routes(guard),
        *SignIn(guard).routes(),
        *Terms(filing).routes(guard),
        Mount(f"/static/{pages.assets()}", guard.static(StaticFiles(directory=pages.STATIC), FOREVER)),
    ]
    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
        Middleware(GZipMiddleware, minimum_size=500, compresslevel=6),
    ]
    return Starlette(routes=routes, middleware=middleware, exception_handlers=guard.handlers())
