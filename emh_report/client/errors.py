"""What a call to the service can end with, split by what the caller can do about it.

::

    ClientError
    ├── InvalidInputError      mend the request: `violations` name each field
    ├── ReportRejectedError    mend the report: `issues` has every reason
    ├── TooLargeError          send less, or fewer things at once
    ├── NotInstalledError      ask for something the server has
    ├── UnknownReportError     there is no such stored report or version
    ├── OutdatedError          read the report again: it was changed, or is not what was shown
    ├── NotPossibleError       the state of the report does not lead there: `possible` says where it does
    ├── NotSignedInError       the service does not know who calls: send a token it takes
    ├── ForbiddenError         this person, or this token, may not
    ├── DeadlineError          the answer did not come in time
    ├── UnavailableError       no server, even after retries
    └── ServerError            the server's fault: `reference` finds it in its log
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import grpc

from emh_report import limits
from emh_report.errors import EmhReportError
from emh_report.issues import Issue, Severity, Where
from emh_report.wire.statuses import DETAILS_KEY, Fault, Violation, read_status


class ClientError(EmhReportError):
    """A call failed. ``code`` is gRPC's, ``reason`` and ``metadata`` are the server's.

    A message that gRPC finds too large never reaches the server; its reason is the one that the server has for it.
    """

    def __init__(self, fault: Fault) -> None:
        """Record what the server, or gRPC itself, said."""
        super().__init__(fault.message)
        self.fault = fault
        self.code = CODES[fault.code].name
        self.reason = fault.reason
        self.metadata = fault.metadata
        self.violations: tuple[Violation, ...] = fault.violations


class InvalidInputError(ClientError):
    """The request cannot be read; ``violations`` say where and why."""


class ReportRejectedError(ClientError):
    """The report cannot be released in the state asked for; ``issues`` has every reason."""

    def __init__(self, fault: Fault, issues: Sequence[Issue] = ()) -> None:
        """Take the issues of a validation, and from the violations those that a validation does not find."""
        super().__init__(fault)
        known = {issue.where.path for issue in issues}
        listed = (_issue(violation) for violation in fault.violations if violation.path not in known)
        self.issues: tuple[Issue, ...] = (*issues, *listed)
        if self.issues:  # a traceback shows no more than this
            first = self.issues[0]
            self.args = (f"{fault.message}; first: {first.where.path}: {first.message}",)


class TooLargeError(ClientError):
    """Request or answer is larger than is accepted; or the server has too much to do, and there is no ``reason``."""


class NotInstalledError(ClientError):
    """The server does not have the template, version or vocabulary."""


class UnknownReportError(ClientError):
    """There is no such stored report or version."""


class OutdatedError(ClientError):
    """The report was changed since it was read, or would not be released as it was shown. Nothing was written."""

    @property
    def etag(self) -> str:
        """The etag the report has now; empty where it was not changed."""
        return self.metadata.get("etag", "")


class NotPossibleError(ClientError):
    """The state of the report does not lead there."""

    @property
    def possible(self) -> tuple[str, ...]:
        """What can be done instead."""
        return tuple(action for action in self.metadata.get("possible", "").split(", ") if action)


class NotSignedInError(ClientError):
    """The service does not know who calls: there is no token, or none that it takes."""


class ForbiddenError(ClientError):
    """The person may not do this with this report, or the token does not open it: `scope` is the one that would."""

    @property
    def scope(self) -> str:
        """The scope that is needed; empty where it is the person who may not."""
        return self.metadata.get("scope", "")


class DeadlineError(ClientError):
    """The answer did not come in time."""


class UnavailableError(ClientError):
    """The server cannot be reached, or stopped before it answered."""


class ServerError(ClientError):
    """An error of the server."""

    @property
    def reference(self) -> str:
        """What finds the error in the log of the server; empty where it gave none."""
        return self.metadata.get("reference", "")


CODES: Final = {code.value[0]: code for code in grpc.StatusCode}

CLASSES: Final[dict[grpc.StatusCode, type[ClientError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInputError,
    grpc.StatusCode.ALREADY_EXISTS: InvalidInputError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: TooLargeError,
    grpc.StatusCode.NOT_FOUND: NotInstalledError,
    grpc.StatusCode.ABORTED: OutdatedError,
    grpc.StatusCode.FAILED_PRECONDITION: NotPossibleError,
    grpc.StatusCode.PERMISSION_DENIED: ForbiddenError,
    grpc.StatusCode.UNAUTHENTICATED: NotSignedInError,
    grpc.StatusCode.DATA_LOSS: ServerError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.CANCELLED: UnavailableError,
    grpc.StatusCode.INTERNAL: ServerError,
    grpc.StatusCode.UNKNOWN: ServerError,
}


TOO_LARGE: Final = re.compile(r"((?:CLIENT|SERVER): (?:Sent|Received)) message larger than max \((\d+) vs\. (\d+)\)")
"""What gRPC says of a message that a side may not send or read: which side, its bytes, the limit."""
REQUESTS: Final = frozenset({"CLIENT: Sent", "SERVER: Received"})
"""Where that message is a request; else it is an answer."""
LIMIT: Final = "LIMIT_EXCEEDED"


def fault_of(error: grpc.RpcError) -> Fault:
    """Return what is known about a failed call: the server's own status, else what gRPC says."""
    if not isinstance(error, grpc.Call | grpc.aio.AioRpcError):  # gRPC raises no other
        raise error
    details = dict(error.trailing_metadata() or ()).get(DETAILS_KEY)
    fault = read_status(details) if isinstance(details, bytes) else None
    return fault or _refused(error.code(), error.details() or error.code().name)


def _refused(code: grpc.StatusCode, text: str) -> Fault:
    """Return what gRPC refused by itself. Of what is too large it says the same as the service, in its words."""
    found = TOO_LARGE.search(text)
    if found is None or code is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        return Fault(code.value[0], text, "", {}, ())
    who, size, limit = found.groups()
    what, done = ("message", "accepted") if who in REQUESTS else ("answer", "read")
    said = f"the {what} has {size} bytes, at most {min(int(limit), limits.MESSAGE_BYTES)} are {done}"
    return Fault(code.value[0], said, LIMIT, {}, (Violation("", said, LIMIT),))


def error_of(fault: Fault) -> ClientError:
    """Return the exception of a fault."""
    if fault.reason == "INVALID_REPORT":
        return ReportRejectedError(fault)
    if fault.reason == "NOT_STORED":
        return UnknownReportError(fault)
    return CLASSES.get(CODES[fault.code], ClientError)(fault)


def _issue(violation: Violation) -> Issue:
    """Return a listed violation as an issue. A server of before names no rule: then the reason stands for its id."""
    severity, _, message = violation.description.partition(": ")
    known = severity in set(Severity)
    return Issue(
        rule_id=violation.rule_id or violation.reason.lower().replace("_", "-"),
        severity=Severity(severity) if known else Severity.ERROR,
        where=Where(violation.path),
        message=message if known else violation.description,
    )
