"""FHIR bundles within the limits of R4: those expected of the published cases, and those of extreme reports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emh_report import pipeline
from emh_report.context import Identifier, ReportIdentity, ReportStatus, Series, Study
from emh_report.draft import ReportMode, Text
from emh_report.export.fhir.report import CUT
from emh_report.export.narrative import narrate
from tests.case_files import case_folders, catalog, read_case
from tests.fhir_checks import check
from tests.fhir_json import export, resources
from tests.fhir_limits import STRING, check_limits
from tests.fhir_reports import about, bundle_of, context, group, lesion, one, release


@pytest.mark.parametrize("name", [folder.name for folder in case_folders()])
def test_what_is_expected_of_a_case_is_sound(name: str) -> None:
    case = read_case(next(folder for folder in case_folders() if folder.name == name))
    written = (case.folder / "expected" / "fhir-r4-transaction.json").read_text(encoding="utf-8")
    report = pipeline.release(catalog(), case.draft, case.context).report
    check(json.loads(written, parse_float=str), report)
    companion = pipeline.release(catalog(), case.draft._replace(mode=ReportMode.COMPANION), case.context).report
    check(export(companion, narrate(companion)), companion)


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("uid", "1" * 65),
        ("uid", "a b"),
        ("title", "x" * (STRING + 1)),
        ("title", " \n "),
        ("title", "a\x00b"),
        ("system", "https://a.test/b c"),
        ("code", " final"),
        ("issued", "2026-11-22"),
        ("date", "2026-11-22T08:00"),
        ("birthDate", "2026-13"),
        ("fullUrl", "urn:uuid:1"),
        ("valueInteger", 2**31),
        ("size", -1),
        ("valueQuantity", {"value": "1e3"}),
        ("valueQuantity", {"value": "1.000000000000000000"}),
    ],
)
def test_the_limits_are_looked_at(element: str, value: Any) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(AssertionError):
        check_limits({element: value})


def test_a_conclusion_beyond_a_string_is_cut_and_the_results_have_all_of_it() -> None:
    lines = [f"{number} {'x' * 19_990}" for number in range(60)]
    bundle = bundle_of(lesion(), group("impression", impression=[Text(line) for line in lines]))
    conclusion = one(bundle, "DiagnosticReport")["conclusion"]
    assert len(conclusion) == STRING
    assert conclusion.endswith(CUT)
    assert [found["valueString"] for found in about(bundle, "impression") if "valueString" in found] == lines


def test_a_namespace_with_a_space_is_written_as_a_uri_wherever_it_is_named() -> None:
    number = Identifier("https://fhir.hospital.test/our report", "R 1")
    bundle = bundle_of(lesion(), known=context(report=ReportIdentity(number, 1, ReportStatus.PRELIMINARY)))
    found = next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "DiagnosticReport")
    assert found["resource"]["identifier"] == [{"system": "https://fhir.hospital.test/our%20report", "value": "R 1"}]
    assert "our%2520report%7CR%201" in found["request"]["url"]


def test_a_series_is_named_by_a_uid_or_not_at_all() -> None:
    study = Study("2.25.1", ("CT",), series=(Series("not a uid " * 9), Series("2.25.2")))
    report = release(lesion(), known=context(studies=(study,)))
    assert "context.studies[0].series[0].series_instance_uid" in {issue.where.path for issue in report.issues}
    bundle = export(report)
    check(bundle, report)
    assert [series["uid"] for found in resources(bundle, "ImagingStudy") for series in found["series"]] == ["2.25.2"]
