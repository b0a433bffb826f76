"""The method of the service for Questionnaires: from a request message to a response message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from emh_report.catalog import Catalog
from emh_report.errors import InputError
from emh_report.grpc_server.method import Check, Method
from emh_report.questionnaires import questionnaire
from emh_report.v1 import questionnaire_service_pb2 as pb
from emh_report.wire import guard

if TYPE_CHECKING:
    from emh_report.export.questionnaire import Release

RELEASES: Final[Mapping[int, str]] = {
    pb.FHIR_RELEASE_UNSPECIFIED: "r4",
    pb.FHIR_RELEASE_R4: "r4",
    pb.FHIR_RELEASE_R5: "r5",
}


class QuestionnaireMethods:
    """All methods over one catalog. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        """Take the templates."""
        self._catalog = catalog

    @property
    def table(self) -> dict[str, Method]:
        """Method → what to call. Making a Questionnaire takes long however small the request; it is kept then."""
        return {"GetQuestionnaire": Method(pb.GetQuestionnaireRequest, self.get_questionnaire, waits=True)}

    def get_questionnaire(self, request: pb.GetQuestionnaireRequest, _: Check) -> pb.GetQuestionnaireResponse:
        """One template as a form. Raises NotFoundError."""
        guard.check(request)
        made = questionnaire(self._catalog, request.template_id, _release(request.release), request.version)
        return pb.GetQuestionnaireResponse(content=made.content, content_type=made.content_type)


def _release(number: int) -> Release:
    from emh_report.export.questionnaire import Release

    if number not in RELEASES:
        accepted = ", ".join(pb.FhirRelease.Name(known) for known in pb.FhirRelease.values() if known)
        raise InputError([("release", f"not a release that is made: {accepted}")])
    return Release(RELEASES[number])
