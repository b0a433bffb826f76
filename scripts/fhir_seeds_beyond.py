"""Mistakes beyond the 22 kinds: FHIR that is well formed, and says something else than it seems to, or does not count.

Each function plants one in a valid bundle and returns the FHIRPath of what is wrong, as in fhir_seeds.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Final

from emh_report.export.fhir import fixed
from emh_report.export.fhir.urls import DICOM_UID
from emh_report.own_codes import PARTS
from scripts.fhir_seeds import NUMBER, Json, Plant, find, measured

PLANTED: Final = "PLANTED-0"
"""Stands in what is planted: where it comes back, it was read."""
NUMBERED: Final = {"system": "urn:x:mrn", "value": PLANTED}
STRANGER: Final = {"identifier": NUMBERED}
MODIFIER: Final = [{"url": "urn:x:not", "valueBoolean": True}]
ACCESSION: Final = {"coding": [{"system": fixed.ACCESSION.system, "code": fixed.ACCESSION.code}]}
RADLEX: Final = "http://radlex.org"
THORACIC: Final = ("RID29203", "RID29208")
"""Two vertebral levels, T6 and T11, as RadLex has them."""


def _set(type_: str, where: str, *names: str, **elements: Json) -> Plant:
    """Return the plant that sets elements of the first resource of a type with ``names``; ``where``: what is wrong."""

    def plant(bundle: Json) -> str:
        resource, path = find(bundle, type_, *names)
        resource.update(deepcopy(elements))
        return f"{path}.{where}" if where else path

    return plant


def _ahead(type_: str, where: str, *identifiers: Json) -> Plant:
    """Return the plant that puts identifiers ahead of those of the first resource of a type."""

    def plant(bundle: Json) -> str:
        resource, path = find(bundle, type_)
        resource["identifier"] = [*deepcopy(identifiers), *resource["identifier"]]
        return f"{path}.{where}" if where else ""

    return plant


def _number(where: str, change: Callable[[Json], object]) -> Plant:
    """Return the plant that changes the first number."""

    def plant(bundle: Json) -> str:
        observation, path = measured(bundle)
        change(observation["valueQuantity"])
        return f"{path}.{NUMBER}.{where}" if where else path

    return plant


def _coded(system: str, code: str, change: Callable[[list[Json], int], int]) -> Plant:
    """Return the plant that changes the codings of the first answer with a code; ``change`` returns which is wrong."""

    def plant(bundle: Json) -> str:
        for position, entry in enumerate(bundle["entry"]):
            codings = entry["resource"].get("valueCodeableConcept", {}).get("coding", [])
            for number, one in enumerate(codings):
                if (one["system"], one["code"]) == (system, code):
                    wrong = change(codings, number)
                    return f"Bundle.entry[{position}].resource.value.ofType(CodeableConcept).coding[{wrong}]"
        raise LookupError(f"no answer with a code of {system}")

    return plant


def _another_level(codings: list[Json], number: int) -> int:
    codings[number] = {"system": RADLEX, "code": THORACIC[1]}
    return number


def _second_level(codings: list[Json], _: int) -> int:
    own = next(one for one in codings if one["system"] != RADLEX)
    codings.append({"system": own["system"], "code": "T11"})
    return len(codings) - 1


def _part_in_error(bundle: Json) -> str:
    for position, entry in enumerate(bundle["entry"]):
        code = entry["resource"].get("code", {})
        if any(one.get("system") == PARTS for one in code.get("coding", ())):
            entry["resource"]["status"] = "entered-in-error"
            return f"Bundle.entry[{position}].resource"
    raise LookupError("no answer in parts")


def _again(type_: str, where: str, url: str = "", version: str = "") -> Plant:
    """Return the plant that adds the first resource of a type once more: at another URL, or as another version."""

    def plant(bundle: Json) -> str:
        _, path = find(bundle, type_)
        entry = deepcopy(bundle["entry"][int(path.partition("[")[2].partition("]")[0])])
        entry["fullUrl"] = url or entry["fullUrl"]
        if version:
            entry["resource"].setdefault("meta", {})["versionId"] = version
        bundle["entry"].append(entry)
        return f"Bundle.entry[{len(bundle['entry']) - 1}].{where}"

    return plant


def _about_a_stranger(type_: str) -> Plant:
    """Return the plant that makes a report or its document that of another patient; the document is wrong."""

    def plant(bundle: Json) -> str:
        resource, _ = find(bundle, type_)
        resource["subject"] = [STRANGER] if isinstance(resource["subject"], list) else STRANGER
        return f"{find(bundle, 'Composition')[1]}.subject"

    return plant


def _void(type_: str, element: str, value: Json) -> Plant:
    """Return the plant by which an order or study does not count."""

    def plant(bundle: Json) -> str:
        resource, path = find(bundle, type_)
        resource |= {element: value, "identifier": [NUMBERED]}
        return f"{path}.{element}"

    return plant


NEW: Final = "urn:uuid:00000000-0000-4000-8000-00000000beef"

REFUSED: Final[Mapping[str, tuple[Plant, ...]]] = {
    "unknown modifierExtension": (
        _set("Observation", "modifierExtension", modifierExtension=MODIFIER),
        _set("Patient", "modifierExtension", modifierExtension=MODIFIER),
        _set("DiagnosticReport", "implicitRules", implicitRules="urn:x:rules"),
    ),
    "codes that contradict each other": (
        _coded(RADLEX, THORACIC[0], _another_level),
        _coded(RADLEX, THORACIC[0], _second_level),
    ),
    "part of an answer entered in error": (_part_in_error,),
    "number with a comparator": (_number("comparator", lambda value: value.update(comparator="<")),),
    "unit that is another one": (
        _number("unit", lambda value: value.update(unit="km")),
        _number("system", lambda value: value.update(system="urn:x:units")),
    ),
    "answer about another patient": (_set("Observation", "subject", "valueQuantity", subject=STRANGER),),
    "report about another patient": (_about_a_stranger("DiagnosticReport"), _about_a_stranger("Composition")),
    "second report": (_again("DiagnosticReport", "resource", NEW),),
    "two versions of one resource": (_again("Observation", "fullUrl", version="2"),),
}
"""Kind of mistake → ways to make it, in the bundle of a report. The whole is refused."""

REFUSED_SOURCES: Final[Mapping[str, tuple[Plant, ...]]] = {
    "order or study of another patient": (
        _set("ServiceRequest", "subject", subject=STRANGER),
        _set("ImagingStudy", "subject", subject=STRANGER),
    ),
    "patient record that was replaced": (
        _set("Patient", "link[0]", link=[{"type": "replaced-by", "other": STRANGER}]),
    ),
    "second patient": (_again("Patient", "resource", NEW),),
    "two UIDs of one study": (_ahead("ImagingStudy", "identifier", {"system": DICOM_UID, "value": "urn:oid:1.2.3"}),),
}
"""The same in what a RIS and a PACS keep: patient, orders, studies."""

LEFT_OUT: Final[Mapping[str, tuple[Plant, ...]]] = {
    "answer entered in error": (
        *(
            _set("Observation", "", "valueString", status=status, valueString=PLANTED)
            for status in ("entered-in-error", "cancelled")
        ),
    ),
    "answer without its value": (
        _number("", lambda value: value.pop("value")),
        _set("Observation", "", "valueCodeableConcept", "bodySite", valueCodeableConcept={"text": PLANTED}),
    ),
    "words added to an answer": (
        _set("Observation", "note", "valueQuantity", note=[{"text": PLANTED}]),
        _set("Observation", "interpretation", "valueQuantity", interpretation=[{"text": PLANTED}]),
    ),
    "cause in a state no answer has": (
        _set(
            "Condition",
            "verificationStatus",
            verificationStatus={"coding": [{"system": fixed.UNCONFIRMED.system, "code": "differential"}]},
        ),
    ),
}
"""What does not count in the bundle of a report: it is left out with a warning at its path."""

LEFT_OUT_SOURCES: Final[Mapping[str, tuple[Plant, ...]]] = {
    "order that does not count": (
        *(_void("ServiceRequest", "status", status) for status in ("entered-in-error", "revoked")),
        _void("ServiceRequest", "doNotPerform", True),  # noqa: FBT003 - a value of the element
        _void("ServiceRequest", "intent", "proposal"),
    ),
    "study that does not count": tuple(
        _void("ImagingStudy", "status", status) for status in ("entered-in-error", "cancelled")
    ),
    "old number": (
        _ahead("ServiceRequest", "", {**NUMBERED, "use": "old", "type": ACCESSION}),
        _ahead("ImagingStudy", "", {"use": "old", "system": DICOM_UID, "value": PLANTED}),
    ),
    "number of a type that is not known": (
        _ahead(
            "ServiceRequest",
            "identifier[0].type",
            {**NUMBERED, "type": {"coding": [{"system": "urn:x:types", "code": "ACSN"}]}},
        ),
    ),
}
"""The same in what a RIS and a PACS keep. An old number is no mistake, so nothing is said of it."""
