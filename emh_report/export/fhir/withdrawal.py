"""What an earlier version of a report sent and this one no longer says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emh_report.context import Identifier
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, coded, identifier
from emh_report.export.fhir.writer import Writer

KEPT: Final = frozenset(
    {
        "resourceType",
        "meta",
        "identifier",
        "category",
        "code",
        "subject",
        "for",
        "intent",
        "medicationCodeableConcept",
        "medication",
        "clinicalStatus",
        "type",
        "date",
        "_date",
        "author",
        "title",
    }
)
"""Elements of a withdrawn resource: what it was, and whose, without references to what may be gone too."""

WHOSE: Final = frozenset({"subject", "for", "author"})
"""Those of them that refer to what exists before the report."""


def withdrawn(before: Writer, now: Writer) -> list[Json]:
    """Return the entries of ``before`` that are not in ``now``: what the report gave rise to, entered in error.

    Patient, orders, studies and people exist before the report and are not ours to take back. What this version does
    not name is not sent again, and nothing refers to it: a receiver that does not know it would create it, or refuse
    the whole bundle (R4 http, "Conditional References": no match is an error).
    """
    current = {entry["fullUrl"] for entry in now.entries}
    gone = [entry for entry in before.entries if entry["fullUrl"] not in current]
    named = {entry["fullUrl"]: _named(entry["resource"]) for entry in gone if not _is_ours(entry)}
    if before.subject != now.subject:
        known = next(iter(before.report.context.patient.identifiers), Identifier())
        named[before.subject["reference"]] = {"type": "Patient", "identifier": identifier(known)}
    return [_withdrawn(entry, named) for entry in gone if _is_ours(entry)]


def _is_ours(entry: Json) -> bool:
    request = entry["request"]
    return isinstance(request, dict) and request["method"] == "PUT"


def _named(resource: Any) -> Json:  # noqa: ANN401 - JSON
    """Return a reference that names a resource and leads nowhere (R4 references, logical references)."""
    return {"type": resource["resourceType"], "identifier": resource["identifier"][0]}


def _withdrawn(entry: Json, named: Mapping[object, Json]) -> Json:
    resource = entry["resource"]
    kept: Json = {name: value for name, value in resource.items() if name in KEPT} if isinstance(resource, dict) else {}
    kept |= {name: _referring(kept[name], named) for name in WHOSE if name in kept}
    if kept["resourceType"] == "Condition":
        kept["verificationStatus"] = coded(fixed.VERIFICATION["entered-in-error"])
    else:
        kept["status"] = "entered-in-error"
    return {**entry, "resource": kept}


def _referring(value: Any, named: Mapping[object, Json]) -> object:  # noqa: ANN401 - JSON
    """Return one or several references, those to what is not sent as its name."""
    if isinstance(value, list):
        return [_referring(one, named) for one in value]
    return named.get(value.get("reference"), value)
