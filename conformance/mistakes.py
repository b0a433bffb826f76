"""One mistake at a time: each function plants exactly one in a valid bundle. A judge that misses one is no judge of it.

BASE are mistakes against FHIR itself, in the order of the list that they come from; profile_mistakes.py has those
against a guide. LookupError: the bundle has no place for the mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from conformance.codings import OWN
from conformance.findings import Json
from conformance.walk import elements, entries, resource_of

Plant = Callable[[Json], None]

NOWHERE: Final = "urn:uuid:00000000-0000-4000-8000-00000000dead"
CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
SNOMED: Final = "http://snomed.info/sct"


def first(bundle: Json, type_: str, *names: str) -> Json:
    """Return the first resource of a type that has all these elements. Raises LookupError."""
    for entry in entries(bundle):
        resource = resource_of(entry)
        if resource.get("resourceType") == type_ and all(name in resource for name in names):
            return resource
    raise LookupError(f"no {type_} with {', '.join(names)}")


def _entry(bundle: Json, type_: str) -> Json:
    for entry in entries(bundle):
        if resource_of(entry).get("resourceType") == type_:
            return entry
    raise LookupError(f"no {type_}")


def url_of(bundle: Json, type_: str) -> str:
    """Return the fullUrl of the first resource of a type. Raises LookupError."""
    return str(_entry(bundle, type_)["fullUrl"])


def codings(bundle: Json, system: str) -> Iterator[Json]:
    """Yield every Coding of a system."""
    for element in elements(bundle):
        if isinstance(element.value, Mapping) and element.value.get("system") == system and "code" in element.value:
            yield element.value


def coding(bundle: Json, system: str, *names: str) -> Json:
    """Return the first Coding of a system that has these elements. Raises LookupError."""
    found = next((one for one in codings(bundle, system) if all(name in one for name in names)), None)
    if found is None:
        raise LookupError(f"no code of {system}")
    return found


def measured(bundle: Json) -> Json:
    """Return the first Observation with a number. Raises LookupError."""
    return first(bundle, "Observation", "valueQuantity")


def _decimal_as_string(bundle: Json) -> None:
    quantity = measured(bundle)["valueQuantity"]
    quantity["value"] = str(quantity["value"])


def _boolean_as_string(bundle: Json) -> None:
    first(bundle, "Practitioner")["active"] = "true"


def _status_outside_value_set(bundle: Json) -> None:
    first(bundle, "DiagnosticReport", "status")["status"] = "finished"


def _value_with_absent_reason(bundle: Json) -> None:
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    measured(bundle)["dataAbsentReason"] = {"coding": [{"system": system, "code": "unknown", "display": "Unknown"}]}


def _wrong_subject_type(bundle: Json) -> None:
    measured(bundle)["subject"] = {"reference": url_of(bundle, "ImagingStudy")}


def _empty_array(bundle: Json) -> None:
    measured(bundle)["note"] = []


def _dangling_contained(bundle: Json) -> None:
    measured(bundle)["device"] = {"reference": "#scanner"}


def _unreferenced_contained(bundle: Json) -> None:
    measured(bundle)["contained"] = [{"resourceType": "Device", "id": "scanner"}]


def _quantity_code_without_system(bundle: Json) -> None:
    del measured(bundle)["valueQuantity"]["system"]


def _script_in_narrative(bundle: Json) -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>text</p><script>alert(1)</script></div>'
    measured(bundle)["text"] = {"status": "generated", "div": div}


def _missing_required(bundle: Json) -> None:
    del measured(bundle)["status"]


def _unknown_element(bundle: Json) -> None:
    measured(bundle)["severity"] = "high"


def _impossible_date(bundle: Json) -> None:
    first(bundle, "DiagnosticReport")["effectiveDateTime"] = "2026-02-30"


def _two_values(bundle: Json) -> None:
    measured(bundle)["valueString"] = "42 mm"


def _reversed_period(bundle: Json) -> None:
    first(bundle, "PractitionerRole")["period"] = {"start": "2026-06-01", "end": "2025-06-01"}


def _duplicate_full_url(bundle: Json) -> None:
    _entry(bundle, "Practitioner")["fullUrl"] = url_of(bundle, "Organization")


def _object_for_array(bundle: Json) -> None:
    report = first(bundle, "DiagnosticReport", "category")
    report["category"] = report["category"][0]


def _bad_unit(bundle: Json) -> None:
    measured(bundle)["valueQuantity"]["code"] = "millimeters"


def _gender_code(bundle: Json) -> None:
    first(bundle, "Practitioner")["gender"] = "F"


def _bad_id(bundle: Json) -> None:
    measured(bundle)["id"] = "finding 1/2"


def _unresolvable_reference(bundle: Json) -> None:
    first(bundle, "DiagnosticReport", "result")["result"].append({"reference": NOWHERE})


def _unknown_code(bundle: Json) -> None:
    coding(bundle, CATEGORIES)["code"] = "imagery"


def _unknown_snomed_code(bundle: Json) -> None:
    coding(bundle, SNOMED)["code"] = "138875005001"


def _wrong_display(bundle: Json) -> None:
    coding(bundle, SNOMED, "display")["display"] = "Malignant neoplasm"


def _reference_to_wrong_type(bundle: Json) -> None:
    report = first(bundle, "DiagnosticReport", "result")
    report["result"].append({"reference": url_of(bundle, "ImagingStudy")})


def _standard_code_behind_own(bundle: Json) -> None:
    for element in elements(bundle):
        if element.where.endswith(".coding") and isinstance(element.value, list):
            own = [one["system"].startswith(OWN) for one in element.value]
            if any(own) and not all(own):
                element.value.reverse()
                return
    raise LookupError("no concept with own and standard codes")


def _request_for_another_type(bundle: Json) -> None:
    entry = _entry(bundle, "Observation")
    entry["request"]["url"] = entry["request"]["url"].replace("Observation", "Condition")


BASE: Final[Mapping[str, Plant]] = {
    "decimal as string": _decimal_as_string,
    "boolean as string": _boolean_as_string,
    "status outside its value set": _status_outside_value_set,
    "value and dataAbsentReason": _value_with_absent_reason,
    "subject of the wrong type": _wrong_subject_type,
    "empty array": _empty_array,
    "dangling contained reference": _dangling_contained,
    "unreferenced contained resource": _unreferenced_contained,
    "quantity code without system": _quantity_code_without_system,
    "script in narrative": _script_in_narrative,
    "missing required element": _missing_required,
    "unknown element": _unknown_element,
    "impossible date": _impossible_date,
    "two value[x]": _two_values,
    "period reversed": _reversed_period,
    "duplicate fullUrl": _duplicate_full_url,
    "object where array": _object_for_array,
    "bad UCUM unit": _bad_unit,
    "gender code": _gender_code,
    "bad id": _bad_id,
    "unresolvable reference": _unresolvable_reference,
    "unknown code, FHIR system": _unknown_code,
    "unknown code, SNOMED CT": _unknown_snomed_code,
    "wrong display": _wrong_display,
    "reference to the wrong type": _reference_to_wrong_type,
    "own code before standard one": _standard_code_behind_own,
    "request for another type": _request_for_another_type,
}
