"""Kept warnings in the FHIR R4 transaction: nothing of what the author decided about a warning is lost."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import emh_report
from emh_report import pipeline
from emh_report.codes import CANONICAL
from emh_report.context import ReportStatus
from emh_report.draft import Coded, Draft, Group, Override, ReportMode
from emh_report.export.fhir import kept
from emh_report.export.narrative import narrate
from emh_report.issues import Issue, Severity, Where
from emh_report.report import Report
from tests.fhir_checks import check
from tests.fhir_json import Json, codes, export, resources, urn
from tests.fhir_reports import PROCEDURE, TEMPLATE, about, context, group, lesion, one
from tests.strategies import catalog

REASON = "seen on the cone-beam CT <of> 2019"


def released(*groups: Group, mode: ReportMode = ReportMode.STANDALONE, reason: str = REASON) -> Report:
    """The report of a draft whose author keeps every warning."""
    draft = Draft(TEMPLATE, catalog().newest[TEMPLATE], (PROCEDURE, *groups), mode=mode)
    warnings = [issue for issue in pipeline.validate(catalog(), draft, context()).issues if issue.overridable]
    overrides = tuple(Override(issue.rule_id, issue.where.group_uid, reason) for issue in warnings)
    return pipeline.release(catalog(), draft._replace(overrides=overrides), context()).report


def noted(report: Report) -> tuple[Json, list[Json]]:
    bundle = export(report, narrate(report))
    check(bundle, report)
    return bundle, about(bundle, "kept-warning")


DOUBTFUL = lesion(emh_certainty=Coded("diagnostic-of"), diagnosis_basis=Coded("imaging-only"))
"""A certainty that imaging does not give: a warning that points at the lesion."""


@pytest.mark.parametrize("mode", list(ReportMode))
def test_a_kept_warning_is_an_observation_with_rule_words_and_reason(mode: ReportMode) -> None:
    report = released(DOUBTFUL, mode=mode)
    expected = [issue for issue in report.issues if issue.override_reason]
    assert expected
    bundle, found = noted(report)
    for issue, resource in zip(expected, found, strict=True):
        assert codes(resource["valueCodeableConcept"]) == {(f"{CANONICAL}/CodeSystem/rule", issue.rule_id)}
        assert resource["valueCodeableConcept"]["text"] == issue.message
        assert resource["note"] == [{"text": REASON}]
        assert resource["status"] == "preliminary"
        assert resource["subject"] == bundle["entry"][-1]["resource"]["subject"]
        if issue.where.group_uid == "lesion-1":
            assert resource["focus"] == [{"reference": urn(report, "lesion-1")}]
    assert any("focus" in resource for resource in found)


def test_report_and_composition_lead_to_it() -> None:
    bundle, found = noted(released(DOUBTFUL))
    section = next(part for part in one(bundle, "Composition")["section"] if "kept" in part["title"])
    assert len(section["entry"]) == len(found)
    results = one(bundle, "DiagnosticReport")["result"]
    assert [reference for reference in results if reference in section["entry"]] == section["entry"]
    assert "Reason given: seen on the cone-beam CT &lt;of&gt; 2019" in section["text"]["div"]


def test_a_report_without_kept_warnings_has_no_section_for_them() -> None:
    report = released(DOUBTFUL, reason="")
    bundle, found = noted(report)
    assert found == []
    assert not [part for part in one(bundle, "Composition")["section"] if "kept" in part["title"]]


def with_issues(report: Report, *places: Where) -> Report:
    """The report with kept warnings at these places."""
    issues = tuple(
        Issue("X1", Severity.WARNING, where, f"number {number}", overridable=True, override_reason="so")
        for number, where in enumerate(places)
    )
    return replace(report, issues=issues)


def test_warnings_that_are_alike_stay_apart() -> None:
    where = Where("draft.groups[1]", "finding", "lesion-1", "size")
    report = with_issues(released(lesion()), where, where, where._replace(field_id=""), Where("draft.groups"))
    _, found = noted(report)
    assert [resource["valueCodeableConcept"]["text"] for resource in found] == [f"number {n}" for n in range(4)]
    assert "focus" not in found[-1]


def test_warnings_that_no_rule_gives_have_codes_of_their_own() -> None:
    calls = [
        node
        for path in Path(emh_report.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and any(keyword.arg == "overridable" for keyword in node.keywords)
    ]
    given = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    assert given == kept.NO_RULES
    assert not given & {rule.id for rule in catalog().rules}
    report = with_issues(released(lesion()), Where("draft.template_id"))
    built_in = report.issues[0]._replace(rule_id="template-modality")
    _, (found,) = noted(replace(report, issues=(built_in,)))
    assert codes(found["valueCodeableConcept"]) == {(f"{CANONICAL}/CodeSystem/statement", "template-modality")}


def test_a_warning_about_a_statement_is_about_its_resource() -> None:
    cause = group("cause", "c1", cause=Coded("primary-myelofibrosis"), cause_status=Coded("established"))
    places = (Where("", "cause", "c1"), Where("", "procedure", "procedure"))
    bundle, found = noted(with_issues(released(lesion(), cause), *places))
    types = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert [types[resource["focus"][0]["reference"]] for resource in found] == ["Condition", "Procedure"]


def test_a_kept_warning_keeps_its_identity_and_follows_the_state() -> None:
    report = released(DOUBTFUL)
    before = {e["fullUrl"] for e in export(report)["entry"] if _is_kept(e["resource"])}
    withdrawn = export(replace(report, context=context(ReportStatus.ENTERED_IN_ERROR)))
    assert {e["fullUrl"] for e in withdrawn["entry"] if _is_kept(e["resource"])} == before
    assert {found["status"] for found in resources(withdrawn, "Observation")} == {"entered-in-error"}


def _is_kept(resource: Json) -> bool:
    return (f"{CANONICAL}/CodeSystem/statement", "kept-warning") in codes(resource.get("code"))
