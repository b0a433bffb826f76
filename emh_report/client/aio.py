"""The asynchronous client: `blocking.Client`, awaited."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

import grpc

from emh_report.client import requests
from emh_report.client.deliveries import AsyncDeliveries
from emh_report.client.errors import ClientError, ReportRejectedError, error_of, fault_of
from emh_report.client.priors import AsyncPriors
from emh_report.client.stored import AsyncStoredReports
from emh_report.config import DEFAULT_ADDRESS
from emh_report.context import Context, Identifier
from emh_report.draft import Draft
from emh_report.export import Format
from emh_report.intake.imports import Imported
from emh_report.pipeline import Verdict
from emh_report.v1 import questionnaire_service_pb2_grpc as questionnaire_stubs
from emh_report.v1 import service_pb2 as pb
from emh_report.v1 import service_pb2_grpc as stubs
from emh_report.v1 import template_pb2, vocabulary_pb2
from emh_report.wire.request import write_request
from emh_report.wire.verdict import read_verdict

Request = TypeVar("Request")
Response = TypeVar("Response")


class AsyncClient:
    """Talks to one service from one event loop; to be closed, or used in an async with statement.

    Every method raises ClientError (see `emh_report.client.errors`), and InputError for a draft that
    no message can carry.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        timeout: float = requests.TIMEOUT,
        credentials: grpc.ChannelCredentials | None = None,
        on_behalf_of: Identifier | None = None,
    ) -> None:
        """Connect on first use. ``timeout`` are seconds a call may take, retries included.

        ``on_behalf_of`` is the person for whom all is called; it is for the audit and opens nothing. Raises InputError
        for what is no identifier.
        """
        metadata = requests.metadata(on_behalf_of)
        self._timeout = timeout
        self._channel = (
            grpc.aio.secure_channel(address, credentials, requests.options(address))
            if credentials
            else grpc.aio.insecure_channel(address, requests.options(address))
        )
        self._templates = stubs.TemplateServiceStub(self._channel)
        self._vocabularies = stubs.VocabularyServiceStub(self._channel)
        self._questionnaires = questionnaire_stubs.QuestionnaireServiceStub(self._channel)
        self._reports = stubs.ReportServiceStub(self._channel)
        self._say(metadata, owns=True)

    def _say(self, metadata: requests.Metadata, *, owns: bool) -> None:
        """Send ``metadata`` with every call; ``owns``: the channel is closed with this client."""
        self._metadata, self._owns_channel = metadata, owns
        self.stored = AsyncStoredReports(self._channel, self._call, metadata)
        self.priors = AsyncPriors(self._channel, self._call)
        self.deliveries = AsyncDeliveries(self._channel, self._call)

    def on_behalf_of(self, person: Identifier) -> Self:
        """Return a client on the same connection that calls for ``person``. Raises InputError for no identifier.

        It may be used beside this one, and need not be closed: the connection is that of this one.
        """
        metadata = requests.metadata(person)
        other = copy.copy(self)
        other._say(metadata, owns=False)  # noqa: SLF001 - it is one of these
        return other

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; one that is shared is left to the client that made it."""
        if self._owns_channel:
            await self._channel.close()

    async def _call(self, method: Callable[..., Awaitable[Response]], request: object) -> Response:
        try:
            return await method(request, timeout=self._timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            raise error_of(fault_of(error)) from None

    async def templates(self, modality: str = "") -> list[template_pb2.TemplateSummary]:
        """Return all templates, or those meant for one modality (DICOM code)."""
        found: list[template_pb2.TemplateSummary] = []
        request = pb.ListTemplatesRequest(modality=modality)
        while True:
            page = await self._call(self._templates.ListTemplates, request)
            found += page.templates
            request.page_token = page.next_page_token
            if not request.page_token:
                return found

    async def template(self, template_id: str, version: str = "") -> template_pb2.Template:
        """Return one template; the newest version where none is named."""
        request = pb.GetTemplateRequest(id=template_id, version=version)
        return (await self._call(self._templates.GetTemplate, request)).template

    async def questionnaire(self, template_id: str, fhir_version: str = "4.0", version: str = "") -> bytes:
        """Return a template as a FHIR Questionnaire of R4 ("4.0") or R5 ("5.0"); without a version the newest one.

        Raises InputError for another version of FHIR.
        """
        request = requests.questionnaire_request(template_id, fhir_version, version)
        return (await self._call(self._questionnaires.GetQuestionnaire, request)).content

    async def vocabularies(self) -> list[vocabulary_pb2.VocabularySummary]:
        """Return all vocabularies, without their terms."""
        found: list[vocabulary_pb2.VocabularySummary] = []
        request = pb.ListVocabulariesRequest()
        while True:
            page = await self._call(self._vocabularies.ListVocabularies, request)
            found += page.vocabularies
            request.page_token = page.next_page_token
            if not request.page_token:
                return found

    async def vocabulary(self, vocabulary_id: str) -> vocabulary_pb2.Vocabulary:
        """Return one vocabulary with its terms."""
        request = pb.GetVocabularyRequest(id=vocabulary_id)
        return (await self._call(self._vocabularies.GetVocabulary, request)).vocabulary

    async def search(self, text: str, vocabulary_id: str = "", limit: int = 0) -> list[vocabulary_pb2.TermMatch]:
        """Return the best matches for what was typed, in one vocabulary or in all. None of them is chosen for you."""
        request = pb.SearchTermsRequest(query=text, vocabulary_id=vocabulary_id, page_size=limit)
        return list((await self._call(self._vocabularies.SearchTerms, request)).matches)

    async def validate(self, draft: Draft, context: Context) -> Verdict:
        """Return every issue of a draft and what may be done with it."""
        response = await self._call(self._reports.ValidateReport, write_request(draft, context))
        return read_verdict(response.verdict)

    async def render(self, draft: Draft, context: Context, *, html: bool = False) -> requests.Rendered:
        """Return the narrative. Raises ReportRejectedError with every issue."""
        request = requests.render_request(draft, context, html=html)
        try:
            return requests.read_rendered(await self._call(self._reports.RenderReport, request))
        except ReportRejectedError as error:
            raise await self._with_issues(error, draft, context) from None

    async def export(
        self,
        draft: Draft,
        context: Context,
        format_: Format = Format.FHIR_R4_TRANSACTION,
        *,
        with_pdf: bool = False,
    ) -> bytes:
        """Return the report in an exchange format, of any size. Raises ReportRejectedError with every issue.

        ``with_pdf``: a FHIR bundle presents the report as PDF too.
        """
        request = requests.export_request(draft, context, format_, with_pdf=with_pdf)
        try:
            parts = self._reports.StreamExportReport(request, timeout=self._timeout, metadata=self._metadata)
            return b"".join([part.chunk async for part in parts])
        except grpc.RpcError as failure:
            error = error_of(fault_of(failure))
            if isinstance(error, ReportRejectedError):
                error = await self._with_issues(error, draft, context)
            raise error from None

    async def import_report(self, content: bytes, fhir_version: str = "") -> Imported:
        """Return draft and context of a FHIR bundle, or the issues that say why they cannot be had."""
        request = requests.import_request(content, fhir_version, context_only=False)
        return requests.read_imported(await self._call(self._reports.ImportReport, request))

    async def import_context(self, content: bytes, fhir_version: str = "") -> Imported:
        """Return the context that FHIR resources of RIS and PACS make, or the issues that say why there is none."""
        request = requests.import_request(content, fhir_version, context_only=True)
        return requests.read_imported(await self._call(self._reports.ImportReport, request))

    async def _with_issues(self, error: ReportRejectedError, draft: Draft, context: Context) -> ReportRejectedError:
        """Return ``error`` with all issues: a status has room for some of them only."""
        try:
            return ReportRejectedError(error.fault, (await self.validate(draft, context)).issues)
        except ClientError:
            return error
