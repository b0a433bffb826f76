"""What is taken from resources of RIS and PACS: current numbers, and nothing silently that does not count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emh_report import import_context
from emh_report.context import Context, Identifier
from emh_report.sources.fhir_case import Case, read_case
from emh_report.sources.found import Wanted
from tests.strategies import catalog
from tests.test_intake_context import BASE, bundle, kind, resources

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


def patient(**elements: Json) -> tuple[Context, Issues]:
    return taken({"Patient": elements})


WORDS = {"text": "Mueller, Anna"}
PARTS = {"family": "Mueller", "given": ["Anna"]}
SAID = [("fhir-name-in-words", "information", "Bundle.entry[0].resource.name")]


@pytest.mark.parametrize(
    ("names", "family", "given", "said"),
    [
        ([WORDS], "Mueller, Anna", (), SAID),
        ([{"use": "usual", **PARTS}, {"use": "official", **WORDS}], "Mueller", ("Anna",), []),
        ([{"use": "official", **WORDS, **PARTS}], "Mueller", ("Anna",), []),
        ([{"use": "old", **PARTS}, WORDS], "Mueller, Anna", (), SAID),
        ([{"given": ["Anna"]}, {"use": "maiden", **PARTS}], "", ("Anna",), []),
    ],
)
def test_a_name_in_words_is_kept_and_beats_no_name_in_parts(
    names: Json, family: str, given: tuple[str, ...], said: Issues
) -> None:
    context, issues = patient(name=names)
    assert (context.patient.family, context.patient.given, issues) == (family, given, said)


def test_the_name_of_an_author_in_words_is_kept() -> None:
    context, issues = taken({"Practitioner": {"name": [WORDS]}})
    assert context.author.family == "Mueller, Anna"
    assert [rule for rule, _, _ in issues] == ["fhir-name-in-words"]


@pytest.mark.parametrize(("type_", "position"), [("Patient", 0), ("Practitioner", 3)])
@pytest.mark.parametrize("element", ["prefix", "suffix"])
def test_what_stands_around_a_name_is_said_to_be_left_out(element: str, type_: str, position: int) -> None:
    context, issues = taken({type_: {"name": [{**PARTS, element: ["Dr."]}]}})
    read = context.patient if type_ == "Patient" else context.author
    assert (read.family, read.given) == ("Mueller", ("Anna",))
    assert issues == [("fhir-not-read", "information", f"Bundle.entry[{position}].resource.name")]


@pytest.mark.parametrize(("type_", "position"), [("Practitioner", 3), ("Organization", 5)])
def test_of_several_numbers_the_first_in_use_is_taken_and_that_is_said(type_: str, position: int) -> None:
    old, now, other = ({"system": "urn:x:a", "value": value} for value in ("OLD", "NOW", "OTHER"))
    said = ("fhir-not-read", "information", f"Bundle.entry[{position}].resource.identifier")
    masked = {"system": "urn:x:a", "_value": {"extension": [{"url": "http://x.test/masked", "valueCode": "masked"}]}}
    for further, expected in (([], []), ([other], [said]), ([now], []), ([masked], [])):
        context, issues = taken({type_: {"identifier": [{"use": "old", **old}, now, *further]}})
        read = context.author if type_ == "Practitioner" else context.organization
        assert read.identifier == Identifier("urn:x:a", "NOW")
        assert issues == expected


def test_a_report_is_filed_by_the_medical_record_number() -> None:
    numbers = [
        {"type": kind("SS"), "system": "urn:x:ss", "value": "SS"},
        {"system": "urn:x:any", "value": "UNTYPED"},
        {"use": "old", "type": kind("MR"), "system": "urn:x:mrn", "value": "BEFORE"},
        {"type": kind("MR"), "system": "urn:x:mrn", "value": "MRN"},
    ]
    context, issues = patient(identifier=numbers)
    assert [one.value for one in context.patient.identifiers] == ["MRN", "UNTYPED", "SS", "BEFORE"]
    assert issues == []


@pytest.mark.parametrize("element", ["identifier", "name"])
def test_what_is_out_of_use_and_all_there_is_of_a_patient_is_told(element: str) -> None:
    stated: Json = {"identifier": {"system": "urn:x:mrn", "value": "MRN"}, "name": PARTS}[element]
    context, issues = patient(**{element: [{"use": "old", **stated}]})
    assert {"identifier": context.patient.identifiers[0].value == "MRN", "name": context.patient.family == "Mueller"}[
        element
    ]
    assert issues == [("fhir-negated", "warning", f"Bundle.entry[0].resource.{element}")]
    assert patient(**{element: [{"use": "old", **stated}, stated]})[1] == []


VOID = [
    ("ServiceRequest", "status", "entered-in-error"),
    ("ServiceRequest", "status", "revoked"),
    ("ServiceRequest", "doNotPerform", True),
    ("ImagingStudy", "status", "entered-in-error"),
    ("ImagingStudy", "status", "cancelled"),
]


@pytest.mark.parametrize("version", ["4.0", "5.0"])
@pytest.mark.parametrize(("type_", "element", "value"), VOID)
def test_what_does_not_count_is_left_out_with_a_warning(type_: str, element: str, value: Json, version: str) -> None:
    context, issues = taken({type_: {element: value}}, version)
    left = {"ServiceRequest": context.orders, "ImagingStudy": context.studies}
    assert left.pop(type_) == ()
    assert all(left.values())
    position = {"ServiceRequest": 1, "ImagingStudy": 2}[type_]
    assert issues == [("fhir-negated", "warning", f"Bundle.entry[{position}].resource.{element}")]


def test_the_number_of_an_order_that_does_not_count_is_not_that_of_its_study() -> None:
    context, _ = taken({"ServiceRequest": {"status": "revoked"}})
    assert context.studies[0].accession == ""


@pytest.mark.parametrize(("type_", "element", "value"), VOID)
def test_what_does_not_count_is_not_on_the_worklist(type_: str, element: str, value: Json) -> None:
    found = {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle(resources("4.0"))["entry"]}
    found[type_][element] = value
    case = Case(BASE, found["ServiceRequest"], found["Patient"], [found["ImagingStudy"]])
    shown, (reason,) = read_case(catalog(), case, Wanted())
    assert shown is None
    assert reason.startswith(f"{type_}.{element}: ")


def test_a_record_of_a_patient_that_was_replaced_is_refused() -> None:
    link = [{"other": {"reference": "Patient/patient-2"}, "type": "replaced-by"}]
    for change in ({"active": False, "link": link}, {"link": link}):
        found = resources("4.0")
        found["Patient"].update(change)
        read = import_context(catalog(), json.dumps(bundle(found)).encode())
        assert read.context is None
        (issue,) = read.issues
        assert (issue.rule_id, issue.where.path) == ("fhir-negated", "Bundle.entry[0].resource.link[0]")
        assert issue.accepted
    assert patient(active=False)[1] == [("fhir-negated", "warning", "Bundle.entry[0].resource.active")]
    assert patient(active=True, link=[{**link[0], "type": "replaces"}])[1] == []


@pytest.mark.parametrize("version", ["4.0", "5.0"])
def test_every_reason_of_an_order_is_kept(version: str) -> None:
    reasons: list[Json] = [{"text": "Anemia"}, {"coding": [{"display": "Pain"}]}, {"coding": [{"code": "1"}]}]
    found = {"reason": [{"concept": one} for one in reasons]} if version == "5.0" else {"reasonCode": reasons}
    assert taken({"ServiceRequest": found}, version)[0].orders[0].reason == "Anemia; Pain"


def test_what_is_no_part_of_a_context_is_said_to_be_left_out() -> None:
    room = {"resourceType": "Location", "id": "ct-1", "name": "CT 1"}
    read = import_context(catalog(), json.dumps(bundle(resources("4.0"), room)).encode())
    assert read.context == taken({})[0]
    (issue,) = read.issues
    assert (issue.rule_id, issue.severity.value) == ("fhir-not-read", "warning")
    assert issue.message == "Location is no part of a context"
