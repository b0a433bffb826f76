"""What another system took from a report or put in other words: nothing of it goes without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emh_report import import_report
from emh_report.context import ReportStatus
from emh_report.draft import Coded, Group, Item, Measurement, Text
from emh_report.export import fhir
from emh_report.intake import draft
from emh_report.intake.content import read_json
from emh_report.intake.imports import Imported
from emh_report.intake.leftovers import concluded
from emh_report.intake.view import View
from emh_report.plan import GroupPlan
from tests.fhir_reports import complete
from tests.strategies import catalog
from tests.test_intake import in_kind, in_state
from tests.test_intake_added import KINDS, changed

Json = Any
Change = Callable[[Json], object]
OBSERVABLE = "https://emh-report.test/fhir/CodeSystem/observable"
PARTS = "https://emh-report.test/fhir/CodeSystem/observable-part"


def observed(kind: str, is_meant: Callable[[Json], bool], change: Change) -> tuple[Imported, list[str]]:
    """Return what is read where every Observation that is meant was changed, and their paths."""
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    bundle = read_json(content)
    paths = []
    for number, entry in enumerate(bundle["entry"]):
        if entry["resource"]["resourceType"] == "Observation" and is_meant(entry["resource"]):
            change(entry["resource"])
            paths.append(f"Bundle.entry[{number}].resource")
    return import_report(catalog(), fhir.to_json(bundle)), paths


def codes(observation: Json) -> set[tuple[str, str]]:
    return {(one["system"], one["code"]) for one in observation["code"].get("coding", ())}


def without(system: str) -> Change:
    def change(observation: Json) -> None:
        concept = observation["code"]
        concept["coding"] = [one for one in concept["coding"] if one["system"] != system]

    return change


def answers(found: Imported) -> list[Item]:
    assert found.draft is not None
    return [item for group in found.draft.groups for item in group.items]


def said(found: Imported) -> list[tuple[str, str]]:
    return sorted((one.rule_id, one.where.path) for one in found.issues)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("axes", [("size.axis-1",), ("size.axis-2",), ("size.axis-1", "size.axis-2")])
def test_axes_that_no_longer_say_which_one_they_are_are_no_sizes(axes: tuple[str, ...], kind: str) -> None:
    sizes = {(PARTS, f"size.axis-{n}") for n in (1, 2)}
    _, both = observed(kind, lambda one: bool(sizes & codes(one)), lambda one: one)
    stripped = {(PARTS, axis) for axis in axes}
    found, _ = observed(kind, lambda one: bool(stripped & codes(one)), without(PARTS))
    assert not [item for item in answers(found) if isinstance(item.value, Measurement)]
    assert said(found) == sorted(("answer-not-restored", path) for path in both)


@pytest.mark.parametrize("kind", KINDS)
def test_one_axis_of_two_is_no_size(kind: str) -> None:
    def without_own(observation: Json) -> None:
        observation["code"] = {"text": "axis"}

    _, (other,) = observed(kind, lambda one: (PARTS, "size.axis-1") in codes(one), lambda one: one)
    found, (path,) = observed(kind, lambda one: (PARTS, "size.axis-2") in codes(one), without_own)
    assert not [item for item in answers(found) if isinstance(item.value, Measurement)]
    assert said(found) == [("answer-not-restored", other), ("fhir-not-read", path)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_conclusion_that_no_longer_says_what_it_answers_is_said_to_be_left_out(kind: str) -> None:
    conclusion = Item("emh-conclusion", Coded("present"))
    assert conclusion in answers(observed(kind, lambda _: False, lambda one: one)[0])
    found, (path,) = observed(kind, lambda one: (OBSERVABLE, "emh-conclusion") in codes(one), without(OBSERVABLE))
    assert conclusion not in answers(found)
    assert [one for one in said(found) if not one[1].endswith(".conclusionCode")] == [("answer-not-restored", path)]


PERIOD = {"start": "2026-05-01", "end": "2026-05-03"}


def performed(period: Json) -> Change:
    def change(procedure: Json) -> None:
        (name,) = (one for one in procedure if one.endswith("DateTime"))
        del procedure[name]
        procedure[name.replace("DateTime", "Period")] = period

    return change


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("period", [PERIOD, {"start": "2026-05-01"}, {"end": "2026-05-03"}])
def test_a_time_of_the_examination_as_a_period_is_said_to_be_left_out(period: Json, kind: str) -> None:
    found, path = changed("Procedure", performed(period), kind)
    assert "exam-date" not in [item.field_id for item in answers(found)]
    element = "performed" if "r4" in kind else "occurrence"
    assert said(found) == [("fhir-not-read", f"{path}.{element}.ofType(Period)")]


@pytest.mark.parametrize("kind", KINDS[:2])
def test_the_end_of_a_drug_is_said_to_be_left_out(kind: str) -> None:
    found, path = changed("MedicationStatement", lambda one: one["effectivePeriod"].update(end="2026-01"), kind)
    assert "drug-start" in [item.field_id for item in answers(found)]
    assert said(found) == [("fhir-not-read", f"{path}.effective.ofType(Period)")]


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(("type_", "value"), [("dateTime", "2027-01-01"), ("Period", PERIOD)])
def test_another_time_of_advice_is_said_to_be_left_out(type_: str, value: Json, kind: str) -> None:
    def change(advice: Json) -> None:
        del advice["occurrenceTiming"]
        advice[f"occurrence{type_[0].upper()}{type_[1:]}"] = value

    found, path = changed("ServiceRequest", change, kind, "occurrenceTiming")
    assert said(found) == [("fhir-not-read", f"{path}.occurrence.ofType({type_})")]


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(
    ("type_", "state"), [("Procedure", "stopped"), ("Procedure", "on-hold"), ("Communication", "unknown")]
)
def test_a_state_that_no_answer_stands_for_is_said(type_: str, state: str, kind: str) -> None:
    found, path = changed(type_, lambda one: one.update(status=state), kind)
    assert said(found) == [("answer-not-restored", f"{path}.status")]


def test_a_drug_that_was_stopped_is_said() -> None:
    found, path = changed("MedicationStatement", lambda one: one.update(status="stopped"))
    assert said(found) == [("answer-not-restored", f"{path}.status")]


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_state_of_a_cause_in_codes_of_others_alone_is_said(kind: str) -> None:
    local = {"coding": [{"system": "https://x.test/states", "code": "confirmed"}]}
    found, path = changed("Condition", lambda one: one.update(verificationStatus=local), kind)
    assert "cause-status" not in [item.field_id for item in answers(found)]
    assert said(found) == [("answer-not-restored", f"{path}.verificationStatus")]


@pytest.mark.parametrize("kind", KINDS[:2])
def test_somebody_beside_whom_was_told_is_said_to_be_left_out(kind: str) -> None:
    other = {"reference": "Practitioner/7"}
    found, path = changed("Communication", lambda one: one["recipient"].append(other), kind)
    assert Item("communicated-to", Text("Dr B")) in answers(found)
    assert said(found) == [("answer-not-restored", path)]


def test_a_conclusion_is_looked_for_once_however_many_impressions_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[KINDS[0]])
    assert content is not None
    bundle = read_json(content)
    entry = next(one for one in bundle["entry"] if "/impression/" in str(one["resource"].get("identifier")))
    for number in range(5):
        own, group = entry["resource"]["identifier"]
        group = {**group, "value": f"{group['value'].rpartition('/')[0]}/further-{number}"}
        resource = {**entry["resource"], "identifier": [own, group]}
        bundle["entry"].append(
            {**entry, "fullUrl": f"urn:uuid:00000000-0000-4000-8000-{number:012}", "resource": resource}
        )
    sought: list[str] = []

    def counted(found: View, plan: GroupPlan, group: Group) -> Group:
        sought.append(group.uid)
        return concluded(found, plan, group)

    monkeypatch.setattr(draft, "concluded", counted)
    found = import_report(catalog(), fhir.to_json(bundle))
    assert found.draft is not None
    assert len([one for one in found.draft.groups if one.group_id == "impression"]) == 6
    assert len(sought) == 1
    assert Item("emh-conclusion", Coded("present")) in answers(found)
