"""US Core DiagnosticReport Note 9.0.0: which reports meet it, those of whom the bundle carries included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.urls import LOINC, US_CORE_NOTE
from emh_report.export.fhir.writer import Writer

PEOPLE: Final = ("performer", "resultsInterpreter")
"""Elements that refer to whom US Core has profiles for, beside the subject."""

UNDATED: Final = frozenset({"cancelled", "entered-in-error"})
"""States that need no time of examination (us-core-10)."""


def profiles(writer: Writer, body: Json) -> tuple[str, ...]:
    """Return what the DiagnosticReport of a bundle claims beside the profile of its guide."""
    return (US_CORE_NOTE,) if writer.kind.us_core and _is_note(body) and _are_met(writer, body) else ()


def _is_note(body: Json) -> bool:
    """Whether the report has a LOINC code, and a time of examination where its state needs one."""
    code = body["code"]
    codings = code.get("coding", ()) if isinstance(code, dict) else ()
    dated = "effectiveDateTime" in body or body["status"] in UNDATED
    return dated and any(one["system"] == LOINC for one in codings)


def _are_met(writer: Writer, body: Json) -> bool:
    """Whether everyone whom the report refers to in its bundle meets the profile for them; others are not carried."""
    found = [body["subject"], *(reference for name in PEOPLE for reference in _list(body.get(name)))]
    urls = {reference.get("reference") for reference in found if isinstance(reference, dict)}
    resources = [entry["resource"] for entry in writer.entries if entry["fullUrl"] in urls]
    return all(_MET[str(one["resourceType"])](one) for one in resources if isinstance(one, dict))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _is_named(resource: Json) -> bool:
    return bool(resource.get("name") or resource.get("_name"))


def _has_family(resource: Json) -> bool:
    names = _list(resource.get("name"))
    return "identifier" in resource and any(isinstance(name, dict) and "family" in name for name in names)


def _is_anyone(_: Json) -> bool:
    return True


_MET: Final[Mapping[str, Callable[[Json], bool]]] = {
    "Patient": _is_named,
    "Organization": _is_named,
    "Practitioner": _has_family,
    "PractitionerRole": _is_anyone,
}
"""By type: what its profile asks for that a context may lack."""
