"""The FHIR R4 transaction of a companion report: observations, and the task where a message is still to be given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emh_report.context import ReportStatus
from emh_report.draft import Boolean, Coded, Group, ReportMode, Text
from emh_report.export import fhir
from emh_report.report import Report
from tests.fhir_checks import check
from tests.fhir_json import Json, export, resources, urn
from tests.fhir_reports import (
    REPORT,
    bundle_of,
    complete,
    context,
    group,
    lesion,
    more_groups,
    narrative,
    observation,
    one,
    release,
)

PENDING = group(
    "critical",
    critical_present=Boolean(value=True),
    critical_category=Coded("cat-1"),
    communication_status=Coded("pending"),
    communication_pending_reason=Text("nobody answers"),
)


def compression(uid: str) -> Group:
    """A lesion that a rule recognises as critical."""
    return lesion(uid, epidural_extension=Boolean(value=True), cord_compression=Boolean(value=True))


def companion(*groups: Group, **changes: Any) -> tuple[Report, Json]:  # noqa: ANN401 - any part of a context
    report = release(*groups, known=context(**changes), mode=ReportMode.COMPANION)
    bundle = export(report, narrative())
    check(bundle, report)
    return report, bundle


def test_a_companion_report_is_observations_that_name_the_report_they_belong_to() -> None:
    critical = group("critical", critical_present=Boolean(value=True), remark=Text("so"))
    report, bundle = companion(*more_groups(), lesion(), critical)
    assert {found["resourceType"] for found in resources(bundle)} == {"Observation"}
    assert observation(bundle, report, "critical", "critical-present")
    for found in resources(bundle):
        assert found["identifier"][1] | {"type": 0} == {
            "use": "secondary",
            "type": 0,
            "system": REPORT.system,
            "value": REPORT.value,
        }
        assert found["basedOn"][0]["identifier"]["value"] == "A-1"
        assert found["meta"]["tag"][0]["code"] == "companion"
        assert not any("reference" in order for order in found["basedOn"])
    assert observation(bundle, report, "lesion-1")["derivedFrom"][0]["identifier"]["value"] == "urn:oid:2.25.1"


def test_the_task_of_a_companion_is_about_the_critical_finding_and_names_its_report() -> None:
    report, bundle = companion(lesion("l1"), compression("l2"), PENDING)
    assert report.pending_reason
    assert {found["resourceType"] for found in resources(bundle)} == {"Observation", "Task"}
    task = one(bundle, "Task")
    assert task["focus"] == {"reference": urn(report, "l2")}
    assert task["reasonReference"] == {"reference": urn(report, "critical")}
    assert task["status"] == "requested"
    assert task["statusReason"] == {"text": "nobody answers"}
    assert task["identifier"][1]["value"] == REPORT.value
    assert task["for"]["reference"].startswith("Patient?identifier=")
    assert task["meta"]["tag"][0]["code"] == "companion"


def test_the_most_urgent_finding_comes_first() -> None:
    hours = group("complication", "k1", complication=Coded("hydronephrosis"), complication_presence=Coded("present"))
    minutes = group("complication", "k2", complication=Coded("hemothorax"), complication_presence=Coded("present"))
    report, bundle = companion(hours, minutes, PENDING)
    assert [(found.urgency, found.group_uid) for found in report.critical] == [("cat-2", "k1"), ("cat-1", "k2")]
    assert one(bundle, "Task")["focus"] == {"reference": urn(report, "k2")}


def test_without_a_recognised_finding_the_task_is_about_a_lesion_that_is_there() -> None:
    absent, there = lesion("l1", presence=Coded("absent"), emh_certainty=None), lesion("l2")
    report, bundle = companion(absent, there, PENDING)
    assert not report.critical
    assert one(bundle, "Task")["focus"] == {"reference": urn(report, "l2")}


def test_without_any_finding_the_task_is_about_the_study() -> None:
    _, bundle = companion(PENDING)
    assert one(bundle, "Task")["focus"]["identifier"]["value"] == "urn:oid:2.25.1"
    report, bundle = companion(PENDING, studies=())
    assert one(bundle, "Task")["focus"] == {"reference": urn(report, "critical")}


def test_what_is_called_off_leaves_no_task_and_what_is_withdrawn_takes_it_back() -> None:
    report, _ = companion(lesion(), PENDING)
    cancelled = replace(report, context=context(ReportStatus.CANCELLED))
    assert not resources(export(cancelled), "Task")
    withdrawn = replace(report, context=context(ReportStatus.ENTERED_IN_ERROR))
    assert one(export(withdrawn), "Task")["status"] == "entered-in-error"


@pytest.mark.parametrize("mode", list(ReportMode))
def test_a_report_of_its_own_has_its_task_about_the_report(mode: ReportMode) -> None:
    bundle = export(replace(complete(), mode=mode))
    reports = [entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "DiagnosticReport"]
    focus = one(bundle, "Task")["focus"].get("reference")
    assert (focus in reports) == (mode is ReportMode.STANDALONE)


def test_a_companion_carries_the_patient_where_that_is_configured() -> None:
    report = release(lesion(), mode=ReportMode.COMPANION)
    bundle = export(report, options=fhir.Options(create_patient=True))
    check(bundle, report)
    assert {found["resourceType"] for found in resources(bundle)} == {"Observation", "Patient"}
    patient = next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
    assert patient["request"]["ifNoneExist"].startswith("identifier=")
    assert {found["subject"]["reference"] for found in resources(bundle, "Observation")} == {patient["fullUrl"]}
    assert not resources(bundle_of(lesion(), mode=ReportMode.COMPANION), "Patient")
