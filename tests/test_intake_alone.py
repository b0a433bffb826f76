"""Studies and orders that a bundle of another system carries, and nothing refers to: told, not lost in silence."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from emh_report import import_report
from emh_report.context import ReportStatus
from emh_report.export import fhir
from emh_report.intake.content import read_json
from tests.fhir_reports import complete
from tests.strategies import catalog
from tests.test_intake import in_kind, in_state
from tests.test_intake_added import KINDS

ALONE = {
    "ImagingStudy": {"status": "available", "started": "1999-01-02"},
    "ServiceRequest": {"status": "active", "intent": "order"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", ALONE)
def test_a_study_or_an_order_that_nothing_refers_to_is_said(type_: str, kind: str) -> None:
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    bundle = read_json(content)
    (subject,) = {
        orjson.dumps(one["resource"]["subject"]) for one in bundle["entry"] if one["resource"]["resourceType"] == type_
    }
    entry = {**bundle["entry"][-1], "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    entry["resource"] = {"resourceType": type_, "subject": orjson.loads(subject), **ALONE[type_]}
    if "request" in entry:
        entry["request"] = {"method": "POST", "url": type_}
    bundle["entry"].append(entry)
    found = import_report(catalog(), fhir.to_json(bundle))
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [
        ("fhir-not-read", f"Bundle.entry[{len(bundle['entry']) - 1}].resource")
    ]


NOBODYS: dict[str, dict[str, Any]] = {
    "Patient": {"name": [{"family": "Other"}]},
    "Practitioner": {"name": [{"family": "Other"}]},
    "PractitionerRole": {"practitioner": {"display": "Other"}},
    "Organization": {"name": "Other"},
    "Task": {"status": "requested", "intent": "plan", "code": {"text": "Call"}},
    "Provenance": {
        "target": [{"reference": "DiagnosticReport/7"}],
        "recorded": "2026-11-22T09:30:00Z",
        "agent": [{"who": {"display": "Other"}}],
    },
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", NOBODYS)
def test_what_is_nobodys_of_this_report_is_said(type_: str, kind: str) -> None:
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    bundle = read_json(content)
    entry = {**bundle["entry"][-1], "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    entry["resource"] = {"resourceType": type_, **NOBODYS[type_]}
    if "request" in entry:
        entry["request"] = {"method": "POST", "url": type_}
    bundle["entry"].append(entry)
    found = import_report(catalog(), fhir.to_json(bundle))
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [
        ("fhir-not-read", f"Bundle.entry[{len(bundle['entry']) - 1}].resource")
    ]
