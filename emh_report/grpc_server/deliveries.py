"""The methods of the service for deliveries: each from a request message to a response message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emh_report.errors import InputError
from emh_report.grpc_server.method import Check, Method
from emh_report.grpc_server.stored import needed_id
from emh_report.v1 import delivery_service_pb2 as pb
from emh_report.wire import deliveries as wire
from emh_report.wire import guard, stored

if TYPE_CHECKING:
    from emh_report.store import Store


class DeliveryMethods:
    """All methods over one store. Every one of them may wait for the disk."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._deliveries = store.deliveries

    @property
    def table(self) -> dict[str, Method]:
        """Method → what to call."""
        return {
            "ListDeliveries": Method(pb.ListDeliveriesRequest, self.list_deliveries, waits=True),
            "GetDelivery": Method(pb.GetDeliveryRequest, self.get_delivery, waits=True),
            "ResendDelivery": Method(pb.ResendDeliveryRequest, self.resend_delivery, waits=True),
            "SkipDelivery": Method(pb.SkipDeliveryRequest, self.skip_delivery, waits=True),
            "BackfillDeliveries": Method(pb.BackfillDeliveriesRequest, self.backfill_deliveries, waits=True),
            "ListPeers": Method(pb.ListPeersRequest, self.list_peers, waits=True),
        }

    def list_deliveries(self, request: pb.ListDeliveriesRequest, _: Check) -> pb.ListDeliveriesResponse:
        """One page of deliveries."""
        guard.check(request)
        if pb.DELIVERY_STATE_UNSPECIFIED in request.states:
            accepted = ", ".join(pb.DeliveryState.Name(number) for number in wire.STATES)
            raise InputError([("states", f"a state is needed: {accepted}")])
        query = wire.read_query(request)
        page = self._deliveries.list(query, size=request.page_size, token=request.page_token)
        found = [wire.write_delivery(delivery) for delivery in page.deliveries]
        return pb.ListDeliveriesResponse(deliveries=found, next_page_token=page.next_token)

    def get_delivery(self, request: pb.GetDeliveryRequest, _: Check) -> pb.GetDeliveryResponse:
        """One delivery."""
        guard.check(request)
        return pb.GetDeliveryResponse(delivery=wire.write_delivery(self._deliveries.get(request.delivery_id)))

    def resend_delivery(self, request: pb.ResendDeliveryRequest, check: Check) -> pb.ResendDeliveryResponse:
        """Make a delivery due now."""
        guard.check(request)
        actor, request_id = stored.read_actor(request.actor), needed_id(request.request_id)
        check()
        done = self._deliveries.resend(request.delivery_id, actor, request_id=request_id)
        return pb.ResendDeliveryResponse(delivery=wire.write_delivery(done))

    def skip_delivery(self, request: pb.SkipDeliveryRequest, check: Check) -> pb.SkipDeliveryResponse:
        """Decide that a peer does not get a version."""
        guard.check(request)
        actor, request_id = stored.read_actor(request.actor), needed_id(request.request_id)
        check()
        done = self._deliveries.skip(request.delivery_id, actor, request.reason, request_id=request_id)
        return pb.SkipDeliveryResponse(delivery=wire.write_delivery(done))

    def backfill_deliveries(self, request: pb.BackfillDeliveriesRequest, _: Check) -> pb.BackfillDeliveriesResponse:
        """Note what a peer should have got."""
        guard.check(request)
        return pb.BackfillDeliveriesResponse(noted=self._deliveries.backfill(request.peer))

    def list_peers(self, request: pb.ListPeersRequest, _: Check) -> pb.ListPeersResponse:
        """All peers."""
        guard.check(request)
        return pb.ListPeersResponse(peers=[wire.write_peer(one) for one in self._deliveries.peers()])
