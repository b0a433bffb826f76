"""Published cases: every fact in a field, and the outputs that are expected. Fictional reports: complete and signable.

`make cases-write` rewrites tests/cases/*/expected; review the diff.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import json_format

from emh_report import pipeline
from emh_report.context import ReportStatus
from emh_report.draft import Absent, Coded, Draft, Item, Quantity, ReportMode, Text, Value
from emh_report.export import Format
from emh_report.issues import Severity
from emh_report.template import Template
from emh_report.v1 import context_pb2, draft_pb2
from scripts.case_facts import account, read_exclusions
from scripts.cases import expected, line_of, pretty, table
from tests.case_files import (
    Case,
    Fact,
    case_folders,
    catalog,
    read_case,
    read_json,
    read_report,
    synthetic_context,
    synthetic_drafts,
)
from tests.paper import possible

PUBLISHED = 45
NOT_OF_A_COMPANION = {Format.FHIR_R4_DOCUMENT, Format.FHIR_R5_DOCUMENT, Format.FHIR_R4_IMR}
MAY_REMAIN = ("missing-required", "critical-unflagged", "A", "C", "S02", "S05", "S13", "S18", "S21")
"""Issues that a published case may keep, by the beginning of the rule id: what its source leaves out, clinical rules.

Anything else, such as a code or a field that does not exist, would be a mistake of the transcription."""


def names(paths: list[Path]) -> list[str]:
    return [f"{path.parent.name}-{path.stem}" if path.suffix else path.name for path in paths]


@pytest.fixture(params=case_folders(), ids=names(case_folders()))
def case(request: pytest.FixtureRequest) -> Case:
    """Every published case."""
    return read_case(request.param)


@pytest.fixture(params=synthetic_drafts(), ids=names(synthetic_drafts()))
def synthetic(request: pytest.FixtureRequest) -> Path:
    """Every fictional draft."""
    path: Path = request.param
    return path


def test_all_published_cases_are_there() -> None:
    cases = [read_case(folder) for folder in case_folders()]
    assert len(cases) == PUBLISHED
    assert [case.published["id"].lower() for case in cases] == [case.id for case in cases]
    assert all(case.published["citation"]["url"] for case in cases)
    assert all(case.context.test_data for case in cases)


def test_every_fact_of_a_case_is_in_a_field(case: Case) -> None:
    found = account(case, read_exclusions())
    assert found.gaps == ()
    assert found.stated == found.in_fields > 0


def test_a_case_answers_only_what_its_template_asks(case: Case) -> None:
    verdict = pipeline.validate(catalog(), case.draft, case.context)
    errors = {issue.rule_id for issue in verdict.issues if issue.severity is Severity.ERROR}
    assert verdict.can_release_preliminary
    assert {rule for rule in errors if not rule.startswith(MAY_REMAIN)} == set()


def test_a_case_gives_what_is_expected(case: Case) -> None:
    written = {path.name: path.read_bytes() for path in (case.folder / "expected").iterdir()}
    files = expected(case)
    assert sorted(written) == sorted(files)
    assert {name for name, content in files.items() if content != written[name]} == set()


def json_files() -> Iterator[tuple[Path, draft_pb2.Draft | context_pb2.Context]]:
    for folder in case_folders():
        yield folder / "draft.json", draft_pb2.Draft()
        yield folder / "context.json", context_pb2.Context()
    for draft in synthetic_drafts():
        yield draft, draft_pb2.Draft()
        yield synthetic_context(draft), context_pb2.Context()


def test_files_are_the_json_form_of_the_contract_with_its_own_field_names() -> None:
    for path, message in json_files():
        json_format.Parse(path.read_text(encoding="utf-8"), message)
        assert json_format.MessageToDict(message, preserving_proto_field_name=True) == read_json(path), path


# --- the accounting itself -------------------------------------------------------------------------------------------


def some_case() -> Case:
    """Case 031: two measured masses with their sides, complications and a drug."""
    return next(read_case(folder) for folder in case_folders() if folder.name == "emh-case-031")


def changed(case: Case, field_id: str, value: Value | None) -> Case:
    """Return a case whose answers to one field are replaced, or left out."""
    groups = []
    for group in case.draft.groups:
        items = [item if item.field_id != field_id else Item(field_id, value) for item in group.items]
        groups.append(group._replace(items=tuple(item for item in items if item.value is not None)))
    return case._replace(draft=case.draft._replace(groups=tuple(groups)))


def gaps(case: Case) -> str:
    return "\n".join(account(case, read_exclusions()).gaps)


def test_a_missing_answer_is_a_gap() -> None:
    assert "there is no answer medication/anticoagulant/drug-name" in gaps(changed(some_case(), "drug-name", None))


@pytest.mark.parametrize(
    ("field_id", "value", "gap"),
    [
        ("laterality", Coded("right"), "there is no answer finding/lesion-1/laterality=left"),
        ("cause", Coded("idiopathic"), "there is no answer cause/cause-1/cause="),
        ("size", Quantity("9", "cm"), "other numbers were answered"),
        ("size", Quantity("9", "mm"), "another unit was answered"),
        ("complication-side", Coded("right"), "complication-side=left"),
        ("outcome-detail", Text("re-expanded"), "left is in no answer"),
        ("modality", Coded("MR"), "there is no answer procedure/procedure/modality=CT"),
    ],
)
def test_an_answer_that_disagrees_is_a_gap(field_id: str, value: Value, gap: str) -> None:
    assert gap in gaps(changed(some_case(), field_id, value))


def test_no_coded_answer_of_any_case_can_change_unnoticed(case: Case) -> None:
    template = catalog().plan(case.draft.template_id).template
    exclusions = read_exclusions()
    for g, group in enumerate(case.draft.groups):
        for i, item in enumerate(group.items):
            vocabulary = template.groups[group.group_id].fields[item.field_id].vocabulary
            if not vocabulary or not isinstance(item.value, Coded):
                continue
            other = next(code for code in vocabulary.terms if code != item.value.code)
            items = (*group.items[:i], item._replace(value=Coded(other, text="x")), *group.items[i + 1 :])
            groups = (*case.draft.groups[:g], group._replace(items=items), *case.draft.groups[g + 1 :])
            assert account(case._replace(draft=case.draft._replace(groups=groups)), exclusions).gaps, item


def test_a_case_whose_facts_name_no_code_has_gaps() -> None:
    case = some_case()
    facts = tuple(fact._replace(fields=tuple(field.partition("=")[0] for field in fact.fields)) for fact in case.facts)
    assert "does not name the answer" in gaps(case._replace(facts=facts))


def test_an_answer_without_a_source_is_a_gap() -> None:
    case = some_case()
    group = case.draft.groups[0]
    more = group._replace(items=(*group.items, Item("contrast", Coded("none"))))
    case = case._replace(draft=case.draft._replace(groups=(more, *case.draft.groups[1:])))
    assert "contrast=none: answered, but no fact leads to it" in gaps(case)


def test_words_that_no_statement_uses_are_a_gap() -> None:
    case = some_case()
    kept = tuple(fact for fact in case.facts if fact.value != "after a fall")
    assert "note: not accounted for: after, a, fall" in gaps(case._replace(facts=kept))


def test_a_remark_is_no_field_for_a_fact() -> None:
    case = some_case()
    group = case.draft.groups[0]
    draft = case.draft._replace(groups=(group._replace(items=(Item("remark", Coded("CT")),)), *case.draft.groups[1:]))
    facts = (Fact("modalities[0]", "CT", ("procedure/procedure/remark",)),)
    assert "a remark is no field for a fact" in gaps(case._replace(draft=draft, facts=facts))


def test_the_table_counts_every_fact() -> None:
    exclusions = read_exclusions()
    lines = [line_of(read_case(folder), exclusions) for folder in case_folders()[:3]]
    total = sum(line.account.stated for line in lines)
    assert table(lines).splitlines()[-1].split()[:4] == ["3", "cases", str(total), str(total)]


def test_pretty_json_keeps_every_digit() -> None:
    assert pretty(b'{"value": 4.20, "text": "4.20"}') == b'{\n "value": 4.20,\n "text": "4.20"\n}\n'


# --- fictional reports -----------------------------------------------------------------------------------------------


def test_a_fictional_report_can_be_signed(synthetic: Path) -> None:
    draft, context = read_report(synthetic, synthetic_context(synthetic))
    assert context.test_data
    assert context.report.status is ReportStatus.FINAL
    assert draft.template_id == synthetic.parent.name
    released = pipeline.release(catalog(), draft, context)
    assert released.report.complete
    assert [issue for issue in released.verdict.issues if issue.severity is Severity.ERROR] == []
    assert released.report.unresolved == ()


def test_a_fictional_report_can_be_exported(synthetic: Path) -> None:
    draft, context = read_report(synthetic, synthetic_context(synthetic))
    formats = set(possible()) - (NOT_OF_A_COMPANION if draft.mode is ReportMode.COMPANION else set())
    assert all(pipeline.export_report(catalog(), draft, context, format_)[0].content for format_ in formats)


@pytest.mark.parametrize("template", catalog().templates, ids=lambda template: template.id)
def test_fictional_reports_answer_every_field_of_a_template(template: Template) -> None:
    asked = {(group.id, field) for group in template.groups.values() for field in group.fields}
    paths = [path for path in synthetic_drafts() if path.parent.name == template.id]
    answered = {answer for path in paths for answer in answers(read_report(path, synthetic_context(path))[0])}
    assert asked - answered == set()


def answers(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield group and field of every answer that is a value, not the reason for having none."""
    for group in draft.groups:
        for item in group.items:
            if not isinstance(item.value, Absent):
                yield group.group_id, item.field_id


def test_published_and_fictional_reports_use_every_template() -> None:
    published = {json.loads((folder / "draft.json").read_bytes())["template_id"] for folder in case_folders()}
    fictional = {path.parent.name for path in synthetic_drafts()}
    assert fictional == {template.id for template in catalog().templates}
    assert published < fictional
