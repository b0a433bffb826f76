"""Our Questionnaires with Observation templates, extracted by @aehrc/sdc-template-extract, which others wrote.

`make smart-forms` installs it: Smart Forms brings it along.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emh_report import own_codes, questionnaires
from emh_report.draft import Absent, Coded, Draft, Item, Quantity, Text
from emh_report.export.questionnaire import Release
from emh_report.linkids import ABSENT
from emh_report.template import Template
from tests.case_files import CASES, SYNTHETIC, catalog, read_case, read_report, synthetic_context
from tests.conftest import ROOT

INSTALLED = ROOT / "build" / "smart-forms"
SCRIPT = ROOT / "tests" / "node" / "extract.mjs"

Json = dict[str, Any]


def form(template_id: str, release: Release = Release.R4) -> Json:
    content = questionnaires.questionnaire(catalog(), template_id, release, extraction="template").content
    found: Json = json.loads(content)
    return found


@pytest.fixture(scope="module")
def extract(component: Callable[[str], Path]) -> Callable[[Json, bytes], list[Json]]:
    node = component("node")
    if not (INSTALLED / "node_modules" / "@aehrc" / "sdc-template-extract").is_dir():
        pytest.skip("@aehrc/sdc-template-extract is not installed; `make smart-forms` installs it, and .ci/run does")

    def extracted(questionnaire: Json, response: bytes) -> list[Json]:
        asked = json.dumps({"questionnaire": questionnaire, "response": json.loads(response)})
        done = subprocess.run([node, SCRIPT], cwd=INSTALLED, input=asked, capture_output=True, text=True, check=True)
        return [entry["resource"] for entry in json.loads(done.stdout)["entry"]]

    return extracted


def observed(draft: Draft, template: Template) -> Iterator[tuple[str, set[tuple[str, str, str]]]]:
    """Yield group and answers (question, system, value) of each entry, as the templates must find them."""
    marked = {item["linkId"] for group in form(template.id)["item"] for item in group["item"] if is_marked(item)}
    for group in draft.groups:
        fields = template.groups[group.group_id].fields
        items = [item for item in group.items if f"{group.group_id}.{item.field_id}" in marked]
        found = {value_of(item, fields[item.field_id].vocabulary) for item in items}
        if found:
            yield group.group_id, found


def is_marked(item: Json) -> bool:
    return any(one["url"].endswith("observationExtract") for one in item.get("extension", []))


def value_of(item: Item, vocabulary: Any) -> tuple[str, str, str]:  # noqa: ANN401 - a vocabulary or None
    value = item.value
    if isinstance(value, Coded):
        return item.field_id, vocabulary.url, value.code
    if isinstance(value, Absent):
        return item.field_id, ABSENT[value].system, ABSENT[value].code
    if isinstance(value, Quantity):
        return item.field_id, value.unit, f"{float(value.value):g}"
    return item.field_id, "", value.value if isinstance(value, Text) else str(value)


def stated(observation: Json) -> set[tuple[str, str, str]]:
    return {_stated(component) for component in observation["component"]}


def _stated(component: Json) -> tuple[str, str, str]:
    question = next(one["code"] for one in component["code"]["coding"] if one["system"] == own_codes.OBSERVABLES)
    coded = component.get("valueCodeableConcept") or component.get("dataAbsentReason")
    if coded:
        return question, coded["coding"][0]["system"], coded["coding"][0]["code"]
    if "valueQuantity" in component:
        return question, component["valueQuantity"]["code"], f"{component['valueQuantity']['value']:g}"
    return question, "", component["valueString"]


@pytest.mark.parametrize("case_id", ["emh-case-028", "emh-case-052", "emh-case-022"])
def test_every_marked_answer_becomes_a_component_of_its_lesion(
    case_id: str, extract: Callable[[Json, bytes], list[Json]]
) -> None:
    case = read_case(CASES / case_id)
    template = catalog().plan(case.draft.template_id).template
    response = questionnaires.response(catalog(), case.draft, case.context)
    found = extract(form(template.id), response)
    assert [(one["code"]["coding"][0]["code"], stated(one)) for one in found] == list(observed(case.draft, template))
    patient = case.context.patient.identifiers[0]
    assert {one["status"] for one in found} == {"preliminary"}
    assert {one["subject"]["identifier"]["value"] for one in found} == {patient.value}


def test_several_lesions_stay_apart(extract: Callable[[Json, bytes], list[Json]]) -> None:
    path = SYNTHETIC / "emh-ct-body" / "draft-a.json"
    draft, context = read_report(path, synthetic_context(path))
    found = extract(form("emh-ct-body"), questionnaires.response(catalog(), draft, context))
    lesions = [one for one in found if one["code"]["coding"][0]["code"] == "finding"]
    assert len(lesions) == len([group for group in draft.groups if group.group_id == "finding"]) > 1


@pytest.mark.parametrize("release", Release)
def test_templates_are_beside_the_other_marks(release: Release) -> None:
    plain = json.loads(questionnaires.questionnaire(catalog(), "emh-minimal", release).content)
    marked = form("emh-minimal", release)
    added = [one for one in marked["contained"] if one not in plain["contained"]]
    assert {one["resourceType"] for one in added} == {"Observation"}
    assert plain["contained"] == [one for one in marked["contained"] if one not in added]
    named = {f"#{one['id']}" for one in added}
    used = {
        part["valueReference"]["reference"]
        for group in marked["item"]
        for one in group.get("extension", [])
        if one["url"].endswith("templateExtract")
        for part in one["extension"]
    }
    assert used == named
