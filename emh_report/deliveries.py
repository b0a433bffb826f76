"""Deliveries of released versions to peers: plain records, known to the store, the wire and the client.

A delivery is one version on its way to one peer. Versions of one report reach a peer in their order: a version waits
until every earlier one was delivered or skipped.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    """Waits for its next try, or for an earlier version of its report."""
    SENDING = "sending"
    DELIVERED = "delivered"
    """The peer has acknowledged it."""
    REFUSED = "refused"
    """Nothing but a person can help: later versions wait until it is sent again or skipped."""
    SKIPPED = "skipped"
    """A person decided that this peer does not get it."""


OPEN: Final = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.REFUSED)
"""States that later versions of the same report wait for."""


class DeliveryAction(StrEnum):
    """What a person can do with a delivery; in the audit of the store."""

    RESEND = "resend-delivery"
    SKIP = "skip-delivery"


class Versions(StrEnum):
    """Which versions a peer gets."""

    SIGNED = "signed"
    RELEASED = "released"
    """Also preliminary and cancelled ones, which nobody signed."""


class Peer(NamedTuple):
    """A peer as the store and its readers know it. ``target`` is where it is, without secrets."""

    name: str
    kind: str
    content: str
    versions: Versions
    target: str


class Delivery(NamedTuple):
    """One version on its way to one peer.

    ``error`` is a code such as HTTP_422 and ``details`` what the peer said in codes and element paths, and what was
    left out of what it got (SIGNATURE_LEFT_OUT): neither repeats free text of the peer, which may name a patient.
    ``waits_for`` is the earliest version that has to come first, 0 where there is none. ``sha256`` is the digest of
    what is sent, empty before the first try. Times are RFC 3339, UTC.
    """

    delivery_id: str
    report_id: str
    version: int
    peer: str
    state: DeliveryState
    attempts: int
    next_try: str
    error: str
    details: tuple[str, ...]
    waits_for: int
    sha256: str
    created: str
    updated: str


class DeliveryQuery(NamedTuple):
    """What to look for; everything given must fit."""

    report_id: str = ""
    peer: str = ""
    states: tuple[DeliveryState, ...] = ()


class DeliveryPage(NamedTuple):
    """One page of a list, newest first, and the token of the next one; empty on the last."""

    deliveries: tuple[Delivery, ...]
    next_token: str


class PeerCount(NamedTuple):
    """A peer and how many of its deliveries are in each state; ``peer`` is None where it is not configured any more."""

    name: str
    peer: Peer | None
    counts: dict[DeliveryState, int]
