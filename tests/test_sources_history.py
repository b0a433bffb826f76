"""Earlier examinations in PACS and RIS: those of this very patient, and of nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from emh_report.context import Context, Identifier, Patient, Study
from emh_report.sources import Examination, History
from emh_report.sources.dicomweb import DicomWeb
from emh_report.sources.settings import FhirSettings
from tests import orthanc
from tests.sources import VARIABLE, board, dicomweb
from tests.test_sources import answering, searchset
from tests.test_sources_dicom import data

MRN = Identifier("urn:x:mrn", "MRN-1")
PATIENT = Patient((MRN,), "Example", ("Eva",), "1980-01-31")
CONTEXT = Context(patient=PATIENT, studies=(Study("2.25.9", ("MR",), "2026-05-04"),))
EARLIER = {
    "PatientBirthDate": "19800131",
    "StudyDate": "20240102",
    "ModalitiesInStudy": ["CT"],
    "StudyDescription": "CT chest",
}
NOT_SURELY = "not shown (not surely of this patient)"


def pacs(*studies: dict[str, Any]) -> Callable[[str], bytes]:
    """A PACS that answers whatever it is asked with the same studies."""
    return lambda _: json.dumps([data(**study) for study in studies]).encode()


def of_pacs(*studies: dict[str, Any], context: Context = CONTEXT) -> History:
    with answering(pacs(*studies)) as url, board(dicomweb(url, title="PACS")) as asked:
        return asked.history(context)


# --- DICOMweb --------------------------------------------------------------------------------------------------------


def test_an_earlier_study_is_listed_as_the_pacs_has_it() -> None:
    found = of_pacs(EARLIER, {**EARLIER, "StudyInstanceUID": "2.25.2", "StudyDate": "20250102"})
    assert found.lines == ()
    assert found.examinations == (
        Examination("2025-01-02", ("CT",), "CT chest", "2.25.2", source="PACS"),
        Examination("2024-01-02", ("CT",), "CT chest", "2.25.1", source="PACS"),
    )


@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "MRN-10"},
        {"IssuerOfPatientID": "ELSEWHERE"},
        {"PatientBirthDate": "19800201"},
        {"PatientID": [None]},
    ],
)
def test_nobody_elses_study_is_listed(other: dict[str, object]) -> None:
    assert of_pacs({**EARLIER, **other}) == History((), (f"PACS: 1 {NOT_SURELY}",))


@pytest.mark.parametrize(
    "other", [{"StudyInstanceUID": "2.25.9"}, {"StudyDate": "20260505"}, {"StudyDate": "20270101"}]
)
def test_the_study_itself_and_later_ones_are_none(other: dict[str, object]) -> None:
    assert of_pacs({**EARLIER, **other}) == History()


def test_a_number_without_namespace_or_with_wild_cards_is_not_asked_for() -> None:
    asked: list[str] = []

    def answer(path: str) -> bytes:
        asked.append(path)
        return b"[]"

    with answering(answer) as url:
        for number in (Identifier("", "MRN-1"), Identifier("urn:x:mrn", "MRN*"), Identifier("urn:x:mrn", "")):
            assert DicomWeb(dicomweb(url)).history(Patient((number,))) == History()
    assert asked == []


def test_what_two_systems_have_is_there_once_and_one_that_is_away_is_a_line() -> None:
    with answering(pacs(EARLIER)) as one, answering(pacs({**EARLIER, "StudyDescription": ""})) as second:
        settings = dicomweb(second, title="First"), dicomweb(one, title="Second")
        away = dicomweb("http://127.0.0.1:1", title="Archive")
        with board(*settings, away) as asked:
            found = asked.history(CONTEXT)
    assert [(one.description, one.source) for one in found.examinations] == [("CT chest", "First")]
    assert found.lines == ("Archive does not answer",)


def test_a_list_is_kept_for_a_while_and_never_for_another_patient() -> None:
    now, count = [0.0], [0]

    def answer(_: str) -> bytes:
        count[0] += 1
        return json.dumps([data(**EARLIER)]).encode()

    with answering(answer) as url, board(dicomweb(url), clock=lambda: now[0]) as asked:
        first = asked.history(CONTEXT)
        assert (asked.history(CONTEXT), count[0]) == (first, 1)
        stranger = replace(CONTEXT, patient=replace(PATIENT, identifiers=(Identifier("urn:x:mrn", "MRN-2"),)))
        assert asked.history(stranger).examinations == ()
        now[0] = 400.0
        assert (asked.history(CONTEXT), count[0]) == (first, 3)


def test_a_pacs_that_others_wrote_lists_earlier_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    if words := orthanc.missing():
        pytest.skip(words)
    monkeypatch.setenv(VARIABLE, "secret")
    with orthanc.running() as address:
        orthanc.store(address)
        earlier = {"t00080020": "20240102", "t00081030": "CT chest", "t00080060": "CT"}
        orthanc.store(address, **earlier, t0020000d="2.25.5000", t00080018="2.25.5001", t0020000e="2.25.5002")
        others = {
            "t00100021": "ELSEWHERE",
            "t0020000d": "2.25.6000",
            "t00080018": "2.25.6001",
            "t0020000e": "2.25.6002",
        }
        orthanc.store(address, **{**earlier, **others})
        settings = dicomweb(
            f"{address}/dicom-web", title="PACS", user="reader", token_env=VARIABLE, issuers={"HOSP": "urn:oid:1.3"}
        )
        patient = Patient((Identifier("urn:oid:1.3", "MRN-77"),), birth_date="1980-01-31")
        with board(settings) as asked:
            found = asked.history(Context(patient=patient, studies=(Study("2.25.4000", ("MR",), "2026-11-20"),)))
    assert [(one.study_instance_uid, one.modalities) for one in found.examinations] == [("2.25.5000", ("CT",))]
    assert found.examinations[0].started.startswith("2024-01-02")
    assert found.lines == (f"PACS: 1 {NOT_SURELY}",)


# --- FHIR ------------------------------------------------------------------------------------------------------------


def subject(id_: str = "p1") -> dict[str, Any]:
    return {"reference": f"Patient/{id_}"}


PERSON = {
    "resourceType": "Patient",
    "id": "p1",
    "birthDate": "1980-01-31",
    "identifier": [{"system": MRN.system, "value": MRN.value}],
}
IMAGES = {
    "resourceType": "ImagingStudy",
    "id": "s1",
    "status": "available",
    "subject": subject(),
    "started": "2024-01-02T10:00:00+01:00",
    "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:2.25.1"}],
    "modality": [{"code": "CT"}],
    "description": "CT chest",
}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "status": "final",
    "subject": subject(),
    "category": [{"coding": [{"system": "http://loinc.org", "code": "LP29684-5"}]}],
    "code": {"text": "Chest radiograph"},
    "effectiveDateTime": "2023-05",
}


def ris(*resources: dict[str, Any]) -> Callable[[str], bytes]:
    """A RIS that answers each search by type alone, whatever else is asked."""

    def answer(path: str) -> bytes:
        type_ = path.split("?", maxsplit=1)[0].strip("/")
        return searchset(*[one for one in resources if one["resourceType"] == type_])

    return answer


def of_ris(*resources: dict[str, Any]) -> History:
    with answering(ris(*resources)) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        return asked.history(CONTEXT)


STUDY = Examination("2024-01-02T10:00:00+01:00", ("CT",), "CT chest", "2.25.1", source="RIS")


def test_studies_and_reports_of_a_ris_are_listed() -> None:
    reported = Examination("2023-05", (), "Chest radiograph", reported=True, source="RIS")
    assert of_ris(PERSON, IMAGES, REPORT) == History((STUDY, reported))


@pytest.mark.parametrize("member", ["imagingStudy", "study"])
def test_a_report_of_listed_images_is_no_examination_of_its_own(member: str) -> None:
    found = of_ris(PERSON, IMAGES, {**REPORT, member: [{"reference": "ImagingStudy/s1"}]})
    assert found == History((STUDY._replace(reported=True),))


def test_modality_and_words_of_r5_are_read() -> None:
    concept = {"coding": [{"code": "CT"}]}
    r5 = {**IMAGES, "modality": [concept], "procedure": [{"concept": {"text": "Chest"}}], "description": None}
    assert of_ris(PERSON, r5) == History((STUDY._replace(description="Chest"),))


@pytest.mark.parametrize(
    ("person", "lines"),
    [
        ({"identifier": [{"system": "urn:x:other", "value": "MRN-1"}]}, (f"RIS: 1 {NOT_SURELY}",)),
        ({"identifier": [{"system": MRN.system, "value": "MRN-2"}]}, (f"RIS: 1 {NOT_SURELY}",)),
        ({"identifier": "MRN-1"}, (f"RIS: 1 {NOT_SURELY}",)),
        ({"birthDate": "1981-01-31"}, (f"RIS: 1 {NOT_SURELY}",)),
    ],
)
def test_a_patient_who_is_somebody_else_is_not_asked_about(person: dict[str, Any], lines: tuple[str, ...]) -> None:
    assert of_ris({**PERSON, **person}, IMAGES, REPORT) == History((), lines)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": subject("p2")},
        {"subject": {"reference": "https://elsewhere.test/Patient/p1"}},
        {"subject": None},
        {"status": "entered-in-error"},
        {"status": "cancelled"},
    ],
)
def test_what_is_of_somebody_else_or_withdrawn_is_not_listed(change: dict[str, Any]) -> None:
    assert of_ris(PERSON, {**IMAGES, **change}, {**REPORT, **change}) == History()


def test_a_report_of_the_laboratory_is_no_examination() -> None:
    laboratory = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}]
    assert of_ris(PERSON, {**REPORT, "category": laboratory}) == History()
    assert of_ris(PERSON, {**REPORT, "category": "RAD"}) == History()


@pytest.mark.parametrize(
    "change",
    [
        {"started": "yesterday"},
        {"modality": "CT"},
        {"description": ["CT"]},
        {"description": "\u202eCT"},
        {"modality": [7]},
    ],
)
def test_what_has_another_form_is_left_empty(change: dict[str, Any]) -> None:
    (found,) = of_ris(PERSON, {**IMAGES, **change}).examinations
    assert found.study_instance_uid == "2.25.1"
    assert found != STUDY


def test_a_number_is_asked_for_as_one_token() -> None:
    asked: list[str] = []

    def answer(path: str) -> bytes:
        asked.append(path)
        return searchset()

    number = Identifier("urn:x:mrn", "A|B,C$D")
    with answering(answer) as url, board(FhirSettings(kind="fhir", url=url)) as made:
        made.history(replace(CONTEXT, patient=replace(PATIENT, identifiers=(number,))))
    assert parse_qs(urlsplit(unquote(asked[0])).query)["identifier"] == ["urn:x:mrn|A\\|B\\,C\\$D"]
    assert len(asked) == 1
