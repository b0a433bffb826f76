"""A signed companion on its way to a peer: its signature arrives in its Provenance, and holds over the stored bytes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from emh_report.deliveries import DeliveryState
from emh_report.delivery import delivering
from emh_report.draft import ReportMode
from emh_report.keys import new_signing_key, public_keys
from emh_report.lifecycle import Action
from emh_report.store import Store, open_store
from tests.case_files import catalog
from tests.deliveries import fhir, settled, until
from tests.peers import peers_of, scripted
from tests.store_reports import ATTENDING, act, changed, complete, created, saved

KEY = new_signing_key()


def companion(store: Store) -> str:
    """Store and sign a companion report, correct it, and return its id."""
    draft, context = complete()
    report_id = created(store, draft._replace(mode=ReportMode.COMPANION), context)
    act(store, report_id, Action.FINALIZE, ATTENDING)
    saved(store, report_id, changed(store.get(report_id).draft))
    act(store, report_id, Action.AMEND, ATTENDING)
    return report_id


def arrived(bundle: dict[str, Any]) -> str:
    """Return the one signature that a peer was sent: a detached JWS, about observations that are in the bundle."""
    (found,) = (one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Provenance")
    kinds = {one["fullUrl"]: one["resource"]["resourceType"] for one in bundle["entry"]}
    assert {kinds[one["reference"]] for one in found["target"]} == {"Observation"}
    (signature,) = found["signature"]
    assert signature["sigFormat"] == "application/jose"
    assert signature["who"] == found["agent"][-1]["who"]
    return base64.b64decode(signature["data"]).decode()


def verified(proof: str, content: bytes) -> bytes:
    """Return what a signature is over, by a second library and the public key that the installation gives out."""
    (public,) = json.loads(public_keys([KEY]))["keys"]
    head, between, end = proof.split(".")
    assert between == "", "the document is not repeated"
    whole = f"{head}.{base64.urlsafe_b64encode(content).decode().rstrip('=')}.{end}"
    found: bytes = jwt.PyJWS().decode(whole, jwt.PyJWK.from_dict(public), algorithms=["ES256"])
    return found


@pytest.mark.parametrize("content", ["fhir-r4-transaction", "fhir-r5-transaction"])
def test_a_signed_companion_arrives_with_a_signature_over_its_stored_bytes(tmp_path: Path, content: str) -> None:
    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer, content=content))
        url = f"sqlite:///{tmp_path / 'reports.db'}"
        with open_store(url, catalog(), peers=[one.peer for one in configured], signing_keys=[KEY]) as store:
            report_id = companion(store)
            with delivering(store, configured):
                until(lambda: settled(store))
            done = store.deliveries.list().deliveries
            stored = [store.version(report_id, number) for number in (1, 2)]
    assert [(one.state, one.details) for one in done] == [(DeliveryState.DELIVERED, ())] * 2
    bundles = [request.bundle for request in peer.applied]
    assert [one["type"] for one in bundles] == ["transaction"] * 2
    assert not any("DiagnosticReport" in str(one["resource"]["resourceType"]) for one in bundles[0]["entry"])
    for bundle, version, other in zip(bundles, stored, reversed(stored), strict=True):
        proof = arrived(bundle)
        assert proof == version.signature
        assert verified(proof, version.content) == version.content
        with pytest.raises(jwt.InvalidSignatureError):
            verified(proof, other.content)


def test_a_peer_that_cannot_take_it_gets_the_companion_without_and_the_list_says_so(tmp_path: Path) -> None:
    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer, carry_signature=False))
        url = f"sqlite:///{tmp_path / 'reports.db'}"
        with open_store(url, catalog(), peers=[one.peer for one in configured], signing_keys=[KEY]) as store:
            companion(store)
            with delivering(store, configured):
                until(lambda: settled(store))
            done = store.deliveries.list().deliveries
    assert {(one.state, one.details) for one in done} == {(DeliveryState.DELIVERED, ("SIGNATURE_LEFT_OUT",))}
    assert b"Provenance" not in b"".join(request.body for request in peer.applied)
