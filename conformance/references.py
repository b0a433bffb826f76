"""References within a bundle: no judge fails on one that leads nowhere or to the wrong type of resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from conformance.definitions import ANY, Definitions
from conformance.findings import Json
from conformance.walk import Element, elements, entries, resource_of

Problem = tuple[str, str]
"""Path and message."""

_RELATIVE: Final = re.compile(r"([A-Z][A-Za-z]+)(?:/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?|\?.+)")
"""A resource of the receiver: by id, or by search (transactions only, R4 section 3.1.0.11.2)."""


def check(bundle: Json, definitions: Definitions) -> Iterator[Problem]:
    """Yield every reference that resolves to nothing, or to a type that its element does not allow."""
    types = _types_by_url(bundle)
    document = isinstance(bundle, Mapping) and bundle.get("type") == "document"
    for element in elements(bundle):
        reference = element.value.get("reference") if isinstance(element.value, Mapping) else None
        if not isinstance(reference, str):
            continue
        if reference.startswith("#"):
            continue
        type_ = types.get(reference) or _type_elsewhere(reference, closed=document)
        if type_ is None:
            yield element.where, f"reference {reference!r} leads to nothing in the bundle"
            continue
        yield from _wrong_type(element, type_, definitions)
    yield from _contained(bundle)


def _types_by_url(bundle: Json) -> dict[str, str]:
    """Return the type of each entry by fullUrl, and by type and id."""
    found: dict[str, str] = {}
    for entry in entries(bundle):
        resource = resource_of(entry)
        type_ = str(resource.get("resourceType", ""))
        found[str(entry.get("fullUrl", ""))] = type_
        if "id" in resource:
            found[f"{type_}/{resource['id']}"] = type_
    return found


def _type_elsewhere(reference: str, *, closed: bool) -> str | None:
    """Return the type of a resource of the receiver; a document must carry everything that it refers to."""
    found = _RELATIVE.fullmatch(reference)
    return found[1] if found and not closed else None


def _wrong_type(element: Element, type_: str, definitions: Definitions) -> Iterator[Problem]:
    said = element.value.get("type")
    if isinstance(said, str) and said != type_:
        yield element.where, f"Reference.type says {said}, but it leads to a {type_}"
    allowed = definitions.targets(element.defined)
    if allowed and not allowed & {type_, *ANY}:
        yield element.where, f"leads to a {type_}; {element.defined} allows {', '.join(sorted(allowed))}"


def _contained(bundle: Json) -> Iterator[Problem]:
    """Check contained resources: each is referred to or refers to its container; each reference to one finds it."""
    for entry in entries(bundle):
        resource = resource_of(entry)
        inner = resource.get("contained", [])
        ids = {str(one.get("id")) for one in inner if isinstance(one, Mapping)} if isinstance(inner, list) else set()
        wanted = {
            str(element.value["reference"])[1:]
            for element in elements(resource)
            if isinstance(element.value, Mapping) and str(element.value.get("reference", "")).startswith("#")
        }
        path = str(resource.get("resourceType", "?"))
        yield from ((path, f"no contained resource has the id {lost!r}") for lost in sorted(wanted - ids - {""}))
        back = {str(one.get("id")) for one in inner if isinstance(one, Mapping) and _refers_home(one)} if ids else set()
        lost = sorted(ids - wanted - back)
        yield from ((path, f"nothing refers to the contained resource {one!r}") for one in lost)


def _refers_home(resource: Json) -> bool:
    """Whether a contained resource refers to the one that contains it (dom-3)."""
    return any(isinstance(one.value, Mapping) and one.value.get("reference") == "#" for one in elements(resource))
