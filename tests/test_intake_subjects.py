"""Whom orders and studies are about: filed together with somebody else's they would reach the wrong record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emh_report import import_context
from emh_report.context import Identifier, Patient
from emh_report.sources.fhir_case import Case, read_case
from emh_report.sources.found import Wanted
from tests.strategies import catalog
from tests.test_intake_context import BASE, EXPECTED, bundle, resources

Json = Any
OWN = {"system": "urn:x:mrn", "value": "MRN-1"}
OTHER = {"system": "urn:x:mrn", "value": "MRN-2"}
ABOUT = ("ServiceRequest", "ImagingStudy")


def about(subjects: dict[str, Json], *without: str) -> Json:
    """Return resources of a RIS with other subjects."""
    found = resources("4.0")
    for type_, subject in subjects.items():
        found[type_]["subject"] = subject
    return bundle({type_: body for type_, body in found.items() if type_ not in without})


def refused(content: Json) -> list[str]:
    found = import_context(catalog(), json.dumps(content).encode())
    assert (found.context is None) == bool(found.issues)
    assert "MRN" not in str(found.issues)
    assert all((one.rule_id, bool(one.accepted)) == ("fhir-ambiguous", True) for one in found.issues)
    return [one.where.path for one in found.issues]


STRANGERS = {
    "another reference": {"reference": "Patient/patient-2"},
    "another base": {"reference": "https://other.test/r4/Patient/patient-1"},
    "another identifier": {"identifier": OTHER},
    "an identifier of another system": {"identifier": {**OWN, "system": "urn:x:other"}},
    "a reference and an identifier of another": {"reference": "Patient/patient-1", "identifier": OTHER},
    "a search for another": {"reference": "Patient?identifier=urn:x:mrn%7CMRN-2"},
    "words": {"display": "the patient of this content"},
}
KNOWN = {
    "a reference": {"reference": "Patient/patient-1"},
    "an absolute one": {"reference": f"{BASE}/Patient/patient-1"},
    "one to a version": {"reference": "Patient/patient-1/_history/3"},
    "an identifier": {"identifier": OWN},
    "a search": {"reference": "Patient?identifier=urn:x:mrn%7CMRN-1"},
    "an earlier identifier": {"identifier": {"system": "urn:x:mrn", "value": "OLD-1"}},
    "both": {"reference": "Patient/patient-1", "identifier": OWN},
    "one more number": {"reference": "Patient/patient-1", "identifier": {"system": "urn:x:ssn", "value": "1"}},
}


@pytest.mark.parametrize("type_", ABOUT)
@pytest.mark.parametrize("name", STRANGERS)
def test_an_order_or_study_that_is_not_known_to_be_the_patients_is_refused(name: str, type_: str) -> None:
    assert refused(about({type_: STRANGERS[name]})) == [f"Bundle.entry[{1 + ABOUT.index(type_)}].resource.subject"]


@pytest.mark.parametrize("name", KNOWN)
def test_the_patient_is_known_by_reference_and_by_identifier(name: str) -> None:
    found = import_context(catalog(), json.dumps(about(dict.fromkeys(ABOUT, KNOWN[name]))).encode())
    assert (found.context, found.issues) == (EXPECTED, ())


@pytest.mark.parametrize("name", STRANGERS)
def test_without_a_patient_an_order_and_a_study_of_two_are_refused(name: str) -> None:
    stranger = STRANGERS[name]
    first = {"reference": "Patient/patient-1", "identifier": OWN}
    content = about({"ServiceRequest": first, "ImagingStudy": stranger}, "Patient")
    assert refused(content) == ["Bundle.entry[1].resource.subject"]
    content = about(dict.fromkeys(ABOUT, first), "Patient")
    assert refused(content) == []


def test_an_order_and_a_study_of_the_same_words_are_not_known_to_be_of_one_patient() -> None:
    content = about({type_: {"display": "the patient"} for type_ in ABOUT}, "Patient")
    assert refused(content) == ["Bundle.entry[1].resource.subject"]


def test_without_a_patient_one_that_is_contained_is_told_in_full_and_words_tell_of_nobody() -> None:
    content = about({"ServiceRequest": {"reference": "#p"}}, "Patient", "ImagingStudy")
    named = {"resourceType": "Patient", "id": "p", "identifier": [OWN], "name": [{"family": "Roe", "given": ["Jo"]}]}
    content["entry"][0]["resource"]["contained"] = [named]
    found = import_context(catalog(), json.dumps(content).encode())
    assert found.context is not None
    assert found.context.patient == Patient((Identifier(**OWN),), "Roe", ("Jo",))
    content = about({"ServiceRequest": {"display": "Jo Roe"}}, "Patient", "ImagingStudy")
    found = import_context(catalog(), json.dumps(content).encode())
    assert found.context is not None
    assert found.context.patient == Patient()


def test_a_contained_patient_is_known_by_identifier_alone() -> None:
    content = about({})
    order = content["entry"][1]["resource"]
    order["contained"] = [{"resourceType": "Patient", "id": "p", "identifier": [OWN]}]
    order["subject"] = {"reference": "#p"}
    assert refused(content) == []
    order["contained"][0]["identifier"] = [OTHER]
    assert refused(content) == ["Bundle.entry[1].resource.subject"]


def test_a_relative_reference_has_the_base_of_its_own_resource() -> None:
    content = about({})
    content["entry"][0]["fullUrl"] = "https://other.test/r4/Patient/patient-1"
    assert refused(content) == [f"Bundle.entry[{n}].resource.subject" for n in (1, 2)]
    content["entry"][0]["fullUrl"] = "urn:uuid:b1a9f5a6-7a0c-4f6c-8e53-2d9f1d4bfb07"
    assert refused(content) == []


@pytest.mark.parametrize("name", STRANGERS)
def test_a_study_of_somebody_else_is_not_on_the_worklist(name: str) -> None:
    found = {entry["resource"]["resourceType"]: entry["resource"] for entry in about({})["entry"]}
    found["ImagingStudy"]["subject"] = STRANGERS[name]
    case = Case(BASE, found["ServiceRequest"], found["Patient"], [found["ImagingStudy"]])
    shown, (reason,) = read_case(catalog(), case, Wanted())
    assert (shown, reason.startswith("ImagingStudy.subject: ")) == (None, True)
