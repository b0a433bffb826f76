"""Mistakes that FHIR libraries let through: each function plants one in a valid bundle and returns the path it has.

The 22 kinds are those that libraries were compared by. A plant that finds no place for its mistake raises LookupError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from emh_report.own_codes import OBSERVABLES

Json = Any
Plant = Callable[[Json], str]
"""Plants one mistake in a bundle; returns the FHIRPath of what is wrong."""

NOWHERE: Final = "urn:uuid:00000000-0000-4000-8000-00000000dead"
NARRATIVE: Final = '<div xmlns="http://www.w3.org/1999/xhtml"><p>text</p>%s</div>'
NUMBER: Final = "value.ofType(Quantity)"


def find(bundle: Json, type_: str, *names: str) -> tuple[Json, str]:
    """Return the first resource of a type that has these elements, and its path. Raises LookupError."""
    for position, entry in enumerate(bundle["entry"]):
        resource = entry["resource"]
        if resource["resourceType"] == type_ and all(name in resource for name in names):
            return resource, f"Bundle.entry[{position}].resource"
    raise LookupError(f"no {type_} with {', '.join(names)}")


def measured(bundle: Json) -> tuple[Json, str]:
    """Return the first Observation with a number, and its path."""
    return find(bundle, "Observation", "valueQuantity")


def _set(type_: str, name: str, value: Json, where: str = "") -> Plant:
    """Return the plant that gives the first resource of a type an element."""

    def plant(bundle: Json) -> str:
        resource, path = find(bundle, type_)
        resource[name] = value
        return f"{path}.{where or name}"

    return plant


def _decimal_as_string(bundle: Json) -> str:
    observation, path = measured(bundle)
    observation["valueQuantity"]["value"] = str(observation["valueQuantity"]["value"])
    return f"{path}.{NUMBER}.value"


def _value_with_reason(bundle: Json) -> str:
    observation, path = measured(bundle)
    observation["dataAbsentReason"] = {"text": "not measured"}
    return f"{path}.dataAbsentReason"


def _refers(type_: str, name: str, target: str, *, listed: bool = False) -> Plant:
    """Return the plant that lets an element refer to a resource of another type."""

    def plant(bundle: Json) -> str:
        resource, path = find(bundle, type_)
        _, where = find(bundle, target)
        url = bundle["entry"][int(where.partition("[")[2].partition("]")[0])]["fullUrl"]
        reference = {"reference": url}
        if listed:
            resource.setdefault(name, []).append(reference)
            return f"{path}.{name}[{len(resource[name]) - 1}].reference"
        resource[name] = reference
        return f"{path}.{name}.reference"

    return plant


def _dangling(bundle: Json) -> str:
    observation, path = measured(bundle)
    observation["device"] = {"reference": "#scanner"}
    return f"{path}.device.reference"


def _unreferenced(bundle: Json) -> str:
    observation, path = measured(bundle)
    observation["contained"] = [{"resourceType": "Device", "id": "scanner"}]
    return f"{path}.contained[0]"


def _without_system(bundle: Json) -> str:
    observation, path = measured(bundle)
    del observation["valueQuantity"]["system"]
    return f"{path}.{NUMBER}.code"


def _narrative(inside: str) -> Plant:
    return _set("Patient", "text", {"status": "generated", "div": NARRATIVE % inside}, "text.`div`")


def _without(type_: str, name: str) -> Plant:
    def plant(bundle: Json) -> str:
        resource, path = find(bundle, type_, name)
        del resource[name]
        return f"{path}.{name}"

    return plant


def _two_values(bundle: Json) -> str:
    observation, path = measured(bundle)
    observation["valueString"] = "42 mm"
    return f"{path}.value"


def _duplicate_url(bundle: Json) -> str:
    bundle["entry"].append(bundle["entry"][0])
    return f"Bundle.entry[{len(bundle['entry']) - 1}].fullUrl"


def _object(bundle: Json) -> str:
    patient, path = find(bundle, "Patient", "name")
    patient["name"] = patient["name"][0]
    return f"{path}.name"


def _bad_unit(bundle: Json) -> str:
    observation, path = measured(bundle)
    observation["valueQuantity"]["code"] = "millimeters"
    return f"{path}.{NUMBER}.code"


def _result_nowhere(bundle: Json) -> str:
    report, path = find(bundle, "DiagnosticReport", "result")
    report["result"].append({"reference": NOWHERE})
    return f"{path}.result[{len(report['result']) - 1}].reference"


def _coding(system: str, **changes: str) -> Plant:
    """Return the plant that changes the first code of a system that an Observation is about or says."""

    def plant(bundle: Json) -> str:
        for position, entry in enumerate(bundle["entry"]):
            resource = entry["resource"]
            codings = resource.get("code", {}).get("coding", ()) if resource["resourceType"] == "Observation" else ()
            for number, coding in enumerate(codings):
                if coding["system"] == system:
                    coding.update(changes)
                    return f"Bundle.entry[{position}].resource.code.coding[{number}].{next(iter(changes))}"
        raise LookupError(f"no code of {system}")

    return plant


def _category(bundle: Json) -> str:
    observation, path = find(bundle, "Observation", "category")
    observation["category"] = [{"coding": [{**observation["category"][0]["coding"][0], "code": "imagery"}]}]
    return f"{path}.category[0].coding[0].code"


SNOMED: Final = "http://snomed.info/sct"

KINDS: Final[Mapping[str, tuple[Plant, ...]]] = {
    "decimal or boolean as string": (_decimal_as_string, _set("Patient", "active", "true")),
    "status outside its value set": (
        *(_set(type_, "status", "finished") for type_ in ("Observation", "DiagnosticReport", "ServiceRequest")),
        _set("ImagingStudy", "status", "done"),
    ),
    "value with dataAbsentReason": (_value_with_reason,),
    "wrong subject type": (
        _refers("Observation", "subject", "ImagingStudy"),
        _refers("ServiceRequest", "subject", "Organization"),
    ),
    "empty array": (_set("Patient", "name", []), _set("Observation", "note", []), _set("ServiceRequest", "note", [])),
    "dangling or unreferenced contained": (_dangling, _unreferenced),
    "quantity code without system": (_without_system,),
    "script in narrative": (
        *(_narrative(bad) for bad in ("<script>alert(1)</script>", '<p onclick="alert(1)">x</p>')),
        *(_narrative(bad) for bad in ('<a href="javascript:alert(1)">x</a>', "<iframe>x</iframe>", "<p>open")),
    ),
    "missing required": (
        *(_without(type_, "status") for type_ in ("Observation", "DiagnosticReport", "ServiceRequest", "ImagingStudy")),
        *(_without(type_, "subject") for type_ in ("ServiceRequest", "ImagingStudy")),
        _without("Observation", "code"),
    ),
    "unknown element": (_set("Patient", "familyName", "Ex"), _set("Observation", "severity", "high")),
    "impossible date": (
        *(_set("Patient", "birthDate", wrong) for wrong in ("1980-02-30", "1980-13", "30.01.1980")),
        _set("ImagingStudy", "started", "2026-02-30T08:00:00Z"),
        _set("DiagnosticReport", "issued", "2026-11-22T25:00:00Z"),
    ),
    "two value[x]": (_two_values,),
    "period reversed": (
        _set("PractitionerRole", "period", {"start": "2026-06-01", "end": "2025-06-01"}),
        _set("Patient", "name", [{"family": "Ex", "period": {"start": "2026-06", "end": "2025"}}], "name[0].period"),
    ),
    "duplicate fullUrl": (_duplicate_url,),
    "object where array": (_object, _set("Organization", "identifier", {"system": "urn:x", "value": "1"})),
    "bad UCUM": (_bad_unit,),
    "gender code": (_set("Patient", "gender", "F"), _set("Practitioner", "gender", "männlich")),
    "bad id": (_set("Patient", "id", "patient 1/2"), _set("Observation", "id", "x" * 65)),
    "unresolvable reference": (
        _result_nowhere,
        _set("ServiceRequest", "subject", {"reference": NOWHERE}, "subject.reference"),
    ),
    "unknown code in a known system": (
        _category,
        _coding(OBSERVABLES, code="no-such-question"),
        _coding(SNOMED, code="705057004"),
    ),
    "wrong display": (
        _coding(SNOMED, display="Malignant neoplasm"),
        _coding(OBSERVABLES, display="Malignant neoplasm"),
    ),
    "reference to the wrong type": (
        _refers("DiagnosticReport", "result", "ImagingStudy", listed=True),
        _refers("PractitionerRole", "practitioner", "Organization"),
        _refers("Observation", "derivedFrom", "Patient", listed=True),
    ),
}
"""Kind of mistake → ways to make it."""
