"""What the checks know of FHIR, against what HL7 publishes: number of elements, value sets, targets of references."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance import packages
from emh_report.fhir_http.shapes import MODIFIERS
from emh_report.intake.definitions import definition, is_resource
from emh_report.intake.lists import listed
from emh_report.intake.terms import COMPLETE, is_sctid, terms_of
from emh_report.intake.units import is_unit
from tests.strategies import catalog

Json = Any
CORE = {"4.0": "hl7.fhir.r4.core-4.0.1.tgz", "5.0": "hl7.fhir.r5.core-5.0.0.tgz"}
TYPES = (
    *("Bundle", "DiagnosticReport", "Composition", "Observation", "Procedure", "Condition", "MedicationStatement"),
    *("ServiceRequest", "Communication", "Task", "ImagingStudy", "Organization", "Practitioner", "PractitionerRole"),
    *("Patient", "Provenance", "HumanName", "ContactPoint", "Address", "Identifier", "Quantity", "Narrative"),
    *("Attachment", "Extension", "Meta", "Reference", "Coding"),
)
OPEN = {"all-languages", "mimetypes"}
"""Value sets without an end: any language, any media type."""
TERMINOLOGY = "hl7.terminology.r4-7.3.0.tgz"


@cache
def read(archive: str) -> dict[str, Json]:
    """Return the resources of a package by URL; skips the test where there is none."""
    folder = os.environ.get(packages.VARIABLE)
    if not folder or not (Path(folder) / archive).is_file():
        pytest.skip(f"{packages.VARIABLE} names no folder with {archive}; .ci/run does")
    found = {}
    with tarfile.open(Path(folder) / archive) as content:
        for member in content:
            name = member.name.rpartition("/")[2]
            if name.startswith(("CodeSystem-", "ValueSet-", "StructureDefinition-")):
                resource = json.load(content.extractfile(member))  # type: ignore[arg-type] # it is a file
                found[resource.get("url", name)] = resource
    return found


def concepts(listed: list[Json]) -> Iterator[str]:
    for one in listed:
        yield one["code"]
        yield from concepts(one.get("concept", []))


def codes(known: dict[str, Json], value_set: str) -> set[str]:
    found: set[str] = set()
    for part in known[value_set.partition("|")[0]]["compose"]["include"]:
        listed = part["concept"] if "concept" in part else known[part["system"]]["concept"]
        found.update(concepts(listed))
    return found


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("version", CORE)
def test_elements_are_those_that_hl7_publishes(version: str, type_: str) -> None:
    known = read(CORE[version])
    ours = definition(version, type_)
    assert ours is not None
    official = known[f"http://hl7.org/fhir/StructureDefinition/{type_}"]["snapshot"]["element"]
    for element in official:
        _, _, name = element["path"].partition(".")
        if not name or "." in name or name.endswith("[x]"):
            continue
        own = ours[name]
        assert (own.required, own.many) == (element["min"] > 0, element["max"] == "*"), name
        assert own.summary is element.get("isSummary", False), name
        binding = element.get("binding", {})
        kinds = [kind["code"] for kind in element.get("type", [])]
        if binding.get("strength") == "required" and kinds == ["code"]:
            value_set = binding["valueSet"].rpartition("/")[2].partition("|")[0]
            assert own.codes == (set() if value_set in OPEN else codes(known, binding["valueSet"])), name
        targets = {url.rpartition("/")[2] for kind in element.get("type", []) for url in kind.get("targetProfile", [])}
        if "Reference" in kinds:
            assert own.targets - {"Resource"} == targets - {"Resource"}, name


@pytest.mark.parametrize("version", CORE)
def test_elements_that_change_the_meaning_are_in_every_part_that_is_answered(version: str) -> None:
    for type_ in (
        *TYPES,
        "CodeSystem",
        "ValueSet",
        "ConceptMap",
        "Questionnaire",
        "OperationDefinition",
        "SearchParameter",
    ):
        official = read(CORE[version])[f"http://hl7.org/fhir/StructureDefinition/{type_}"]["snapshot"]["element"]
        top = [one for one in official if one["path"].count(".") == 1 and one["path"][0].isupper()]
        modifiers = {one["path"].partition(".")[2].removesuffix("[x]") for one in top if one.get("isModifier")}
        ours = definition(version, type_)
        assert ours is not None
        needed = {name for name, one in ours.items() if one.required} | {
            ours[one].choice or one for one in MODIFIERS & ours.keys()
        }
        if is_resource(version, type_) and type_ != "Bundle":
            assert modifiers <= needed, type_


@pytest.mark.parametrize("system", COMPLETE)
def test_systems_that_are_known_whole_are_those_that_hl7_publishes(system: str) -> None:
    assert set(concepts(read(TERMINOLOGY)[system]["concept"])) == COMPLETE[system]


def test_units_and_codes_of_this_installation_pass() -> None:
    assert [unit for unit in catalog().units if not is_unit(unit)] == []
    known = terms_of(catalog()).displays
    assert [code for system, code in known if system == "http://snomed.info/sct" and not is_sctid(code)] == []


@pytest.mark.parametrize(
    "code",
    listed("mm cm3 kg/m2 mg/dL 10*3/uL 10*9/L mm[Hg] [hnsf'U] % 1 {score} g/(24.h) mL/min/{1.73_m2} /uL MBq mm2/s Gy"),
)
def test_units_of_medicine(code: str) -> None:
    assert is_unit(code)


@pytest.mark.parametrize("code", ["millimeters", "mm cm", "", "Mm3/", "((mm)", "(mm))", "mm{", "m" * 200, "[mm]", "µm"])
def test_words_that_are_no_units(code: str) -> None:
    assert not is_unit(code)


@pytest.mark.parametrize(
    "code", ["138875005001", "22298007", "1", "0", "abc", "\u0662\u0662\u0669\u0668\u0660\u0660\u0666", "22298006 "]
)
def test_numbers_that_are_no_snomed_codes(code: str) -> None:
    assert not is_sctid(code)
