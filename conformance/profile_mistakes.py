"""Mistakes against a guide: documents that are valid FHIR and not what the European profile or IHE IMR ask for."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Final

from conformance.findings import Json
from conformance.mistakes import Plant, first, url_of
from conformance.walk import resource_of


def missing_slice(document: Json) -> None:
    """Slicing: the section of the imaging study (LOINC 18726-0) is required."""
    sections = first(document, "Composition")["section"]
    del sections[_section(sections, "18726-0")]


def slice_given_twice(document: Json) -> None:
    """Slicing: at most one section of each code."""
    sections = first(document, "Composition")["section"]
    sections.append(deepcopy(sections[_section(sections, "18726-0")]))


def required_binding(document: Json) -> None:
    """Required binding of the guide: the reason why a section is empty."""
    for section in first(document, "Composition")["section"]:
        if "emptyReason" in section:
            section["emptyReason"]["coding"][0]["code"] = "forgotten"
            return
    raise LookupError("no empty section")


def pattern(document: Json) -> None:
    """Pattern: the category of an imaging order is SNOMED CT 363679005."""
    order = first(document, "ServiceRequest", "category")
    order["category"][0]["coding"][0] |= {"code": "108252007", "display": "Laboratory procedure"}


def invariant(document: Json) -> None:
    """Invariant eu-imaging-composition-1: a section without entries says why."""
    for section in first(document, "Composition")["section"]:
        if section.pop("emptyReason", None):
            return
    raise LookupError("no empty section")


def invariant_across_resources(document: Json) -> None:
    """Invariant dr-comp-author-org: the organization that answers for the report is an author of the document."""
    authors = first(document, "Composition", "author")["author"]
    authors.remove({"reference": url_of(document, "Organization")})


def at_least_one(document: Json) -> None:
    """Minimum 1: the identifier of the report."""
    del first(document, "DiagnosticReport", "identifier")["identifier"]


def at_most_none(document: Json) -> None:
    """Maximum 0: a document answers no search."""
    document["entry"][-1]["search"] = {"mode": "match"}


def no_html(transaction: Json) -> None:
    """Minimum 1: IMR asks for the report as HTML."""
    del first(transaction, "DiagnosticReport", "presentedForm")["presentedForm"]


def another_resource(transaction: Json) -> None:
    """Closed slicing: an IMR transaction carries report, order and study only."""
    entry = deepcopy(transaction["entry"][-1])
    entry["fullUrl"] = "urn:uuid:00000000-0000-4000-8000-00000000beef"
    entry["resource"] = {"resourceType": "Basic", "code": {"text": "note"}, "subject": resource_of(entry)["subject"]}
    entry["request"] = {"method": "POST", "url": "Basic", "ifNoneExist": "identifier=urn:x%7C1"}
    transaction["entry"].append(entry)


def _section(sections: Json, code: str) -> int:
    for index, section in enumerate(sections):
        if section["code"]["coding"][0]["code"] == code:
            return index
    raise LookupError(f"no section {code}")


EU_DOCUMENT: Final[Mapping[str, Plant]] = {
    "EU: required slice missing": missing_slice,
    "EU: slice given twice": slice_given_twice,
    "EU: required binding": required_binding,
    "EU: fixed pattern": pattern,
    "EU: invariant": invariant,
    "EU: invariant across resources": invariant_across_resources,
    "EU: minimum 1": at_least_one,
    "EU: maximum 0": at_most_none,
}

IMR: Final[Mapping[str, Plant]] = {
    "IMR: resource that it closes out": another_resource,
    "IMR: minimum 1": no_html,
}
