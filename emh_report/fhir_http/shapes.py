"""Which part of a resource is answered, and how it is laid out: the general parameters of FHIR over HTTP.

R4 and R5, http.html "General Parameters", search.html "Summary" and "Elements". What is cut has the tag SUBSETTED, so
that nobody takes it for the whole. What FHIR requires and what changes the meaning of the rest always stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from emh_report import limits
from emh_report.fhir_http.criteria import COUNT
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.releases import FhirRelease
from emh_report.fhir_http.routing import METADATA, SEARCH
from emh_report.intake.content import Json
from emh_report.intake.definitions import Element, definition

PRETTY: Final = "_pretty"
SUMMARY: Final = "_summary"
ELEMENTS: Final = "_elements"
WHOLE: Final = "false"
COUNTED: Final = "count"
"""A summary without any resource, of a search only: it is `_count=0`."""
VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    PRETTY: ("true", "false"),
    SUMMARY: ("true", "text", "data", COUNTED, WHOLE),
}

ALWAYS: Final = frozenset({"resourceType", "id", "meta"})
MODIFIERS: Final = frozenset(
    {"implicitRules", "modifierExtension", "status", "clinicalStatus", "verificationStatus", "intent", "doNotPerform"}
    | {"active", "deceasedBoolean", "deceasedDateTime", "link"}
)
"""Modifier elements at the top of what is served: without them the rest could read as its opposite."""
SUBSETTED: Final[Json] = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}


READ: Final = frozenset({METADATA, "read", "vread", "history-instance", SEARCH})
"""Interactions whose answer can be asked for in part; of an operation the whole is answered."""


class Shape(NamedTuple):
    """What was asked for. ``summary`` is empty for the whole; ``given`` are the parameters that said so."""

    pretty: bool = False
    summary: str = ""
    elements: frozenset[str] = frozenset()
    given: tuple[tuple[str, str], ...] = ()

    @property
    def parted(self) -> bool:
        """Whether only part of a resource is asked for."""
        return bool(self.summary or self.elements)


def accepted(interaction: str) -> tuple[str, ...]:
    """Return the names of the general parameters of an interaction."""
    return (PRETTY, SUMMARY, ELEMENTS) if interaction in READ else (PRETTY,)


def take(pairs: Sequence[tuple[str, str]], interaction: str) -> tuple[Shape, list[tuple[str, str]]]:
    """Return the shape that parameters ask for, and the other parameters.

    Raises RefusedError (400) for a value that is not known.
    """
    names = accepted(interaction)
    given = [pair for pair in pairs if pair[0] in names]
    rest = [pair for pair in pairs if pair[0] not in names]
    asked = {name: _value(name, text, interaction) for name, text in given}
    summary = asked.get(SUMMARY, WHOLE)
    elements = frozenset(one for name, text in given if name == ELEMENTS for one in text.split(","))
    if elements and summary != WHOLE:
        raise _wrong(SUMMARY, f"either {SUMMARY} or {ELEMENTS}")
    if summary == COUNTED:
        rest = [*(pair for pair in rest if pair[0] != COUNT), (COUNT, "0")]
    parted = "" if summary in (WHOLE, COUNTED) else summary
    return Shape(asked.get(PRETTY) == "true", parted, elements, tuple(given)), rest


def _value(name: str, text: str, interaction: str) -> str:
    if name == ELEMENTS:
        if not all(text.split(",")) or len(text) > limits.NAME:
            raise _wrong(name, f"names of elements with commas between them, {limits.NAME} characters")
    else:
        values = [one for one in VALUES[name] if one != COUNTED or interaction == SEARCH]
        if text not in values:
            raise _wrong(name, ", ".join(values))
    return text


def _wrong(name: str, accepted_: str) -> RefusedError:
    return RefusedError(400, "value", f"{name}: not a value that can be read; accepted: {accepted_}", expression=name)


def shaped(resource: Json, shape: Shape, type_: str, release: FhirRelease) -> Json:
    """Return a resource of a type, or each of a bundle that was made for it, cut to the part that was asked for.

    ``_elements`` are those of the type; what is included beside it stays whole. Raises RefusedError (400) for an
    element that the type does not have.
    """
    elements = _named(shape.elements, type_, release)
    if resource["resourceType"] == type_:
        return _cut(resource, shape.summary, elements, release)
    entries = [_entry(entry, shape.summary, elements, release) for entry in resource.get("entry", ())]
    return {**resource, "entry": entries} if entries else resource


def _named(asked: frozenset[str], type_: str, release: FhirRelease) -> frozenset[str]:
    """Return the elements that are meant; one of value[x] is asked for as it is named in JSON, or as value."""
    known = definition(release.short, type_) or {}
    by_name = {name: {name} for name in (*known, *ALWAYS)}
    for name, one in known.items():
        if one.choice:
            by_name.setdefault(one.choice, set()).add(name)
    if not asked <= by_name.keys():
        raise _wrong(ELEMENTS, f"names of elements at the top of {type_}")
    return frozenset(name for one in asked for name in by_name[one])


def _entry(entry: Json, summary: str, elements: frozenset[str], release: FhirRelease) -> Json:
    mode = entry.get("search", {}).get("mode", "match")
    if mode == "outcome" or (mode == "include" and elements):
        return entry
    return {**entry, "resource": _cut(entry["resource"], summary, elements, release)}


def _cut(resource: Json, summary: str, elements: frozenset[str], release: FhirRelease) -> Json:
    known = definition(release.short, resource["resourceType"]) or {}
    if summary == "data":
        found = {name: value for name, value in resource.items() if name != "text"}
    else:
        kept = _kept(known, summary) | elements
        found = {name: value for name, value in resource.items() if name.removeprefix("_") in kept}
    if len(found) == len(resource):
        return resource
    meta = resource.get("meta", {})
    return {**found, "meta": {**meta, "tag": [*meta.get("tag", ()), SUBSETTED]}}


def _kept(known: Mapping[str, Element], summary: str) -> frozenset[str]:
    """Return what stays: what FHIR requires, what changes the meaning of the rest, and what the summary has."""
    needed = ALWAYS | MODIFIERS | {name for name, one in known.items() if one.required or one.choice_required}
    if summary == "true":
        needed |= {name for name, one in known.items() if one.summary}
    return needed | {"text"} if summary == "text" else needed
