"""Forms without a script, for the tests: a report begun, what its page sends, and released as somebody would."""

from __future__ import annotations

from tests.web_service import Answer, Visitor, beside, fresh, hidden, sent_by

TEXT = "impression.1.impression"


def opened(name: str = "quick-ct", login: str = "attending") -> tuple[Visitor, str, Answer]:
    """Begin the report of a study; returns who began it, the address and the page."""
    visitor = Visitor(login)
    address = visitor.begin(fresh(name))
    return visitor, address, visitor.get(address)


def everything(page: Answer) -> list[tuple[str, str]]:
    """Return what a browser sends for a page, all but the token."""
    return [*beside(page.text), *sent_by(page.text)]


def released(
    visitor: Visitor, address: str, page: Answer, action: str = "release-preliminary", reason: str = ""
) -> str:
    """Release what a page says, as somebody would who looks at it first; returns the address of the version."""
    went = visitor.post(address, [*everything(page), ("action", f"release:{action}")])
    shown = visitor.follow(went)
    place = went.headers["location"]
    if reason:
        shown = visitor.post(place, [("reason", reason)])
    done = visitor.post(place, hidden(shown.text, "release"))
    assert done.status == 303, done.text
    return done.headers["location"]
