"""Questionnaires of all templates, and drafts there and back through their responses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.questionnaire import Questionnaire as QuestionnaireR5
from fhir.resources.questionnaireresponse import QuestionnaireResponse as ResponseR5
from fhir.resources.R4B.questionnaire import Questionnaire as QuestionnaireR4B
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse as ResponseR4B
from hypothesis import given
from hypothesis import strategies as st

from emh_report import own_codes
from emh_report.context import Context
from emh_report.draft import Draft, Override
from emh_report.export import questionnaire
from emh_report.export.fhir import urls
from emh_report.export.questionnaire import Release
from emh_report.intake.answers import read_answers
from emh_report.linkids import ABSENT, UCUM, canonical, facts_read
from emh_report.plan import Plan
from emh_report.template import Template
from tests import strategies
from tests.case_files import catalog
from tests.drawing import draws
from tests.questionnaires import every_report, in_order, response_of, tables

Json = dict[str, Any]

REPORTS = [pytest.param(draft, context, id=name) for name, draft, context in every_report()]
TEMPLATES = [pytest.param(template, id=template.id) for template in catalog().templates]
MODELS: dict[Release, tuple[Any, Any]] = {
    Release.R4: (QuestionnaireR4B, ResponseR4B),
    Release.R5: (QuestionnaireR5, ResponseR5),
}


def items(parent: Json) -> Iterator[Json]:
    """Every item, outer ones first."""
    for item in parent.get("item", []):
        yield item
        yield from items(item)


def read(template: Template, release: Release = Release.R4) -> Json:
    found: Json = json.loads(questionnaire.to_bytes(template, tables(), release))
    return found


def same(draft: Draft, other: Draft) -> bool:
    """Whether two drafts are equal; a comparison of pytest's own would explain the difference for minutes."""
    return draft == other


@pytest.mark.parametrize("release", Release)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_questionnaire_is_one(template: Template, release: Release) -> None:
    found = MODELS[release][0].model_validate_json(questionnaire.to_bytes(template, tables(), release))
    assert (found.get_resource_type(), len(found.item) > 0) == ("Questionnaire", True)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_question_is_there_once(template: Template) -> None:
    link_ids = [item["linkId"] for item in items(read(template))]
    assert len(link_ids) == len(set(link_ids))
    fields = {f"{group.id}.{name}" for group in template.groups.values() for name in group.fields}
    assert fields <= set(link_ids)


@pytest.mark.parametrize("template", TEMPLATES)
def test_conditions_and_value_sets_are_there(template: Template) -> None:
    content = read(template)
    link_ids = {item["linkId"] for item in items(content)}
    contained = {f"#{one['id']}" for one in content["contained"]}
    assert {test["question"] for item in items(content) for test in item.get("enableWhen", [])} <= link_ids
    assert {item["answerValueSet"] for item in items(content) if "answerValueSet" in item} == contained


def test_systems_are_those_of_the_report() -> None:
    assert {code.system for code in ABSENT.values()} >= {own_codes.ABSENT}
    assert UCUM == urls.UCUM


@pytest.mark.parametrize(("draft", "context"), REPORTS)
def test_a_report_comes_back(draft: Draft, context: Context) -> None:
    template = catalog().plan(draft.template_id, draft.template_version).template
    content = response_of(template, draft, context)
    for _, model in MODELS.values():
        model.model_validate_json(content)
    answers = read_answers(catalog(), content)
    assert same(answers.draft, in_order(template, draft))
    assert answers.issues == ()
    assert answers.facts == ((("focus", context.focus),) if "focus" in facts_read(template) else ())


@draws(60)
@given(st.data())
def test_any_draft_comes_back(data: st.DataObject) -> None:
    plan: Plan = data.draw(strategies.plans())
    draft: Draft = data.draw(strategies.drafts(plan))
    overrides = (Override("S07a", "finding-1", "seen in two planes"), Override("S01", "", "words"))
    draft = draft._replace(template_hash=plan.template.content_hash, overrides=overrides)
    answers = read_answers(catalog(), response_of(plan.template, draft, data.draw(strategies.contexts())))
    assert same(answers.draft, in_order(plan.template, draft))
    assert answers.issues == ()


def test_the_address_names_template_and_version() -> None:
    template = catalog().templates[0]
    content = read(template)
    assert (content["url"], content["version"]) == (canonical(template), template.version)


def test_no_answer_is_demanded_where_it_is_open_whether_the_question_is_asked() -> None:
    template = catalog().plan("emh-followup").template
    known = {item["linkId"]: item for item in items(read(template))}
    assert template.groups["finding"].fields["t1-reference"].required
    assert "required" not in known["finding.t1-reference"]  # shown when the signal is not evaluable, too
    assert known["finding.presence"]["required"]
