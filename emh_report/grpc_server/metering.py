"""Counting calls of gRPC: how long each took and how it ended, also those that were refused at the door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final

import grpc

from emh_report.v1 import service_pb2

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from emh_report.metrics import Metrics

    Handler = grpc.RpcMethodHandler[Any, Any]
    Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]

OURS: Final = f"/{service_pb2.DESCRIPTOR.package}."
"""Health and reflection are not counted: they are asked by machines all day long."""

CODES: Final = {code.value[0]: code.name for code in grpc.StatusCode}


class Meter(grpc.aio.ServerInterceptor):
    """Counts every call of our own methods. The outermost interceptor, so that what others refuse is counted too."""

    def __init__(self, metrics: Metrics) -> None:
        """Take where to count."""
        self._metrics = metrics

    async def intercept_service(self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails) -> Any:  # noqa: ANN401 - typed so by grpc
        """Return the handler of a call, counted."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith(OURS):
            return handler
        name = method.removeprefix("/")
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(self._stream(name, handler.stream_stream))
        return grpc.stream_unary_rpc_method_handler(self._single(name, handler.stream_unary))

    def _single(self, name: str, inner: Any) -> Any:  # noqa: ANN401 - behaviours of grpc
        async def call(requests: object, context: Any) -> bytes:  # noqa: ANN401 - a context of grpc.aio
            with _Timed(self._metrics, name, context):
                answer: bytes = await inner(requests, context)
                return answer

        return call

    def _stream(self, name: str, inner: Any) -> Any:  # noqa: ANN401 - behaviours of grpc
        async def call(requests: object, context: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 - a context of grpc.aio
            with _Timed(self._metrics, name, context):
                answers = inner(requests, context)
                if not hasattr(answers, "__aiter__"):  # refused: it ends the call, and has nothing to say
                    await answers
                    return
                async for answer in answers:
                    yield answer

        return call


class _Timed:
    """The time of one call."""

    def __init__(self, metrics: Metrics, name: str, context: Any) -> None:  # noqa: ANN401 - a context of grpc.aio
        self._metrics, self._name, self._context = metrics, name, context
        self._started = time.perf_counter()

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        gone = kind is not None and issubclass(kind, asyncio.CancelledError | GeneratorExit)
        code = "CANCELLED" if gone else _name(self._context.code(), failed=kind is not None)
        self._metrics.called(self._name, code, time.perf_counter() - self._started)


def _name(code: Any, *, failed: bool) -> str:  # noqa: ANN401 - a number, a StatusCode, or None where none was set
    if code is None:
        return "UNKNOWN" if failed else "OK"
    return code.name if isinstance(code, grpc.StatusCode) else CODES.get(code, "UNKNOWN")
