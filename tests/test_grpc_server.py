"""The service as a gRPC client sees it: every method, its errors, limits, deadlines, health and reflection."""

import logging
import threading
import time
from collections.abc import Iterator

import grpc
import pytest

from emh_report import demo, limits, pipeline
from emh_report.context import ReportStatus
from emh_report.errors import InvalidReportError
from emh_report.export import Format
from emh_report.grpc_server.dispatch import Ticket
from emh_report.grpc_server.methods import FORMATS, Methods
from emh_report.v1 import questionnaire_service_pb2
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import write_request
from emh_report.wire.statuses import OverdueError
from emh_report.wire.verdict import read_verdict
from tests import service
from tests.case_files import catalog
from tests.paper import formats
from tests.service import call, call_raw, channel, demo_request, in_state, read_refusal, refusal

VALIDATE = "ReportService/ValidateReport"
EXPORT = "ReportService/ExportReport"
INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


def export_request(format_: int = pb.EXPORT_FORMAT_TEXT, request_id: str = "") -> pb.ExportReportRequest:
    both = demo_request()
    return pb.ExportReportRequest(draft=both.draft, context=both.context, format=format_, request_id=request_id)  # type: ignore[arg-type]


def stream(request: pb.ExportReportRequest) -> list[pb.StreamExportReportResponse]:
    open_call: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel().unary_stream(
        f"{service.PACKAGE}ReportService/StreamExportReport"
    )
    parts = open_call(request.SerializeToString(), timeout=30)
    return [pb.StreamExportReportResponse.FromString(part) for part in parts]


def test_every_method_of_the_contract_is_served() -> None:
    contract = {
        service_name: {
            method.name: (getattr(module, method.input_type.name), method.server_streaming) for method in kind.methods
        }
        for module in (pb, questionnaire_service_pb2)
        for service_name, kind in module.DESCRIPTOR.services_by_name.items()
    }
    served = {
        service_name: {name: (method.request, method.streams) for name, method in methods.items()}
        for service_name, methods in Methods(catalog()).table.items()
    }
    assert served == contract


def test_every_export_format_is_served() -> None:
    assert set(FORMATS) == set(pb.ExportFormat.values()) - {pb.EXPORT_FORMAT_UNSPECIFIED}
    assert set(FORMATS.values()) == set(Format)


# --- catalog ---


def test_templates_are_listed_by_modality() -> None:
    every = call("TemplateService/ListTemplates", pb.ListTemplatesRequest()).templates
    assert [template.id for template in every] == sorted(catalog().newest)
    for_mr = call("TemplateService/ListTemplates", pb.ListTemplatesRequest(modality="MR")).templates
    assert {t.id for t in for_mr} == {t.id for t in catalog().templates if not t.modalities or "MR" in t.modalities}


def test_a_template_by_version() -> None:
    for version in ("", "1.1.0"):
        found = call("TemplateService/GetTemplate", pb.GetTemplateRequest(id="emh-ct-body", version=version)).template
        assert found.summary.content_hash == catalog().plan("emh-ct-body").template.content_hash


def test_what_is_not_installed_is_not_found_with_candidates() -> None:
    code, fault = refusal("TemplateService/GetTemplate", pb.GetTemplateRequest(id="emh-ct-bodi"))
    assert (code, fault.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_INSTALLED")
    assert fault.metadata["candidates"] == "emh-ct-body"
    code, fault = refusal("TemplateService/GetTemplate", pb.GetTemplateRequest(id="emh-ct-body", version="9.9.9"))
    assert (code, fault.metadata["candidates"]) == (grpc.StatusCode.NOT_FOUND, "1.1.0")
    assert (
        refusal("VocabularyService/GetVocabulary", pb.GetVocabularyRequest(id="sites"))[0] is grpc.StatusCode.NOT_FOUND
    )
    request = pb.SearchTermsRequest(query="cord", vocabulary_id="sites")
    assert refusal("VocabularyService/SearchTerms", request)[0] is grpc.StatusCode.NOT_FOUND


def test_vocabularies_are_served() -> None:
    listed = call("VocabularyService/ListVocabularies", pb.ListVocabulariesRequest(page_size=1_000)).vocabularies
    assert [one.id for one in listed] == sorted(catalog().vocabularies)
    site = call("VocabularyService/GetVocabulary", pb.GetVocabularyRequest(id="site")).vocabulary
    assert [term.code for term in site.terms] == list(catalog().vocabularies["site"].terms)


SPELLINGS = [
    ("hematopoiesis", "haematopoiesis"),
    ("edema", "oedema"),
    ("sulfur colloid", "sulphur colloid"),
    ("embolization", "embolisation"),
    ("fetal", "foetal"),
]


@pytest.mark.parametrize(("american", "british"), SPELLINGS)
def test_search_takes_both_spellings(american: str, british: str) -> None:
    found = [call("VocabularyService/SearchTerms", pb.SearchTermsRequest(query=q)).matches for q in (american, british)]
    assert found[0]
    assert list(found[0]) == list(found[1])


def test_an_ambiguous_search_returns_every_candidate() -> None:
    matches = call("VocabularyService/SearchTerms", pb.SearchTermsRequest(query="cord", page_size=200)).matches
    assert len({(match.vocabulary_id, match.term.code) for match in matches}) == len(matches) > 1


# --- reports ---


def test_validation_is_that_of_the_pipeline() -> None:
    verdict = read_verdict(call(VALIDATE, demo_request()).verdict)
    assert verdict == pipeline.validate(catalog(), *demo.read_case())


@pytest.mark.parametrize("format_", pb.NarrativeFormat.values())
def test_narratives_are_those_of_the_pipeline(format_: int) -> None:
    both = demo_request()
    request = pb.RenderReportRequest(draft=both.draft, context=both.context, format=format_)  # type: ignore[arg-type]
    narrative, _, _ = pipeline.render(catalog(), *demo.read_case())
    expected = narrative.html if format_ == pb.NARRATIVE_FORMAT_HTML else narrative.text
    assert call("ReportService/RenderReport", request).narrative == expected


def test_a_companion_has_a_section_to_paste() -> None:
    both = demo_request()
    both.draft.mode = 2  # type: ignore[assignment]
    response = call("ReportService/RenderReport", pb.RenderReportRequest(draft=both.draft, context=both.context))
    assert response.paste_section
    assert response.paste_section != response.narrative


@pytest.mark.parametrize("format_", formats())
def test_exports_are_those_of_the_pipeline_streamed_or_not(format_: Format) -> None:
    number = next(number for number, one in FORMATS.items() if one is format_)
    exported, _ = pipeline.export_report(catalog(), *demo.read_case(), format_)
    response = call(EXPORT, export_request(number))
    parts = stream(export_request(number))
    assert response.content == exported.content
    assert response.content_type == parts[0].content_type == exported.content_type
    assert response.verdict == parts[0].verdict
    assert b"".join(part.chunk for part in parts) == exported.content
    assert parts[0].content_length == len(exported.content)
    assert all(len(part.chunk) == limits.CHUNK_BYTES for part in parts[:-1])
    assert not any(part.content_type for part in parts[1:])


def test_a_report_that_cannot_be_final_is_refused_with_its_issues() -> None:
    both = write_request(*in_state(ReportStatus.FINAL))
    request = pb.ExportReportRequest(draft=both.draft, context=both.context, format=pb.EXPORT_FORMAT_TEXT)
    with pytest.raises(InvalidReportError) as caught:
        pipeline.export_report(catalog(), *in_state(ReportStatus.FINAL), Format.TEXT)
    code, fault = refusal(EXPORT, request)
    assert (code, fault.reason) == (INVALID, "INVALID_REPORT")
    assert fault.metadata["violations"] == str(len(caught.value.issues))
    listed = [violation.path for violation in fault.violations]
    assert listed == [issue.where.path for issue in caught.value.issues][: len(listed)]
    with pytest.raises(grpc.RpcError) as failed:
        stream(request)
    assert service.read_refusal(failed.value)[1].reason == "INVALID_REPORT"


def test_a_format_is_needed() -> None:
    for number in (0, 99):
        code, fault = refusal(EXPORT, export_request(number))
        assert code is INVALID
        assert fault.violations[0].path == "format"
        assert "EXPORT_FORMAT_FHIR_R4_TRANSACTION" in fault.message
    both = demo_request()
    request = pb.RenderReportRequest(draft=both.draft, context=both.context, format=99)  # type: ignore[arg-type]
    assert refusal("ReportService/RenderReport", request)[0] is INVALID


# --- limits, deadlines, errors ---


def test_an_export_that_does_not_fit_is_to_be_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPORT_BYTES", 100)
    code, fault = refusal(EXPORT, export_request())
    assert code is EXHAUSTED
    assert "use StreamExportReport" in fault.message
    assert stream(export_request())[0].content_length > 100


def test_an_answer_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MESSAGE_BYTES", 1_000)
    code, fault = refusal("TemplateService/GetTemplate", pb.GetTemplateRequest(id="emh-ct-body"))
    assert (code, fault.reason) == (EXHAUSTED, "LIMIT_EXCEEDED")


def test_an_unknown_error_says_nothing_but_its_reference(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Jane Doe")

    monkeypatch.setattr(pipeline, "validate", fail)
    with caplog.at_level(logging.DEBUG):
        code, fault = refusal(VALIDATE, demo_request())
    assert (code, fault.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert fault.metadata["reference"] in caplog.text
    assert "RuntimeError at test_grpc_server.py" in caplog.text
    assert "Jane Doe" not in caplog.text + str(fault)


def test_a_ticket_stops_work() -> None:
    Ticket(None).check()
    Ticket(60).check()
    with pytest.raises(OverdueError):
        Ticket(0).check()
    ticket = Ticket(60)
    ticket.cancelled.set()
    with pytest.raises(OverdueError):
        ticket.check()


def test_work_for_a_caller_who_has_gone_stops_at_its_next_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    started, release, went_on = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: object) -> pipeline.Verdict:
        started.set()
        release.wait(10)
        return pipeline.Verdict(())

    def reached(_: pipeline.Verdict) -> None:
        went_on.set()

    monkeypatch.setattr(pipeline, "validate", slow)
    monkeypatch.setattr("emh_report.grpc_server.methods.write_verdict", reached)
    request = demo_request()
    request.draft.groups[0].items.add(field_id="remark").text = "x" * 19_000
    request.draft.groups[0].items.add(field_id="remark").text = "x" * 19_000
    unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel().unary_unary(service.PACKAGE + VALIDATE)
    waiting = unary.future(request.SerializeToString(), timeout=30)
    assert started.wait(10)
    assert call("TemplateService/ListTemplates", pb.ListTemplatesRequest()).templates  # nobody waits for it
    waiting.cancel()
    time.sleep(0.2)
    release.set()
    time.sleep(0.2)
    assert not went_on.is_set()


def test_a_deadline_that_passes_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "validate", lambda *_: time.sleep(0.5))
    with pytest.raises(grpc.RpcError) as caught:
        call_raw(VALIDATE, demo_request().SerializeToString(), timeout=0.1)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_silent_callers_keep_nobody_waiting() -> None:
    done = threading.Event()

    def nothing() -> Iterator[bytes]:
        done.wait(30)
        yield from ()

    open_call: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel().stream_unary(service.PACKAGE + VALIDATE)
    silent = [open_call.future(nothing()) for _ in range(40)]
    try:
        assert call(VALIDATE, demo_request()).verdict.issues
    finally:
        done.set()
        for one in silent:
            one.cancel()


@pytest.mark.parametrize("method", ["ReportService/ValidateReport", "ReportService/StreamExportReport"])
def test_a_call_that_ends_without_a_message_is_answered(method: str) -> None:
    open_call: grpc.StreamStreamMultiCallable[bytes, bytes] = channel().stream_stream(service.PACKAGE + method)
    with pytest.raises(grpc.RpcError) as caught:
        list(open_call(iter(()), timeout=10))
    code, fault = read_refusal(caught.value)
    assert code is INVALID
    assert fault.violations[0].description == "a request message is needed: the call ended without one"


def test_a_message_that_grows_when_unpacked_is_refused() -> None:
    bomb = pb.GetTemplateRequest(id="a" * (3 * limits.TRANSPORT_BYTES))
    unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel().unary_unary(service.PACKAGE + VALIDATE)
    with pytest.raises(grpc.RpcError) as caught:
        unary(bomb.SerializeToString(), timeout=30, compression=grpc.Compression.Gzip)
    assert caught.value.code() is EXHAUSTED
