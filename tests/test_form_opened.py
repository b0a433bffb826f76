"""The form opened by an address: the right report, or a page that says why not and nothing of any patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from emh_report.store import open_store
from emh_report.web.samples import Sample, samples
from tests.case_files import catalog
from tests.web_service import Visitor, ask, served

STUDY = "quick-ct"
OWN = samples()[STUDY].context
ACCESSION, UID = OWN.studies[0].accession, OWN.studies[0].study_instance_uid
PATIENT = OWN.patient.identifiers[0].value
OTHER = samples()["chest-cr"].context


def twice() -> dict[str, Sample]:
    """Return the samples, and one more study of the same accession."""
    first = samples()[STUDY]
    more = replace(OWN, studies=(replace(OWN.studies[0], study_instance_uid="2.25.424242"),))
    return {**samples(), "second": replace(first, id="second", context=more)}


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with served(samples()) as address:
        yield Visitor(address=address)


def opened(visitor: Visitor, **said: str) -> str:
    """Return where an address leads to."""
    answer = ask("GET", f"/open?{urlencode(said)}", headers=visitor.headers(), address=visitor.address)
    return answer.headers["location"] if answer.status == 303 else f"{answer.status} {answer.text}"


def test_a_study_without_report_is_offered_to_be_begun(visitor: Visitor) -> None:
    assert opened(visitor, accessionNumber=ACCESSION) == f"/study/{STUDY}/emh-minimal"
    assert opened(visitor, studyUID=UID, template="emh-ct-body") == f"/study/{STUDY}/emh-ct-body"
    assert "Begin the report" in visitor.get(f"/open?accessionNumber={ACCESSION}").text
    assert "Drafts" not in visitor.get("/").text


@pytest.mark.parametrize("patient", ["", PATIENT, f"{PATIENT}^^^&1.2.3&ISO"])
def test_a_report_that_was_begun_is_resumed(visitor: Visitor, patient: str) -> None:
    report = visitor.begin(STUDY, "emh-minimal")
    known = {"patientID": patient} if patient else {}
    assert opened(visitor, accessionNumber=ACCESSION, studyUID=UID, **known) == report
    assert opened(visitor, studyUID=UID, template="emh-minimal", requestType="STUDY", viewerType="IHE_BIR") == report


def test_a_stored_report_is_found_where_the_worklist_has_no_study(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/reports.db", catalog()) as store:
        with served(samples(), store) as address:
            report = Visitor(address=address).begin(STUDY, "emh-minimal")
        with served({}, store) as address:
            assert opened(Visitor(address=address), accessionNumber=ACCESSION) == report
            assert opened(Visitor(address=address), studyUID=OTHER.studies[0].study_instance_uid).startswith("404")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 400),
        ({"patientID": PATIENT}, 400),
        ({"accessionNumber": ACCESSION, "requestType": "PATIENT"}, 400),
        ({"accessionNumber": "ACC-NONE"}, 404),
        ({"accessionNumber": ACCESSION, "studyUID": OTHER.studies[0].study_instance_uid}, 404),
        ({"accessionNumber": ACCESSION, "template": "none"}, 404),
        ({"accessionNumber": ACCESSION, "patientID": OTHER.patient.identifiers[0].value}, 409),
        ({"accessionNumber": ACCESSION, "patientID": "<script>"}, 409),
    ],
)
@pytest.mark.parametrize("begun", [False, True])
def test_what_does_not_fit_opens_nothing(visitor: Visitor, said: dict[str, str], status: int, *, begun: bool) -> None:
    if begun:
        visitor.begin(STUDY, "emh-minimal")
    answer = opened(visitor, **said)
    assert answer.startswith(str(status))
    for secret in (OWN.patient.family, PATIENT, ACCESSION, OTHER.patient.identifiers[0].value, "<script>"):
        assert secret not in answer.partition("<main")[2]
    assert "<form" not in answer.partition("<main")[2]


def test_of_several_none_is_chosen() -> None:
    with served(twice()) as address:
        visitor = Visitor(address=address)
        assert opened(visitor, accessionNumber=ACCESSION).startswith("409")
        assert opened(visitor, accessionNumber=ACCESSION, studyUID="2.25.424242") == "/study/second/emh-minimal"
        report = visitor.begin(STUDY, "emh-minimal")
        assert opened(visitor, accessionNumber=ACCESSION).startswith("409")
        visitor.begin(STUDY, "emh-ct-body")
        assert opened(visitor, studyUID=UID).startswith("409")
        assert opened(visitor, studyUID=UID, template="emh-minimal") == report


def test_signing_in_leads_on_to_what_was_asked() -> None:
    with served(samples()) as address:
        visitor = Visitor("", address)
        page = visitor.get(f"/open?accessionNumber={ACCESSION}&patientID={PATIENT}")
        assert page.status == 401
        to = f"/open?accessionNumber={ACCESSION}&patientID={PATIENT}"
        assert f'value="{to.replace("&", "&amp;")}"' in page.text
        assert visitor.post("/sign-in", [("person", "attending"), ("to", to)]).headers["location"] == to
        for elsewhere in ("//evil.test/?x", "https://evil.test/?x", "/\\evil.test?x"):
            assert visitor.post("/sign-in", [("person", "attending"), ("to", elsewhere)]).headers["location"] == "/"
