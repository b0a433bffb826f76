"""References: what they lead to is there and of a type that is allowed; contained resources are referred to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from emh_report.intake.content import Json
from emh_report.intake.faults import error
from emh_report.issues import Issue

_LITERAL: Final = re.compile(
    r"(?:https?://\S+/)?([A-Z][A-Za-z]+)(?:/[A-Za-z0-9.\-]{1,64}(?:/_history/\S+)?|\?\S+)", re.ASCII
)
INTERNAL: Final = ("urn:uuid:", "urn:oid:")
"""A reference that starts so leads to an entry of the same bundle."""
_WITHIN: Final = re.compile(r".*\.contained\[\d+\](?=\.)")
"""The contained resource that an element stands in."""
HOME: Final = "#"
"""A reference of a contained resource to the one that contains it (R4 references, 2.3.0.4)."""


class Seen(NamedTuple):
    """A reference in the content: where it stands, what it says, the types it may lead to, and its resource."""

    path: str
    value: Json
    targets: frozenset[str]
    home: str


class Contained(NamedTuple):
    """A contained resource: where it stands, its id and type, and the path of the resource that contains it."""

    path: str
    id: str
    type: str
    home: str


def check_references(
    seen: list[Seen],
    contained: list[Contained],
    types: Mapping[str, str],
    homes: Mapping[str, str],
    *,
    closed: bool,
) -> Iterator[Issue]:
    """Yield what is wrong with references.

    ``types`` of entries by fullUrl, ``homes`` types of resources by path; ``closed``: nothing is outside.
    """
    inner = {(one.home, one.id): one.type for one in contained} | {
        (one.home, HOME[1:]): homes[one.home] for one in contained
    }
    used: set[tuple[str, str]] = set()
    for one in seen:
        reference = one.value.get("reference")
        if not isinstance(reference, str):
            type_ = one.value.get("type")
            yield from _type(one, type_ if isinstance(type_, str) else "", "type")
            continue
        if reference.startswith("#"):
            key = (one.home, reference[1:])
            used.add(key)
            type_ = inner.get(key, "")
            if not type_:
                yield error("fhir-reference", f"{one.path}.reference", "no contained resource has this id (ref-1)")
        elif reference in types:
            type_ = types[reference]
        else:
            literal = _LITERAL.fullmatch(reference)
            type_ = literal[1] if literal else ""
            if literal is None and (closed or not reference.startswith("http")):
                message = "leads to no resource of this bundle, and is no address of one elsewhere"
                yield error("fhir-reference", f"{one.path}.reference", message)
        yield from _type(one, type_, "reference")
        stated = one.value.get("type")
        if isinstance(stated, str) and type_ and stated != type_:
            yield error("fhir-reference", f"{one.path}.type", "leads to a resource of another type")
    back = {within[0] for one in seen if one.value.get("reference") == HOME and (within := _WITHIN.match(one.path))}
    for known in contained:
        if (known.home, known.id) not in used and known.path not in back:
            message = "a contained resource that nothing refers to and that does not refer to its container (dom-3)"
            yield error("fhir-reference", known.path, message)


def _type(one: Seen, type_: str, element: str) -> Iterator[Issue]:
    if type_ and one.targets and type_ not in one.targets and "Resource" not in one.targets:
        message = "leads to a resource of a type that is not allowed here"  # not said: it may be any text
        yield error("fhir-reference", f"{one.path}.{element}", message, tuple(sorted(one.targets)))
