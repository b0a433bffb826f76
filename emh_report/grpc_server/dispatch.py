"""One way in and out for every method: bytes to message, work, bytes or a status.

Messages are read, parsed and written here and not by gRPC, whose answer to a malformed request is INTERNAL, and who
never answers a call without one.
Small requests are worked on in the event loop, where a thread would cost more than the work; large
ones in a thread, so that nobody waits for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final, NoReturn, TypeVar

import grpc
from google.protobuf.message import Message

from emh_report import limits
from emh_report.errors import EmhReportError, InputError, LimitError
from emh_report.grpc_server.method import Method
from emh_report.program import CALLING, HEADER, certified, say_for_whom
from emh_report.wire import guard
from emh_report.wire.statuses import DETAILS_KEY, OverdueError, StoppingError, status_of

LOG = logging.getLogger(__name__)

CODES = {code.value[0]: code for code in grpc.StatusCode}

POLL_SECONDS: Final = 0.25
"""A stream that has nothing to say is asked again after this time."""

SUBJECT: Final = "x509_subject"
"""What gRPC calls the name in the certificate of a caller."""

END: Final = object()

T = TypeVar("T")
Context = grpc.aio.ServicerContext[bytes, bytes]


class Ticket:
    """Whether a call is still wanted. May be asked from any thread."""

    def __init__(self, remaining: float | None) -> None:
        """``remaining`` are the seconds to the deadline of the call, None where there is none."""
        self._expires = None if remaining is None else time.monotonic() + remaining
        self.cancelled = threading.Event()

    def check(self) -> None:
        """Raise OverdueError where the deadline has passed or the caller has gone."""
        if self.cancelled.is_set() or (self._expires is not None and time.monotonic() >= self._expires):
            raise OverdueError


def unary(name: str, method: Method) -> Callable[[object, Context], Any]:
    """Return the handler of a method with one response."""

    async def handle(_: object, context: Context) -> bytes:
        try:
            raw = await _read(context)
            _say_program(context)
            return await _run(method, raw, context, lambda request, ticket: _answer(method, request, ticket))
        except Exception as error:  # noqa: BLE001 - every error becomes a status, once, here
            await abort(name, error, context)

    return handle


def streaming(name: str, method: Method, stopping: asyncio.Event) -> Callable[[object, Context], Any]:
    """Return the handler of a method with a stream of responses; one that waits for more ends with ``stopping``."""

    async def handle(_: object, context: Context) -> AsyncIterator[bytes]:
        try:
            raw = await _read(context)
            _say_program(context)
            responses = await _run(method, raw, context, lambda request, ticket: method.call(request, ticket.check))
            async for response in _each(method, responses, stopping):
                yield response.SerializeToString()
        except Exception as error:  # noqa: BLE001 - as in unary
            await abort(name, error, context)

    return handle


async def _read(context: Context) -> bytes:
    """Return the request of a call. Raises InputError where the caller ended it without one."""
    raw: object = await context.read()
    if not isinstance(raw, bytes):  # EOF
        raise InputError([("", "a request message is needed: the call ended without one")])
    return raw


def _say_program(context: Context) -> None:
    """Say which program calls where its certificate does and no token has: a certificate may be that of a proxy.

    Also says for whom. Raises InputError.
    """
    for subject in context.auth_context().get(SUBJECT, ()):
        if not CALLING.get().value:
            CALLING.set(certified(subject.decode("utf-8", "replace")))
    say_for_whom([value for key, value in context.invocation_metadata() or () if key == HEADER])


async def _each(method: Method, responses: Iterator[Message | None], stopping: asyncio.Event) -> AsyncIterator[Message]:
    """Yield each response. What waits is asked in a thread, and again after a while where it has nothing to say.

    Raises StoppingError where it has nothing to say and the server stops.
    """
    while True:
        response = await asyncio.to_thread(next, responses, END) if method.waits else next(responses, END)
        if response is END:
            return
        if isinstance(response, Message):
            yield response
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), POLL_SECONDS)
                raise StoppingError


def _parsed(method: Method, raw: bytes, ticket: Ticket) -> Message:
    ticket.check()
    request = guard.parse(method.request, raw)
    ticket.check()
    return request


def _answer(method: Method, request: Message, ticket: Ticket) -> bytes:
    response: Message = method.call(request, ticket.check)
    ticket.check()
    answer = response.SerializeToString()
    if len(answer) > limits.MESSAGE_BYTES:
        raise LimitError([("", f"the answer has {len(answer)} bytes, at most {limits.MESSAGE_BYTES} are sent")])
    return answer


async def _run(method: Method, raw: bytes, context: Context, work: Callable[[Message, Ticket], T]) -> T:
    ticket = Ticket(context.time_remaining())
    if len(raw) < limits.LARGE_REQUEST_BYTES and not method.waits:
        request = _parsed(method, raw, ticket)
        if method.is_slow is None or not method.is_slow(request):
            return work(request, ticket)
    try:
        return await asyncio.to_thread(lambda: work(_parsed(method, raw, ticket), ticket))
    finally:
        ticket.cancelled.set()  # a thread cannot be stopped, but it stops itself at its next stage


async def abort(name: str, error: Exception, context: Context) -> NoReturn:
    """End a call with the status of ``error``; an unknown one is logged under the ``name`` of the method."""
    reference = "" if isinstance(error, EmhReportError) else secrets.token_hex(6)
    if reference:
        _log_unknown(name, error, reference)
    status = status_of(error, reference)
    details = ((DETAILS_KEY, status.SerializeToString()),)
    await context.abort(CODES[status.code], status.message, details)
    raise AssertionError  # pragma: no cover - abort raises


def _log_unknown(name: str, error: Exception, reference: str) -> None:
    """Log type and places of an unknown error. Its text may hold what was sent, so it stays out."""
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    LOG.error("%s failed, reference %s: %s at %s", name, reference, type(error).__name__, places)
