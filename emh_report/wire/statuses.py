"""Errors as google.rpc.Status: the one table from exceptions to codes and reasons (AIP-193).

Every status has an ErrorInfo; malformed input and reports that cannot be released also have a
BadRequest with one violation per problem. No message repeats what was sent, so all of it may be
logged. Details travel in HTTP/2 headers: as many violations are listed as fit, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from google.protobuf.message import DecodeError
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from emh_report import limits
from emh_report.codes import CANONICAL
from emh_report.errors import (
    AlreadyStoredError,
    ConflictError,
    DamagedError,
    DeliveryStateError,
    EmhReportError,
    InputError,
    InvalidReportError,
    LimitError,
    MissingExtraError,
    NotAsSeenError,
    NotAuthenticatedError,
    NotFoundError,
    NotPermittedError,
    NotStoredError,
    ScopeError,
    SignerUnavailableError,
    StoreUnavailableError,
    TransitionError,
)
from emh_report.issues import Issue

DOMAIN: Final = CANONICAL.split("/")[2]
"""Domain of every ErrorInfo."""

DETAILS_KEY: Final = "grpc-status-details-bin"
"""Trailing metadata that carries the status (gRPC's rich error model)."""


class OverdueError(EmhReportError):
    """The deadline of the call has passed; its work was stopped."""


class StoppingError(EmhReportError):
    """The service stops, and a stream that would go on for ever ends."""


class RequestIdReusedError(EmhReportError):
    """A request id came again with another content."""


class Kind(NamedTuple):
    """What an exception becomes: code, reason, and the message where it has none of its own."""

    code: int
    reason: str
    message: str = ""


TABLE: Final[tuple[tuple[type[EmhReportError], Kind], ...]] = (
    (LimitError, Kind(Code.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED")),
    (InputError, Kind(Code.INVALID_ARGUMENT, "INVALID_INPUT")),
    (InvalidReportError, Kind(Code.INVALID_ARGUMENT, "INVALID_REPORT")),
    (NotFoundError, Kind(Code.NOT_FOUND, "NOT_INSTALLED")),
    (OverdueError, Kind(Code.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "the deadline has passed; the work was stopped")),
    (StoppingError, Kind(Code.UNAVAILABLE, "STOPPING", "the service stops; go on from what you have once it is back")),
    (
        RequestIdReusedError,
        Kind(Code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "this request_id was used for another content; make a new one"),
    ),
    (NotStoredError, Kind(Code.NOT_FOUND, "NOT_STORED")),
    (AlreadyStoredError, Kind(Code.ALREADY_EXISTS, "ALREADY_STORED")),
    (TransitionError, Kind(Code.FAILED_PRECONDITION, "ILLEGAL_TRANSITION")),
    (DeliveryStateError, Kind(Code.FAILED_PRECONDITION, "DELIVERY_STATE")),
    (NotPermittedError, Kind(Code.PERMISSION_DENIED, "NOT_PERMITTED")),
    (NotAuthenticatedError, Kind(Code.UNAUTHENTICATED, "NOT_AUTHENTICATED")),
    (ScopeError, Kind(Code.PERMISSION_DENIED, "SCOPE_MISSING")),
    (ConflictError, Kind(Code.ABORTED, "CONFLICT")),
    (NotAsSeenError, Kind(Code.ABORTED, "NOT_AS_SEEN")),
    (SignerUnavailableError, Kind(Code.UNAVAILABLE, "SIGNER_UNAVAILABLE")),
    (StoreUnavailableError, Kind(Code.UNAVAILABLE, "STORE_UNAVAILABLE")),
    (DamagedError, Kind(Code.DATA_LOSS, "DAMAGED")),
    (MissingExtraError, Kind(Code.UNIMPLEMENTED, "NOT_PART_OF_INSTALLATION")),
)
"""First match wins. Anything else is INTERNAL: ours to mend, and nothing about it leaves the process."""


_BETWEEN: Final = ", "


class Violation(NamedTuple):
    """One problem: where, what, a reason in UPPER_SNAKE_CASE, and the id of the rule where one was broken."""

    path: str
    description: str
    reason: str
    rule_id: str = ""


def status_of(error: BaseException, reference: str = "") -> Status:
    """Return the status of ``error``; ``reference`` finds an unknown one in the log of the server."""
    known = next((kind for type_, kind in TABLE if isinstance(error, type_)), None)
    if known is None or not isinstance(error, EmhReportError):
        message = f"internal error; its reference in the log of the server is {reference}"
        return _status(Code.INTERNAL, message, ErrorInfo(reason="INTERNAL", metadata={"reference": reference}))
    info = ErrorInfo(reason=known.reason)
    message = known.message or str(error)
    if isinstance(error, NotFoundError):
        message = f"this {error.kind} is not installed"
        if error.candidates:
            info.metadata["candidates"] = ", ".join(error.candidates)
            message += f"; did you mean {info.metadata['candidates']}?"
    info.metadata.update(_metadata(error))
    violations = list(_violations(error))
    if isinstance(error, InputError) and len(violations) > 1:
        message += f" (and {len(violations) - 1} more)"
    return _status(known.code, message, info, violations)


def _metadata(error: EmhReportError) -> dict[str, str]:
    """Return what a program needs to go on: the report as it stands, or what can be done instead."""
    match error:
        case ConflictError():
            return {"report_id": error.report_id, "etag": error.etag}
        case AlreadyStoredError():
            return {"report_id": error.report_id}
        case TransitionError():
            return {"status": error.status, "action": error.action, "possible": ", ".join(error.possible)}
        case DeliveryStateError():
            return {"status": error.state, "action": error.action, "possible": ", ".join(error.possible)}
        case ScopeError():
            return {"scope": error.needed}
        case _:
            return {}


def _violations(error: EmhReportError) -> Iterable[Violation]:
    if isinstance(error, InputError):
        reason = "LIMIT_EXCEEDED" if isinstance(error, LimitError) else "INVALID_INPUT"
        return (Violation(path, text, reason) for path, text in error.violations)
    if isinstance(error, InvalidReportError):
        return (Violation(one.where.path, _describe(one), reason_of(one.rule_id), one.rule_id) for one in error.issues)
    return ()


def reason_of(rule_id: str) -> str:
    """Return a rule id in the form AIP-193 asks of reasons: ``missing-required`` becomes MISSING_REQUIRED."""
    return re.sub(r"[^A-Z0-9]", "_", rule_id.upper())


def _describe(issue: Issue) -> str:
    accepted = f" (accepted: {', '.join(issue.accepted[:5])})" if issue.accepted else ""
    return f"{issue.severity}: {issue.message}{accepted}"


def _status(code: int, message: str, info: ErrorInfo, violations: Iterable[Violation] = ()) -> Status:
    info.domain = DOMAIN
    status = Status(code=code, message=message)
    listed, rules, total, size = BadRequest(), [], 0, len(message) + info.ByteSize()
    for violation in violations:
        total += 1
        entry = BadRequest.FieldViolation(
            field=violation.path, description=violation.description, reason=violation.reason
        )
        size += entry.ByteSize() + 4 + len(violation.rule_id) + len(_BETWEEN)
        if size < limits.STATUS_BYTES:
            listed.field_violations.append(entry)
            rules.append(violation.rule_id)
    if total:
        info.metadata["violations"] = str(total)
        info.metadata["listed"] = str(len(listed.field_violations))
    if any(rules):
        info.metadata["rule_ids"] = _BETWEEN.join(rules)  # a reason does not say whether C07A is C07a
    status.details.add().Pack(info)
    if total:
        status.details.add().Pack(listed)
    return status


class Fault(NamedTuple):
    """A status as a client reads it: code number, message, reason, metadata and the listed violations."""

    code: int
    message: str
    reason: str
    metadata: dict[str, str]
    violations: tuple[Violation, ...]


def read_status(details: bytes) -> Fault | None:
    """Return what a server said about an error; None where it said nothing this version understands."""
    try:
        status = Status.FromString(details)
        info, bad = ErrorInfo(), BadRequest()
        for detail in status.details:
            detail.Unpack(info)
            detail.Unpack(bad)
    except DecodeError:
        return None
    rules = info.metadata["rule_ids"].split(_BETWEEN) if "rule_ids" in info.metadata else []
    rules = rules if len(rules) == len(bad.field_violations) else [""] * len(bad.field_violations)
    found = zip(bad.field_violations, rules, strict=True)
    violations = tuple(Violation(v.field, v.description, v.reason, rule_id) for v, rule_id in found)
    return Fault(status.code, status.message, info.reason, dict(info.metadata), violations)
