"""Studies read from a PACS and RIS that others wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from conformance import receivers
from conformance.receivers import Receiver
from emh_report.context import Identifier
from emh_report.sources import History, Listing
from emh_report.sources.dicomweb import DicomWeb
from emh_report.sources.found import SourceError, Wanted
from emh_report.sources.settings import FhirSettings
from tests import orthanc
from tests.sources import ORGANIZATION, VARIABLE, board, dicomweb
from tests.test_intake_context import UID, kind, resources

TODAY = date(2026, 11, 21)


def test_orthanc_answers_studies_by_number_and_date(monkeypatch: pytest.MonkeyPatch) -> None:
    if words := orthanc.missing():
        pytest.skip(words)
    monkeypatch.setenv(VARIABLE, "secret")
    with orthanc.running() as address:
        orthanc.store(address)
        orthanc.store(address, t0020000d="2.25.5000", t00080018="2.25.5001", t00100021="ELSEWHERE", t00080050="ACC-78")
        orthanc.store(address, t0020000d="2.25.6000", t00080018="2.25.6001", t00080020="20260101", t00080050="ACC-79")
        settings = dicomweb(
            f"{address}/dicom-web", user="reader", token_env=VARIABLE, issuers={"HOSP": "urn:oid:1.3"}, days=7
        )
        source = DicomWeb(settings, lambda: TODAY)
        (found,), lines = source.read(Wanted())
        patient = found.context.patient
        assert (patient.family, patient.given, patient.birth_date) == ("Müller", ("Eva", "Maria"), "1980-01-31")
        assert patient.identifiers == (Identifier("urn:oid:1.3", "MRN-77"),)
        assert found.context.exam_date == "2026-11-20T08:15:00+02:00"
        assert lines == ("1 not shown (patient.identifiers: a patient identifier with system and value is needed)",)
        for wanted, uid in (
            (Wanted(accession="ACC-79"), "2.25.6000"),
            (Wanted(study_instance_uid="2.25.4000"), "2.25.4000"),
        ):
            (one,), _ = source.read(wanted)
            assert one.context.studies[0].study_instance_uid == uid
        assert source.read(Wanted(accession="ACC-7*")).studies == ()
        assert source.read(Wanted(accession="ACC-1")) == Listing()
        monkeypatch.setenv(VARIABLE, "wrong")
        with pytest.raises(SourceError, match="does not let this service in"):
            source.read(Wanted())


def fill(receiver: Receiver) -> None:
    """Store one open order with patient and study, one that is completed, and one without images."""
    made: dict[str, str] = {}
    known = resources("4.0")
    patient = {"resourceType": "Patient", **known["Patient"]}
    made["Patient/patient-1"] = created(receiver, patient)
    order = {"resourceType": "ServiceRequest", **known["ServiceRequest"]}
    study = {"resourceType": "ImagingStudy", **known["ImagingStudy"]}
    order["subject"] = study["subject"] = {"reference": made["Patient/patient-1"]}
    study["basedOn"] = [{"reference": created(receiver, order)}]
    created(receiver, study)
    numbered = {**order, "identifier": [{"type": kind("ACSN"), "system": "urn:x:acc", "value": "ACC-2"}]}
    study["basedOn"] = [{"reference": created(receiver, {**numbered, "status": "completed"})}]
    study["identifier"] = [{"system": "urn:dicom:uid", "value": "urn:oid:2.25.2"}]
    created(receiver, study)
    created(receiver, {**order, "identifier": [{"type": kind("ACSN"), "system": "urn:x:acc", "value": "ACC-3"}]})


def created(receiver: Receiver, resource: dict[str, Any]) -> str:
    answer = receiver.call("POST", f"/{resource['resourceType']}", resource)
    assert answer.status == 201, answer
    return f"{resource['resourceType']}/{answer.body['id']}"


@pytest.mark.parametrize("name", ["medplum", "sekmet", "helios"])
def test_a_fhir_server_answers_open_orders_with_their_patient(name: str) -> None:
    if words := receivers.missing(name):
        pytest.skip(words)
    with receivers.SERVERS[name]() as receiver:
        fill(receiver)
        settings = FhirSettings(kind="fhir", url=receiver.base, title="RIS", timeout_seconds=60)
        with board(settings) as asked:
            (found,), lines = asked.listing()
            assert lines == ("RIS: 1 not shown (no images yet)",)
            context = found.context
            assert (context.patient.family, context.patient.given) == ("Example", ("Eva", "Maria"))
            assert context.orders[0].accession == Identifier("urn:x:acc", "ACC-1")
            assert (context.orders[0].reason, context.studies[0].study_instance_uid) == ("Weakness of both legs", UID)
            assert context.organization == ORGANIZATION
            assert asked.ask(Wanted(accession="ACC-1")).studies == (found,)
            assert asked.ask(Wanted(study_instance_uid=UID)).studies == (found,)
            assert asked.ask(Wanted(accession="ACC-9")) == Listing()
            history = asked.history(context)
            assert [one.study_instance_uid for one in history.examinations] == ["2.25.2"]
            assert history.lines == ()
            stranger = replace(context.patient, identifiers=(Identifier("urn:x:mrn", "MRN-0"),))
            assert asked.history(replace(context, patient=stranger)) == History()
