"""Page tokens: where a page ended, and a keyed digest over that and the query.

Nobody can make one, and none is good for another query.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NamedTuple

from emh_report.errors import InputError
from emh_report.store.ledger import Ledger
from emh_report.store.sealing import digest

_FORM: Final = "2"
"""Of what a token says. One of an earlier form is refused: without its day it would be taken for the end of a list."""

_DIGEST_CHARACTERS: Final = 32
_TOKEN: Final = re.compile(r"([1-9][0-9]{0,18})(?:@([0-9-]{4,10}))?\.([0-9a-f]{32})")


class Place(NamedTuple):
    """The last row of a page: its number, and its day of examination where the list is in the order of days."""

    number: int
    day: str = ""


def token_of(ledger: Ledger, query: object, place: Place) -> str:
    """Return the token of the page of ``query`` that follows ``place``."""
    text = f"{place.number}@{place.day}" if place.day else str(place.number)
    proof = digest(ledger.secrets.pages, _FORM, repr(query), text)[:_DIGEST_CHARACTERS]
    return base64.urlsafe_b64encode(f"{text}.{proof}".encode()).decode()


def place_of(ledger: Ledger, query: object, token: str) -> Place:
    """Return the place that a token of ``query`` stands for. Raises InputError for any other."""
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    match = _TOKEN.fullmatch(text)
    place = Place(int(match[1]), match[2] or "") if match else None
    if place is None or token_of(ledger, query, place) != token:
        raise InputError([("page_token", "not a token of this query; start at the first page again")])
    return place
