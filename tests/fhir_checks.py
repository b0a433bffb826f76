"""What must hold for every FHIR bundle, written down a second time: identity, references, codes, invariants, answers.

`check` raises AssertionError with the reason. Everything here works on the JSON that leaves, not on what wrote it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
import uuid
from functools import cache
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from emh_report.codes import CANONICAL
from emh_report.report import Choice, Report
from tests.conftest import ROOT
from tests.fhir_answers import check_answers, check_kept
from tests.fhir_json import DISEASE, EMH_CODES, PRESENT, Json, codes, nodes, resources, value_names
from tests.fhir_limits import check_limits

THO = "http://terminology.hl7.org/CodeSystem"

HL7_CODES: Final = {
    *((f"{THO}/v2-0203", code) for code in ("ACSN", "PLAC")),
    *((f"{THO}/v2-0074", code) for code in ("CT", "NMR", "NMS", "RUS", "RX")),
    *((f"{THO}/condition-ver-status", code) for code in ("confirmed", "provisional", "refuted", "unconfirmed")),
    (f"{THO}/condition-ver-status", "entered-in-error"),
    (f"{THO}/condition-category", "encounter-diagnosis"),
    (f"{THO}/observation-category", "imaging"),
    *((f"{THO}/data-absent-reason", code) for code in ("unknown", "not-applicable", "temp-unknown")),
    (f"{THO}/list-empty-reason", "unavailable"),
    (f"{THO}/condition-clinical", "unknown"),
    *((f"{THO}/provenance-participant-type", code) for code in ("author", "attester", "performer")),
    *((f"{THO}/v3-DataOperation", code) for code in ("CREATE", "UPDATE", "CANCEL", "NULLIFY")),
    (f"{THO}/v3-DocumentCompletion", "LA"),
    ("http://hl7.org/fhir/composition-attestation-mode", "legal"),
    *(
        ("http://hl7.org/fhir/CodeSystem/medication-statement-adherence", one)
        for one in ("taking", "not-taking", "unknown")
    ),
    (f"{THO}/v3-ActReason", "HTEST"),
}
"""Codes of code systems that HL7 publishes for FHIR (hl7.terminology.r4 7.3.0, hl7.fhir.r5.core 5.0.0)."""

TARGETS: Final = {
    "Observation.hasMember": {"Observation"},
    "Observation.derivedFrom": {"Observation", "ImagingStudy"},
    "Observation.basedOn": {"ServiceRequest"},
    "Observation.partOf": {"Procedure"},
    "Observation.subject": {"Patient"},
    "DiagnosticReport.result": {"Observation"},
    "DiagnosticReport.imagingStudy": {"ImagingStudy"},
    "DiagnosticReport.basedOn": {"ServiceRequest"},
    "DiagnosticReport.performer": {"Organization"},
    "DiagnosticReport.resultsInterpreter": {"PractitionerRole", "Practitioner"},
    "ImagingStudy.basedOn": {"ServiceRequest"},
    "Procedure.basedOn": {"ServiceRequest"},
    "Condition.subject": {"Patient"},
    "MedicationStatement.derivedFrom": {"Observation"},
    "Communication.about": {"Observation"},
    "Communication.reasonReference": {"DiagnosticReport"},
    "ServiceRequest.reasonReference": {"DiagnosticReport"},
    "ServiceRequest.supportingInfo": {"Observation"},
    "ServiceRequest.requester": {"PractitionerRole", "Practitioner"},
    "Observation.focus": {
        *("Observation", "Procedure", "Condition", "MedicationStatement", "ServiceRequest", "Communication"),
    },
    "Task.focus": {"DiagnosticReport", "Observation"},
    "Task.reasonReference": {"Observation"},
    "Composition.custodian": {"Organization"},
    "Composition.author": {"PractitionerRole", "Practitioner", "Organization"},
}
"""Resource types that an element may refer to: those of R4 4.0.1 that are used here."""


@cache
def verified_codes() -> frozenset[tuple[str, str]]:
    """Return every code that may leave: verified and equivalent, of the core map, or fixed by a profile."""
    folder = ROOT / "templates" / "vocabulary"
    systems = {row["alias"]: row["uri"] for row in tomllib.loads((folder / "systems.toml").read_text())["system"]}
    fixed = tomllib.loads((folder / "fixed.toml").read_text())["fixed"]
    found = {(systems[row["system"]], row["code"]) for row in fixed}
    for path in folder.glob("*.toml"):
        for term in tomllib.loads(path.read_text()).get("term", []):
            found |= {
                (systems[coding["system"]], coding["code"])
                for coding in term.get("coding", [])
                if coding["verified"] and coding["match"] == "equivalent" and coding["map"] == "core"
            }
    return frozenset(found | HL7_CODES)


def check(bundle: Json, report: Report) -> None:
    """Check everything that holds for any bundle."""
    check_identity(bundle)
    check_references(bundle)
    check_codes(bundle)
    check_shapes(bundle)
    check_limits(bundle)
    check_depth(bundle)
    check_invariants(bundle)
    check_diagnosis(bundle, report)
    check_answers(bundle, report)
    check_kept(bundle, report)


def check_identity(bundle: Json) -> None:
    """Unique URLs (bdl-7), a request in every entry (bdl-3), and a conditional URL that finds what it sends."""
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls), "fullUrl twice"
    for entry in bundle["entry"]:
        resource, request = entry["resource"], entry["request"]
        assert entry["fullUrl"] == f"urn:uuid:{uuid.UUID(entry['fullUrl'][9:])}"
        assert uuid.UUID(entry["fullUrl"][9:]).version == 5
        assert "id" not in resource
        type_, _, query = request["url"].partition("?")
        assert type_ == resource["resourceType"]
        assert (request["method"] == "PUT") == bool(query) == ("ifNoneExist" not in request)
        listed = resource["identifier"] if isinstance(resource["identifier"], list) else [resource["identifier"]]
        name, _, token = (query or request["ifNoneExist"]).partition("=")
        assert name == "identifier"
        assert not set(token) & set(" &#+|"), "not escaped"
        first = listed[0]
        escaped = [_escaped(first.get("system", "")), _escaped(first["value"])]
        assert unquote(token) == "|".join(escaped)


def _escaped(text: str) -> str:
    return "".join(f"\\{character}" if character in "\\$,|" else character for character in text)


def check_references(bundle: Json) -> None:
    """Every reference resolves to a resource of an allowed type; only the patient may be looked up."""
    types = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    for resource in resources(bundle):
        for path, value in nodes(resource, resource["resourceType"]):
            if not isinstance(value, dict) or "reference" not in value:
                continue
            target = value["reference"]
            if target.startswith("Patient?identifier="):
                assert path.endswith((".subject", ".for")), path
                continue
            assert target in types, f"{path} refers to nothing"
            assert types[target] in TARGETS.get(path, {types[target]}), f"{path} refers to {types[target]}"


def check_codes(bundle: Json) -> None:
    """No code of an outside system that was not verified; the project's own code is never ahead of a standard one."""
    for path, value in nodes(bundle):
        if path.endswith((".coding", ".tag", ".modality")) and isinstance(value, dict) and "system" in value:
            known = (value["system"], value["code"])
            assert known[0].startswith(CANONICAL) or known in verified_codes(), f"{path}: {known}"
        if isinstance(value, dict) and "coding" in value:
            own = [coding["system"].startswith(CANONICAL) for coding in value["coding"]]
            assert own == sorted(own), f"{path}: own code first"
            assert len({json.dumps(coding) for coding in value["coding"]}) == len(own), f"{path}: code twice"


def check_shapes(bundle: Json) -> None:
    """No empty value and no null (R4 JSON), and narratives that are XML."""
    for path, value in nodes(bundle):
        assert value not in (None, "", [], {}), f"{path} is empty"
        if path.endswith(".div"):
            root = ET.fromstring(value)  # noqa: S314 - what this project wrote itself
            assert root.tag == "{http://www.w3.org/1999/xhtml}div"
            names = {element.tag.removeprefix("{http://www.w3.org/1999/xhtml}") for element in root.iter()}
            assert names <= {"div", "h2", "p"}
            assert "".join(root.itertext()).strip()


def check_depth(bundle: Json) -> None:
    """Members have no members, and a root that has them has a value only where its code is what is present or not."""
    members = {entry["fullUrl"]: entry["resource"].get("hasMember", []) for entry in bundle["entry"]}
    for listed in members.values():
        for member in listed:
            assert not members[member["reference"]], "more than one level of hasMember"


def check_invariants(bundle: Json) -> None:
    """Invariants of R4 4.0.1 that plain structures can break."""
    for resource in resources(bundle):
        for _, value in nodes(resource):
            if isinstance(value, dict):
                _check_element(value)
        checker = {"Observation": _check_observation, "Condition": _check_condition, "Composition": _check_composition}
        checker.get(resource["resourceType"], lambda _: None)(resource)


def _check_element(value: Json) -> None:
    if "data" in value:  # att-1, and R4 Attachment.hash and .size
        data = base64.b64decode(value["data"])
        assert value["contentType"] == "text/html"
        assert value["size"] == len(data)
        assert value["hash"] == base64.b64encode(hashlib.sha1(data).digest()).decode()  # noqa: S324 - FHIR asks for it
    if "unit" in value:  # qty-3
        assert value["system"] == "http://unitsofmeasure.org"
        assert value["code"]


def _check_observation(resource: Json) -> None:
    assert len(value_names(resource)) <= 1
    if "dataAbsentReason" in resource:  # obs-6
        assert not value_names(resource)
    for component in resource.get("component", []):
        assert len(value_names(component)) + ("dataAbsentReason" in component) == 1
        if codes(component["code"]) & codes(resource["code"]):  # obs-7
            assert not value_names(resource)


def _check_condition(resource: Json) -> None:
    status = resource["verificationStatus"]["coding"][0]["code"]
    category = {code for concept in resource["category"] for _, code in codes(concept)}
    if status != "entered-in-error" and "problem-list-item" in category:  # con-3
        assert "clinicalStatus" in resource
    assert not [name for name in resource if name.startswith("abatement")]  # con-4
    if status == "entered-in-error":  # con-5
        assert "clinicalStatus" not in resource
    for evidence in resource.get("evidence", []):  # con-2
        assert "detail" in evidence


def _check_composition(resource: Json) -> None:
    for section in resource["section"]:
        assert "text" in section or "entry" in section  # cmp-1
        assert ("emptyReason" in section) <= ("entry" not in section)  # cmp-2


def check_diagnosis(bundle: Json, report: Report) -> None:
    """The disease is present only where the diagnosis was made, wherever its code stands."""
    may = _may_be_present(report)
    conclusion = _conclusion_codes(report)
    for observation in resources(bundle, "Observation"):
        about = codes(observation["code"])
        if about & (EMH_CODES | {DISEASE} | conclusion):
            value = observation.get("valueCodeableConcept")
            assert (PRESENT in codes(value)) <= may, "present although the diagnosis was not made"
            assert DISEASE in about or not value or not codes(value) & {PRESENT}
    for resource in resources(bundle, "DiagnosticReport"):
        for concept in resource.get("conclusionCode", []):
            assert codes(concept) >= EMH_CODES | {DISEASE}
            assert may, "coded although the diagnosis was not made"


def _conclusion_codes(report: Report) -> set[tuple[str, str]]:
    """Return the own codes of the questions that state the diagnosis."""
    return {
        (item.field.concept.system, item.field.concept.code)
        for group in report.groups
        for item in group.items
        if item.field.role == "impression" and item.field.vocabulary
    }


def _may_be_present(report: Report) -> bool:
    """Whether anything in the report makes the diagnosis: its words, or established disease with known histology."""
    said = {
        item.value.term.code
        for group in report.groups
        for item in group.items
        if item.field.role in ("certainty", "basis") and isinstance(item.value, Choice)
    }
    return "diagnostic-of" in said or said >= {"consistent-with", "known-histology"}
