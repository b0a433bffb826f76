"""What was not taken from resources of RIS and PACS as it stands there, and what somebody should look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from emh_report.export.fhir import fixed
from emh_report.intake.content import Json
from emh_report.intake.sources import (
    OLD,
    OUT_OF_USE,
    accessions,
    codes_of,
    identifier,
    is_in_parts,
    reason_references,
    study_uids,
    used_name,
)
from emh_report.intake.view import View
from emh_report.intake.voided import NO_ORDER
from emh_report.issues import Issue, Severity, Where

Caveat = tuple[str, Severity, str, str]
"""Rule, severity, element below and message."""
ACCEPTED: Final = {
    "fhir-negated": ("records, orders and studies that stand",),
    "fhir-name-in-words": ("a name with family and given",),
}
NOT_READ: Final = "fhir-not-read"
IN_WORDS: Final = "fhir-name-in-words"
AS_FAMILY: Final = "a name in words only: which is the family name is not said, so all of it stands there"
NUMBERS: Final = frozenset({fixed.ACCESSION.code, fixed.PLACER.code})
"""Codes of HL7 table 0203 that are read of an order."""


def _numbers(resource: Json) -> Iterator[Caveat]:
    if len(accessions(resource)) > 1:
        message = "several Accession Numbers in use: the first was taken; mark those that no longer count with use old"
        yield "fhir-ambiguous", Severity.WARNING, "identifier", message
    for position, one in enumerate(resource.get("identifier", ())):
        foreign = {code.code for code in codes_of(one) if code.system != fixed.ACCESSION.system}
        if foreign & NUMBERS and not codes_of(one) & {fixed.ACCESSION, fixed.PLACER}:
            message = f"not a code of HL7 table 0203 ({fixed.ACCESSION.system}), so this number was not read"
            yield NOT_READ, Severity.WARNING, f"identifier[{position}].type", message


def _reasons(resource: Json) -> Iterator[Caveat]:
    if resource.get("intent") in NO_ORDER:
        return  # a recommendation, whose reason is the report itself
    if any("display" not in one for one in reason_references(resource)):
        element = "reasonReference" if "reasonReference" in resource else "reason"
        yield NOT_READ, Severity.WARNING, element, "a reason that is a reference without display was not read"


def _uids(resource: Json) -> Iterator[Caveat]:
    if len(study_uids(resource)) > 1:
        message = "several Study Instance UIDs in use: which study this is is not said"
        yield "fhir-ambiguous", Severity.ERROR, "identifier", message


def _words(resource: Json) -> Iterator[Caveat]:
    name = used_name(resource)
    if "text" in name and not is_in_parts(name):
        yield IN_WORDS, Severity.INFORMATION, "name", AS_FAMILY


def _affixes(resource: Json) -> Iterator[Caveat]:
    if any(used_name(resource).get(element) for element in ("prefix", "suffix")):
        yield NOT_READ, Severity.INFORMATION, "name", "prefix and suffix of the name are not read"


def _further(resource: Json) -> Iterator[Caveat]:
    used = [one for one in resource.get("identifier", ()) if one.get("use") not in OUT_OF_USE and one.get("value")]
    if len({identifier(one) for one in used}) > 1:
        message = "several identifiers in use: the first is read"
        yield NOT_READ, Severity.INFORMATION, "identifier", message


def _inactive(resource: Json) -> Iterator[Caveat]:
    for position, link in enumerate(resource.get("link", ())):
        if link.get("type") == "replaced-by":
            message = "this record of the patient was replaced by another one: a report is filed with that one"
            yield "fhir-negated", Severity.ERROR, f"link[{position}]", message
            return
    if resource.get("active") is False:
        message = "this record of the patient is not in use (active is false); it was taken all the same"
        yield "fhir-negated", Severity.WARNING, "active", message


def _former(resource: Json) -> Iterator[Caveat]:
    for element, taken in (("identifier", resource.get("identifier", ())), ("name", (used_name(resource),))):
        if taken and all(one.get("use") == OLD for one in taken):
            message = (
                "what is stated here is no longer in use (use is old), and nothing else is; it was taken all the same"
            )
            yield "fhir-negated", Severity.WARNING, element, message


def _reader(resource: Json) -> Iterator[Caveat]:
    for position, one in enumerate(resource.get("resultsInterpreter", ())):
        if "display" in one and "reference" not in one:
            yield IN_WORDS, Severity.INFORMATION, f"resultsInterpreter[{position}]", AS_FAMILY


CAVEATS: Final[dict[str, tuple[Callable[[Json], Iterator[Caveat]], ...]]] = {
    "ServiceRequest": (_numbers, _reasons),
    "ImagingStudy": (_numbers, _uids),
    "Patient": (_words, _affixes, _inactive, _former),
    "Practitioner": (_words, _affixes, _further),
    "Organization": (_further,),
    "DiagnosticReport": (_reader,),
}
"""What is looked at, by type of resource."""


def caveats(found: View) -> Iterator[Issue]:
    """Yield what was not taken as it stands."""
    for url, resource in (found.resources | found.contained).items():
        for look in CAVEATS.get(resource["resourceType"], ()):
            for rule, severity, below, message in look(resource):
                path = found.paths[url]
                yield Issue(rule, severity, Where(f"{path}.{below}"), message, ACCEPTED.get(rule, ()))
