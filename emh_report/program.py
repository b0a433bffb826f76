"""The program that calls, as far as a door can prove it: the audit keeps it beside the person who acts.

A door says it once in a call, and it holds for everything that is done in that call, in whichever thread. What a person
may do never depends on it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from emh_report import limits
from emh_report.context import Identifier
from emh_report.text import visible

NOBODY: Final = Identifier()
"""A door that asks for neither token nor certificate."""

FORM: Final = Identifier("urn:emh-report:program", "form")
"""The radiologist's form of this service."""

DISTINGUISHED_NAMES: Final = "urn:ietf:rfc:4514"
"""System of a name in a certificate."""

CALLING: Final[ContextVar[Identifier]] = ContextVar("program", default=NOBODY)


def certified(subject: str) -> Identifier:
    """Return the program that a certificate is of, by its distinguished name; of a very long one only the beginning."""
    name = visible(subject)
    return Identifier(DISTINGUISHED_NAMES, name if len(name) <= limits.NAME else f"{name[: limits.NAME]}...")


def calling() -> str:
    """Return ``system|value`` of the program that calls, as an audit keeps it; empty where none is known."""
    found = CALLING.get()
    return f"{found.system}|{found.value}" if found.value else ""
