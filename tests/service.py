"""A running service for the tests, the demo case, and calls that show what a server answered."""

import atexit
import contextlib
import functools
from dataclasses import replace
from typing import Any

import grpc
from google.protobuf.message import Message

from emh_report import demo
from emh_report.context import Context, ReportStatus
from emh_report.draft import Draft
from emh_report.grpc_server import running
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import write_request
from emh_report.wire.statuses import DETAILS_KEY, Fault, read_status
from tests.case_files import catalog

PACKAGE = "/emh_report.v1."
CODES = {code.value[0]: code for code in grpc.StatusCode}


@functools.cache
def address() -> str:
    """Start the service once for all tests of this process and return where it listens."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running(catalog()))


@functools.cache
def channel() -> grpc.Channel:
    """Return a channel that lets tests send what is too large."""
    opened = grpc.insecure_channel(address(), [("grpc.max_receive_message_length", -1)])
    atexit.register(opened.close)
    return opened


def call_raw(method: str, request: bytes, timeout: float = 30) -> bytes:
    """Call a unary method with bytes. Raises grpc.RpcError."""
    unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel().unary_unary(PACKAGE + method)
    return unary(request, timeout=timeout)


def call(method: str, request: Message) -> Any:  # noqa: ANN401 - the response message of the method
    """Call a unary method. Raises grpc.RpcError."""
    response = getattr(pb, f"{method.rpartition('/')[2]}Response")
    return response.FromString(call_raw(method, request.SerializeToString()))


def refusal(method: str, request: Message | bytes) -> tuple[grpc.StatusCode, Fault]:
    """Return code and details of a call that must fail; the details must be there and agree with the code."""
    try:
        call_raw(method, request if isinstance(request, bytes) else request.SerializeToString())
    except grpc.RpcError as error:
        return read_refusal(error)
    raise AssertionError(f"{method} was expected to fail")


def read_refusal(error: grpc.RpcError) -> tuple[grpc.StatusCode, Fault]:
    """Return code and details of a failed call."""
    assert isinstance(error, grpc.Call | grpc.aio.AioRpcError)
    details = dict(error.trailing_metadata() or ()).get(DETAILS_KEY)
    assert isinstance(details, bytes), error
    fault = read_status(details)
    assert fault is not None
    assert CODES[fault.code] is error.code()
    assert fault.message == error.details()
    return error.code(), fault


def demo_request() -> pb.ValidateReportRequest:
    """Return the demo case as a request of its own."""
    return write_request(*demo.read_case())


def in_state(status: ReportStatus) -> tuple[Draft, Context]:
    """Return the demo case to be released in a state."""
    draft, context = demo.read_case()
    return draft, replace(context, report=replace(context.report, status=status))
