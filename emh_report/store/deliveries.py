"""Deliveries of a store: looked at, decided upon, and noted afterwards for a peer that is new."""

from __future__ import annotations

from emh_report.deliveries import Delivery, DeliveryAction, DeliveryPage, DeliveryQuery, PeerCount
from emh_report.lifecycle import Actor
from emh_report.store import delivery_list, outbox
from emh_report.store.ledger import Ledger
from emh_report.store.outbox import Decision

EVERYTHING = DeliveryQuery()


class Deliveries:
    """What goes to the peers of a store. Methods raise as those of Store, and DeliveryStateError."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger of a store."""
        self._ledger = ledger

    def list(self, query: DeliveryQuery = EVERYTHING, *, size: int = 0, token: str = "") -> DeliveryPage:
        """Return one page of deliveries, newest first; ``token`` is that of the page before. Raises InputError."""
        return delivery_list.list_deliveries(self._ledger, query, size, token)

    def get(self, delivery_id: str) -> Delivery:
        """Return one delivery."""
        return delivery_list.get_delivery(self._ledger, delivery_id)

    def peers(self) -> tuple[PeerCount, ...]:
        """Return every peer that is configured or has deliveries, with how many are in which state."""
        return delivery_list.count_peers(self._ledger)

    def resend(self, delivery_id: str, actor: Actor, *, request_id: str = "") -> Delivery:
        """Make a delivery due now, and make anew what is sent.

        Not possible while it is being sent, nor once a later version of the report is on its way to the peer.
        """
        outbox.decide(self._ledger, delivery_id, Decision(DeliveryAction.RESEND, actor), request_id)
        return self.get(delivery_id)

    def skip(self, delivery_id: str, actor: Actor, reason: str, *, request_id: str = "") -> Delivery:
        """Decide that a peer does not get a version; later ones go on. The reason is kept sealed, the fact audited."""
        outbox.decide(self._ledger, delivery_id, Decision(DeliveryAction.SKIP, actor, reason), request_id)
        return self.get(delivery_id)

    def backfill(self, peer: str) -> int:
        """Note every version that a configured peer should have got and did not; return how many. May be repeated."""
        return outbox.backfill(self._ledger, peer)
