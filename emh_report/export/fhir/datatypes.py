"""FHIR datatypes as plain dictionaries.

What depends on a term or field alone is built once and shared by every bundle: treat what these
functions return as read-only.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import quote

from emh_report.codes import Code, Concept
from emh_report.context import Identifier
from emh_report.decimals import Unit
from emh_report.draft import Absent
from emh_report.export.fhir import fixed
from emh_report.export.fhir.urls import UCUM, XHTML
from emh_report.own_codes import ABSENT, PARTS
from emh_report.report import Choice
from emh_report.template import Field, Role
from emh_report.text import is_unsafe, visible
from emh_report.vocabulary import Term

Json = dict[str, object]

CACHED: Final = 1 << 14
"""Terms and fields that are kept ready; a catalog has some thousands."""


def coding(code: Code) -> Json:
    """Return a Coding; a display that the source does not print is left out."""
    found: Json = {"system": code.system, "code": code.code}
    if code.display:
        found["display"] = code.display
    return found


def coded(*codes: Code, text: str = "") -> Json:
    """Return a CodeableConcept of ``codes`` in order."""
    found: Json = {"coding": [coding(code) for code in codes]}
    if text:
        found["text"] = text
    return found


def concept(known: Concept, text: str = "", *first: Code) -> Json:
    """Return a CodeableConcept: codes of standard systems (``first`` ahead of the others), the project's own last."""
    own = Code(known.system, known.code, known.display)
    codes = dict.fromkeys((*first, *known.codes, own))
    return coded(*codes, text=text or known.display)


@lru_cache(CACHED)
def term_concept(term: Term) -> Json:
    """Return the CodeableConcept of a term."""
    return concept(term.concept)


@lru_cache(CACHED)
def field_concept(field: Field) -> Json:
    """Return the CodeableConcept of a question: what an Observation is about.

    That something is there is asked by the code that IHE IDR prescribes (2026 draft, SCT 705057003).
    """
    first = (fixed.PRESENCE,) if field.role is Role.PRESENCE else ()
    return concept(field.concept, field.label, *first)


@lru_cache(CACHED)
def part_concept(field: Field, part: str, label: str) -> Json:
    """Return the CodeableConcept of one part of an answer: codes of the question, then of the part."""
    own = field.concept
    part_code = Code(PARTS, f"{own.code}.{part}", f"{field.label}, {label}")
    question = Code(own.system, own.code, own.display)
    return coded(*own.codes, question, part_code, text=f"{field.label}, {label}")


def choice(value: Choice) -> Json:
    """Return the CodeableConcept of an answer; words typed beside the term become its text."""
    known = term_concept(value.term)
    if not value.text:
        return known
    text = value.text if value.term.needs_text else f"{value.term.display}: {value.text}"
    return {"coding": known["coding"], "text": text}


def quantity(number: Decimal, unit: Unit) -> Json:
    """Return a Quantity with the digits as entered. A unit without a name (UCUM 1) has its code only."""
    found: Json = {"value": number, "system": UCUM, "code": unit.code}
    if unit.display:
        found["unit"] = unit.display
    return found


ABSENT_REASONS: Final = {
    Absent.UNKNOWN: coded(fixed.UNKNOWN, text="Unknown"),
    Absent.NOT_APPLICABLE: coded(fixed.NOT_APPLICABLE, text="Not applicable"),
    Absent.NOT_EVALUABLE: coded(Code(ABSENT, "not-evaluable", "Not evaluable"), text="Not evaluable"),
}
"""HL7 has no code for "looked at, but cannot be judged": that one goes as text with our own code."""


def clean(text: str) -> str:
    """Return text from outside the form with unsafe characters written out (FHIR string, XML 1.0 section 2.2)."""
    return visible(text) if is_unsafe(text) else text


_PLAIN = re.compile(r"[A-Za-z0-9:/._~-]*", re.ASCII).fullmatch


@lru_cache(1024)
def _uri(text: str) -> str:
    """Return a URI as it may stand in a FHIR uri: without white space (R4 datatypes, uri; RFC 3986 section 2.1)."""
    return text if _PLAIN(text) else re.sub(r"\s", lambda found: quote(found[0]), clean(text))


def identifier(known: Identifier, kind: Json | None = None) -> Json:
    """Return an Identifier, with its type where there is one."""
    found: Json = {"type": kind} if kind else {}
    if known.system:
        found["system"] = _uri(known.system)
    found["value"] = clean(known.value)
    return found


def _token(text: str) -> str:
    """Escape one half of a token parameter (R4 search, "Escaping Search Parameters"), then percent-encode it."""
    if _PLAIN(text):
        return text
    text = clean(text)
    for character in "\\$,|":
        text = text.replace(character, f"\\{character}")
    return quote(text, safe=":/")


@lru_cache(1024)
def _namespace(system: str) -> str:
    return f"identifier={_token(_uri(system))}%7C"


def search(system: str, value: str) -> str:
    """Return the search that finds one identifier: ``identifier=<system>%7C<value>``."""
    return _namespace(system) + _token(value)


def xhtml(body: str, language: str) -> Json:
    """Return a Narrative of a body that is already XHTML."""
    return {"status": "generated", "div": f'<div xmlns="{XHTML}" lang="{language}" xml:lang="{language}">{body}</div>'}


def paragraphs(text: str) -> str:
    """Return plain text as XHTML paragraphs: every line one paragraph, everything escaped."""
    lines = clean(text).splitlines()
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line.strip()) or "<p>-</p>"
