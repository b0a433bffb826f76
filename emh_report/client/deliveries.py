"""Deliveries of a service, for both clients: what is on its way to peers, and what they refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc

from emh_report.client import delivery_calls as calls
from emh_report.client.stored_calls import Call
from emh_report.deliveries import Delivery, DeliveryPage, DeliveryQuery, PeerCount
from emh_report.lifecycle import Actor
from emh_report.v1 import delivery_service_pb2_grpc as stubs

T = TypeVar("T")

EVERYTHING = DeliveryQuery()


class Deliveries:
    """What `Client.deliveries` is. A write without a request id gets one, so that a retry is the same request."""

    def __init__(self, channel: grpc.Channel, call: Callable[[Callable[..., Any], object], Any]) -> None:
        """Take the channel of a client and the way it calls."""
        self._stub: Any = stubs.DeliveryServiceStub(channel)
        self._call = call

    def _do(self, call: Call[T]) -> T:
        return call.read(self._call(getattr(self._stub, call.method), call.request))

    def list(self, query: DeliveryQuery = EVERYTHING, *, size: int = 0, token: str = "") -> DeliveryPage:
        """Return one page of deliveries, newest first."""
        return self._do(calls.list_deliveries(query, size, token))

    def get(self, delivery_id: str) -> Delivery:
        """Return one delivery."""
        return self._do(calls.get(delivery_id))

    def peers(self) -> tuple[PeerCount, ...]:
        """Return every peer that is configured or has deliveries."""
        return self._do(calls.peers())

    def resend(self, delivery_id: str, actor: Actor, *, request_id: str = "") -> Delivery:
        """Make a delivery due now. Raises NotPossibleError as it stands, UnknownReportError where there is none."""
        return self._do(calls.resend(delivery_id, actor, request_id))

    def skip(self, delivery_id: str, actor: Actor, reason: str, *, request_id: str = "") -> Delivery:
        """Decide that a peer does not get a version. Raises as `resend`."""
        return self._do(calls.skip(delivery_id, actor, reason, request_id))

    def backfill(self, peer: str) -> int:
        """Note every version that a peer should have got and did not; return how many."""
        return self._do(calls.backfill(peer))


class AsyncDeliveries:
    """What `AsyncClient.deliveries` is: `Deliveries`, awaited."""

    def __init__(self, channel: grpc.aio.Channel, call: Callable[[Callable[..., Any], object], Awaitable[Any]]) -> None:
        """Take the channel of a client and the way it calls."""
        self._stub: Any = stubs.DeliveryServiceStub(channel)
        self._call = call

    async def _do(self, call: Call[T]) -> T:
        return call.read(await self._call(getattr(self._stub, call.method), call.request))

    async def list(self, query: DeliveryQuery = EVERYTHING, *, size: int = 0, token: str = "") -> DeliveryPage:
        """Return one page of deliveries, newest first."""
        return await self._do(calls.list_deliveries(query, size, token))

    async def get(self, delivery_id: str) -> Delivery:
        """Return one delivery."""
        return await self._do(calls.get(delivery_id))

    async def peers(self) -> tuple[PeerCount, ...]:
        """Return every peer that is configured or has deliveries."""
        return await self._do(calls.peers())

    async def resend(self, delivery_id: str, actor: Actor, *, request_id: str = "") -> Delivery:
        """Make a delivery due now."""
        return await self._do(calls.resend(delivery_id, actor, request_id))

    async def skip(self, delivery_id: str, actor: Actor, reason: str, *, request_id: str = "") -> Delivery:
        """Decide that a peer does not get a version."""
        return await self._do(calls.skip(delivery_id, actor, reason, request_id))

    async def backfill(self, peer: str) -> int:
        """Note every version that a peer should have got and did not; return how many."""
        return await self._do(calls.backfill(peer))
