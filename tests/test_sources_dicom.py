"""A study as QIDO-RS answers it becomes a context: names by component groups, dates as stated, no guessed issuer."""

from __future__ import annotations

from typing import Any

import pytest

from emh_report.context import Identifier, Order, Patient, Sex, Study
from emh_report.errors import InputError
from emh_report.sources.dicom_json import TAGS, read_study
from emh_report.sources.found import refusal
from emh_report.sources.settings import DicomWebSettings

SETTINGS = DicomWebSettings(
    kind="dicomweb",
    url="https://pacs.test",
    patient_system="urn:oid:1.1",
    accession_system="urn:oid:1.2",
    issuers={"NORTH": "urn:oid:1.3"},
)


def data(**values: object) -> dict[str, Any]:
    """Attributes by keyword; a value that is a list is all values."""
    known: dict[str, object] = {"StudyInstanceUID": "2.25.1", "PatientID": "MRN-1", **values}
    return {TAGS[name]: {"Value": one if isinstance(one, list) else [one]} for name, one in known.items()}


def test_a_study_is_read_by_its_keywords() -> None:
    found = read_study(
        data(
            PatientName={"Alphabetic": "Example^Eva^Maria^Dr"},
            PatientBirthDate="19800131",
            PatientSex="F",
            StudyDate="20260504",
            StudyTime="081500.25",
            TimezoneOffsetFromUTC="+0200",
            ModalitiesInStudy=["PT", "CT"],
            StudyDescription="PET/CT ",
            AccessionNumber="ACC-1",
            BodyPartExamined="WHOLEBODY",
        ),
        SETTINGS,
    )
    patient = Patient((Identifier("urn:oid:1.1", "MRN-1"),), "Example", ("Eva", "Maria"), "1980-01-31", Sex.FEMALE)
    study = Study("2.25.1", ("PT", "CT"), "2026-05-04T08:15:00.25+02:00", "PET/CT", "ACC-1")
    assert found.context.patient == patient
    assert found.context.studies == (study,)
    assert found.context.orders == (Order(Identifier("urn:oid:1.2", "ACC-1")),)
    assert found.body_parts == ("WHOLEBODY",)
    assert refusal(found.context) == ""


def test_what_is_not_stated_stays_empty() -> None:
    context = read_study(
        {TAGS["PatientName"]: {"vr": "PN"}, **data(PatientSex=[None], StudyTime="0815")}, SETTINGS
    ).context
    assert context.patient == Patient((Identifier("urn:oid:1.1", "MRN-1"),))
    assert (context.orders, context.exam_date) == ((), "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}, ("Yamada", ("Tarou",))),
        ({"Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}, ("山田", ("太郎",))),
        ({"Alphabetic": "^", "Phonetic": "やまだ"}, ("やまだ", ())),
        ({"Alphabetic": "Yamada^Tarou=山田^太郎=やまだ^たろう"}, ("Yamada", ("Tarou",))),
        ({"Alphabetic": "=山田^太郎"}, ("山田", ("太郎",))),
        ({"Alphabetic": "Example"}, ("Example", ())),
        ({"Alphabetic": "^Eva"}, ("", ("Eva",))),
        ({}, ("", ())),
    ],
)
def test_names_are_read_by_component_groups(name: object, expected: object) -> None:
    patient = read_study(data(PatientName=name), SETTINGS).context.patient
    assert (patient.family, patient.given) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("19800131", "1980-01-31"),
        ("1980.01.31", "1980-01-31"),
        ("198001", "1980-01"),
        ("1980", "1980"),
        ("19800100", "1980-01"),
        ("19800000", "1980"),
        ("", ""),
    ],
)
def test_a_date_is_never_more_than_is_stated(stated: str, expected: str) -> None:
    assert read_study(data(PatientBirthDate=stated), SETTINGS).context.patient.birth_date == expected


ISO = {TAGS["UniversalEntityID"]: {"Value": ["1.9"]}, TAGS["UniversalEntityIDType"]: {"Value": ["ISO"]}}
DNS = {TAGS["UniversalEntityID"]: {"Value": ["n.test"]}, TAGS["UniversalEntityIDType"]: {"Value": ["DNS"]}}


@pytest.mark.parametrize(
    ("stated", "system"),
    [
        ({}, "urn:oid:1.1"),
        ({"IssuerOfPatientID": "NORTH"}, "urn:oid:1.3"),
        ({"IssuerOfPatientID": "SOUTH"}, ""),
        ({"IssuerOfPatientID": "NORTH", "IssuerOfPatientIDQualifiersSequence": ISO}, "urn:oid:1.9"),
        ({"IssuerOfPatientID": "NORTH", "IssuerOfPatientIDQualifiersSequence": DNS}, ""),
    ],
)
def test_an_issuer_is_stated_or_configured_and_never_guessed(stated: dict[str, object], system: str) -> None:
    context = read_study(data(**stated), SETTINGS).context
    assert context.patient.identifiers == (Identifier(system, "MRN-1"),)
    assert ("patient.identifiers" in refusal(context)) is (system == "")


@pytest.mark.parametrize(
    ("wrong", "keyword"),
    [
        ({"PatientID": ["A", "B"]}, "PatientID"),
        ({"PatientID": 7}, "PatientID"),
        ({"PatientName": "Example^Eva"}, "PatientName"),
        ({"PatientName": {"Alphabetic": 1}}, "PatientName"),
        ({"PatientBirthDate": "31.01.1980"}, "PatientBirthDate"),
        ({"PatientBirthDate": "19801301"}, "PatientBirthDate"),
        ({"PatientBirthDate": "19800031"}, "PatientBirthDate"),
        ({"StudyDate": "yesterday"}, "StudyDate"),
    ],
)
def test_what_is_wrong_is_refused_with_its_keyword(wrong: dict[str, object], keyword: str) -> None:
    with pytest.raises(InputError) as refused:
        read_study(data(**wrong), SETTINGS)
    assert refused.value.violations[0][0] == keyword
    assert "1980" not in str(refused.value)


@pytest.mark.parametrize("wrong", [[], "x", None, {TAGS["PatientID"]: []}, {TAGS["PatientID"]: {"Value": "x"}}])
def test_what_is_no_dicom_json_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        read_study(wrong, SETTINGS)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"StudyInstanceUID": "x"}, "studies[0].study_instance_uid: not a DICOM UID"),
        ({"StudyInstanceUID": []}, "studies[0].study_instance_uid: a Study Instance UID"),
        ({"PatientID": []}, "patient.identifiers"),
        ({"PatientName": {"Alphabetic": "x" * 1001}}, "patient.family: 1001 characters"),
        ({"StudyDescription": "a\x07b"}, "studies[0].description"),
    ],
)
def test_what_no_report_may_hold_is_not_shown(odd: dict[str, object], reason: str) -> None:
    assert refusal(read_study(data(**odd), SETTINGS).context).startswith(reason)
