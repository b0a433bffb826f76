"""What an earlier version of a report sent and this one no longer says."""

from __future__ import annotations

from typing import Final

from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, coded

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
"""Elements of a withdrawn resource: what it was and whose, without references to what may be gone too."""


def withdrawn(before: list[Json], now: list[Json]) -> list[Json]:
    """Return the entries of ``before`` that are not in ``now``: what the report gave rise to, entered in error.

    Resources of the context are sent as they were, since what is withdrawn may name them.
    """
    current = {entry["fullUrl"] for entry in now}
    return [_withdrawn(entry) if _is_ours(entry) else entry for entry in before if entry["fullUrl"] not in current]


def _is_ours(entry: Json) -> bool:
    request = entry["request"]
    return isinstance(request, dict) and request["method"] == "PUT"


def _withdrawn(entry: Json) -> Json:
    resource = entry["resource"]
    kept: Json = {name: value for name, value in resource.items() if name in KEPT} if isinstance(resource, dict) else {}
    if kept["resourceType"] == "Condition":
        kept["verificationStatus"] = coded(fixed.VERIFICATION["entered-in-error"])
    else:
        kept["status"] = "entered-in-error"
    return {**entry, "resource": kept}
