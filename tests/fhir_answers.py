"""Every answer of a report is in its bundle: coded or typed, and as it was given."""

from __future__ import annotations

from typing import Final

from emh_report.codes import CANONICAL
from emh_report.draft import Absent, Boolean, Date, DateTime, Image, Integer, Text
from emh_report.report import Amount, Axes, Choice, LevelRange, Report, ReportGroup, ReportItem
from tests.fhir_json import Json, codes, nodes, urn, value_names

ELEMENTS: Final = {
    "site": "the body site of the lesion",
    "organ": "the body site of the organ",
    "complication": "the code of the complication",
    "complication-presence": "the value of the complication",
    "cause": "the code of the condition",
    "cause-status": "the verification status of the condition",
    "drug": "the medication",
    "drug-start": "the period of the medication statement",
    "exam-date": "the time of the procedure",
    "body-region": "the body site of the procedure",
    "emh-conclusion": "the value of the diagnosis, or words",
    "recommendation": "the code of the request",
    "recommendation-modality": "the detail of the request",
    "recommendation-contingency": "the precondition of the request",
    "communicated-by": "the sender",
    "communicated-to": "the recipient",
    "communication-method": "the medium",
    "communication-time": "the time of the message",
    "communication-content": "the payload",
    "remark": "a note",
}
"""Questions whose answers may be an element of a resource instead of an Observation of their own."""

TRANSLATED: Final = {"cause-status", "complication-presence", "emh-conclusion"}
"""Of those, the ones whose element has a code of FHIR or of the diagnosis instead of the term itself."""


def check_answers(bundle: Json, report: Report) -> None:
    """Every answer is there, coded or typed, in an Observation of its own or in an element of its group's resource."""
    observations = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    strings = {value for _, value in nodes(bundle) if isinstance(value, str)}
    own = {
        (value["system"], value["code"])
        for path, value in nodes(bundle)
        if path.endswith(".coding") and isinstance(value, dict) and "system" in value
    }
    for group in report.groups:
        ordinals: dict[str, int] = {}
        for item in group.items:
            found = [observations.get(urn(report, *name)) for name in _names(group, item, ordinals)]
            if all(found):
                _check_value(item, [resource for resource in found if resource])
                continue
            assert item.field.id in ELEMENTS, f"{group.definition.id}.{item.field.id} is lost"
            assert _is_element(item, strings, own), f"{item.field.id} is lost"
    for lost in report.unresolved:
        assert lost.as_typed in strings or not lost.as_typed.strip(), "an answer that was not accepted is lost"


def check_kept(bundle: Json, report: Report) -> None:
    """Every warning that was kept is there with rule, words and reason, and is found from report and sections."""
    code = (f"{CANONICAL}/CodeSystem/statement", "kept-warning")
    entries = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"]
    found = {entry["fullUrl"]: entry["resource"] for entry in entries if code in codes(entry["resource"]["code"])}
    said = [
        (rule["coding"][0]["code"], rule["text"], resource["note"][0]["text"])
        for resource in found.values()
        for rule in [resource["valueCodeableConcept"]]
    ]
    kept = [(issue.rule_id, issue.message, issue.override_reason) for issue in report.issues if issue.override_reason]
    assert said == kept, "a kept warning is lost"
    for resource in (entry["resource"] for entry in bundle["entry"]):
        listed = resource.get("result", [])
        for section in resource.get("section", []):
            listed = [*listed, *section.get("entry", [])]
        if resource["resourceType"] in ("DiagnosticReport", "Composition"):
            assert found.keys() <= {reference.get("reference") for reference in listed}


def _names(group: ReportGroup, item: ReportItem, ordinals: dict[str, int]) -> list[tuple[str, ...]]:
    """Return the names of the Observations that an answer should have become."""
    name: tuple[str, ...] = (group.uid, item.field.id)
    if item.field.repeats:
        ordinals[item.field.id] = ordinals.get(item.field.id, 0) + 1
        chosen = isinstance(item.value, Choice)
        name += (item.value.term.code if isinstance(item.value, Choice) else str(ordinals[item.field.id]),)
        if chosen:
            ordinals[item.field.id] -= 1
    if isinstance(item.value, Axes):
        return [(*name, f"axis-{position}") for position in range(1, len(item.value.texts) + 1)]
    if isinstance(item.value, LevelRange):
        parts = ("upper", "lower", *(("numbering",) if item.value.numbering else ()))
        return [(*name, part) for part in parts]
    return [name]


def _check_value(item: ReportItem, found: list[Json]) -> None:
    """Check that the Observations of an answer say what was answered."""
    own = (item.field.concept.system, item.field.concept.code)
    assert all(own in codes(resource["code"]) for resource in found), item.field.id
    value, first = item.value, found[0]
    match value:
        case Choice(term, text) if "valueCodeableConcept" in first:
            assert (term.concept.system, term.code) in codes(first["valueCodeableConcept"])
            assert text in first["valueCodeableConcept"]["text"]
        case Choice(term, text):
            assert item.field.id == "emh-conclusion"
            assert first["valueString"].startswith(term.display)
            assert text in first["valueString"]
        case Amount() | Axes():
            texts = value.texts if isinstance(value, Axes) else (value.text,)
            assert [str(one["valueQuantity"]["value"]) for one in found] == list(texts)
            assert {one["valueQuantity"]["code"] for one in found} == {value.unit.code}
        case LevelRange(upper, lower, numbering):
            terms = [upper, lower, *([numbering] if numbering else [])]
            for one, term in zip(found, terms, strict=True):
                assert (term.concept.system, term.code) in codes(one["valueCodeableConcept"])
        case Image():
            sent = [str(part[name]) for part in first["component"] for name in value_names(part)]
            typed = [value.study_instance_uid, value.series_instance_uid, value.sop_class_uid, value.sop_instance_uid]
            numbers = [number for number in (value.series_number, value.instance_number, *value.frames) if number]
            assert sent == [uid for uid in typed if uid] + [str(number) for number in numbers]
        case Absent():
            assert first["dataAbsentReason"]["text"].lower().replace(" ", "-") == value.value
        case Integer() | Boolean() | Date() | DateTime() | Text():
            assert [first[name] for name in value_names(first)] == [value.value]


def _is_element(item: ReportItem, strings: set[str], own: set[tuple[str, str]]) -> bool:
    """Whether the bundle has the answer somewhere: its own code, or its words."""
    value = item.value
    if isinstance(value, Choice):
        coded = (value.term.concept.system, value.term.code) in own or item.field.id in TRANSLATED
        return coded and any(value.text in text for text in strings)
    if isinstance(value, Absent):
        return item.field.id == "complication-presence"
    return isinstance(value, Text | Date | DateTime) and value.value in strings
