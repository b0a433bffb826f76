"""Templates as forms over gRPC."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from emh_report import questionnaires
from emh_report.client import AsyncClient, Client
from emh_report.client.errors import NotInstalledError
from emh_report.errors import InputError
from emh_report.export.questionnaire import Release
from emh_report.v1 import questionnaire_service_pb2 as pb
from emh_report.v1.questionnaire_service_pb2_grpc import QuestionnaireServiceStub
from tests.case_files import catalog
from tests.service import address

RELEASES = {"4.0": Release.R4, "5.0": Release.R5}


@pytest.mark.parametrize("fhir", RELEASES)
def test_both_clients_get_what_the_exporter_makes(fhir: str) -> None:
    async def asked() -> bytes:
        async with AsyncClient(address()) as service:
            return await service.questionnaire("emh-minimal", fhir)

    wanted = questionnaires.questionnaire(catalog(), "emh-minimal", RELEASES[fhir]).content
    with Client(address()) as service:
        assert service.questionnaire("emh-minimal", fhir) == wanted
        version = catalog().newest["emh-minimal"]
        assert service.questionnaire("emh-minimal", fhir, version) == wanted
    assert asyncio.run(asked()) == wanted


def test_what_is_not_there_and_what_cannot_be_read() -> None:
    with Client(address()) as service:
        with pytest.raises(NotInstalledError):
            service.questionnaire("emh-minimal", version="9.9.9")
        with pytest.raises(NotInstalledError):
            service.questionnaire("none")
        with pytest.raises(InputError):
            service.questionnaire("emh-minimal", "3.0")
    with grpc.insecure_channel(address()) as channel:
        request = pb.GetQuestionnaireRequest(template_id="emh-minimal", release=pb.FhirRelease.ValueType(7))
        with pytest.raises(grpc.RpcError) as refused:
            QuestionnaireServiceStub(channel).GetQuestionnaire(request)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        response = QuestionnaireServiceStub(channel).GetQuestionnaire(pb.GetQuestionnaireRequest(template_id="emh-pet"))
        assert response.content_type == "application/fhir+json; fhirVersion=4.0"
