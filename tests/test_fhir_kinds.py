"""Kinds of FHIR bundles beside the R4 transaction: R5, documents of HL7 Europe, IHE IMR. What sets each apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.bundle import Bundle as BundleR5
from hypothesis import given
from hypothesis import strategies as st

from emh_report import pipeline
from emh_report.client import requests
from emh_report.context import ReportIdentity
from emh_report.context import ReportStatus as State
from emh_report.export import Format, fhir, narrative
from emh_report.export.fhir import as_resource, versions
from emh_report.export.fhir.kinds import KINDS, Kind
from emh_report.export.fhir.versions import composition_status
from emh_report.grpc_server import methods
from emh_report.statuses import STATUSES
from tests.case_files import read_report, synthetic_context
from tests.drawing import draws
from tests.fhir_answers import check_answers, check_kept
from tests.fhir_checks import check_codes, check_shapes
from tests.fhir_json import resources
from tests.fhir_kinds import ALL, MODELS, R4, R5, bundle_url, made, named, references, standalone
from tests.fhir_random import random_report
from tests.fhir_reports import REPORT, complete, context, lesion, one, one_of_each_template, release
from tests.strategies import catalog


def test_every_format_of_fhir_has_a_kind() -> None:
    assert {one.value for one in Format if one.is_fhir} == set(KINDS)


def test_every_format_is_on_the_wire() -> None:
    assert set(methods.FORMATS.values()) == set(Format) == set(requests.FORMATS)
    assert {number: one for one, number in requests.FORMATS.items()} == methods.FORMATS


# --- what holds for every kind ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL, ids=named)
@draws(12)
@given(seed=st.integers(0, 2**32), status=st.sampled_from(list(STATUSES)))
def test_any_report_makes_a_sound_bundle(kind: Kind, seed: int, status: State) -> None:
    report = standalone(random_report(seed), status)
    if kind.document and not composition_status(STATUSES[status], kind.version):
        return
    bundle = made(report, kind)
    again = made(report, kind)
    assert (again == bundle) is True  # no diff of two bundles, which takes minutes
    check_codes(bundle)
    check_shapes(bundle)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    outside = {one for one in references(bundle) if one not in urls}
    assert all(one.partition("?")[0] in ("Patient", "Organization", "Practitioner") for one in outside)
    if not kind.closed and kind.version is R4:
        check_kept(bundle, report)


@pytest.mark.parametrize("path", one_of_each_template(), ids=lambda path: path.parent.name)
@pytest.mark.parametrize("kind", [kind for kind in ALL if not kind.closed], ids=named)
def test_every_answer_of_a_report_is_in_the_bundle(kind: Kind, path: Path) -> None:
    report = pipeline.release(catalog(), *read_report(path, synthetic_context(path))).report
    check_answers(made(report, kind), report)


@pytest.mark.parametrize("kind", ALL, ids=named)
def test_numbers_and_texts_leave_as_they_were_entered(kind: Kind) -> None:
    content = fhir.to_json(fhir.make(complete(), narrative.narrate(complete()), kind))
    assert kind.closed or b'"value":4.20,' in content
    assert b"NaN" not in content


@pytest.mark.parametrize("kind", ALL, ids=named)
def test_a_bundle_can_be_had_as_objects(kind: Kind) -> None:
    bundle = fhir.make(complete(), narrative.narrate(complete()), kind)
    assert isinstance(as_resource(bundle, kind.version), MODELS[kind.version])


# --- R5 --------------------------------------------------------------------------------------------------------------


def test_what_r4_calls_otherwise_is_not_in_r5() -> None:
    bundle = made(complete(), KINDS["fhir-r5-transaction"])
    for row in versions.TABLE:
        for resource in resources(bundle, row.type):
            if row.r5 is not None and row.element not in row.r5(_content(row)):
                assert row.element not in resource


def _content(row: versions.Row) -> Any:  # noqa: ANN401 - as the element of the row has it
    bundle = fhir.transaction(complete(), narrative.narrate(complete()))
    entries: Any = bundle["entry"]
    return next((one["resource"][row.element] for one in entries if row.element in one["resource"]), [])


def test_both_versions_name_resources_alike() -> None:
    r4, r5 = (made(complete(), KINDS[f"fhir-{version}-transaction"]) for version in ("r4", "r5"))
    before, now = ({entry["fullUrl"]: entry["request"] for entry in bundle["entry"]} for bundle in (r4, r5))
    assert now | before == now
    assert len(now) == len(before) + 1


def test_elements_of_r5() -> None:
    bundle = made(complete(), KINDS["fhir-r5-transaction"])
    report, composition = one(bundle, "DiagnosticReport"), one(bundle, "Composition")
    assert report["study"] == [{"reference": bundle_url(bundle, "ImagingStudy")}]
    assert report["composition"] == {"reference": bundle_url(bundle, "Composition")}
    assert "extension" not in report
    assert "extension" not in composition
    (form,) = report["presentedForm"]
    assert form["size"].isdigit()
    assert composition["version"] == "1"
    assert isinstance(composition["identifier"], list)
    (cause,) = resources(bundle, "Condition")
    assert cause["clinicalStatus"]["coding"][0]["code"] == "unknown"
    (drug,) = resources(bundle, "MedicationStatement")
    assert (drug["status"], drug["adherence"]["code"]["coding"][0]["code"]) == ("recorded", "taking")
    assert "concept" in drug["medication"]
    (task,) = resources(bundle, "Task")
    assert task["reason"][0]["reference"]["reference"].startswith("urn:uuid:")
    assert task["statusReason"] == {"concept": {"text": "nobody answers"}}


@draws(12)
@given(st.integers(0, 2**32), st.sampled_from(["fhir-r5-transaction", "fhir-r5-document"]))
def test_sections_of_r5_refer_to_one_observation_that_the_report_lists(seed: int, kind: str) -> None:
    bundle = made(standalone(random_report(seed)), KINDS[kind])
    observations = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    report, composition = one(bundle, "DiagnosticReport"), one(bundle, "Composition")
    listed = [entry["reference"] for section in composition["section"] for entry in section.get("entry", ())]
    named = [one for one in listed if observations[one]["resourceType"] == "Observation"]
    results = [one["reference"] for one in report["result"]]
    assert named == results[:1]
    members = [one["reference"] for one in observations[results[0]].get("hasMember", ())]
    assert members == results[1:]


def test_what_a_correction_no_longer_says_is_withdrawn_in_r5_too() -> None:
    first = complete()
    identity = ReportIdentity(REPORT, 2, State.CORRECTED, "2026-11-23T09:30:00Z")
    second = replace(release(lesion()), context=context(report=identity))
    bundle = json.loads(fhir.to_json(fhir.transaction(second, previous=first, version=R5)))
    BundleR5.model_validate(bundle)
    (cause,) = resources(bundle, "Condition")
    assert cause["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "clinicalStatus" in cause
    gone = [one for one in resources(bundle) if one.get("status") == "entered-in-error"]
    assert {"MedicationStatement", "Communication", "Task", "Observation"} <= {one["resourceType"] for one in gone}
    assert one(bundle, "DiagnosticReport")["status"] == "corrected"
    assert one(bundle, "Composition")["status"] == "corrected"
