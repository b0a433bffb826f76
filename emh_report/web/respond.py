"""Answers that handlers have in common. The guard put token and person into the request before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from emh_report.web import pages
from emh_report.web.language import COOKIE, LANGUAGES, Language
from emh_report.web.people import Person
from emh_report.web.troubles import Trouble

THEMES: Final = ("dark", "light")
_OURS: Final = re.compile(r"/(?!/)[A-Za-z0-9/._~-]*(\?[!-~]*)?", re.ASCII)
"""A path of this server, with what is asked of it."""

_HELD_BACK: Final = ("token", "person")


def page(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """Return a page with what every page knows."""
    state = request.state
    known = {"token": state.token, "theme": theme(request), "person": state.person, "origins": state.origins}
    known["here"] = _here(request) if request.method == "GET" else ""  # where nothing is lost by coming again
    return HTMLResponse(pages.render(language(request), template, **(known | values)), status)


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def trouble(request: Request, said: Trouble, details: Sequence[str] = ()) -> Response:
    """Return a page that says what is wrong; what was sent stays in it where it may be sent again."""
    if getattr(request.state, "scripted", False):
        say = language(request).say
        return JSONResponse({"text": " ".join(say(text) for text in (said.text, *details))}, said.status)
    held = sent(request) if said.again else []
    values = {"title": said.title, "text": said.text, "details": details, "held": held, "again": bool(held)}
    return page(request, "trouble.html.j2", status=said.status, address=request.url.path, **values)


def sent(request: Request) -> list[tuple[str, str]]:
    """Return names and values of a form, but those that say who sent it."""
    return [pair for pair in getattr(request.state, "pairs", ()) if pair[0] not in _HELD_BACK]


def see(address: str) -> Response:
    """Send the browser to a page, which it gets by itself."""
    return RedirectResponse(address, 303)


def back(address: str) -> Response:
    """Send the browser to the page that a form named, as far as it is one of ours."""
    return see(address if _OURS.fullmatch(address) else "/")


def theme(request: Request) -> str:
    """Return the colours that were chosen; empty where the machine's are used."""
    chosen = request.cookies.get("emh-theme", "")
    return chosen if chosen in THEMES else ""


def set_theme(response: Response, chosen: str) -> Response:
    """Return ``response``, which makes the browser remember the colours that were chosen."""
    if chosen in THEMES:
        response.set_cookie("emh-theme", chosen, max_age=31536000, httponly=True, samesite="strict")
    return response


def language(request: Request) -> Language:
    """Return the language of an answer, which the guard worked out."""
    known = request.state.language
    if not isinstance(known, Language):
        raise TypeError
    return known


def set_language(response: Response, code: str) -> Response:
    """Return ``response``, which makes the browser remember the language that was chosen."""
    if code in LANGUAGES:
        response.set_cookie(COOKIE, code, max_age=31536000, httponly=True, samesite="strict")
    return response


def person(request: Request) -> Person:
    """Return who sent a request that the guard let through."""
    known = request.state.person
    if not isinstance(known, Person):  # the guard lets nobody else through
        raise TypeError
    return known
