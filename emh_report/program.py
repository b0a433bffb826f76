"""The program that calls, as far as a door can prove it: the audit keeps it beside the person who acts.

A door says it once in a call, and it holds for everything that is done in that call, in whichever thread. What a person
may do never depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Final

from emh_report import limits
from emh_report.context import Identifier
from emh_report.errors import InputError
from emh_report.text import visible

NOBODY: Final = Identifier()
"""A door that asks for neither token nor certificate."""

OWN: Final = "urn:emh-report:program"
"""System of our own programs: the form, and the commands of the machine that the store is on."""

FORM: Final = Identifier(OWN, "form")
"""The radiologist's form of this service."""

DISTINGUISHED_NAMES: Final = "urn:ietf:rfc:4514"
"""System of a name in a certificate."""

HEADER: Final = "x-emh-on-behalf-of"
"""Metadata of gRPC, and header of HTTP, in which a program says for whom it calls: ``SYSTEM|VALUE``, or a value."""

CALLING: Final[ContextVar[Identifier]] = ContextVar("program", default=NOBODY)

ON_BEHALF_OF: Final[ContextVar[Identifier]] = ContextVar("on_behalf_of", default=NOBODY)
"""For whom the program calls, as it says: nobody here has seen that person."""


def certified(subject: str) -> Identifier:
    """Return the program that a certificate is of, by its distinguished name; of a very long one only the beginning."""
    name = visible(subject)
    return Identifier(DISTINGUISHED_NAMES, name if len(name) <= limits.NAME else f"{name[: limits.NAME]}...")


def calling() -> str:
    """Return ``system|value`` of the program that calls, as an audit keeps it; empty where none is known."""
    return _text(CALLING.get())


def on_behalf_of() -> str:
    """Return for whom it calls in the same form; empty where it does not say."""
    return _text(ON_BEHALF_OF.get())


def say_for_whom(sent: Sequence[str | bytes]) -> None:
    """Take what a program sent in HEADER; what its token says counts first. Raises InputError."""
    if not sent:
        return
    one = sent[0]
    system, _, value = one.rpartition("|") if isinstance(one, str) else ("", "", "")
    if len(sent) != 1 or not _fits(system, value):
        accepted = f"once, SYSTEM|VALUE or a value, each at most {limits.ID} printable characters of ASCII"
        raise InputError([(HEADER, accepted)])
    if not ON_BEHALF_OF.get().value:
        ON_BEHALF_OF.set(Identifier(system, value))


def said_for(person: Identifier) -> str:
    """Return what a program sends in HEADER to call for ``person``. Raises InputError where it would be refused.

    Also where something else would arrive: gRPC may take spaces off the ends, and the last bar ends the system.
    """
    system, value = (getattr(person, name, None) for name in ("system", "value"))  # a text is a frequent mistake
    if isinstance(system, str) and isinstance(value, str) and _fits(system, value) and "|" not in value:
        text = f"{system}|{value}" if system else value
        if text == text.strip():
            return text
    accepted = (
        f"an Identifier with a value, which has no | in it; system and value each at most {limits.ID} printable "
        "characters of ASCII, without spaces at the ends"
    )
    raise InputError([("on_behalf_of", accepted)])


def _fits(system: str, value: str) -> bool:
    """Whether both can be sent in metadata and headers, and kept in the audit."""
    both = system + value
    return bool(value) and max(len(system), len(value)) <= limits.ID and both.isascii() and both.isprintable()


def _text(one: Identifier) -> str:
    return f"{one.system}|{one.value}" if one.value else ""
