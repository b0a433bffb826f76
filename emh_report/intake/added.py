"""What somebody added to the resource of an answer: this program writes no such element and reads none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from emh_report.export.fhir import fixed
from emh_report.export.fhir.history import DRUG_STATUS, TAKING
from emh_report.export.fhir.versions import TAKEN
from emh_report.export.fhir.writer import FETUS
from emh_report.intake.content import Json
from emh_report.intake.lists import listed
from emh_report.intake.observed import COMPONENT
from emh_report.intake.versions import R4, reach
from emh_report.intake.view import WITHDRAWN, View, is_ours
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import GROUPS, STATEMENTS
from emh_report.vocabulary import code_system_url

NOTE: Final = "note"
HL7: Final = "http://terminology.hl7.org/CodeSystem"
ADDED: Final = {
    "Observation": listed(
        "interpretation referenceRange method specimen device bodyStructure triggeredBy note",
        "effectivePeriod effectiveTiming effectiveInstant",
    ),
    "Condition": listed(
        "severity stage bodySite onsetDateTime onsetAge onsetPeriod onsetRange onsetString",
        "abatementDateTime abatementAge abatementPeriod abatementRange abatementString note",
    ),
    "Procedure": listed(
        "statusReason reasonCode reason outcome complication complicationDetail followUp note",
        "usedReference usedCode used reasonReference",
        "performedString performedAge performedRange occurrenceString occurrenceAge occurrenceRange occurrenceTiming",
    ),
    "MedicationStatement": listed(
        "statusReason reasonCode reason reasonReference dosage renderedDosageInstruction note",
        "effectiveDateTime effectiveTiming medicationReference",
    ),
    "ServiceRequest": listed(
        "priority reasonCode patientInstruction bodySite bodyStructure asNeededBoolean note",
        "occurrenceDateTime occurrencePeriod quantityQuantity quantityRange quantityRatio performerType",
    ),
    "Communication": listed("statusReason priority topic reasonCode received note"),
    "Task": listed("businessStatus description note output"),
    "DiagnosticReport": listed("media note specimen supportingInfo"),
    "Composition": listed("note"),
}
"""Elements that say something about an answer or the report, by type of resource; R4 and R5."""
WHOLE: Final = frozenset({"DiagnosticReport", "Composition"})
"""Types of resources that stand for the report as a whole."""
_CHOICE: Final = re.compile(
    r"(effective|onset|abatement|value|performed|occurrence|medication|asNeeded|quantity)([A-Z]\w+)"
)
PRIMITIVES: Final = {
    name[0].upper() + name[1:]: name for name in ("boolean", "dateTime", "instant", "integer", "string", "time")
}
"""In FHIRPath an element of several types is told by its type."""
VERIFICATION: Final = "verificationStatus"
STATES: Final = {
    VERIFICATION: frozenset({fixed.UNCONFIRMED.code, *(code.code for code in fixed.VERIFICATION.values())}),
    "clinicalStatus": frozenset({fixed.CLINICAL_UNKNOWN.code}),
}
"""States of a cause that the draft can have; unconfirmed and unknown: nobody said."""
STATUSES: Final = {
    "Procedure": frozenset({"completed"}),
    "Communication": frozenset({"completed"}),
    "Task": frozenset({"requested"}),
}
"""States of what was done, or is to be, that this program writes (R4 and R5), by type of resource."""
PROPOSED: Final = frozenset({"draft"})
"""States of advice that this program writes: what became of it no answer says."""
OF_COMPLICATION: Final = ("valueCodeableConcept", "dataAbsentReason")
NO_STATE: Final = "no answer stands for this state, so the draft says nothing of it"
DRUG_STATUSES: Final = code_system_url(DRUG_STATUS)
REASON: Final = "statusReason"
TIMING: Final = "occurrenceTiming"
_INTERVAL: Final = re.compile(r"in (\d+(?:\.\d+)?) (.+)", re.ASCII)
PERIODS: Final = {
    "Procedure": ("performedPeriod", "occurrencePeriod"),
    "MedicationStatement": ("effectivePeriod",),
}
"""Elements of which a start is all that this program writes: performedDateTime is an answer, a period is none."""


def added(found: View) -> Iterator[Issue]:
    """Yield a warning for everything beside an answer that the draft does not carry."""
    for url in sorted(found.unread):
        message = "what this says is no answer to its question here; it is not in the draft"
        yield Issue("answer-not-restored", Severity.WARNING, Where(found.paths[url]), message)
    begun = _begun(found)
    for url, resource in found.resources.items():
        if url in found.negated or not (url in found.used or _is_unanswered(resource)):
            continue
        names = [name for name in ADDED.get(resource["resourceType"], ()) if name in resource]
        for name in (*names, *_values(found, url, resource)):
            if name != NOTE or url not in found.remarked:  # the remark of a group, or the reason to keep a warning
                message = "was added to what this program wrote, and is not read; it is not in the draft"
                yield _warning("fhir-not-read", found, url, name, message)
        for name, known in STATES.items() if resource["resourceType"] == "Condition" else ():
            codes = _codes(resource, name)
            if name == VERIFICATION and url in found.contradicted:
                message = "not what the answer beside it stands for, which was read; it is not in the draft"
                yield _warning("fhir-contradiction", found, url, name, message)
            elif not known.issuperset(codes) or (name in resource and not codes):
                message = "no answer stands for this state of a cause, so the draft says nothing of it"
                yield _warning("answer-not-restored", found, url, name, message)
        yield from _otherwise(found, url, resource, begun)
    yield from _reasons(found)


def _is_unanswered(resource: Json) -> bool:
    """Whether a resource is of the report and stands for no answer."""
    return resource["resourceType"] in WHOLE or (resource["resourceType"] == "Task" and is_ours(resource))


def _reasons(found: View) -> Iterator[Issue]:
    """Yield a warning for every task that gives a reason to wait which is none of the answers, where all have one."""
    said = {one.get("valueString") for url, one in found.resources.items() if url in found.used}
    for url, task in found.of_type("Task") if not found.unread else ():
        reasons = {words for path in ((), ("concept",)) for words in reach(task, (REASON, *path, "text"))}
        if is_ours(task) and url not in found.negated and not reasons <= said:
            yield _warning("fhir-contradiction", found, url, REASON, "none of the answers, which were read")


def _begun(found: View) -> frozenset[object]:
    """Return when images were taken, as the resources of this content say."""
    every = ((one, name) for one in found.resources.values() for name in ("effectiveDateTime", "started"))
    return frozenset(moment for one, name in every for moment in reach(one, (name,)))


def _otherwise(found: View, url: str, resource: Json, begun: frozenset[object]) -> Iterator[Issue]:
    """Yield a warning for a state or a time that this program does not write, so no answer stands for it."""
    type_ = resource["resourceType"]
    if type_ == "MedicationStatement":
        yield from _taken(found, url, resource)
    stated = resource.get("status")
    known = PROPOSED if type_ == "ServiceRequest" else STATUSES.get(type_, frozenset([stated]))
    if stated not in known | {WITHDRAWN}:
        yield _warning("answer-not-restored", found, url, "status", NO_STATE)
    if type_ == "ServiceRequest" and TIMING in resource and not _is_interval(found, resource):
        yield _warning("fhir-contradiction", found, url, TIMING, "not the interval that was answered, which was read")
    for name in PERIODS.get(type_, ()):
        if name in resource and not _is_ours(type_, resource[name], begun):
            message = "of this period the draft has no more than a start, and of an examination nothing"
            yield _warning("fhir-not-read", found, url, name, message)


def _is_interval(found: View, advice: Json) -> bool:
    """Whether the time of advice is in words, and those of an answer beside it (export/fhir/requests.py)."""
    timing = advice[TIMING]
    said = _INTERVAL.fullmatch(timing.get("code", {}).get("text", ""))
    references = reach(advice, found.version.members["ServiceRequest"])
    answers = [(found.resolve(one, advice)[1] or {}).get("valueQuantity", {}) for one in references]
    stated = [(Decimal(one["value"]), one.get("unit", said[2])) for one in answers if said and "value" in one]
    return timing.keys() == {"code"} and said is not None and (Decimal(said[1]), said[2]) in stated


def _taken(found: View, url: str, resource: Json) -> Iterator[Issue]:
    """Yield a warning where a drug is in another state than the answer beside it, which alone is read, stands for."""
    answers = [found.resolve(one, resource)[1] or {} for one in resource.get("derivedFrom", ())]
    codings = [one for answer in answers for one in reach(answer, ("valueCodeableConcept", "coding"))]
    answered = next((one.get("code", "") for one in codings if one.get("system") == DRUG_STATUSES), "")
    due = TAKING.get(answered, "unknown")
    stated, adherence = resource.get("status"), resource.get("adherence", {}).get("code", {}).get("coding", ())
    if stated == WITHDRAWN:
        return
    if stated != (due if found.version is R4 else "recorded"):
        yield _warning("answer-not-restored", found, url, "status", NO_STATE)
    if found.version is not R4 and TAKEN[due].code not in {one.get("code") for one in adherence}:
        yield _warning("answer-not-restored", found, url, "adherence", NO_STATE)


def _is_ours(type_: str, period: Json, begun: frozenset[object]) -> bool:
    """Whether a period is one that this program writes: the start of a drug; of the examination, as of its images."""
    if type_ == "MedicationStatement":
        return not {"start", "end"} <= period.keys()
    return period.keys() == {"start"} and period["start"] in begun


def _values(found: View, url: str, resource: Json) -> Iterator[str]:
    """Yield the elements that say something beside the answer: parts, of whom else it is, a value of a whole group.

    The value of the Observation of a group is that of a complication (export/fhir/observations.py).
    """
    if resource["resourceType"] != "Observation":
        return
    stated = [name for name in resource if name.startswith("value") or name == "dataAbsentReason"]
    systems = {*reach(resource["code"], ("coding", "system"))}
    about = {one.get("display") for one in resource.get("focus", ())}
    if about - {FETUS["display"]} and STATEMENTS not in systems:  # a kept warning is about its group
        yield "focus"
    if url in found.by_group:
        yield from (name for name in stated if GROUPS in systems or name not in OF_COMPLICATION)
    if COMPONENT in resource and (url in found.by_group or stated):
        yield COMPONENT


def _codes(condition: Json, name: str) -> set[str]:
    """Return the codes of a state that are of HL7; others beside one say the same in their own words."""
    codings = condition.get(name, {}).get("coding", ())
    return {one.get("code", "") for one in codings if one.get("system", f"{HL7}/").startswith(f"{HL7}/")}


def _warning(rule: str, found: View, url: str, name: str, message: str) -> Issue:
    choice = _CHOICE.fullmatch(name)
    element = f"{choice[1]}.ofType({PRIMITIVES.get(choice[2], choice[2])})" if choice else name
    return Issue(rule, Severity.WARNING, Where(f"{found.paths[url]}.{element}"), message)
