"""Signing in and out, where no proxy says who somebody is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emh_report.web import respond
from emh_report.web.guard import Guard
from emh_report.web.session import PERSON


class SignIn:
    """Handlers of who is who."""

    def __init__(self, guard: Guard) -> None:
        """Remember who lets people in."""
        self._guard = guard

    def routes(self) -> list[BaseRoute]:
        """Return the addresses."""
        return [
            Route("/sign-in", self._guard.sent(self.signed_in), methods=["POST"]),
            Route("/sign-in/here", self._guard.sent(self.here, scripted=True), methods=["POST"]),
            Route("/sign-out", self._guard.sent(self.signed_out, anybody=True), methods=["POST"]),
        ]

    def signed_in(self, request: Request) -> Response:
        """Go on to the page that was asked for: the guard let in whom the form named, or showed its page again."""
        return respond.back(request.state.said.get("to", ""))

    def here(self, request: Request) -> Response:
        """Tell a page that stays open who signed in."""
        return JSONResponse({"name": respond.person(request).name})

    def signed_out(self, request: Request) -> Response:
        """Forget who is signed in."""
        request.state.cookies.pop(PERSON, None)
        response = respond.see("/")
        response.delete_cookie(PERSON, httponly=True, samesite="strict")
        return response
