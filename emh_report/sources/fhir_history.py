"""Imaging studies and imaging reports of a FHIR server as earlier examinations, R4 and R5. Pure.

Read with suspicion: what is not of the expected form is left empty, what cannot be dated stays undated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from emh_report.context import Identifier, Patient
from emh_report.dates import is_partial_date, is_partial_date_time
from emh_report.intake.content import Json
from emh_report.sources.history import Examination
from emh_report.text import is_unsafe

_SERVICES: Final = "http://terminology.hl7.org/CodeSystem/v2-0074"
CATEGORIES: Final = (
    ("http://loinc.org", "LP29684-5"),
    *((_SERVICES, code) for code in ("RAD", "CT", "NMR", "NMS", "RUS", "RX", "XRC", "CUS", "VUS", "OUS")),
)
"""Categories of reports about images: LOINC Radiology, and diagnostic services of HL7 table 0074."""

STANDING: Final = frozenset(
    {"available", "partial", "preliminary", "final", "amended", "corrected", "appended", "modified"}
)
"""States of a study or report that says something; a withdrawn one is none."""

MAX_TEXT: Final = 200
_UID: Final = re.compile(r"(?:urn:oid:)?([0-9.]{1,64})", re.ASCII)


def patient(resource: Mapping[str, Json]) -> Patient:
    """Return numbers and birth date of a Patient: what it is known by."""
    numbers = (Identifier(_text(one, "system"), _text(one, "value")) for one in _listed(resource, "identifier"))
    born = _text(resource, "birthDate")
    return Patient(tuple(one for one in numbers if one.value), birth_date=born if is_partial_date(born) else "")


def study(resource: Mapping[str, Json]) -> Examination | None:
    """Return an ImagingStudy; None where it was withdrawn or has no number."""
    uid = next((_uid(one) for one in _listed(resource, "identifier") if _text(one, "system") == "urn:dicom:uid"), "")
    if not uid or _text(resource, "status") not in STANDING:
        return None
    codes = [
        _text(coding, "code") for one in _listed(resource, "modality") for coding in (one, *_listed(one, "coding"))
    ]
    words = _text(resource, "description") or next(_words(resource), "")
    return Examination(_moment(resource, "started"), tuple(dict.fromkeys(filter(None, codes))), words, uid)


def report(resource: Mapping[str, Json]) -> Examination | None:
    """Return a DiagnosticReport; None where it was withdrawn, or is not said to be about images."""
    categories = {
        (_text(coding, "system"), _text(coding, "code"))
        for one in _listed(resource, "category")
        for coding in _listed(one, "coding")
    }
    if categories.isdisjoint(CATEGORIES) or _text(resource, "status") not in STANDING:
        return None
    period = resource.get("effectivePeriod")
    started = _moment(resource, "effectiveDateTime") or (_moment(period, "start") if isinstance(period, dict) else "")
    code = resource.get("code")
    return Examination(started, (), _word(code) if isinstance(code, dict) else "", reported=True)


def studies_of(resource: Mapping[str, Json]) -> Iterator[Json]:
    """Yield the references of a DiagnosticReport to its images: ``imagingStudy`` in R4, ``study`` in R5."""
    yield from (*_listed(resource, "imagingStudy"), *_listed(resource, "study"))


def _words(resource: Mapping[str, Json]) -> Iterator[str]:
    """Yield words for what was done: a concept in R4, a reference or concept in R5."""
    for one in (*_listed(resource, "procedureCode"), *_listed(resource, "procedure")):
        concept = one.get("concept", one)
        if isinstance(concept, dict) and (word := _word(concept)):
            yield word


def _word(concept: Mapping[str, Json]) -> str:
    shown = (_text(coding, "display") for coding in _listed(concept, "coding"))
    return _text(concept, "text") or next(filter(None, shown), "")


def _moment(resource: Mapping[str, Json], name: str) -> str:
    found = _text(resource, name)
    return found if is_partial_date_time(found) else ""


def _uid(identifier: Mapping[str, Json]) -> str:
    found = _UID.fullmatch(_text(identifier, "value"))
    return found[1] if found else ""


def _listed(resource: Mapping[str, Json], name: str) -> list[Mapping[str, Json]]:
    found = resource.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(resource: Mapping[str, Json], name: str) -> str:
    found = resource.get(name)
    return found if isinstance(found, str) and len(found) <= MAX_TEXT and not is_unsafe(found) else ""
