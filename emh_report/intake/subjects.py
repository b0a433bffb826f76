"""Whom resources are about: what a reference tells of a person, and whether two references tell of the same one."""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.context import Patient
from emh_report.intake.content import Json
from emh_report.intake.sources import named_by, patient, searched
from emh_report.intake.view import View

PATIENT: Final = "Patient"


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


def subject(found: View, home: Json, reference: Json) -> Subject:
    """Return whom a reference of the resource ``home`` leads to: by address, by identifier (logically), or both."""
    told = Subject(numbers=frozenset(_numbers(reference.get("identifier", {}))))
    stated = reference.get("reference", "")
    if known := searched(reference, PATIENT):
        return told.and_(Subject(numbers=frozenset([(known.system, known.value)])))
    address, _ = found.resolve(reference, home)
    if address in found.contained:
        return person(address, found.contained[address]).and_(told)
    return told.and_(Subject(frozenset([address]))) if stated else told


def stated_patient(found: View, home: Json, reference: Json) -> Patient | None:
    """Return the patient that a reference leads to or names by an identifier; None where it does neither."""
    _, resource = found.resolve(reference, home)
    if resource is not None:
        return patient(resource)
    known = named_by(reference, PATIENT)
    return Patient((known,)) if known.value else None


def _numbers(*identifiers: Json) -> list[tuple[str, str]]:
    return [(one.get("system", ""), one["value"]) for one in identifiers if one.get("value")]
