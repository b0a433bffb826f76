"""ValueSet: all codes of a system of ours, and the sets that draw on outside systems. R4 and R5 have the same shape."""

from __future__ import annotations

from emh_report.catalog import Catalog
from emh_report.export.terminology.resources import Json, head, rights, url_of
from emh_report.export.terminology.systems import OwnSystem
from emh_report.own_codes import ABSENT

UCUM = "http://unitsofmeasure.org"
HL7_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
REASONS = ("unknown", "not-applicable", "temp-unknown")
"""Reasons of HL7 that reports use."""


def value_sets(catalog: Catalog, systems: tuple[OwnSystem, ...], version: str) -> list[Json]:
    """Return a value set for each code system of ours, the units, and the reasons for an absent answer."""
    return [*(_all_of(system) for system in systems), _units(catalog, version), _absent_reasons(version)]


def _all_of(system: OwnSystem) -> Json:
    found = head("ValueSet", system.id, system.version, system.title, f"All codes of the code system {system.id}.")
    return {**found, **rights(()), "compose": {"include": [{"system": url_of("CodeSystem", system.id)}]}}


def _units(catalog: Catalog, version: str) -> Json:
    found = head("ValueSet", "unit", version, "Units", "Every unit that a report may state an amount in.")
    units = [
        {"code": unit.code, **({"display": unit.display} if unit.display else {})} for unit in catalog.units.values()
    ]
    known = [one for one in catalog.systems.values() if one.uri == UCUM]
    return {**found, **rights(known), "compose": {"include": [{"system": UCUM, "concept": units}]}}


def _absent_reasons(version: str) -> Json:
    title, description = "Why an answer is absent", "Reasons of HL7, and those for which HL7 has no code."
    found = head("ValueSet", "answer-absent-reason", version, title, description)
    theirs = {"system": HL7_ABSENT, "concept": [{"code": code} for code in REASONS]}
    return {**found, **rights(()), "compose": {"include": [theirs, {"system": ABSENT}]}}
