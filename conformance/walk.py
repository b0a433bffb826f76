"""Every element of a bundle with its path, in document order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from conformance.findings import Json


class Element(NamedTuple):
    """One JSON value: its path with indexes, and its path in the definition of its resource (no indexes)."""

    where: str
    defined: str
    value: Json


def elements(value: Json, where: str = "", defined: str = "") -> Iterator[Element]:
    """Yield ``value`` and everything below it; the defined path starts anew at every resource."""
    if isinstance(value, Mapping):
        type_ = value.get("resourceType")
        if isinstance(type_, str):
            where, defined = where or type_, type_
        yield Element(where, defined, value)
        for name, inner in value.items():
            yield from elements(inner, f"{where}.{name}", f"{defined}.{name}")
    elif isinstance(value, list):
        yield Element(where, defined, value)
        for index, inner in enumerate(value):
            yield from elements(inner, f"{where}[{index}]", defined)
    else:
        yield Element(where, defined, value)


def entries(bundle: Json) -> list[Json]:
    """Return the entries of a bundle that are objects; none of anything else."""
    found = bundle.get("entry") if isinstance(bundle, Mapping) else None
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def resource_of(entry: Json) -> Json:
    """Return the resource of an entry; an empty one where there is none."""
    resource = entry.get("resource")
    return resource if isinstance(resource, Mapping) else {}
