"""The signature of a stored version, carried along in its bundles."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import quote

import jwt
import pytest

from emh_report.context import ReportStatus as State
from emh_report.export import fhir
from emh_report.export.fhir.kinds import Kind
from emh_report.keys import new_signing_key
from emh_report.signers import signer
from emh_report.signing import sign
from tests.fhir_json import resources
from tests.fhir_kinds import ALL, as_received, bundle_url, made, named, standalone
from tests.fhir_reports import complete, one


@pytest.mark.parametrize("kind", [kind for kind in ALL if not kind.closed], ids=named)
def test_the_signature_of_a_stored_version_is_carried_along_as_it_is(kind: Kind) -> None:
    """What a receiver takes out of the bundle verifies the bytes of the store with a second library."""
    key, content = new_signing_key(), b'{"size":4.20}'
    report, proof = standalone(complete(), State.FINAL), sign(content, signer(key))
    bundle = as_received(report, kind, fhir.Options(signature=proof))
    found = one(bundle, "Provenance")
    (signature,) = found["signature"]
    assert base64.b64decode(signature["data"]).decode() == proof
    assert (signature["sigFormat"], signature["when"]) == ("application/jose", report.context.report.issued)
    assert signature["who"] == found["agent"][-1]["who"]
    assert bundle_url(bundle, "DiagnosticReport") in {target["reference"] for target in found["target"]}
    head, _, end = base64.b64decode(signature["data"]).decode().partition("..")
    whole = f"{head}.{base64.urlsafe_b64encode(content).decode().rstrip('=')}.{end}"
    public = jwt.PyJWK.from_dict(key.as_dict(private=False))
    assert jwt.PyJWS().decode(whole, public, algorithms=["ES256"]) == content
    assert bundle == as_received(report, kind, fhir.Options(signature=proof)), "the same again"
    (entry,) = (entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Provenance")
    if not kind.document:
        tag = entry["resource"]["meta"]["tag"][-1]
        found_by = f"_tag={tag['system']}%7C{tag['code']}&recorded={quote(report.context.report.issued, safe=':')}"
        assert entry["request"] == {"method": "POST", "url": "Provenance", "ifNoneExist": found_by}
    assert kind.document or not resources(made(report, kind), "Provenance")
    assert "signature" not in str(as_received(standalone(complete()), kind, fhir.Options(signature=proof)))


def test_a_correction_carries_its_own_signature_only() -> None:
    """What it takes back is not signed anew, and the Provenance of the version before is no resource to take back."""
    first = standalone(complete(), State.FINAL)
    identity = replace(first.context.report, status=State.CORRECTED, version=2)
    second = replace(first, context=replace(first.context, report=identity), groups=first.groups[:2])
    bundle = fhir.transaction(second, None, fhir.Options(signature="a..b"), first)
    (found,) = resources(bundle, "Provenance")
    assert [base64.b64decode(one["data"]) for one in found["signature"]] == [b"a..b"]
    assert any(one.get("status") == "entered-in-error" for one in resources(bundle, "Observation"))
