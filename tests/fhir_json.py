"""Reading FHIR bundles in tests: the JSON that leaves, and the identity that a resource should have."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any, Final

from emh_report.codes import CANONICAL
from emh_report.export import fhir
from emh_report.report import Narrative, Report

Json = dict[str, Any]

SCT = "http://snomed.info/sct"
PRESENT = (SCT, "52101004")
EMH_CODES = {("http://radlex.org", "RID3838"), ("http://human-phenotype-ontology.org", "HP:0001978")}
DISEASE = (f"{CANONICAL}/CodeSystem/diagnosis", "extramedullary-hematopoiesis")


def export(report: Report, narrative: Narrative | None = None, options: fhir.Options | None = None) -> Json:
    """Return the bundle as a receiver reads it: decimals as the text that stands in the JSON."""
    chosen = options or fhir.Options()
    content = fhir.transaction_json(report, narrative, chosen)
    assert content == fhir.to_json(fhir.transaction(report, narrative, chosen))
    found: Json = json.loads(content, parse_float=str)
    return found


def resources(bundle: Json, type_: str = "") -> list[Json]:
    """Return the resources of one type, or all."""
    return [entry["resource"] for entry in bundle["entry"] if type_ in ("", entry["resource"]["resourceType"])]


def nodes(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Yield every value of a JSON tree with its path (without positions)."""
    yield path, value
    children = value.items() if isinstance(value, dict) else ()
    for name, child in children:
        yield from nodes(child, f"{path}.{name}")
    for child in value if isinstance(value, list) else ():
        yield from nodes(child, path)


def codes(concept: Json | None) -> set[tuple[str, str]]:
    """Return (system, code) of a CodeableConcept."""
    return {(coding["system"], coding["code"]) for coding in (concept or {}).get("coding", [])}


NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, CANONICAL)


def urn(report: Report, *parts: str) -> str:
    """Return the identity of a resource of a report: UUID version 5 of report, group instance, question, answer."""
    known = report.context.report.identifier
    own = uuid.uuid5(NAMESPACE, chr(31).join(("report", known.system, known.value)))
    return f"urn:uuid:{uuid.uuid5(own, chr(31).join(parts))}"


def value_names(element: Json) -> list[str]:
    """Return the names of the elements value[x] that are there."""
    return [name for name in element if name.startswith("value")]
