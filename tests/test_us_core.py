"""Which reports claim US Core DiagnosticReport Note. The official validator judges the claims (`make conformance`)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from conformance.generated import NAMED
from emh_report import pipeline
from emh_report.context import Context, Identifier, Organization, Patient, Practitioner, ReportStatus
from emh_report.export import Format
from emh_report.export.fhir.urls import US_CORE_NOTE
from tests.case_files import catalog, read_report, synthetic_context

DRAFT, CONTEXT = read_report(NAMED, synthetic_context(NAMED))
CLAIMING: Final = (Format.FHIR_R4_TRANSACTION, Format.FHIR_R4_IMR)
UNKNOWN: Final = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}


def resources(context: Context, format_: Format, *, create_patient: bool = False) -> list[dict[str, Any]]:
    made, _ = pipeline.export_report(catalog(), DRAFT, context, format_, create_patient=create_patient)
    return [entry["resource"] for entry in json.loads(made.content)["entry"]]


def claims(context: Context, format_: Format, *, create_patient: bool = False) -> bool:
    found = resources(context, format_, create_patient=create_patient)
    report = next(one for one in found if one["resourceType"] == "DiagnosticReport")
    return US_CORE_NOTE in report["meta"].get("profile", [])


def in_state(status: ReportStatus) -> Context:
    return replace(CONTEXT, report=replace(CONTEXT.report, status=status, version=2))


def undated(context: Context) -> Context:
    return replace(context, studies=tuple(replace(study, started="") for study in context.studies))


@pytest.mark.parametrize("status", [status for status in ReportStatus if status is not ReportStatus.DRAFT])
def test_it_is_claimed_in_every_state_where_a_transaction_carries_what_it_asks_for(status: ReportStatus) -> None:
    assert all(claims(in_state(status), format_) for format_ in CLAIMING)


@pytest.mark.parametrize("format_", [one for one in Format if one.is_fhir and one not in CLAIMING])
def test_documents_and_r5_do_not_claim_it(format_: Format) -> None:
    assert not claims(CONTEXT, format_)


def test_only_a_withdrawn_or_cancelled_report_may_lack_the_time_of_the_examination() -> None:
    dates = {
        status: claims(undated(in_state(status)), Format.FHIR_R4_IMR)
        for status in ReportStatus
        if status is not ReportStatus.DRAFT
    }
    assert {status for status, claimed in dates.items() if claimed} == {
        ReportStatus.CANCELLED,
        ReportStatus.ENTERED_IN_ERROR,
    }


def test_that_nobody_knows_whether_the_organization_is_active_is_said() -> None:
    found = resources(CONTEXT, Format.FHIR_R4_TRANSACTION)
    assert [one["_active"] for one in found if one["resourceType"] == "Organization"] == [UNKNOWN]
    assert not any("_active" in one for one in resources(CONTEXT, Format.FHIR_R4_DOCUMENT))


KNOWN: Final = Identifier("https://fhir.hospital.test/any", "1")


@pytest.mark.parametrize(
    ("changes", "claimed"),
    [
        ({"organization": Organization(KNOWN, "")}, False),
        ({"organization": Organization()}, True),
        ({"organization": Organization(), "author": Practitioner(KNOWN, "Reader"), "supervisor": None}, True),
        ({"organization": Organization(), "author": Practitioner(KNOWN), "supervisor": None}, False),
        ({"author": Practitioner(KNOWN), "supervisor": None}, True),
    ],
    ids=["organization without a name", "none", "reader", "reader without a name", "reader in a role"],
)
def test_whom_the_bundle_carries_has_to_meet_the_profile_for_them(changes: dict[str, Any], claimed: bool) -> None:
    known = replace(in_state(ReportStatus.PRELIMINARY), **changes)
    assert claims(known, Format.FHIR_R4_TRANSACTION) is claimed


def test_a_patient_that_is_sent_along_needs_a_name() -> None:
    nameless = replace(CONTEXT, patient=Patient(identifiers=CONTEXT.patient.identifiers))
    assert claims(CONTEXT, Format.FHIR_R4_TRANSACTION, create_patient=True)
    assert not claims(nameless, Format.FHIR_R4_TRANSACTION, create_patient=True)
    assert claims(nameless, Format.FHIR_R4_TRANSACTION)
