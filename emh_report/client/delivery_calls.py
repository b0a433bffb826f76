"""The calls for deliveries, as both clients make them: method, request, and how the answer is read."""

from __future__ import annotations

import uuid
from typing import Any

from emh_report.client.stored_calls import Call
from emh_report.deliveries import Delivery, DeliveryPage, DeliveryQuery, PeerCount
from emh_report.lifecycle import Actor
from emh_report.v1 import delivery_service_pb2 as pb
from emh_report.wire import deliveries as wire
from emh_report.wire.stored import write_actor


def _delivery(response: Any) -> Delivery:  # noqa: ANN401 - any response with a delivery
    return wire.read_delivery(response.delivery)


def list_deliveries(query: DeliveryQuery, size: int, token: str) -> Call[DeliveryPage]:
    """Find deliveries."""
    request = wire.write_query(query)
    request.page_size, request.page_token = size, token
    return Call("ListDeliveries", request, wire.read_page)


def get(delivery_id: str) -> Call[Delivery]:
    """Read one delivery."""
    return Call("GetDelivery", pb.GetDeliveryRequest(delivery_id=delivery_id), _delivery)


def resend(delivery_id: str, actor: Actor, request_id: str) -> Call[Delivery]:
    """Make a delivery due now; without an id the request gets its own, so that a retry is the same request."""
    id_ = request_id or str(uuid.uuid4())
    request = pb.ResendDeliveryRequest(delivery_id=delivery_id, actor=write_actor(actor), request_id=id_)
    return Call("ResendDelivery", request, _delivery)


def skip(delivery_id: str, actor: Actor, reason: str, request_id: str) -> Call[Delivery]:
    """Decide that a peer does not get a version; the id as above."""
    id_ = request_id or str(uuid.uuid4())
    request = pb.SkipDeliveryRequest(delivery_id=delivery_id, actor=write_actor(actor), request_id=id_, reason=reason)
    return Call("SkipDelivery", request, _delivery)


def backfill(peer: str) -> Call[int]:
    """Note what a peer should have got."""
    return Call("BackfillDeliveries", pb.BackfillDeliveriesRequest(peer=peer), lambda done: int(done.noted))


def peers() -> Call[tuple[PeerCount, ...]]:
    """List peers."""
    return Call("ListPeers", pb.ListPeersRequest(), lambda found: tuple(wire.read_peer(one) for one in found.peers))
