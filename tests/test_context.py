from dataclasses import replace

import pytest

from emh_report.context import (
    Context,
    Focus,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Sex,
    Study,
    context_issues,
    facts,
    is_uid,
)

REPORT = Identifier("https://fhir.hospital.test/report", "R-1")
MRN = Identifier("https://fhir.hospital.test/mrn", "M-1")
COMPLETE = Context(
    report=ReportIdentity(REPORT, 1, ReportStatus.FINAL, "2024-01-15T10:00:00Z"),
    patient=Patient((MRN,), "Example", ("Eva",), "1980-01-01", Sex.FEMALE),
    orders=(Order(Identifier("https://fhir.hospital.test/accession", "A-1")),),
    studies=(Study("2.25.1", ("PT", "CT"), "2024-01-15T08:00:00Z"), Study("2.25.2", ("MR",), "2024-01-14")),
    author=Practitioner(Identifier("https://fhir.hospital.test/staff", "S-1"), "Reader", ("Rita",)),
    organization=Organization(Identifier("https://fhir.hospital.test/org", "RAD"), "Radiology"),
)


def test_a_complete_context_has_no_issues() -> None:
    assert context_issues(COMPLETE) == []


def test_facts_hold_the_modality_set_and_ages_in_whole_units() -> None:
    known = facts(COMPLETE, "standalone")
    assert known["modality"] == {"PT", "CT", "MR"}
    assert known["age-years"] == 44
    assert known["sex"] == "female"
    assert known["mode"] == "standalone"


def test_a_fetus_has_no_age_since_the_patient_is_the_mother() -> None:
    known = facts(replace(COMPLETE, focus=Focus.FETUS), "standalone")
    assert "age-years" not in known
    assert "age-days" not in known
    assert known["focus"] == "fetus"


def test_what_is_not_known_is_not_a_fact() -> None:
    assert facts(Context(), "standalone").keys() == {"focus", "mode"}


@pytest.mark.parametrize(
    ("change", "path", "blocking"),
    [
        ({"patient": Patient()}, "context.patient.identifiers", True),
        ({"report": replace(COMPLETE.report, identifier=Identifier())}, "context.report.identifier", True),
        ({"report": replace(COMPLETE.report, version=0)}, "context.report.version", True),
        ({"report": replace(COMPLETE.report, issued="yesterday")}, "context.report.issued", True),
        ({"patient": replace(COMPLETE.patient, birth_date="1980-02-30")}, "context.patient.birth_date", True),
        ({"studies": (Study("1.02.3"),)}, "context.studies[0].study_instance_uid", True),
        ({"studies": (Study(""),)}, "context.studies[0].study_instance_uid", True),
        ({"studies": (Study("2.25.1", started="2024-01-15T08:00"),)}, "context.studies[0].started", True),
        ({"orders": ()}, "context.orders", False),
        ({"author": Practitioner()}, "context.author.identifier", False),
        ({"organization": Organization()}, "context.organization", False),
    ],
)
def test_what_a_receiver_could_not_do_without(change: dict[str, object], path: str, blocking: bool) -> None:
    issues = context_issues(replace(COMPLETE, **change))  # type: ignore[arg-type]
    assert [(issue.where.path, issue.blocking) for issue in issues] == [(path, blocking)]


def test_a_preliminary_report_needs_less_than_a_signed_one() -> None:
    report = replace(COMPLETE.report, status=ReportStatus.PRELIMINARY)
    assert context_issues(Context(report=report, patient=COMPLETE.patient)) == []


@pytest.mark.parametrize(
    ("text", "valid"),
    [("1.2.840.10008.1.1", True), ("2.25.0", True), ("1", False), ("1.", False), ("1..2", False), ("1.02", False),
     ("1.2.a", False), ("1." + "2" * 63, False), ("", False)],
)  # fmt: skip
def test_uids_are_those_of_ps3_5(text: str, valid: bool) -> None:
    assert is_uid(text) is valid
