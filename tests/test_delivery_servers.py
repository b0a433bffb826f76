"""Delivery to FHIR servers that others wrote: sent again it changes nothing, and what they refuse is in the list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance import receivers
from conformance.receivers import Receiver
from emh_report.context import Context
from emh_report.deliveries import DeliveryState
from emh_report.delivery import delivering
from emh_report.lifecycle import Action
from emh_report.store import Store
from tests.case_files import SYNTHETIC, read_report, synthetic_context
from tests.deliveries import opened, settled, until
from tests.peers import peers_of
from tests.store_reports import ATTENDING, RECORDS, act, complete, created

S = DeliveryState
SMALL = SYNTHETIC / "emh-minimal" / "draft-a.json"
SECONDS = 300
PATIENCE = {"timeout_seconds": SECONDS}


def patient(context: Context) -> dict[str, Any]:
    (known,) = context.patient.identifiers
    return {"resourceType": "Patient", "identifier": [{"system": known.system, "value": known.value}]}


def stored(receiver: Receiver, type_: str) -> list[str]:
    """Return the ids of all resources of a type."""
    found = receiver.call("GET", f"/{type_}").body
    return [entry["resource"]["id"] for entry in found.get("entry", [])]


def small(store: Store) -> str:
    """Sign a short report: the servers take their time for long ones."""
    _, context = complete()
    draft, _ = read_report(SMALL, synthetic_context(SMALL))
    report_id = created(store, draft, context)
    act(store, report_id, Action.FINALIZE, ATTENDING)
    return report_id


@pytest.mark.parametrize(
    ("name", "content", "type_"),
    [
        ("medplum", "fhir-r4-transaction", "DiagnosticReport"),
        ("helios", "fhir-r4-transaction", "DiagnosticReport"),
        ("sekmet", "fhir-r4-document", "Bundle"),
    ],
)
def test_a_report_that_is_delivered_twice_is_there_once(name: str, content: str, type_: str, tmp_path: Path) -> None:
    if words := receivers.missing(name):
        pytest.skip(words)
    with receivers.SERVERS[name]() as receiver:
        configured = peers_of(tmp_path, ehr={"kind": "fhir", "url": receiver.base, "content": content, **PATIENCE})
        with opened(f"sqlite:///{tmp_path / 'reports.db'}", configured) as store, delivering(store, configured):
            report_id = small(store)
            context = store.get(report_id).context
            assert receiver.call("POST", "/Patient", patient(context)).status == 201
            until(lambda: settled(store), SECONDS)
            (done,) = store.deliveries.list().deliveries
            assert (done.state, done.error, done.details) == (S.DELIVERED, "", ())
            first = stored(receiver, type_)
            assert len(first) == 1
            proofs = stored(receiver, "Provenance")
            assert len(proofs) == (type_ != "Bundle")
            store.deliveries.resend(done.delivery_id, RECORDS)
            until(lambda: settled(store), SECONDS)
            again = store.deliveries.get(done.delivery_id)
            assert (again.state, again.attempts, again.sha256) == (S.DELIVERED, 2, done.sha256)
            assert stored(receiver, type_) == first
            assert stored(receiver, "Provenance") == proofs


def test_what_a_server_refuses_is_in_the_list(tmp_path: Path) -> None:
    """It does not know the patient, and sekmet no search for a Composition: the whole transaction is refused."""
    if words := receivers.missing("sekmet"):
        pytest.skip(words)
    with receivers.sekmet() as receiver:
        configured = peers_of(tmp_path, ehr={"kind": "fhir", "url": receiver.base, **PATIENCE})
        with opened(f"sqlite:///{tmp_path / 'reports.db'}", configured) as store:
            small(store)
            with delivering(store, configured):
                until(lambda: settled(store), SECONDS)
            (done,) = store.deliveries.list().deliveries
    assert (done.state, done.attempts) == (S.REFUSED, 1)
    assert done.error.startswith("HTTP_4")
    assert all(line.startswith("error ") for line in done.details)
    assert done.details
