"""What FHIR, HL7 v2 and DICOM call the states of a report: one table, and the page that shows it."""

from __future__ import annotations

import pytest

from emh_report.context import COMPLETE_STATUSES, ReportStatus
from emh_report.lifecycle import TABLE, Need
from emh_report.statuses import STATUSES, DicomSr
from tests.conftest import ROOT

TABLES = {
    # HL7 v2.5.1, appendix A
    "obr_25": "O I S A P C R F X Y Z",  # 0123
    "obx_11": "C D F I N O P R S U W X",  # 0085
    "txa_17": "DI DO IP IN PA AU LA",  # 0271
    "txa_19": "AV CA OB UN",  # 0273
    "orc_5": "A CA CM DC ER HD IP RP SC",  # 0038
}
RESPONSES = "in-progress completed amended entered-in-error stopped"
FLAGS = (("PRELIMINARY", "FINAL"), ("PARTIAL", "COMPLETE"), ("UNVERIFIED", "VERIFIED"))
"""Defined terms of PS3.3 C.17.2."""


def test_every_state_that_is_released_has_its_names() -> None:
    assert set(STATUSES) == {way.to for row in TABLE.values() for way in row.values() if way.releases}
    assert set(STATUSES) == {*ReportStatus} - {ReportStatus.DRAFT}


@pytest.mark.parametrize("status", STATUSES)
def test_every_name_is_in_its_table(status: ReportStatus) -> None:
    row = STATUSES[status]
    for field, codes in TABLES.items():
        assert getattr(row.v2, field) in ("", *codes.split()), field
    assert row.v2.obr_25, "OBR-25 is needed whenever a report is sent"
    assert row.v2.obx_11, "OBX-11 is required"
    assert row.questionnaire_response in RESPONSES.split()
    for flag, terms in zip(row.dicom or (), FLAGS, strict=False):
        assert flag in terms


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_was_signed_as_complete_is_called_so(status: ReportStatus) -> None:
    row, complete = STATUSES[status], status in COMPLETE_STATUSES
    assert (row.v2.txa_17 == "LA") is complete
    assert (row.v2.orc_5 == "CM") is complete
    assert (row.dicom == DicomSr("FINAL", "COMPLETE", "VERIFIED")) is complete
    ways = [way for each in TABLE.values() for way in each.values() if way.to is status and way.releases]
    assert all(Need.SIGNATURE in way.needs for way in ways) or not complete
    assert (row.v2.txa_19 == "AV") is (row.dicom is not None) is (row.statements and not row.withdrawn)


def rows_of(page: str) -> list[list[str]]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_integrator_is_shown_the_codes_of_hl7_v2_and_dicom() -> None:
    head = ["State", "OBR-25", "OBX-11", "TXA-17", "TXA-19", "ORC-5", *DicomSr._fields]
    head[-3:] = [name.replace("_", " ").title() for name in DicomSr._fields]
    wanted = [
        [status.value, *(code or "–" for code in (*row.v2, *(row.dicom or ("", "", ""))))]
        for status, row in STATUSES.items()
    ]
    rows = rows_of("integrator.md")
    start = rows.index(head) + 1
    assert rows[start : start + len(wanted)] == wanted


def test_the_page_about_fhir_shows_the_status_of_responses() -> None:
    names = {row[0]: row[5] for row in rows_of("fhir.md") if len(row) == 7}
    assert {status: names.get(status.value) for status in STATUSES} == {
        status: row.questionnaire_response for status, row in STATUSES.items()
    }
