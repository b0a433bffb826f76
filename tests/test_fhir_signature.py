"""Provenance of stored versions: who made each, signed or not, and the signature where there is one."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import quote

import jwt
import pytest

from emh_report.context import Identifier, Practitioner
from emh_report.context import ReportStatus as State
from emh_report.draft import ReportMode
from emh_report.export import fhir
from emh_report.export.fhir.kinds import KINDS, Kind
from emh_report.keys import new_signing_key
from emh_report.report import Report
from emh_report.signers import signer
from emh_report.signing import sign
from tests.fhir_json import resources
from tests.fhir_kinds import ALL, DOCUMENTS, R4, as_received, bundle_url, made, named, standalone
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


IMR = KINDS["fhir-r4-imr"]
TRANSACTIONS = [kind for kind in ALL if not kind.document and not kind.closed]
UNSIGNED_AND_SIGNED = [(State.PRELIMINARY, ""), (State.FINAL, "a..b")]
CLERK = Practitioner(Identifier("https://fhir.hospital.test/staff", "S-4"), "Clerk")


def test_an_imr_report_contains_the_provenance_that_its_bundle_may_not_carry() -> None:
    report = standalone(complete(), State.FINAL)
    bundle = as_received(report, IMR, fhir.Options(signature="a..b"))
    assert {found["resourceType"] for found in resources(bundle)} == {
        "DiagnosticReport",
        "ServiceRequest",
        "ImagingStudy",
    }
    found = one(bundle, "DiagnosticReport")
    (contained,) = found["contained"]
    assert (contained["resourceType"], contained["target"]) == ("Provenance", [{"reference": "#"}])
    assert contained["recorded"] == found["issued"]
    (signature,) = contained["signature"]
    assert base64.b64decode(signature["data"]) == b"a..b"
    assert signature["who"] == contained["agent"][-1]["who"] == found["resultsInterpreter"][-1]
    assert "contained" not in one(made(report, IMR), "DiagnosticReport"), "nobody signed"


@pytest.mark.parametrize("kind", ALL, ids=named)
def test_a_withdrawn_report_carries_the_signature_of_who_withdrew_it(kind: Kind) -> None:
    """That may be somebody whom the report does not name: never its author, who did not sign this."""
    report = standalone(complete(), State.ENTERED_IN_ERROR)
    bundle = as_received(report, kind, fhir.Options(signature="a..b", actor=CLERK))
    (found,) = resources(bundle, "Provenance") or one(bundle, "DiagnosticReport")["contained"]
    (agent,), (signature,) = found["agent"], found["signature"]
    assert found["activity"]["coding"][0]["code"] == "NULLIFY"
    assert agent["type"]["coding"][0]["code"] == "performer"
    assert signature["who"] == agent["who"]
    if kind.closed:
        assert agent["who"]["reference"].endswith("%7CS-4")
    else:
        person = next(one["resource"] for one in bundle["entry"] if one["fullUrl"] == agent["who"]["reference"])
        assert person["identifier"][0]["value"] == "S-4"
    unnamed = as_received(report, kind, fhir.Options(signature="a..b"))
    (found,) = resources(unnamed, "Provenance") or one(unnamed, "DiagnosticReport")["contained"]
    assert found["signature"][0]["who"]["extension"][0]["valueCode"] == "unknown"


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
@pytest.mark.parametrize(("version", "activity"), [(1, "CREATE"), (2, "UPDATE")])
def test_a_preliminary_document_says_who_wrote_it_and_that_nobody_signed(
    kind: Kind, version: int, activity: str
) -> None:
    report = standalone(complete())
    bundle = made(numbered(report, version), kind)
    found = one(bundle, "Provenance")
    (wrote,) = found["agent"]
    assert (wrote["type"]["coding"][0]["code"], found["activity"]["coding"][0]["code"]) == ("author", activity)
    assert wrote["who"] == one(bundle, "Composition")["author"][0]
    assert "signature" not in found
    assert "attester" not in one(bundle, "Composition")
    nobody = replace(report.context, author=Practitioner(), supervisor=None)
    assert not resources(made(replace(report, context=nobody), kind), "Provenance")


@pytest.mark.parametrize("kind", DOCUMENTS, ids=named)
@pytest.mark.parametrize(("status", "activity"), [(State.CANCELLED, "CANCEL"), (State.ENTERED_IN_ERROR, "NULLIFY")])
def test_a_document_that_ends_a_report_says_who_ended_it(kind: Kind, status: State, activity: str) -> None:
    if status is State.CANCELLED and kind.version is R4:
        return  # a composition of R4 cannot be cancelled
    report = standalone(complete(), status)
    bundle = as_received(report, kind, fhir.Options(actor=CLERK))
    found = one(bundle, "Provenance")
    (ended,) = found["agent"]
    assert (ended["type"]["coding"][0]["code"], found["activity"]["coding"][0]["code"]) == ("performer", activity)
    person = next(one["resource"] for one in bundle["entry"] if one["fullUrl"] == ended["who"]["reference"])
    assert (person["resourceType"], person["identifier"][0]["value"]) == ("Practitioner", "S-4")
    assert not resources(made(report, kind), "Provenance"), "nobody says who"


@pytest.mark.parametrize("kind", ALL, ids=named)
@pytest.mark.parametrize(
    ("status", "version", "activity", "roles"),
    [
        (State.PRELIMINARY, 1, "CREATE", ["author", "performer"]),
        (State.PRELIMINARY, 2, "UPDATE", ["author", "performer"]),
        (State.CANCELLED, 2, "CANCEL", ["performer"]),
    ],
)
def test_a_stored_version_that_nobody_signs_says_who_made_it(
    kind: Kind, status: State, version: int, activity: str, roles: list[str]
) -> None:
    if status is State.CANCELLED and kind.document and kind.version is R4:
        return  # a composition of R4 cannot be cancelled
    report = numbered(standalone(complete(), status), version)
    bundle = as_received(report, kind, fhir.Options(actor=CLERK))
    (found,) = resources(bundle, "Provenance") or one(bundle, "DiagnosticReport")["contained"]
    assert "signature" not in found
    assert (found["recorded"], found["activity"]["coding"][0]["code"]) == (report.context.report.issued, activity)
    assert [agent["type"]["coding"][0]["code"] for agent in found["agent"]] == roles
    made_by = found["agent"][-1]["who"]["reference"]
    if kind.closed:
        assert found["target"] == [{"reference": "#"}]
        assert made_by.endswith("%7CS-4")
    else:
        person = next(one["resource"] for one in bundle["entry"] if one["fullUrl"] == made_by)
        assert person["identifier"][0]["value"] == "S-4"
        assert bundle_url(bundle, "DiagnosticReport") in {target["reference"] for target in found["target"]}
    assert bundle == as_received(report, kind, fhir.Options(actor=CLERK)), "the same again"
    if not kind.document:
        assert "Provenance" not in str(made(report, kind)), "a draft, which no store has"


@pytest.mark.parametrize("kind", TRANSACTIONS, ids=named)
def test_each_version_has_a_provenance_of_its_own_that_is_created_once(kind: Kind) -> None:
    first, second = (
        next(
            entry
            for entry in as_received(numbered(standalone(complete()), version), kind, fhir.Options(actor=CLERK))[
                "entry"
            ]
            if entry["resource"]["resourceType"] == "Provenance"
        )
        for version in (1, 2)
    )
    assert first["fullUrl"] != second["fullUrl"]
    assert first["request"]["ifNoneExist"] != second["request"]["ifNoneExist"]
    assert {entry["request"]["method"] for entry in (first, second)} == {"POST"}


def test_who_released_a_preliminary_report_is_named_once_where_that_is_its_author() -> None:
    report = standalone(complete())
    bundle = as_received(report, KINDS["fhir-r4-transaction"], fhir.Options(actor=report.context.author))
    (agent,) = one(bundle, "Provenance")["agent"]
    assert agent["type"]["coding"][0]["code"] == "author"


@pytest.mark.parametrize("kind", TRANSACTIONS, ids=named)
@pytest.mark.parametrize(("status", "signature"), UNSIGNED_AND_SIGNED)
def test_the_provenance_of_a_companion_is_about_what_it_says(kind: Kind, status: State, signature: str) -> None:
    """It is no report of its own."""
    report = replace(standalone(complete(), status), mode=ReportMode.COMPANION)
    bundle = as_received(report, kind, fhir.Options(signature=signature, actor=report.context.author))
    found = one(bundle, "Provenance")
    urls = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert {urls[target["reference"]] for target in found["target"]} == {"Observation"}
    assert len(found["target"]) == len({group.uid for group in report.groups if group.items})
    assert bool(signature) == ("signature" in found)
    nothing = replace(report, groups=())
    assert not resources(as_received(nothing, kind, fhir.Options(signature=signature)), "Provenance")


def numbered(report: Report, version: int) -> Report:
    return replace(report, context=replace(report.context, report=replace(report.context.report, version=version)))


def test_a_correction_carries_its_own_signature_only() -> None:
    """What it takes back is not signed anew, and the Provenance of the version before is no resource to take back."""
    first = standalone(complete(), State.FINAL)
    identity = replace(first.context.report, status=State.CORRECTED, version=2)
    second = replace(first, context=replace(first.context, report=identity), groups=first.groups[:2])
    bundle = fhir.transaction(second, None, fhir.Options(signature="a..b"), first)
    (found,) = resources(bundle, "Provenance")
    assert [base64.b64decode(one["data"]) for one in found["signature"]] == [b"a..b"]
    assert any(one.get("status") == "entered-in-error" for one in resources(bundle, "Observation"))
