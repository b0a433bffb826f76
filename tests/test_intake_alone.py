"""What a bundle of another system carries beside the report, and nothing refers to: told, not lost in silence."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from emh_report import import_report
from emh_report.context import ReportStatus
from emh_report.export import fhir
from emh_report.intake.content import Json, read_json
from tests.fhir_reports import complete
from tests.strategies import catalog
from tests.test_intake import in_kind, in_state
from tests.test_intake_added import KINDS

ALONE = {
    "ImagingStudy": {"status": "available", "started": "1999-01-02"},
    "ServiceRequest": {"status": "active", "intent": "order"},
}


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


def bundle_of(kind: str) -> Json:
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    return read_json(content)


def check_only_that_is_said(bundle: Json, added: Json) -> None:
    """Add a resource to a bundle, and see that this is all that the import tells of."""
    entry = {**bundle["entry"][-1], "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": added}
    if "request" in entry:
        entry["request"] = {"method": "POST", "url": added["resourceType"]}
    bundle["entry"].append(entry)
    found = import_report(catalog(), fhir.to_json(bundle))
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [
        ("fhir-not-read", f"Bundle.entry[{len(bundle['entry']) - 1}].resource")
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", ALONE)
def test_a_study_or_an_order_that_nothing_refers_to_is_said(type_: str, kind: str) -> None:
    bundle = bundle_of(kind)
    (subject,) = {
        orjson.dumps(one["resource"]["subject"]) for one in bundle["entry"] if one["resource"]["resourceType"] == type_
    }
    check_only_that_is_said(bundle, {"resourceType": type_, "subject": orjson.loads(subject), **ALONE[type_]})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", NOBODYS)
def test_what_is_nobodys_of_this_report_is_said(type_: str, kind: str) -> None:
    check_only_that_is_said(bundle_of(kind), {"resourceType": type_, **NOBODYS[type_]})
