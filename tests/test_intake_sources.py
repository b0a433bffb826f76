"""What is taken from resources of RIS and PACS: current numbers, and nothing silently that does not count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emh_report import import_context
from emh_report.context import Context, Identifier
from tests.strategies import catalog
from tests.test_intake_context import bundle, kind, resources

Json = Any
OLD = {"use": "old", "type": kind("ACSN"), "system": "urn:x:acc", "value": "OLD"}
NOW = {"use": "official", "type": kind("ACSN"), "system": "urn:x:acc", "value": "NOW"}
NEXT = {**NOW, "value": "NEXT"}
FOREIGN = {"type": {"coding": [{"system": "http://x.test/types", "code": "ACSN"}]}, "system": "urn:x:acc", "value": "F"}
BARE = {"type": {"coding": [{"code": "ACSN"}]}, "system": "urn:x:acc", "value": "B"}

Issues = list[tuple[str, str, str]]


def taken(changes: dict[str, Json], version: str = "4.0") -> tuple[Context, Issues]:
    """Return the context of resources with elements changed, and what was said: rule, severity and path."""
    found = resources(version)
    for type_, elements in changes.items():
        found[type_].update(elements)
    read = import_context(catalog(), json.dumps(bundle(found)).encode(), version)
    assert read.context is not None, read.issues
    return read.context, [(one.rule_id, one.severity.value, one.where.path) for one in read.issues]


NUMBERS = {
    "old behind": ([NOW, OLD], "NOW", []),
    "old ahead": ([OLD, NOW], "NOW", []),
    "old alone": ([OLD], "", []),
    "two": ([NOW, NEXT], "NOW", [("fhir-ambiguous", "warning", "identifier")]),
    "temporary alone": ([{**NOW, "use": "temp"}], "NOW", []),
    "one twice": ([NOW, NOW], "NOW", []),
    "another system": ([FOREIGN], "", [("fhir-not-read", "warning", "identifier[0].type")]),
    "no system": ([BARE, NOW], "NOW", [("fhir-not-read", "warning", "identifier[0].type")]),
}


@pytest.mark.parametrize("version", ["4.0", "5.0"])
@pytest.mark.parametrize("name", NUMBERS)
def test_the_current_accession_number_of_an_order_is_taken(name: str, version: str) -> None:
    numbers, expected, said = NUMBERS[name]
    context, issues = taken({"ServiceRequest": {"identifier": numbers}}, version)
    order = context.orders[0]
    assert order.accession == (Identifier("urn:x:acc", expected) if expected else Identifier())
    assert order.placer == Identifier()
    assert context.studies[0].accession == expected
    assert issues == [(rule, severity, f"Bundle.entry[1].resource.{path}") for rule, severity, path in said]


def test_the_current_accession_number_of_a_study_is_taken() -> None:
    uid = resources("4.0")["ImagingStudy"]["identifier"]
    for numbers, expected in (([OLD, NOW], "NOW"), ([NOW, OLD], "NOW"), ([OLD], "ACC-1"), ([FOREIGN], "ACC-1")):
        assert taken({"ImagingStudy": {"identifier": [*uid, *numbers]}})[0].studies[0].accession == expected
