"""What another system changed beside an answer: numbers that are none, other states, words that were added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emh_report import import_report
from emh_report.context import ReportStatus
from emh_report.draft import Text
from emh_report.export import fhir
from emh_report.intake.content import read_json
from emh_report.intake.imports import Imported
from emh_report.issues import Severity
from tests.fhir_reports import complete
from tests.strategies import catalog
from tests.test_intake import in_kind, in_state

Json = Any
KINDS = ("fhir-r4-transaction", "fhir-r5-transaction", "fhir-r4-document", "fhir-r5-document")
VALUE = "value.ofType(Quantity)"
LOCAL = {"system": "https://x.test/codes", "code": "1"}
EXTENDED = {"extension": [{"url": "https://x.test/why", "valueString": "masked"}]}


def changed(type_: str, change: Callable[[Json], object], kind: str = KINDS[0], *names: str) -> tuple[Imported, str]:
    """Return what is read where the first resource of a type with these elements was changed, and its path."""
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    bundle = read_json(content)
    number, resource = next(
        (number, entry["resource"])
        for number, entry in enumerate(bundle["entry"])
        if entry["resource"]["resourceType"] == type_ and all(name in entry["resource"] for name in names)
    )
    change(resource)
    return import_report(catalog(), fhir.to_json(bundle)), f"Bundle.entry[{number}].resource"


NUMBERS: dict[str, tuple[Callable[[Json], object], str, str]] = {
    "below it": (lambda value: value.update(comparator="<"), "fhir-modifier", "comparator"),
    "unit of another system": (lambda value: value.update(system="https://x.test/units"), "fhir-code", "system"),
    "unit in words alone": (lambda value: value.pop("code") and value.pop("system"), "fhir-code", "code"),
    "another unit in words": (lambda value: value.update(unit="cm"), "fhir-contradiction", "unit"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_would_be_read_as_another_one_is_refused(name: str, kind: str) -> None:
    change, rule, element = NUMBERS[name]
    found, path = changed("Observation", lambda one: change(one["valueQuantity"]), kind, "valueQuantity")
    assert (found.draft, found.context) == (None, None)
    refused = [one for one in found.issues if one.severity is Severity.ERROR]
    assert [(one.rule_id, one.where.path) for one in refused] == [(rule, f"{path}.{VALUE}.{element}")]
    assert refused[0].accepted


@pytest.mark.parametrize("unit", ["mm", "MM", "millimeter", ""])
def test_a_unit_may_have_words_of_its_own(unit: str) -> None:
    def change(observation: Json) -> None:
        observation["valueQuantity"].pop("unit")
        observation["valueQuantity"] |= {"unit": unit} if unit else {}

    found, _ = changed("Observation", change, KINDS[0], "valueQuantity")
    assert found.issues == ()


def test_numbers_that_answer_nothing_here_are_no_reason_to_refuse_a_report() -> None:
    def change(observation: Json) -> None:
        observation["code"] = {"text": "C-reactive protein"}
        observation["valueQuantity"] = {"comparator": "<", "value": 5, "unit": "mg/L"}

    found, path = changed("Observation", change, KINDS[0], "valueQuantity")
    assert found.draft is not None
    assert ("fhir-not-read", path) in [(one.rule_id, one.where.path) for one in found.issues]
    assert "answer-not-restored" in [one.rule_id for one in found.issues]  # what was the other axis of a size
    assert "fhir-modifier" not in [one.rule_id for one in found.issues]


ALL_OF: dict[str, tuple[str, Callable[[Json], object]]] = {
    "number": ("valueQuantity", lambda one: one["valueQuantity"].pop("value")),
    "element": ("valueQuantity", lambda one: one.pop("valueQuantity")),
    "code of our own": ("valueCodeableConcept", lambda one: one["valueCodeableConcept"].update(coding=[LOCAL])),
    "range": ("valueQuantity", lambda one: one.update(valueRange={"low": one.pop("valueQuantity")})),
    "words": ("valueString", lambda one: one.update(_valueString=EXTENDED) or one.pop("valueString")),
    "yes or no": ("valueBoolean", lambda one: one.pop("valueBoolean")),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ALL_OF)
def test_an_answer_without_what_was_answered_is_said_to_be_left_out(name: str, kind: str) -> None:
    element, change = ALL_OF[name]
    found, path = changed("Observation", change, kind, element)
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("answer-not-restored", path)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["number", "element", "range"])
def test_a_size_without_one_of_its_axes_is_no_size(name: str, kind: str) -> None:
    found, _ = changed("Observation", ALL_OF[name][1], kind, "valueQuantity")
    assert found.draft is not None
    assert not [item for group in found.draft.groups for item in group.items if item.field_id == "size"]


ELEMENTS: dict[str, tuple[str, str, Json]] = {
    "cause": ("Condition", "code", {"text": "anemia"}),
    "who told": ("Communication", "sender", {"reference": "Practitioner/7"}),
    "medication": ("MedicationStatement", "effectivePeriod", {"end": "2020"}),
}


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("name", ELEMENTS)
def test_an_element_that_says_nothing_that_is_read_is_said_to_be_left_out(name: str, kind: str) -> None:
    type_, element, value = ELEMENTS[name]
    found, path = changed(type_, lambda one: one.update({element: value}), kind, element)
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("answer-not-restored", path)]


AROUND: dict[str, Callable[[Json], object]] = {
    "an answer listed twice": lambda one: one["hasMember"].append(one["hasMember"][0]),
    "its identifiers twice": lambda one: one.update(identifier=2 * one["identifier"]),
    "a code of its own": lambda one: one.update(code={"coding": [LOCAL]}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", AROUND)
def test_what_was_repeated_or_coded_otherwise_around_a_lesion_takes_and_adds_nothing(name: str, kind: str) -> None:
    plain, _ = changed("Observation", lambda one: one, kind)
    found, _ = changed("Observation", AROUND[name], kind, "bodySite", "hasMember")
    assert found.draft is not None
    assert (found.draft, found.issues) == (plain.draft, ())


UNDONE = {
    **dict.fromkeys([("Communication", state) for state in ("preparation", "in-progress", "on-hold", "stopped")]),
    ("Procedure", "preparation"): None,
}


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(("type_", "state"), UNDONE)
def test_what_was_not_done_yet_is_not_read_as_done(type_: str, state: str, kind: str) -> None:
    found, path = changed(type_, lambda one: one.update(status=state), kind)
    assert found.draft is not None
    assert [(one.rule_id, one.severity.value, one.where.path) for one in found.issues] == [
        ("fhir-negated", "warning", path)
    ]
    answers = [item.value for group in found.draft.groups for item in group.items]
    assert (Text("Dr B") in answers) == (type_ != "Communication")


def is_in(kind: str, type_: str) -> bool:
    """Whether a kind of bundle has resources of a type; documents of HL7 Europe have few."""
    return not kind.endswith("document") or type_ in ("Observation", "Procedure")


ADDED: dict[str, tuple[str, tuple[str, ...], dict[str, Json]]] = {
    "Observation": (
        "Observation",
        ("valueQuantity",),
        {"interpretation": [{"text": "high"}], "referenceRange": [{"text": "< 10"}], "note": [{"text": "blurred"}]},
    ),
    "Condition": ("Condition", (), {"onsetString": "childhood"}),
    "Procedure": ("Procedure", (), {"outcome": {"text": "stopped early"}}),
    "ServiceRequest": ("ServiceRequest", ("supportingInfo",), {"priority": "urgent"}),
    "Communication": ("Communication", (), {"priority": "urgent", "received": "2026-05-04T11:00:00Z"}),
}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in ADDED for kind in KINDS if is_in(kind, name)])
def test_what_was_added_to_an_answer_is_said_to_be_left_out(name: str, kind: str) -> None:
    type_, names, elements = ADDED[name]
    found, path = changed(type_, lambda one: one.update(elements), kind, *names)
    assert found.draft is not None
    said = {(one.rule_id, one.severity.value, one.where.path) for one in found.issues}
    places = {element.replace("onsetString", "onset.ofType(string)") for element in elements}
    assert said == {("fhir-not-read", "warning", f"{path}.{place}") for place in places}


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(
    ("element", "system", "code"),
    [
        ("verificationStatus", "condition-ver-status", "differential"),
        ("clinicalStatus", "condition-clinical", "resolved"),
    ],
)
def test_a_state_of_a_cause_that_no_answer_stands_for_is_said(element: str, system: str, code: str, kind: str) -> None:
    concept = {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}
    found, path = changed("Condition", lambda one: one.update({element: concept}), kind)
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("answer-not-restored", f"{path}.{element}")]


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_state_of_a_cause_may_be_said_in_other_codes_too(kind: str) -> None:
    snomed = {"system": "http://snomed.info/sct", "code": "410605003"}
    found, _ = changed("Condition", lambda one: one["verificationStatus"]["coding"].append(snomed), kind)
    assert found.draft is not None
    assert found.issues == ()


PART = [{"code": {"text": "texture"}, "valueString": "soft"}]
ROOT = "hasMember"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("element", ["valueQuantity", "valueString", ROOT])
def test_parts_that_were_added_to_an_answer_take_nothing_from_it(element: str, kind: str) -> None:
    plain, _ = changed("Observation", lambda one: one, kind, element)
    found, path = changed("Observation", lambda one: one.update(component=PART), kind, element)
    assert (found.draft, found.context) == (plain.draft, plain.context)
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("fhir-not-read", f"{path}.component")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_was_added_to_a_group_is_said_to_be_left_out(kind: str) -> None:
    found, path = changed("Observation", lambda one: one.update(valueString="unlikely malignant"), kind, ROOT)
    assert found.draft is not None
    (issue,) = found.issues
    assert (issue.rule_id, issue.where.path) == ("fhir-not-read", f"{path}.value.ofType(string)")


SAME = (
    ("10*9/L", "10^9/L"),
    ("10*9/L", "G/l"),
    ("10*3/uL", "K/uL"),
    ("mL", "cm3"),
    ("g/ml{SUVbw}", "g/mL"),
    ("/s", "Hz"),
)
OTHER = (("10*9/L", "g/L"), ("10*9/L", "10^6/L"), ("mL", "cm2"), ("g/ml{SUVbw}", "mg/mL"), ("mo", "m"))


@pytest.mark.parametrize(("code", "unit"), SAME + OTHER)
def test_a_unit_may_be_written_as_laboratories_do(code: str, unit: str) -> None:
    stated = {"value": 5, "system": "http://unitsofmeasure.org", "code": code, "unit": unit}
    found, _ = changed("Observation", lambda one: one.update(valueQuantity=stated), KINDS[0], "valueQuantity")
    assert ("fhir-contradiction" in {one.rule_id for one in found.issues}) == ((code, unit) in OTHER)


@pytest.mark.parametrize("kind", KINDS)
def test_a_size_in_two_units_is_no_size(kind: str) -> None:
    stated = {"unit": "cm", "code": "cm"}
    found, path = changed("Observation", lambda one: one["valueQuantity"].update(stated), kind, "valueQuantity")
    assert found.draft is not None
    assert not [item for group in found.draft.groups for item in group.items if item.field_id == "size"]
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("answer-not-restored", path)]


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(
    "type_", ["Procedure", "Condition", "MedicationStatement", "ServiceRequest", "Communication", "Observation"]
)
def test_a_note_is_a_remark_or_is_said_to_be_left_out(type_: str, kind: str) -> None:
    words = "stopped early"
    names = {"ServiceRequest": ("supportingInfo",), "Observation": ("hasMember",)}.get(type_, ())
    found, path = changed(type_, lambda one: one.update(note=[{"text": words}]), kind, *names)
    assert found.draft is not None
    said = ("fhir-not-read", f"{path}.note") in {(one.rule_id, one.where.path) for one in found.issues}
    assert said == (Text(words) not in [item.value for group in found.draft.groups for item in group.items])


def by_reference(medication: Json) -> None:
    del medication["medicationCodeableConcept"]
    inner = {"resourceType": "Medication", "id": "m", "code": {"text": "ruxolitinib"}}
    medication.update(contained=[inner], medicationReference={"reference": "#m"})


def in_words(procedure: Json) -> None:
    del procedure["performedDateTime"]
    procedure["performedString"] = "in spring"


@pytest.mark.parametrize(
    ("type_", "change", "element"),
    [
        ("MedicationStatement", by_reference, "medication.ofType(Reference)"),
        ("Procedure", in_words, "performed.ofType(string)"),
        ("ServiceRequest", lambda one: one.update(asNeededBoolean=True), "asNeeded.ofType(boolean)"),
    ],
)
def test_an_answer_in_a_type_that_is_not_read_is_said_to_be_left_out(
    type_: str, change: Callable[[Json], object], element: str
) -> None:
    names = ("supportingInfo",) if type_ == "ServiceRequest" else ()
    found, path = changed(type_, change, KINDS[0], *names)
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("fhir-not-read", f"{path}.{element}")]
