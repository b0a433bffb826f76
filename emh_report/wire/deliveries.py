"""Deliveries on the wire and in the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.deliveries import Delivery, DeliveryPage, DeliveryQuery, DeliveryState, Peer, PeerCount, Versions
from emh_report.v1 import delivery_service_pb2 as pb

STATES: Final[Mapping[pb.DeliveryState.ValueType, DeliveryState]] = {
    pb.DELIVERY_STATE_PENDING: DeliveryState.PENDING,
    pb.DELIVERY_STATE_SENDING: DeliveryState.SENDING,
    pb.DELIVERY_STATE_DELIVERED: DeliveryState.DELIVERED,
    pb.DELIVERY_STATE_REFUSED: DeliveryState.REFUSED,
    pb.DELIVERY_STATE_SKIPPED: DeliveryState.SKIPPED,
}
VERSIONS: Final[Mapping[pb.PeerVersions.ValueType, Versions]] = {
    pb.PEER_VERSIONS_SIGNED: Versions.SIGNED,
    pb.PEER_VERSIONS_RELEASED: Versions.RELEASED,
}
_STATE_NUMBERS: Final = {state: number for number, state in STATES.items()}
_VERSION_NUMBERS: Final = {versions: number for number, versions in VERSIONS.items()}


def write_delivery(delivery: Delivery) -> pb.Delivery:
    """Return a delivery as a message."""
    return pb.Delivery(**{**delivery._asdict(), "state": _STATE_NUMBERS[delivery.state]})


def read_delivery(message: pb.Delivery) -> Delivery:
    """Return a delivery that a server sent. Raises KeyError for a state this version does not know."""
    fields = {name: getattr(message, name) for name in Delivery._fields}
    return Delivery(**{**fields, "state": STATES[message.state], "details": tuple(message.details)})


def read_query(message: pb.ListDeliveriesRequest) -> DeliveryQuery:
    """Return what to look for; the state that is none fits nothing and is left out."""
    states = tuple(STATES[state] for state in message.states if state in STATES)
    return DeliveryQuery(message.report_id, message.peer, states)


def write_query(query: DeliveryQuery) -> pb.ListDeliveriesRequest:
    """Return the request for the first page of ``query``."""
    states = [_STATE_NUMBERS[state] for state in query.states]
    return pb.ListDeliveriesRequest(report_id=query.report_id, peer=query.peer, states=states)


def read_page(message: pb.ListDeliveriesResponse) -> DeliveryPage:
    """Return a page that a server sent."""
    return DeliveryPage(tuple(read_delivery(one) for one in message.deliveries), message.next_page_token)


def write_peer(found: PeerCount) -> pb.Peer:
    """Return a peer as a message."""
    counts = [pb.DeliveryCount(state=_STATE_NUMBERS[state], number=number) for state, number in found.counts.items()]
    if found.peer is None:
        return pb.Peer(name=found.name, counts=counts)
    fields = {**found.peer._asdict(), "versions": _VERSION_NUMBERS[found.peer.versions]}
    return pb.Peer(configured=True, counts=counts, **fields)


def read_peer(message: pb.Peer) -> PeerCount:
    """Return a peer that a server sent. Raises KeyError for a state or choice this version does not know."""
    counts = {STATES[count.state]: count.number for count in message.counts}
    if not message.configured:
        return PeerCount(message.name, None, counts)
    peer = Peer(message.name, message.kind, message.content, VERSIONS[message.versions], message.target)
    return PeerCount(message.name, peer, counts)
