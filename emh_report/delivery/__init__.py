"""Delivery of released versions to peers: one module for each kind of peer, and a worker that goes through the outbox.

Senders are loaded on first use; the HTTP client is known to one of them only.
"""

from __future__ import annotations

from emh_report.delivery.peers import Configured, read_peers
from emh_report.delivery.worker import Worker, delivering

__all__ = ["Configured", "Worker", "delivering", "read_peers"]
