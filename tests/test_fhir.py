"""The FHIR R4 transaction: what is in it, under which identity, in which state."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle

from emh_report import pipeline
from emh_report.codes import CANONICAL, Code
from emh_report.context import (
    Organization,
    Practitioner,
    ReportIdentity,
    ReportStatus,
)
from emh_report.draft import Coded
from emh_report.errors import InvalidReportError
from emh_report.export import fhir
from emh_report.export.fhir import fixed, history, procedures, requests, sources
from emh_report.export.fhir import report as report_module
from emh_report.export.fhir.versions import composition_status
from emh_report.statuses import STATUSES, Status
from emh_report.template import Kind, Role
from tests.case_files import read_report, synthetic_context
from tests.conftest import ROOT
from tests.fhir_checks import check
from tests.fhir_json import EMH_CODES, codes, export, resources
from tests.fhir_reports import (
    REPORT,
    SCT,
    about,
    bundle_of,
    complete,
    context,
    lesion,
    more_groups,
    narrative,
    one,
    one_of_each_template,
    release,
)
from tests.strategies import catalog

# --- states ----------------------------------------------------------------------------------------------------------

REFERENCE_STATUSES = {
    # state: DiagnosticReport, Composition of R4, Composition of R5, Observation (R4 4.0.1, R5 5.0.0)
    "preliminary": ("preliminary", "preliminary", "preliminary", "preliminary"),
    "final": ("final", "final", "final", "final"),
    "corrected": ("corrected", "amended", "corrected", "corrected"),
    "appended": ("appended", "amended", "appended", "amended"),
    "cancelled": ("cancelled", "", "cancelled", "cancelled"),
    "entered-in-error": ("entered-in-error", "entered-in-error", "entered-in-error", "entered-in-error"),
}
BOTH = "registered preliminary final amended corrected cancelled entered-in-error unknown"
VALUE_SETS = {
    "DiagnosticReport": f"{BOTH} partial appended",
    "Composition R4": "preliminary final amended entered-in-error",
    "Composition R5": f"{BOTH} partial appended deprecated",
    "Observation": BOTH,
}


def test_statuses_are_those_of_the_second_transcription() -> None:
    rows = {
        state.value: (row.diagnostic_report, row.composition_r4, row.composition_r5, row.observation)
        for state, row in _rows()
    }
    assert rows == REFERENCE_STATUSES


def _rows() -> list[tuple[ReportStatus, Status]]:
    return list(STATUSES.items())


def test_statuses_are_in_the_value_sets_of_both_versions() -> None:
    for _, row in _rows():
        assert row.diagnostic_report in VALUE_SETS["DiagnosticReport"].split()
        assert composition_status(row, fhir.Version.R4) in ("", *VALUE_SETS["Composition R4"].split())
        assert composition_status(row, fhir.Version.R5) in VALUE_SETS["Composition R5"].split()
        assert row.observation in VALUE_SETS["Observation"].split()


@pytest.mark.parametrize("state", [state for state in ReportStatus if state.value in REFERENCE_STATUSES])
def test_every_resource_says_its_state(state: ReportStatus) -> None:
    report = replace(complete(), context=context(state))
    bundle = export(report, narrative())
    check(bundle, report)
    expected = REFERENCE_STATUSES[state.value]
    assert one(bundle, "DiagnosticReport")["status"] == expected[0]
    assert [found["status"] for found in resources(bundle, "Composition")] == [expected[1]] * bool(expected[1])
    assert {found["status"] for found in resources(bundle, "Observation")} == {expected[3]}


def test_what_is_withdrawn_or_called_off_makes_no_statement() -> None:
    report = complete()
    typed = {"Condition", "MedicationStatement", "ServiceRequest", "Communication", "Task", "Procedure"}
    withdrawn = export(replace(report, context=context(ReportStatus.ENTERED_IN_ERROR)))
    for found in resources(withdrawn):
        if found["resourceType"] in typed - {"Condition"} and found.get("intent") != "order":
            assert found["status"] == "entered-in-error"
    assert one(withdrawn, "Condition")["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "conclusionCode" not in one(withdrawn, "DiagnosticReport")
    cancelled = export(replace(report, context=context(ReportStatus.CANCELLED)))
    born = {entry["resource"]["resourceType"] for entry in cancelled["entry"] if entry["request"]["method"] == "PUT"}
    assert born == {"Observation", "DiagnosticReport"}
    assert "conclusionCode" not in one(cancelled, "DiagnosticReport")


def test_a_draft_has_no_fhir_form() -> None:
    report = replace(release(lesion()), context=context(ReportStatus.DRAFT))
    with pytest.raises(InvalidReportError) as raised:
        fhir.transaction(report)
    assert raised.value.issues[0].rule_id == "not-released"


# --- the report as a whole -------------------------------------------------------------------------------------------


def test_diagnostic_report() -> None:
    report = replace(complete(), context=context(ReportStatus.FINAL))
    bundle = export(report, narrative())
    found = one(bundle, "DiagnosticReport")
    assert found["identifier"] == [{"system": REPORT.system, "value": REPORT.value}]
    assert [codes(category) for category in found["category"]] == [
        {("http://terminology.hl7.org/CodeSystem/v2-0074", "CT")},
        {("http://loinc.org", "LP29684-5")},
    ]
    assert codes(found["code"]) >= {(f"{CANONICAL}/CodeSystem/study-type", report.study_type.code)}
    assert found["effectiveDateTime"] == "2026-11-22T08:00:00Z"
    assert found["issued"] == "2026-11-22T09:30:00Z"
    number = found["basedOn"][0]["identifier"]
    assert number["type"]["coding"][0]["code"] == "ACSN"
    assert len(number["type"]["coding"]) == 1
    assert number["value"] == "A-1"
    assert len(found["resultsInterpreter"]) == 2
    assert found["conclusion"].splitlines()[-1] == "Two lesions."
    assert codes(found["conclusionCode"][0]) >= EMH_CODES
    assert found["presentedForm"][0]["contentType"] == "text/html"
    assert 'class="http://loinc.org|55111-9"' in found["text"]["div"]
    assert bundle["type"] == "transaction"
    assert bundle["timestamp"] == found["issued"]


def test_results_are_the_roots_and_every_observation_hangs_on_one_or_on_a_statement() -> None:
    bundle = bundle_of(lesion(), *more_groups())
    roots = [reference["reference"] for reference in one(bundle, "DiagnosticReport")["result"]]
    assert len(set(roots)) == len(roots)
    reached = set(roots)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        listed = [*resource.get("hasMember", []), *resource.get("supportingInfo", []), *resource.get("about", [])]
        listed += [ref for evidence in resource.get("evidence", []) for ref in evidence["detail"]]
        listed += resource.get("derivedFrom", []) if resource["resourceType"] == "MedicationStatement" else []
        reached |= {reference["reference"] for reference in listed}
    observations = {e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation"}
    assert observations <= reached


def test_composition_has_the_sections_in_order_and_says_what_is_empty() -> None:
    bundle = bundle_of(lesion())
    sections = one(bundle, "Composition")["section"]
    order = ["18726-0", "55115-0", "55111-9", "11329-0", "59776-5", "19005-8"]
    found = [section["code"]["coding"][0]["code"] for section in sections]
    assert found[: len(order)] == order
    empty = {section["title"]: section["emptyReason"] for section in sections if "emptyReason" in section}
    assert list(empty) == ["Clinical information"]


def test_a_composition_without_author_or_time_invents_neither() -> None:
    known = context(
        report=ReportIdentity(REPORT, 1, ReportStatus.PRELIMINARY, ""),
        author=Practitioner(),
        supervisor=None,
        organization=Organization(),
        studies=(),
        orders=(),
    )
    bundle = bundle_of(lesion(), known=known)
    found = one(bundle, "Composition")
    assert "date" not in found
    assert found["_date"] == sources.NOT_KNOWN
    assert found["author"] == [sources.NOT_KNOWN_WHO]
    assert "effectiveDateTime" not in one(bundle, "DiagnosticReport")
    Bundle.model_validate(json.loads(fhir.to_json(fhir.transaction(release(lesion(), known=known)))))


def test_signing() -> None:
    report = replace(complete(), context=context(ReportStatus.FINAL))
    bundle = export(report)
    (attester,) = one(bundle, "Composition")["attester"]
    assert attester["mode"] == "legal"
    assert attester["time"] == "2026-11-22T09:30:00Z"
    roles = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    person = roles[roles[attester["party"]["reference"]]["practitioner"]["reference"]]
    assert person["identifier"][0]["value"] == "S-2"
    assert "attester" not in one(bundle_of(lesion()), "Composition")


def test_a_preliminary_report_says_what_it_lacks() -> None:
    wrong = lesion(site=Coded("nowhere"))
    report = release(wrong)
    assert report.missing
    assert report.unresolved
    bundle = export(report, narrative())
    check(bundle, report)
    (found,) = about(bundle, "incomplete")
    lost = [part["valueString"] for part in found["component"] if "valueString" in part]
    open_ = [part for part in found["component"] if "dataAbsentReason" in part]
    assert "nowhere" in lost
    assert len(open_) == len(report.missing)
    assert {part["dataAbsentReason"]["coding"][0]["code"] for part in open_} == {"temp-unknown"}
    conclusion = one(bundle, "DiagnosticReport")["conclusion"]
    assert conclusion.startswith(f"INCOMPLETE REPORT: {len(report.missing)} required answer(s) missing, ")
    assert one(bundle, "Composition")["section"][-1]["title"] == "Incomplete"


# --- tables ----------------------------------------------------------------------------------------------------------


def test_questions_with_an_element_of_their_own_exist() -> None:
    kinds = {
        field.id: field.kind
        for template in catalog().templates
        for definition in template.groups.values()
        for field in definition.fields.values()
    }
    expected = {
        Kind.CODED: [history.DRUG_STATUS, procedures.BODY_REGION, requests.ACTION, requests.MODALITY, requests.METHOD],
        Kind.DATE: [history.DRUG_START],
        Kind.DATE_TIME: [requests.TIME],
        Kind.QUANTITY: [requests.INTERVAL],
        Kind.TEXT: [requests.CONDITION, requests.SENDER, requests.RECIPIENT, requests.CONTENT, requests.REASON],
    }
    expected[Kind.CODED] += [requests.STATUS, report_module.MODALITY]
    expected[Kind.TEXT] += [procedures.PRIOR_STUDY]
    assert {name: kinds.get(name) for names in expected.values() for name in names} == {
        name: kind for kind, names in expected.items() for name in names
    }


def test_the_page_about_fhir_names_every_role_and_every_state() -> None:
    page = (ROOT / "docs" / "fhir.md").read_text()
    assert [role.value for role in Role if f"`{role.value}`" not in page] == []
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    for state, expected in REFERENCE_STATUSES.items():
        assert [state, *(name or "none" for name in expected)] in [row[:5] for row in rows]


def test_terms_with_a_meaning_exist() -> None:
    terms = {name: set(catalog().vocabulary(name).terms) for name in ("certainty", "diagnosis-basis", "drug-status")}
    assert {"diagnostic-of", "consistent-with", "unlikely", "very-unlikely"} <= terms["certainty"]
    assert "known-histology" in terms["diagnosis-basis"]
    assert set(history.TAKING) == terms["drug-status"]
    assert requests.PENDING in catalog().vocabulary("communication-status").terms
    properties = {term.properties.get("verification") for term in catalog().vocabulary("cause-status").terms.values()}
    assert properties == {"confirmed", "provisional", "refuted"}
    causes = catalog().vocabulary("cause").terms
    assert set(causes) >= history.NO_DISORDER
    assert history.DRUG in {term.properties.get("kind") for term in causes.values()}


def test_fixed_codes_are_read_from_the_data() -> None:
    rows = tomllib.loads((ROOT / "templates/vocabulary/fixed.toml").read_text())["fixed"]
    assert {key: code.code for key, code in fixed.FIXED.items()} == {row["key"]: row["code"] for row in rows}
    assert {(code.system, code.code) for code in fixed.EMH.codes} == EMH_CODES
    assert Code(SCT, "705057003") == fixed.PRESENCE


@pytest.mark.parametrize("path", one_of_each_template(), ids=lambda path: str(path.parent.name))
def test_complete_reports_are_read_by_an_independent_parser(path: Path) -> None:
    draft, known = read_report(path, synthetic_context(path))
    report = pipeline.release(catalog(), draft, known).report
    content = fhir.to_json(fhir.transaction(report, narrative()))
    check(json.loads(content, parse_float=str), report)
    parsed = Bundle.model_validate_json(content).model_dump_json()
    assert json.loads(parsed, parse_float=Decimal) == json.loads(content, parse_float=Decimal)
    assert Counter(found["resourceType"] for found in resources(json.loads(content)))["Observation"] > 10
