"""A bundle as a whole: what kind it is, its URLs, its requests, and where its references lead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.intake.checks import Checker, Enough
from emh_report.intake.content import Json
from emh_report.intake.definitions import model_of
from emh_report.intake.faults import error
from emh_report.intake.references import check_references
from emh_report.intake.terms import Terms
from emh_report.intake.view import HISTORY
from emh_report.issues import Issue

CLOSED: Final = frozenset({"transaction", "batch", "document", "collection"})
"""Types of bundles whose URNs lead to their own entries only."""
REQUESTS: Final = frozenset({"transaction", "batch"})


def check(content: Json, version: str, terms: Terms) -> list[Issue]:
    """Return everything that is wrong with a resource or bundle, as one version of FHIR."""
    found = Checker(version, terms)
    issues = found.issues
    try:
        found.resource(content, "")
    except Enough:
        return issues
    entries = _entries(content)
    types = _types(entries)
    kind = _kind(content)
    closed = kind in CLOSED
    issues += check_references(found.references, found.contained, types, found.homes, closed=closed)
    issues += _urls(entries)
    if kind in REQUESTS:
        issues += _requests(entries)
    return issues or parsed(content, version)


def _kind(content: Json) -> str:
    """Return the type of a bundle; empty for any other resource, whose element of this name is something else."""
    kind = content.get("type") if isinstance(content, dict) and content.get("resourceType") == "Bundle" else ""
    return kind if isinstance(kind, str) else ""


def _entries(content: Json) -> list[tuple[int, Json]]:
    """Return the entries of a bundle that are objects, with their positions."""
    listed = content.get("entry") if isinstance(content, dict) and content.get("resourceType") == "Bundle" else None
    return [(n, one) for n, one in enumerate(listed) if isinstance(one, dict)] if isinstance(listed, list) else []


def _types(entries: list[tuple[int, Json]]) -> dict[str, str]:
    found = {}
    for _, entry in entries:
        url, resource = entry.get("fullUrl"), entry.get("resource")
        if isinstance(url, str) and isinstance(resource, dict):
            found[url] = str(resource.get("resourceType"))
    return found


def _urls(entries: list[tuple[int, Json]]) -> Iterator[Issue]:
    """Yield every resource that was there before, in the same or another version (bdl-7), and wrong URLs (bdl-8)."""
    seen: dict[str, set[str]] = {}
    for position, entry in entries:
        url, resource = entry.get("fullUrl"), entry.get("resource")
        path = f"Bundle.entry[{position}].{'fullUrl' if isinstance(url, str) else 'resource'}"
        key, version = _identity(url, resource if isinstance(resource, dict) else {})
        if key and version in seen.get(key, ()):
            yield error("fhir-duplicate", path, "this resource is given twice (bdl-7)")
        elif key in seen:
            message = "another version of a resource that is there already; which one counts is not said"
            yield error("fhir-ambiguous", path, message, ("one version of each resource",))
        if key:
            seen.setdefault(key, set()).add(version)
        if isinstance(url, str) and ":" not in url:
            yield error("fhir-value", path, "a fullUrl is absolute (bdl-8)")
        elif isinstance(url, str) and HISTORY in url:
            yield error("fhir-value", path, "a fullUrl is that of a resource, not of one version of it (bdl-8)")


def _identity(url: Json, resource: Json) -> tuple[str, str]:
    """Return what names a resource, by type and id where it has no URL, and its version; both empty where unknown."""
    meta, named = resource.get("meta"), f"{resource.get('resourceType')}/{resource['id']}" if "id" in resource else ""
    return url if isinstance(url, str) else named, str(meta.get("versionId", "")) if isinstance(meta, dict) else ""


def _requests(entries: list[tuple[int, Json]]) -> Iterator[Issue]:
    for position, entry in entries:
        request = entry.get("request")
        path = f"Bundle.entry[{position}].request"
        if not isinstance(request, dict):
            yield error("fhir-required", path, "an entry of a transaction says what is to be done (bdl-3)")
            continue
        resource, url = entry.get("resource"), request.get("url")
        type_ = resource.get("resourceType") if isinstance(resource, dict) else None
        named = url.partition("?")[0].partition("/")[0] if isinstance(url, str) else type_
        if type_ and named != type_:
            yield error("fhir-invariant", f"{path}.url", "the request is for another type than that of its resource")


def parsed(content: Json, version: str) -> list[Issue]:
    """Return what the parser of fhir.resources says of content that has passed all else."""
    from pydantic import ValidationError

    model = model_of(version, content["resourceType"])
    try:
        model.model_validate(content)
    except ValidationError as refused:
        return [
            error("fhir-structure", _path(content["resourceType"], one["loc"]), "not accepted by the parser of FHIR")
            for one in refused.errors(include_input=False, include_url=False, include_context=False)
        ]
    return []


def _path(type_: str, places: tuple[int | str, ...]) -> str:
    return type_ + "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in places)
