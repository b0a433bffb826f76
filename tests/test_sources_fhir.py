"""A RIS that answers FHIR: what is read, what is refused at its path, and what is said of what is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emh_report.phrases import is_ours
from emh_report.sources import Listing
from emh_report.sources.found import Wanted
from emh_report.sources.settings import FhirSettings
from tests.sources import board
from tests.test_intake_context import UID, resources
from tests.test_sources import PRIVATE, answering, searchset


def ris(**changes: dict[str, object]) -> Callable[[str], bytes]:
    """A RIS that answers whatever it is asked with the same resources; ``changes`` are made to them by type."""
    known = {
        type_: {"resourceType": type_, "id": f"{type_.lower()}-1", **resources("4.0")[type_], **changes.get(type_, {})}
        for type_ in ("ServiceRequest", "Patient", "ImagingStudy")
    }
    return lambda path: searchset(known[path.split("?")[0].strip("/")])


def test_a_ris_that_is_right_is_read() -> None:
    with answering(ris()) as url, board(FhirSettings(kind="fhir", url=url)) as asked:
        (found,), lines = asked.listing()
    assert (found.context.patient.family, lines) == ("Example", ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ImagingStudy": {"subject": {"reference": "Patient/other"}}}, "subject"),
        ({"ServiceRequest": {"subject": {"reference": "Patient/other"}}}, "leads to no patient"),
        ({"ServiceRequest": {"subject": {"reference": "http://other.test/Patient/patient-1"}}}, "leads to no patient"),
        ({"ServiceRequest": {"subject": {"display": PRIVATE}}}, "leads to no patient"),
        ({"ImagingStudy": {"basedOn": [{"reference": "ServiceRequest/other"}]}}, "no images yet"),
        ({"Patient": {"birthDate": "31.1.1980"}}, "Patient.birthDate"),
        ({"Patient": {"gender": PRIVATE}}, "Patient.gender"),
        ({"Patient": {"identifier": [{"value": PRIVATE}]}}, "patient.identifiers"),
        ({"ImagingStudy": {"identifier": []}}, "ImagingStudy.identifier"),
        ({"ServiceRequest": {"intent": None}}, "ServiceRequest.intent"),
    ],
)
def test_wrong_fhir_is_refused_at_its_path(changes: dict[str, Any], reason: str) -> None:
    with answering(ris(**changes)) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        found, lines = asked.listing()
    assert found == ()
    assert len(lines) == 1
    assert lines[0].startswith("RIS: 1 not shown (")
    assert reason in lines[0]
    assert PRIVATE not in lines[0]
    assert is_ours(lines[0])


def test_orders_that_are_not_open_are_not_listed_even_where_the_server_answers_them() -> None:
    completed = ris(ServiceRequest={"status": "completed"})
    with answering(completed) as url, board(FhirSettings(kind="fhir", url=url)) as asked:
        assert asked.listing() == Listing()


@pytest.mark.parametrize("position", [0, 1])
def test_a_study_that_does_not_count_is_said_beside_the_one_that_does(position: int) -> None:
    right = json.loads(ris()("ImagingStudy"))["entry"][0]["resource"]
    void = {**right, "id": "imagingstudy-2", "status": "cancelled", "started": "2020-01-01"}
    void["identifier"] = [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.3"}]
    studies = [right, right]
    studies[position] = void

    def answer(path: str) -> bytes:
        return searchset(*studies) if "ImagingStudy?" in path else ris()(path)

    with answering(answer) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        (found,), (line,) = asked.listing()
    assert [one.study_instance_uid for one in found.context.studies] == [UID]
    assert line.startswith("RIS: 1 shown with a warning (ImagingStudy.status: this ImagingStudy does not count")
    assert is_ours(line)


SHOWN_WITH: dict[str, dict[str, Any]] = {
    "Patient.active": {"Patient": {"active": False}},
    "ServiceRequest.identifier[0].type": {
        "ServiceRequest": {
            "identifier": [{"type": {"coding": [{"code": "ACSN"}]}, "system": "urn:x", "value": PRIVATE}]
        }
    },
}


@pytest.mark.parametrize("path", SHOWN_WITH)
def test_what_is_to_be_known_of_a_study_is_said_where_it_is_shown(path: str) -> None:
    with answering(ris(**SHOWN_WITH[path])) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        (_,), (line,) = asked.listing()
    assert line.startswith(f"RIS: 1 shown with a warning ({path}: ")
    assert PRIVATE not in line


def test_a_ris_with_cancelled_studies_alone_is_not_said_to_have_no_images() -> None:
    cancelled = ris(ImagingStudy={"status": "cancelled"})
    with answering(cancelled) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        found, (line,) = asked.listing()
    assert (found, line.startswith("RIS: 1 not shown (ImagingStudy.status: ")) == ((), True)


def test_orders_that_share_a_study_are_said() -> None:
    right = json.loads(ris()("ServiceRequest"))["entry"][0]["resource"]
    both = [{"reference": f"ServiceRequest/servicerequest-{number}"} for number in (1, 2)]
    rest = ris(ImagingStudy={"basedOn": both})
    orders = searchset(right, {**right, "id": "servicerequest-2"})

    def answer(path: str) -> bytes:
        return orders if "ServiceRequest?" in path else rest(path)

    with answering(answer) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        found, lines = asked.listing()
    assert (len(found), lines) == (1, ("RIS: 2 orders share their studies: one of them is shown",))


def test_a_ris_that_answers_another_order_is_not_believed() -> None:
    with answering(ris()) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        expected = Listing((), ("RIS: 1 not shown (another study than was asked for)",))
        assert asked.ask(Wanted(accession="ACC-9")) == expected
        assert asked.ask(Wanted(study_instance_uid="2.25.9")) == expected
