"""Health and reflection: streams that stay open as long as the caller likes, and end when the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any, Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from emh_report.grpc_server import dispatch
from emh_report.wire.statuses import StoppingError

Request = health_pb2.HealthCheckRequest
Response = health_pb2.HealthCheckResponse
Context = grpc.aio.ServicerContext[Any, Any]

WATCH: Final = f"{health.SERVICE_NAME}/Watch"


class Health(health_pb2_grpc.HealthServicer):
    """Says of each service that it serves, until the server stops (grpc.health.v1)."""

    def __init__(self, services: Collection[str], stopping: asyncio.Event) -> None:
        """Take the names of the services; the empty one is the server."""
        self._known = frozenset({"", *services})
        self._stopping = stopping

    async def Check(self, request: Request, context: Context) -> Response:  # noqa: N802 - name in the contract
        """Return the state of a service."""
        if request.service not in self._known:
            await context.abort(grpc.StatusCode.NOT_FOUND)
        return self._state(request.service)

    async def Watch(self, request: Request, context: Context) -> AsyncIterator[Response]:  # noqa: N802 - as above
        """Yield the state of a service and that it no longer serves, then end: a watch that waits holds up the stop."""
        told = self._state(request.service)
        yield told
        await self._stopping.wait()  # may have come while the first one was sent
        if self._state(request.service) != told:
            yield self._state(request.service)
        await dispatch.abort(WATCH, StoppingError(), context)

    def _state(self, service: str) -> Response:
        if service not in self._known:
            return Response(status=Response.SERVICE_UNKNOWN)
        return Response(status=Response.NOT_SERVING if self._stopping.is_set() else Response.SERVING)


class Reflection:
    """Answers what the service consists of, until the server stops (grpc.reflection.v1alpha)."""

    def __init__(self, services: Collection[str], stopping: asyncio.Event) -> None:
        """Take the names of the services."""
        self._answers: Any = reflection.aio.ReflectionServicer(services)
        self._stopping = stopping

    async def ServerReflectionInfo(  # noqa: N802 - name in the contract
        self, requests: AsyncIterator[Any], context: Context
    ) -> AsyncIterator[Any]:
        """Yield the answer to each request."""
        async for answer in self._answers.ServerReflectionInfo(self._until_stop(requests), context):
            yield answer

    async def _until_stop(self, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        stopping = asyncio.ensure_future(self._stopping.wait())
        following: asyncio.Future[Any] | None = None
        try:
            while True:
                following = asyncio.ensure_future(anext(requests, dispatch.END))
                await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done() or following.result() is dispatch.END:
                    return
                yield following.result()
        finally:
            stopping.cancel()
            if following is not None:
                following.cancel()


def add(server: grpc.aio.Server, services: Collection[str], stopping: asyncio.Event) -> None:
    """Add health and reflection to a server that has ``services``; their streams end with ``stopping``."""
    health_pb2_grpc.add_HealthServicer_to_server(Health(services, stopping), server)
    names = (*services, health.SERVICE_NAME, reflection.SERVICE_NAME)
    register: Any = reflection_pb2_grpc.add_ServerReflectionServicer_to_server
    register(Reflection(names, stopping), server)
