"""Scopes of services as SMART App Launch 2.2.0 writes them: what a token opens, and what a call needs.

A scope names a resource type and interactions: ``system/DiagnosticReport.rs`` is to read and to search. The forms of
SMART 1 are read too (``.read``, ``.write``, ``.*``). A scope that restricts itself to some resources by a search
(``system/DiagnosticReport.rs?category=RAD``) opens nothing: it cannot be kept to here, and must not open more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

INTERACTIONS: Final = "cruds"
"""Create, read, update, delete, search: in this order, each at most once."""

EVERY: Final = "*"

_SCOPE: Final = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?|read|write|\*)", re.ASCII)
_OLDER: Final = {"read": "rs", "write": "cud", "*": INTERACTIONS}
"""What SMART 1 calls them."""


class Scope(NamedTuple):
    """A type of resource, or all of them, and the letters of the interactions with it."""

    resource: str
    interactions: str

    def __str__(self) -> str:
        return f"system/{self.resource}.{self.interactions}"


def granted(claim: str) -> frozenset[Scope]:
    """Return the scopes in the claim ``scope`` of a token: those of services that this program can keep to."""
    found = (_SCOPE.fullmatch(one) for one in claim.split())
    return frozenset(Scope(one[1], _OLDER.get(one[2], one[2])) for one in found if one and one[2])


def covers(scopes: Iterable[Scope], needed: Scope) -> bool:
    """Whether ``scopes`` together open every interaction that is ``needed``."""
    opened = {letter for one in scopes if one.resource in (EVERY, needed.resource) for letter in one.interactions}
    return opened.issuperset(needed.interactions)
