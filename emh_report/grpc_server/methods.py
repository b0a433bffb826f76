"""The methods of the services: from a request message to a response message, on one screen each.

They know nothing of gRPC. ``check`` is called between stages; it raises where the caller has gone
or the deadline has passed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from emh_report import limits, pipeline
from emh_report.catalog import Catalog
from emh_report.errors import InputError, LimitError
from emh_report.export import Exported, Format
from emh_report.grpc_server.deliveries import DeliveryMethods
from emh_report.grpc_server.method import Check, Method
from emh_report.grpc_server.migration import MigrationMethods
from emh_report.grpc_server.noting import noted
from emh_report.grpc_server.paging import Pager
from emh_report.grpc_server.priors import PriorMethods
from emh_report.grpc_server.questionnaires import QuestionnaireMethods
from emh_report.grpc_server.request_ids import RequestIds
from emh_report.grpc_server.stored import StoredMethods
from emh_report.search import SearchIndex
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import catalog as catalogs
from emh_report.wire import guard
from emh_report.wire.request import read_request
from emh_report.wire.results import write_exported, write_imported, write_rendered
from emh_report.wire.verdict import write_verdict

if TYPE_CHECKING:
    from emh_report.store import Store

FORMATS: Final[Mapping[int, Format]] = {
    pb.EXPORT_FORMAT_FHIR_R4_TRANSACTION: Format.FHIR_R4_TRANSACTION,
    pb.EXPORT_FORMAT_TEXT: Format.TEXT,
    pb.EXPORT_FORMAT_HTML: Format.HTML,
    pb.EXPORT_FORMAT_FHIR_R5_TRANSACTION: Format.FHIR_R5_TRANSACTION,
    pb.EXPORT_FORMAT_FHIR_R4_DOCUMENT: Format.FHIR_R4_DOCUMENT,
    pb.EXPORT_FORMAT_FHIR_R5_DOCUMENT: Format.FHIR_R5_DOCUMENT,
    pb.EXPORT_FORMAT_FHIR_R4_IMR: Format.FHIR_R4_IMR,
    pb.EXPORT_FORMAT_PDF: Format.PDF,
}


class Methods:
    """All methods of all services over one catalog. Thread-safe: the catalog never changes."""

    def __init__(self, catalog: Catalog, *, create_patient: bool = False, store: Store | None = None) -> None:
        """Take what every call shares. ``create_patient``: FHIR bundles carry the patient.

        Without ``store`` there are no stored reports, and no services for them.
        """
        self.catalog = catalog
        tables = (
            {
                "StoredReportService": StoredMethods(store).table,
                "MigrationService": MigrationMethods(store).table,
                "PriorService": PriorMethods(store).table,
                "DeliveryService": DeliveryMethods(store).table,
            }
            if store
            else {}
        )
        self._stored = noted(tables, store.note) if store and store.note else tables
        self._create_patient = create_patient
        self._pager = Pager(catalog)
        self._request_ids = RequestIds()

    @functools.cached_property
    def _index(self) -> SearchIndex:
        """Made at the first search: a server that only validates never needs it."""
        return SearchIndex(self.catalog.vocabularies)

    @property
    def table(self) -> dict[str, dict[str, Method]]:
        """Service → method → what to call."""
        return {
            "TemplateService": {
                "ListTemplates": Method(pb.ListTemplatesRequest, self.list_templates),
                "GetTemplate": Method(pb.GetTemplateRequest, self.get_template),
            },
            "VocabularyService": {
                "ListVocabularies": Method(pb.ListVocabulariesRequest, self.list_vocabularies),
                "GetVocabulary": Method(pb.GetVocabularyRequest, self.get_vocabulary),
                "SearchTerms": Method(pb.SearchTermsRequest, self.search_terms),
            },
            "ReportService": {
                "ValidateReport": Method(pb.ValidateReportRequest, self.validate_report),
                "RenderReport": Method(pb.RenderReportRequest, self.render_report),
                "ExportReport": Method(pb.ExportReportRequest, self.export_report, is_slow=_prints),
                "StreamExportReport": Method(
                    pb.StreamExportReportRequest, self.stream_export_report, streams=True, is_slow=_prints
                ),
                "ImportReport": Method(pb.ImportReportRequest, self.import_report, waits=True),
            },
            "QuestionnaireService": QuestionnaireMethods(self.catalog).table,
            **self._stored,
        }

    def list_templates(self, request: pb.ListTemplatesRequest, _: Check) -> pb.ListTemplatesResponse:
        """One page of templates, those that take the modality asked for."""
        guard.check(request)
        wanted = request.modality
        found = [t for t in self.catalog.templates if not wanted or not t.modalities or wanted in t.modalities]
        page, token = self._pager.page(found, request.page_size, request.page_token, "templates", wanted)
        summaries = [catalogs.write_template_summary(template) for template in page]
        return pb.ListTemplatesResponse(templates=summaries, next_page_token=token)

    def get_template(self, request: pb.GetTemplateRequest, _: Check) -> pb.GetTemplateResponse:
        """One template. Raises NotFoundError."""
        guard.check(request)
        template = self.catalog.plan(request.id, request.version).template
        return pb.GetTemplateResponse(template=catalogs.write_template(template))

    def list_vocabularies(self, request: pb.ListVocabulariesRequest, _: Check) -> pb.ListVocabulariesResponse:
        """One page of vocabularies."""
        guard.check(request)
        found = [vocabulary for _, vocabulary in sorted(self.catalog.vocabularies.items())]
        page, token = self._pager.page(found, request.page_size, request.page_token, "vocabularies")
        summaries = [catalogs.write_vocabulary_summary(vocabulary) for vocabulary in page]
        return pb.ListVocabulariesResponse(vocabularies=summaries, next_page_token=token)

    def get_vocabulary(self, request: pb.GetVocabularyRequest, _: Check) -> pb.GetVocabularyResponse:
        """One vocabulary. Raises NotFoundError."""
        guard.check(request)
        vocabulary = self.catalog.vocabulary(request.id)
        return pb.GetVocabularyResponse(vocabulary=catalogs.write_vocabulary(vocabulary))

    def search_terms(self, request: pb.SearchTermsRequest, _: Check) -> pb.SearchTermsResponse:
        """Terms by what was typed. Raises NotFoundError for a vocabulary that is not installed."""
        guard.check(request)
        query, vocabulary_id = request.query, request.vocabulary_id
        if vocabulary_id:
            self.catalog.vocabulary(vocabulary_id)
        found = self._index.search(query, vocabulary_id)
        page, token = self._pager.page(found, request.page_size, request.page_token, "search", vocabulary_id, query)
        return pb.SearchTermsResponse(matches=[catalogs.write_match(match) for match in page], next_page_token=token)

    def validate_report(self, request: pb.ValidateReportRequest, check: Check) -> pb.ValidateReportResponse:
        """Every issue of a draft."""
        draft, context = read_request(request)
        check()
        verdict = pipeline.validate(self.catalog, draft, context)
        check()
        return pb.ValidateReportResponse(verdict=write_verdict(verdict))

    def render_report(self, request: pb.RenderReportRequest, check: Check) -> pb.RenderReportResponse:
        """The narrative of a draft. Raises InvalidReportError."""
        draft, context = read_request(request)
        if request.format not in pb.NarrativeFormat.values():
            raise InputError([("format", "not a format of narratives")])
        check()
        narrative, section, verdict = pipeline.render(self.catalog, draft, context)
        check()
        return write_rendered(narrative, section, verdict, html=request.format == pb.NARRATIVE_FORMAT_HTML)

    def export_report(self, request: pb.ExportReportRequest, check: Check) -> pb.ExportReportResponse:
        """The report in an exchange format. Raises InvalidReportError, LimitError."""
        exported, verdict = self._export(request, check)
        if len(exported.content) > limits.EXPORT_BYTES:
            reason = f"the report has {len(exported.content)} bytes in this format: use StreamExportReport"
            raise LimitError([("", reason)])
        return write_exported(exported, verdict)

    def stream_export_report(
        self, request: pb.StreamExportReportRequest, check: Check
    ) -> Iterator[pb.StreamExportReportResponse]:
        """The report in chunks; the first one says what it is. Raises InvalidReportError before the first chunk."""
        exported, verdict = self._export(request, check)
        return _chunks(exported, verdict)

    def import_report(self, request: pb.ImportReportRequest, check: Check) -> pb.ImportReportResponse:
        """Draft and context of a bundle. Raises LimitError, InputError."""
        guard.check(request)
        check()
        read = pipeline.import_context if request.context_only else pipeline.import_report
        imported = read(self.catalog, request.content.encode(), request.fhir_version)
        check()
        return write_imported(imported)

    def _export(
        self, request: pb.ExportReportRequest | pb.StreamExportReportRequest, check: Check
    ) -> tuple[Exported, pipeline.Verdict]:
        draft, context = read_request(request)
        format_ = FORMATS.get(request.format)
        if format_ is None:
            accepted = ", ".join(pb.ExportFormat.Name(number) for number in pb.ExportFormat.values() if number)
            raise InputError([("format", f"a format is needed: {accepted}")])
        digest = self._request_ids.check(request.request_id, *_content(request)) if request.request_id else b""
        check()
        exported, verdict = pipeline.export_report(
            self.catalog,
            draft,
            context,
            format_,
            create_patient=self._create_patient,
            with_pdf=request.with_pdf,
        )
        check()
        if digest:
            self._request_ids.remember(request.request_id, digest)
        return exported, verdict


def _prints(request: pb.ExportReportRequest | pb.StreamExportReportRequest) -> bool:
    """Whether a PDF is made, which takes a hundred times as long as any other export."""
    return request.format == pb.EXPORT_FORMAT_PDF or request.with_pdf


def _content(request: pb.ExportReportRequest | pb.StreamExportReportRequest) -> tuple[bytes, ...]:
    parts = (request.draft.SerializeToString(deterministic=True), request.context.SerializeToString(deterministic=True))
    return request.format.to_bytes(4, "big"), bytes([request.with_pdf]), *parts


def _chunks(exported: Exported, verdict: pipeline.Verdict) -> Iterator[pb.StreamExportReportResponse]:
    content, size = exported.content, limits.CHUNK_BYTES
    yield pb.StreamExportReportResponse(
        chunk=content[:size],
        content_type=exported.content_type,
        verdict=write_verdict(verdict),
        content_length=len(content),
    )
    for start in range(size, len(content), size):
        yield pb.StreamExportReportResponse(chunk=content[start : start + size])
