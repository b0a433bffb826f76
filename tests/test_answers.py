"""Responses that are refused, and what is said of them; what a context fills in; the commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emh_report.cli import main
from emh_report.context import Order, Patient, Study
from emh_report.draft import Coded, DateTime, Group, Item, Text
from emh_report.errors import InputError
from emh_report.intake.answers import read_answers
from emh_report.prefill import prefill
from emh_report.wire.draft_file import read_draft_file
from tests.case_files import CASES, SYNTHETIC, catalog, read_case, read_report
from tests.questionnaires import in_order, response_of

Json = dict[str, Any]

DRAFT = SYNTHETIC / "emh-minimal" / "draft-a.json"
CONTEXT = SYNTHETIC / "emh-minimal" / "context-a.json"
CODING = {"system": "https://emh-report.test/fhir/CodeSystem/site", "code": "liver"}


@pytest.fixture
def response() -> Json:
    draft, context = read_report(DRAFT, CONTEXT)
    found: Json = json.loads(response_of(catalog().plan(draft.template_id).template, draft, context))
    return found


def item(parent: Json, link_id: str) -> Json:
    """The first item of that link id at any depth."""
    for one in parent["item"]:
        if one["linkId"] == link_id:
            return dict.__ior__(one, {})
        if "item" in one:
            try:
                return item(one, link_id)
            except LookupError:
                continue
    raise LookupError(link_id)


def refused(response: Json) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_answers(catalog(), json.dumps(response).encode())
    return list(caught.value.violations)


def test_the_unchanged_response_is_read(response: Json) -> None:
    assert read_answers(catalog(), json.dumps(response).encode()).issues == ()


def site(change: Callable[[Json], object]) -> Callable[[Json], object]:
    """Change the first answer to the question for the site."""
    return lambda response: change(item(response, "finding.site")["answer"][0])


MISTAKES: dict[str, tuple[Callable[[Json], object], str]] = {
    "no questionnaire": (lambda r: r.pop("questionnaire"), "address of one of our Questionnaires"),
    "another template": (lambda r: r.update(questionnaire=r["questionnaire"].replace("minimal", "none")), "installed"),
    "another version": (lambda r: r.update(questionnaire=r["questionnaire"].replace("|1", "|9")), "installed"),
    "stopped": (lambda r: r.update(status="stopped"), "completed"),
    "modifier": (lambda r: r.update(modifierExtension=[{}]), "cannot be read: modifierExtension"),
    "unknown item": (lambda r: r["item"].append({"linkId": "findings"}), "did you mean finding"),
    "item without link id": (lambda r: r["item"].append({}), "a link id is needed"),
    "items as an object": (lambda r: r.update(item={}), "a list is needed"),
    "answers of a group": (lambda r: item(r, "finding").update(answer=[]), "a group has items"),
    "unknown element": (lambda r: item(r, "finding").update(value="x"), "that items do not have: value"),
    "unknown question": (
        lambda r: item(r, "finding")["item"].append({"linkId": "finding.sites"}),
        "did you mean finding.site",
    ),
    "unknown code": (site(lambda a: a["valueCoding"].update(code="liverr")), "not one of the answers"),
    "code of another list": (site(lambda a: a["valueCoding"].update(system="http://snomed.info/sct")), "not one of"),
    "code without system": (site(lambda a: a["valueCoding"].pop("system")), "a code with its system"),
    "wrong display": (site(lambda a: a["valueCoding"].update(display="Liver ")), "display does not belong"),
    "text for a code": (site(lambda a: a.update(valueString=a.pop("valueCoding")["code"])), "valueCoding is needed"),
    "two values": (site(lambda a: a.update(valueString="liver")), "one value is needed"),
    "no value": (site(lambda a: a.clear()), "one value is needed"),
    "item below an answer": (site(lambda a: a.update(item=[{"linkId": "x"}])), "nothing is asked below"),
    "two answers": (
        lambda r: item(r, "finding.site")["answer"].append({"valueCoding": CODING}),
        "one answer is taken here",
    ),
    "empty text": (lambda r: item(r, "impression.impression").update(answer=[{"valueString": " "}]), "is empty"),
    "control character": (
        lambda r: item(r, "impression.impression")["answer"][0].update(valueString="\x1b"),
        "control",
    ),
    "bad uid": (lambda r: item(r, "finding:uid")["answer"][0].update(valueString="a b"), "letters, digits"),
    "impossible date": (
        lambda r: item(r, "procedure.exam-date").update(answer=[{"valueDate": "2026-02-30"}]),
        "that exists",
    ),
    "unknown mode": (lambda r: item(r, ":draft.mode")["answer"][0].update(valueString="solo"), "a mode is one of"),
    "group asked once": (lambda r: r["item"].append(dict(item(r, "procedure"))), "asked once only"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_path(mistake: str, response: Json) -> None:
    change, words = MISTAKES[mistake]
    change(response)
    violations = refused(response)
    assert any(words in reason for _, reason in violations), violations
    assert all(path.startswith("QuestionnaireResponse") for path, _ in violations)


def test_no_answer_is_repeated_in_a_message(response: Json) -> None:
    item(response, "finding.site")["answer"][0]["valueCoding"]["code"] = "secret-7"
    item(response, "impression.impression")["answer"][0] = {"valueInteger": 770077}
    assert "77" not in str([reason for _, reason in refused(response)])


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"<QuestionnaireResponse/>", b'{"resourceType": "Bundle"}', b"\xff", b'{"a":1,"a":2}']
)
def test_what_is_no_response_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_answers(catalog(), content)


def test_a_new_entry_gets_an_identity(response: Json) -> None:
    for one in response["item"]:
        one["item"] = [part for part in one.get("item", []) if part["linkId"] != "finding:uid"]
    answers = read_answers(catalog(), json.dumps(response).encode())
    assert [group.uid for group in answers.draft.groups if group.group_id == "finding"] == ["finding-1", "finding-2"]
    assert {issue.rule_id for issue in answers.issues} == {"uid-assigned"}


def test_words_of_an_answer_that_was_taken_back_are_named(response: Json) -> None:
    words = {"linkId": "finding.site.text.other", "answer": [{"valueString": "behind the ear"}]}
    item(response, "finding")["item"].append(words)
    answers = read_answers(catalog(), json.dumps(response).encode())
    assert [issue.rule_id for issue in answers.issues] == ["words-left-out"]


# --- what a context fills in -----------------------------------------------------------------------------------------


def test_studies_and_orders_fill_in_what_they_tell() -> None:
    context = read_case(CASES / "emh-case-020").context
    filled = prefill(catalog().plan("emh-ct-body").template, context)
    reason = tuple(Item("indication", Text(order.reason)) for order in context.orders if order.reason)
    read = tuple(Item("modality", Coded(code)) for study in context.studies for code in study.modalities)
    date = Item("exam-date", DateTime(context.exam_date))
    assert filled.groups[0] == Group("procedure", "procedure", (*read, date))
    assert [group for group in filled.groups if group.group_id == "clinical"] == (
        [Group("clinical", "clinical", reason)] if reason else []
    )
    organs = [group.items[0].value for group in filled.groups if group.group_id == "organ"]
    assert organs == [Coded(code) for code in catalog().plan("emh-ct-body").template.groups["organ"].required_keys]


def test_what_is_not_certain_is_left_to_the_author() -> None:
    context = read_case(CASES / "emh-case-020").context
    odd = context.__class__(
        patient=Patient(),
        orders=(Order(reason="pain"), Order(reason="mass")),
        studies=(Study(modalities=("XX",), started="yesterday"),),
    )
    filled = prefill(catalog().plan("emh-mri-spine").template, odd)
    assert filled.groups == ()


# --- commands --------------------------------------------------------------------------------------------------------


def run(*arguments: str, content: bytes | None = None) -> bytes:
    result = CliRunner().invoke(main, arguments, input=content)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def test_commands_go_round(tmp_path: Path) -> None:
    draft, context = read_report(DRAFT, CONTEXT)
    file = tmp_path / "response.json"
    assert run("response", str(DRAFT), "--context", str(CONTEXT), "-o", str(file)) == b""
    written = run("answers", str(file))
    again, _ = read_draft_file(written)
    assert again == in_order(catalog().plan("emh-minimal").template, draft)
    assert context.report.version == 1


@pytest.mark.parametrize("release", ["r4", "r5"])
def test_a_questionnaire_is_written(release: str) -> None:
    assert json.loads(run("questionnaire", "emh-minimal", "--fhir", release))["resourceType"] == "Questionnaire"


def test_a_form_is_opened_with_what_is_known() -> None:
    filled = run("questionnaire", "emh-minimal", "--context", str(CONTEXT))
    assert read_answers(catalog(), filled).draft.groups[0].items


def test_a_response_to_another_form_has_exit_code_3(tmp_path: Path) -> None:
    file = tmp_path / "response.json"
    file.write_text('{"resourceType": "QuestionnaireResponse", "questionnaire": "http://x"}', encoding="utf-8")
    assert CliRunner().invoke(main, ["answers", str(file)]).exit_code == 3
