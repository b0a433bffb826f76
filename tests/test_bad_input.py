"""Bad input at the gRPC door: always a clear answer, never INTERNAL, never a hang, nothing repeated, nothing lost."""

import grpc
import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from emh_report import limits
from emh_report.v1 import draft_pb2
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import guard
from tests import service
from tests.drawing import draws
from tests.service import call, call_raw, demo_request, refusal
from tests.test_wire_guard import put, rich_request

VALIDATE = "ReportService/ValidateReport"
RENDER = "ReportService/RenderReport"
EXPORT = "ReportService/ExportReport"
INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
METHODS = [
    "TemplateService/ListTemplates",
    "TemplateService/GetTemplate",
    "VocabularyService/ListVocabularies",
    "VocabularyService/GetVocabulary",
    "VocabularyService/SearchTerms",
    VALIDATE,
    RENDER,
    EXPORT,
]
RAW = demo_request().SerializeToString()
CLEAR = {grpc.StatusCode.OK, INVALID, EXHAUSTED, grpc.StatusCode.NOT_FOUND}
"""How a call may end, whatever is sent: none of them blames the server."""


def answer(method: str, raw: bytes) -> grpc.StatusCode:
    """Return how a call ended; one that failed must say why."""
    try:
        call_raw(method, raw)
    except grpc.RpcError as error:
        code, fault = service.read_refusal(error)
        assert fault.reason, fault
        return code
    return grpc.StatusCode.OK


@pytest.mark.parametrize("length", range(0, len(RAW), 37))
def test_a_truncated_request(length: int) -> None:
    assert answer(VALIDATE, RAW[:length]) in CLEAR


@draws(150)
@given(st.sampled_from(METHODS), st.binary(max_size=60))
def test_any_bytes(method: str, raw: bytes) -> None:
    assert answer(method, raw) in CLEAR


@draws(150)
@given(
    st.sampled_from([VALIDATE, RENDER, EXPORT]), st.lists(st.tuples(st.integers(0, len(RAW) - 1), st.integers(0, 255)))
)
def test_a_request_with_flipped_bytes(method: str, flips: list[tuple[int, int]]) -> None:
    raw = bytearray(RAW)
    for position, value in flips:
        raw[position] = value
    assert answer(method, bytes(raw)) in CLEAR


def test_deep_nesting() -> None:
    for depth in (99, 101, 100_000):
        assert answer(VALIDATE, RAW + b"\xa3\x06" * depth + b"\xa4\x06" * depth) is INVALID


def test_messages_that_are_too_large() -> None:
    code, fault = refusal(VALIDATE, b"\x0a" + b"\xff" * limits.MESSAGE_BYTES)
    assert (code, fault.reason) == (EXHAUSTED, "LIMIT_EXCEEDED")
    with pytest.raises(grpc.RpcError) as caught:  # beyond what is read at all, gRPC answers by itself
        call_raw(VALIDATE, b"\x0a" * (limits.TRANSPORT_BYTES + 1))
    assert caught.value.code() is EXHAUSTED


def remark(text: str) -> pb.ValidateReportRequest:
    """Return the demo case with a remark."""
    request = demo_request()
    request.draft.groups[0].items.add(field_id="remark").text = text
    return request


def test_ten_megabytes_of_text() -> None:
    assert refusal(VALIDATE, remark("ä" * 5_000_000))[0] is EXHAUSTED
    code, fault = refusal(VALIDATE, remark("ä" * 1_500_000))
    assert (code, fault.violations[0].path) == (EXHAUSTED, "draft.groups[0].items[2].text")


def findings(count: int, items: int, field_id: str) -> pb.ValidateReportRequest:
    request = demo_request()
    for number in range(count):
        group = request.draft.groups.add(group_id="finding", uid=f"many-{number}")
        for _ in range(items):
            group.items.add(field_id=field_id).coded.code = "present"
    return request


def test_ten_thousand_findings() -> None:
    code, fault = refusal(VALIDATE, findings(10_000, 1, "presence"))
    assert code is EXHAUSTED
    assert fault.violations[0].path == "draft.groups"


@pytest.mark.parametrize(
    ("field_id", "exported"),
    [("presence", EXHAUSTED), ("site", grpc.StatusCode.OK), ("no-such-field", grpc.StatusCode.OK)],
)
def test_as_many_findings_as_are_accepted_come_back_before_the_deadline(
    field_id: str, exported: grpc.StatusCode
) -> None:
    """The words of so many that are present are more than one answer carries; StreamExportReport has no such limit."""
    assert answer(VALIDATE, findings(1_900, 5, field_id).SerializeToString()) is grpc.StatusCode.OK
    both = findings(1_900, 5, field_id)
    export = pb.ExportReportRequest(draft=both.draft, context=both.context, format=pb.EXPORT_FORMAT_TEXT)
    assert answer(EXPORT, export.SerializeToString()) is exported


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\x1b[2J", "\u202egnp.exe", "\u2066", "\x7f", "\x9f", "\ufffe"])
@pytest.mark.parametrize("method", [VALIDATE, RENDER, EXPORT])
def test_text_that_hides_something(text: str, method: str) -> None:
    code, fault = refusal(method, remark(text))
    assert code is INVALID
    assert fault.violations[0].path == "draft.groups[0].items[2].text"


def issues(request: pb.ValidateReportRequest) -> list[tuple[str, str]]:
    return [(issue.rule_id, issue.path) for issue in call(VALIDATE, request).verdict.issues]


def with_quantity(value: str) -> pb.ValidateReportRequest:
    request = demo_request()
    request.draft.groups.add(group_id="clinical", uid="clinical")
    del request.draft.groups[:]
    group = request.draft.groups.add(group_id="clinical", uid="clinical")
    group.items.add(field_id="hemoglobin").quantity.MergeFrom(draft_pb2.Quantity(value=value, unit="g/dL"))
    return request


@pytest.mark.parametrize(
    "value",
    [
        *("NaN", "nan", "Infinity", "-inf", "1e5", "1E-3", "0x1F", "1_000", "1,000", "1.000,5", "1 000", "", " 7"),
        *("7 ", "--7", "\u0667", "\uff17", "7" * 19, "0." + "1" * 18, "7.", ".7", "½", "7,5,5", "=1+1", "7\n"),
    ],
)
def test_numbers_that_are_none(value: str) -> None:
    assert ("not-a-decimal", "draft.groups[0].items[0].quantity.value") in issues(with_quantity(value))


@pytest.mark.parametrize("value", ["7", "7.0", "+7.50", "007", "7,5"])
def test_numbers_that_are_some(value: str) -> None:
    found = issues(with_quantity(value))
    assert "not-a-decimal" not in [rule for rule, _ in found]
    assert ("decimal-comma" in [rule for rule, _ in found]) is ("," in value)


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-30",
        "2023-02-29",
        "2024-13",
        "2024-00-01",
        "24",
        "2024-1-1",
        "0000",
        "2024-01-15T25:00:00Z",
        "yesterday",
        "2024-01-15T10:00:00",
        "2024-01-15T10:00:00+25:00",
        "2024-01-15 10:00",
        "",
        "2024-01-15T10:00:60.5Z\n",
    ],
)
def test_dates_that_do_not_exist_or_have_no_zone(value: str) -> None:
    request = demo_request()
    item = next(item for group in request.draft.groups for item in group.items if item.field_id == "exam-date")
    item.date_time = value
    assert "bad-date" in [rule for rule, _ in issues(request)]
    request = demo_request()
    request.context.report.issued = value or "x"
    assert ("context-invalid", "context.report.issued") in issues(request)


@pytest.mark.parametrize(
    "template_id",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\..\\boot.ini",
        "%2e%2e%2f",
        "emh-ct-body.toml",
        "fragments/head",
        "~root",
        "EMH-CT-BODY",
        " emh-ct-body",
        "emh-ct-body/../emh-minimal",
        "units",
        "",
        "{{ 7*7 }}",
        "'; DROP TABLE x; --",
    ],
)
def test_template_ids_with_tricks(template_id: str) -> None:
    assert refusal("TemplateService/GetTemplate", pb.GetTemplateRequest(id=template_id))[0] is grpc.StatusCode.NOT_FOUND
    request = demo_request()
    request.draft.template_id = template_id
    assert ("wrong-template", "draft.template_id") in issues(request)


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "{% for x in (1,2) %}x{% endfor %}", "${7*7}", "{{ ''.__class__ }}"])
def test_template_expressions_are_only_text(text: str) -> None:
    request = remark(text)
    plain = call(RENDER, pb.RenderReportRequest(draft=request.draft, context=request.context)).narrative
    assert text in plain


def test_markup_is_only_text() -> None:
    text = "<script>alert('1')</script> & <img src=x onerror=y>"
    request = remark(text)
    assert text in call(RENDER, pb.RenderReportRequest(draft=request.draft, context=request.context)).narrative
    for number in (pb.EXPORT_FORMAT_HTML, pb.EXPORT_FORMAT_FHIR_R4_TRANSACTION):
        both = pb.ExportReportRequest(draft=request.draft, context=request.context, format=number)
        content = call(EXPORT, both).content.decode()
        assert "<script>" not in content.replace(text.replace('"', '\\"'), "")
        assert "<img" not in content.replace(text, "")
        assert "&lt;script&gt;" in content


CANARY = "canary-4711"


def places() -> list[str]:
    request = rich_request()
    texts = {guard.field_name(field): path for path, field, one in guard.walk(request) if isinstance(one, str)}
    return sorted(texts.values())


def said(request: pb.ValidateReportRequest) -> str:
    """Return all that a validation says in words, or why there was none."""
    try:
        return " ".join(f"{issue.message} {issue.accepted}" for issue in call(VALIDATE, request).verdict.issues)
    except grpc.RpcError as error:
        return str(service.read_refusal(error)[1])


@pytest.mark.parametrize("path", places())
def test_no_answer_repeats_what_was_sent(path: str) -> None:
    for text in (CANARY, CANARY + "\u202e", CANARY * 2_000):
        request = rich_request()
        put(request, path, text)
        assert CANARY not in said(request)


def test_small_requests_are_guarded_too() -> None:
    tries: list[tuple[str, Message, str]] = [
        ("TemplateService/ListTemplates", pb.ListTemplatesRequest(modality="\x00"), "modality"),
        ("TemplateService/GetTemplate", pb.GetTemplateRequest(id="\u202e"), "id"),
        ("TemplateService/GetTemplate", pb.GetTemplateRequest(version="\u202e"), "version"),
        ("VocabularyService/GetVocabulary", pb.GetVocabularyRequest(id="\x07"), "id"),
        ("VocabularyService/SearchTerms", pb.SearchTermsRequest(query="\x00"), "query"),
        ("VocabularyService/SearchTerms", pb.SearchTermsRequest(vocabulary_id="\x00"), "vocabulary_id"),
    ]
    for method, request, path in tries:
        code, fault = refusal(method, request)
        assert (code, [violation.path for violation in fault.violations]) == (INVALID, [path])
    code, fault = refusal("VocabularyService/SearchTerms", pb.SearchTermsRequest(query="x" * 300))
    assert (code, fault.violations[0].path) == (EXHAUSTED, "query")
