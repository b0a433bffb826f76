"""Codes of standard systems, and the project's own concepts."""

from __future__ import annotations

from dataclasses import dataclass, field

CANONICAL = "https://emh-report.test/fhir"
"""Base of the project's own canonical URLs. `.test` is reserved (RFC 2606), so it can collide with nobody;
docs/adr/0006 says what has to be done before a release under a domain of our own."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a standard system. Identity is (system, code); the display is wording."""

    system: str
    code: str
    display: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Coding:
    """How one of our concepts relates to a code of a standard system.

    ``match`` says how the external concept relates to ours: equivalent, broader, narrower or related.
    ``map`` names the code map it belongs to: core, or one that has to be switched on.
    """

    code: Code
    match: str
    verified: bool
    map: str
    source: str


@dataclass(frozen=True, slots=True)
class Concept:
    """One of our own concepts with the standard codes that are emitted for it, in order."""

    system: str
    code: str
    display: str
    codes: tuple[Code, ...] = ()
