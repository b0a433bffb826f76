"""Errors as google.rpc.Status: codes, reasons, details that fit into headers, and nothing of what was sent."""

import pytest
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from emh_report import limits
from emh_report.client.errors import ReportRejectedError, error_of
from emh_report.errors import EmhReportError, InputError, InvalidReportError, LimitError, NotFoundError
from emh_report.issues import Issue, Severity, Where
from emh_report.wire.statuses import (
    DOMAIN,
    TABLE,
    OverdueError,
    RequestIdReusedError,
    StoppingError,
    read_status,
    reason_of,
    status_of,
)


def read(status: Status) -> tuple[ErrorInfo, BadRequest]:
    info, bad = ErrorInfo(), BadRequest()
    kinds = [detail.TypeName() for detail in status.details]
    assert len(kinds) == len(set(kinds)), "each type of detail at most once (AIP-193)"
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    return info, bad


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (LimitError([("a", "b")]), Code.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED"),
        (InputError([("a", "b")]), Code.INVALID_ARGUMENT, "INVALID_INPUT"),
        (InvalidReportError([Issue("S01", Severity.ERROR, Where("p"), "m")]), Code.INVALID_ARGUMENT, "INVALID_REPORT"),
        (NotFoundError("template", "secret"), Code.NOT_FOUND, "NOT_INSTALLED"),
        (OverdueError(), Code.DEADLINE_EXCEEDED, "DEADLINE_PASSED"),
        (StoppingError(), Code.UNAVAILABLE, "STOPPING"),
        (RequestIdReusedError(), Code.ALREADY_EXISTS, "REQUEST_ID_REUSED"),
        (RuntimeError("secret"), Code.INTERNAL, "INTERNAL"),
        (EmhReportError("secret"), Code.INTERNAL, "INTERNAL"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_error_has_a_status(error: Exception, code: int, reason: str) -> None:
    status = status_of(error, "ref-1")
    info, bad = read(status)
    assert (status.code, info.reason, info.domain) == (code, reason, DOMAIN)
    assert status.message
    assert bool(bad.field_violations) is isinstance(error, InputError | InvalidReportError)
    assert "secret" not in str(status)


def test_the_table_knows_every_error_of_a_call() -> None:
    for kind, _ in TABLE:
        assert issubclass(kind, EmhReportError)


def test_an_unknown_error_gives_its_reference_only() -> None:
    info, _ = read(status_of(ValueError("Jane Doe"), "4711"))
    assert dict(info.metadata) == {"reference": "4711"}


def test_a_status_fits_into_headers_and_counts_what_does_not() -> None:
    issue = Issue("missing-required", Severity.ERROR, Where("draft.groups[0]"), "m" * 80, ("a", "b"))
    status = status_of(InvalidReportError([issue] * 500))
    info, bad = read(status)
    assert status.ByteSize() < limits.STATUS_BYTES + 512
    assert info.metadata["violations"] == "500"
    assert info.metadata["listed"] == str(len(bad.field_violations))
    assert 0 < len(bad.field_violations) < 500
    assert info.metadata["rule_ids"].split(", ") == ["missing-required"] * len(bad.field_violations)


@pytest.mark.parametrize("rule_id", ["C07a", "S15-prior", "missing-required", "DEPT-1"])
def test_a_client_reads_the_id_of_each_rule_as_it_is(rule_id: str) -> None:
    issues = [Issue(one, Severity.ERROR, Where("draft"), "m") for one in (rule_id, "S04")]
    fault = read_status(status_of(InvalidReportError(issues)).SerializeToString())
    assert fault
    assert [one.rule_id for one in fault.violations] == [rule_id, "S04"]
    error = error_of(fault)
    assert isinstance(error, ReportRejectedError)
    assert [one.rule_id for one in error.issues] == [rule_id, "S04"]


def test_candidates_are_named() -> None:
    info, _ = read(status_of(NotFoundError("template", "emh-ct-bdy", ["emh-ct-body"])))
    assert info.metadata["candidates"] == "emh-ct-body"


def test_reasons_have_the_form_of_aip_193() -> None:
    assert reason_of("missing-required") == "MISSING_REQUIRED"
    assert reason_of("A01c") == "A01C"
