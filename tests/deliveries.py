"""What tests of delivery share: moments instead of minutes, a store with peers, and waiting for the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emh_report.deliveries import Delivery, DeliveryQuery, DeliveryState
from emh_report.delivery import delivering
from emh_report.store import Store, open_store
from tests.case_files import catalog
from tests.peers import ScriptedPeer, peers_of
from tests.store_reports import signed

S = DeliveryState
PATIENT_WORDS = "Fictional Fiona, M-1"
OUTCOME = {
    "resourceType": "OperationOutcome",
    "text": {"div": PATIENT_WORDS},
    "issue": [
        {
            "severity": "error",
            "code": "invalid",
            "diagnostics": PATIENT_WORDS,
            "details": {"text": PATIENT_WORDS},
            "expression": ["Bundle.entry[3].resource", f"Patient.where(name='{PATIENT_WORDS}')"],
        },
        {"severity": PATIENT_WORDS, "code": 7},
        PATIENT_WORDS,
    ],
}


def until(there: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def settled(store: Store, *, states: tuple[DeliveryState, ...] = (S.PENDING, S.SENDING)) -> bool:
    return not store.deliveries.list(DeliveryQuery(states=states)).deliveries


def fhir(peer: ScriptedPeer, **more: object) -> dict[str, object]:
    return {"kind": "fhir", "url": peer.url, "timeout_seconds": 20, **more}


def opened(url: str, configured: tuple[Any, ...]) -> Store:
    return open_store(url, catalog(), peers=[one.peer for one in configured])


def sent(url: str, folder: Path, peer: ScriptedPeer, **more: object) -> Delivery:
    """Sign a report and deliver it, and return where the delivery stands then."""
    configured = peers_of(folder, ehr=fhir(peer, **more))
    with opened(url, configured) as store:
        signed(store)
        with delivering(store, configured):
            until(lambda: settled(store))
        return store.deliveries.list().deliveries[0]
