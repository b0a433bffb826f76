"""One broken invariant at a time: each function makes a valid transaction fail exactly one invariant of our profiles.

They take a bundle whose resources claim their profiles (profiles.claiming). LookupError: it has no place for the break.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Final

from conformance.findings import Json
from conformance.mistakes import first
from conformance.profiles import BASE, SYSTEM
from conformance.walk import entries, resource_of

Break = Callable[[Json], None]


def of_profile(bundle: Json, name: str) -> Json:
    """Return the first resource that claims a profile. Raises LookupError."""
    return next(_of_profile(bundle, name), None) or _none(name)


def _of_profile(bundle: Json, name: str) -> Iterator[Json]:
    for resource in map(resource_of, entries(bundle)):
        if f"{BASE}{name}" in resource.get("meta", {}).get("profile", ()):
            yield resource


def _none(name: str) -> Json:
    raise LookupError(f"nothing claims {name}")


def _term(vocabulary: str, code: str) -> Json:
    return {"coding": [{"system": f"{SYSTEM}{vocabulary}", "code": code}], "text": code}


def _says(resource: Json, vocabulary: str, *codes: str) -> bool:
    codings = resource.get("valueCodeableConcept", {}).get("coding", [])
    return any(one["system"] == f"{SYSTEM}{vocabulary}" and one["code"] in codes for one in codings)


def _concluded(bundle: Json) -> list[Json]:
    """Return the diagnoses that say Present, in a report that concludes so. Raises LookupError."""
    first(bundle, "DiagnosticReport", "conclusionCode")
    return [one for one in _of_profile(bundle, "diagnosis") if _says(one, "presence", "present")] or [_none("present")]


def identifier_is_no_uuid(bundle: Json) -> None:  # noqa: D103 - the name says it, here and below
    of_profile(bundle, "observation")["identifier"][0]["value"] = "lesion-1"


def own_code_first(bundle: Json) -> None:  # noqa: D103
    of_profile(bundle, "presence")["code"]["coding"].reverse()


def quantity_in_words_only(bundle: Json) -> None:  # noqa: D103
    found = of_profile(bundle, "measurement")
    found["meta"]["profile"] = [f"{BASE}observation"]
    del found["valueQuantity"]["code"]


def part_without_question(bundle: Json) -> None:  # noqa: D103
    part = {"system": f"{SYSTEM}observable-part", "code": "size.axis-1"}
    of_profile(bundle, "measurement")["code"]["coding"] = [part]


def presence_is_silent(bundle: Json) -> None:  # noqa: D103
    del of_profile(bundle, "presence")["valueCodeableConcept"]


def lesion_without_members(bundle: Json) -> None:  # noqa: D103
    if any(_says(one, "presence", "present") for one in _of_profile(bundle, "diagnosis")):
        raise LookupError("the certainty of a diagnosis would go too")
    del of_profile(bundle, "finding")["hasMember"]


def presence_is_not_first(bundle: Json) -> None:  # noqa: D103
    found = next((one for one in _of_profile(bundle, "finding") if len(one["hasMember"]) > 1), None) or _none("finding")
    found["hasMember"].reverse()


def diagnosis_is_silent(bundle: Json) -> None:  # noqa: D103
    first(bundle, "DiagnosticReport").pop("conclusionCode", None)
    del of_profile(bundle, "diagnosis")["valueCodeableConcept"]


def present_although_unlikely(bundle: Json) -> None:  # noqa: D103
    _concluded(bundle)
    for resource in map(resource_of, entries(bundle)):
        if _says(resource, "certainty", "diagnostic-of", "consistent-with"):
            resource["valueCodeableConcept"] = _term("certainty", "very-unlikely")


def advice_is_ordered(bundle: Json) -> None:  # noqa: D103
    of_profile(bundle, "recommendation")["status"] = "active"


def advice_has_a_schedule(bundle: Json) -> None:  # noqa: D103
    repeat = {"frequency": 1, "period": 6, "periodUnit": "mo"}
    of_profile(bundle, "recommendation")["occurrenceTiming"] = {"repeat": repeat, "code": {"text": "in 6 months"}}


def advice_from_nowhere(bundle: Json) -> None:  # noqa: D103
    del of_profile(bundle, "recommendation")["reasonReference"]


def cancelled_report_concludes(bundle: Json) -> None:  # noqa: D103
    first(bundle, "DiagnosticReport", "conclusionCode")["status"] = "cancelled"


def conclusion_without_result(bundle: Json) -> None:  # noqa: D103
    for diagnosis in _concluded(bundle):
        diagnosis["valueCodeableConcept"] = _term("presence", "indeterminate")


def form_without_hash(bundle: Json) -> None:  # noqa: D103
    del first(bundle, "DiagnosticReport", "presentedForm")["presentedForm"][0]["hash"]


def report_without_words(bundle: Json) -> None:  # noqa: D103
    report = first(bundle, "DiagnosticReport", "conclusion")
    del report["conclusion"], report["text"]


def entry_is_no_uuid(bundle: Json) -> None:  # noqa: D103
    urn = next(str(entry["fullUrl"]) for entry in entries(bundle))
    renamed = json.loads(json.dumps(bundle["entry"], default=float).replace(urn, "urn:oid:2.25.4711"))
    bundle["entry"] = renamed


def created_each_time(bundle: Json) -> None:  # noqa: D103
    entry = entries(bundle)[0]
    entry["request"] = {"method": "POST", "url": resource_of(entry)["resourceType"]}


def two_patients(bundle: Json) -> None:  # noqa: D103
    subject = {"reference": "Patient?identifier=https://fhir.hospital.test/mrn%7CSOMEBODY-ELSE", "type": "Patient"}
    of_profile(bundle, "observation")["subject"] = subject


def two_reports(bundle: Json) -> None:  # noqa: D103
    entry = next(one for one in entries(bundle) if resource_of(one)["resourceType"] == "DiagnosticReport")
    bundle["entry"].append({**deepcopy(entry), "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001"})


def template_is_not_named(bundle: Json) -> None:  # noqa: D103
    tags = bundle["meta"]["tag"]
    bundle["meta"]["tag"] = [tag for tag in tags if tag["system"] != f"{SYSTEM}template"]


def result_is_elsewhere(bundle: Json) -> None:  # noqa: D103
    first(bundle, "DiagnosticReport", "result")["result"].append({"reference": "Observation/known-elsewhere"})


BREAKS: Final[Mapping[str, Break]] = {
    "emh-obs-1": identifier_is_no_uuid,
    "emh-obs-2": own_code_first,
    "emh-obs-3": quantity_in_words_only,
    "emh-mea-1": part_without_question,
    "emh-pre-1": presence_is_silent,
    "emh-fin-1": lesion_without_members,
    "emh-fin-2": presence_is_not_first,
    "emh-dia-1": diagnosis_is_silent,
    "emh-dia-2": present_although_unlikely,
    "emh-rec-1": advice_is_ordered,
    "emh-rec-2": advice_has_a_schedule,
    "emh-rec-3": advice_from_nowhere,
    "emh-rep-1": cancelled_report_concludes,
    "emh-rep-2": conclusion_without_result,
    "emh-rep-3": form_without_hash,
    "emh-rep-4": report_without_words,
    "emh-tra-1": entry_is_no_uuid,
    "emh-tra-2": created_each_time,
    "emh-tra-3": two_patients,
    "emh-tra-4": two_reports,
    "emh-tra-5": template_is_not_named,
    "emh-tra-6": result_is_elsewhere,
}
"""By key of the invariant."""
