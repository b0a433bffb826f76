"""Whom resources are about: what a reference tells of a person, and whether two references tell of the same one."""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.context import Identifier
from emh_report.intake.content import Json
from emh_report.intake.tokens import token
from emh_report.intake.view import View

VERSION: Final = "/_history/"
"""Ahead of the version in a reference to one version of a resource (FHIR R4, 2.3.0.1)."""


class Subject(NamedTuple):
    """The addresses of a person's record, and the person's identifiers as pairs of system and value."""

    addresses: frozenset[str] = frozenset()
    numbers: frozenset[tuple[str, str]] = frozenset()

    def agrees(self, other: Subject) -> bool:
        """Whether both are known to be one person: something is the same, and no system numbers them differently."""
        common = {system for system, _ in self.numbers} & {system for system, _ in other.numbers}
        shared = self.numbers & other.numbers
        if common - {system for system, _ in shared}:
            return False
        return bool(shared or self.addresses & other.addresses)

    def and_(self, other: Subject) -> Subject:
        """Return what both tell of one person."""
        return Subject(self.addresses | other.addresses, self.numbers | other.numbers)


def person(url: str, resource: Json) -> Subject:
    """Return whom a Patient is: its address and its identifiers."""
    listed = resource.get("identifier", ())
    return Subject(frozenset([url]), frozenset(_numbers(*listed) if isinstance(listed, list) else ()))


def subject(found: View, url: str, reference: Json) -> Subject:
    """Return whom a reference of the resource at ``url`` leads to: by address, by identifier (logically), or both."""
    told = Subject(numbers=frozenset(_numbers(reference.get("identifier", {}))))
    stated = reference.get("reference", "").partition(VERSION)[0]
    if stated.startswith("#"):
        inner = found.resources[url].get("contained", ())
        person_: Json = next((one for one in inner if one.get("id") == stated[1:]), {})
        return person(f"{url}{stated}", person_).and_(told)
    if known := searched(stated):
        return told.and_(Subject(numbers=frozenset([(known.system, known.value)])))
    return told.and_(Subject(frozenset([_address(found, url, stated)]))) if stated else told


def searched(reference: str) -> Identifier | None:
    """Return the identifier that a reference looks a patient up by (FHIR R4, http, 3.1.0.11.3); None for any other."""
    type_, _, search = reference.partition("?")
    return token(search) if type_ == "Patient" else None


def _address(found: View, url: str, stated: str) -> str:
    """Return where a reference leads: a relative one has the base of its own resource (FHIR R4, bundle, 2.36.4.1)."""
    own = found.resources[url]
    place = f"/{own['resourceType']}/{own.get('id', '')}"
    local = found.local.get(stated, stated)
    if stated in found.resources or not url.endswith(place):
        return stated if stated in found.resources else local
    beside = f"{url.removesuffix(place)}/{stated}"
    return local if beside not in found.resources and not local.endswith(f"/{stated}") else beside


def _numbers(*identifiers: Json) -> list[tuple[str, str]]:
    return [(one.get("system", ""), one["value"]) for one in identifiers if one.get("value")]
