"""Who is signed in: whom a proxy names in a header, or who signed in here. Never a patient's data in a cookie."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from emh_report.web.people import People, Person

PERSON: Final = "emh-person"
"""Cookie of who signed in: login, when that ends, and a mark that only this service can make."""


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in. ``header`` is set by a proxy that knows who somebody is; without it people sign in here.

    ``key`` is the same in every process of an installation, so that nobody is asked again when it starts anew.
    """

    people: People
    key: bytes
    header: str
    seconds: int
    clock: Callable[[], float] = time.time

    @property
    def offered(self) -> tuple[Person, ...]:
        """Whom the page for signing in offers: nobody where a proxy says who it is."""
        return () if self.header else tuple(self.people.values())

    def person(self, request: Request, session: str) -> Person | None:
        """Return who sent ``request``; None where that is nobody we know."""
        if self.header:
            return self.people.get(request.headers.get(self.header, ""))
        said, _, mark = request.cookies.get(PERSON, "").rpartition(".")
        login, _, until = said.rpartition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(session, login, until).encode()):
            return None
        return self.people.get(login) if int(until) > self.clock() else None

    def cookie(self, person: Person, session: str) -> str:
        """Return what somebody who signed in keeps until the shift ends."""
        until = str(int(self.clock()) + self.seconds)
        return f"{person.login}.{until}.{self._mark(session, person.login, until)}"

    def _mark(self, session: str, login: str, until: str) -> str:
        return hmac.new(self.key, f"person {session} {login} {until}".encode(), hashlib.sha256).hexdigest()
