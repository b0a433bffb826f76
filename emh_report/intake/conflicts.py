"""What in a bundle contradicts its report: a second report, another patient, answers that were taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.export.fhir.identity import SEPARATOR, space_of, uuid_named
from emh_report.intake.content import Json
from emh_report.intake.context import number_of
from emh_report.intake.faults import error
from emh_report.intake.quantities import quantities
from emh_report.intake.subjects import Subject, person, subject
from emh_report.intake.versions import reach
from emh_report.intake.view import HISTORY, NEGATED, View, instances, references
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import PARTS

ONE: Final = ("DiagnosticReport", "Composition")
"""Types of resources that the bundle of a report has one of."""
ABOUT: Final[dict[str, tuple[str, ...]]] = {
    "DiagnosticReport": ("subject",),
    "Composition": ("subject",),
    "Observation": ("subject",),
    "Condition": ("subject",),
    "Procedure": ("subject",),
    "MedicationStatement": ("subject",),
    "ServiceRequest": ("subject",),
    "Communication": ("subject",),
    "ImagingStudy": ("subject",),
    "Task": ("for",),
}
"""Where a resource says whom it is about, the report first."""


def conflicts(found: View) -> Iterator[Issue]:
    """Yield errors for what cannot be one report, and a warning for every answer that is left out."""
    for type_ in ONE:
        for url, _ in list(found.of_type(type_))[1:]:
            message = f"a second {type_}: a bundle is imported as one report"
            yield error("fhir-ambiguous", found.paths[url], message, (f"one {type_}",))
    yield from _instances(found)
    referred = _referred(found)
    yield from _strangers(found, referred)
    yield from _negated(found, referred)
    yield from quantities(found)
    yield from _outdated(found)


def _instances(found: View) -> Iterator[Issue]:
    """Yield everything that stands for a group of another report, or for one that is there already."""
    stated = [(url, *named) for url in found.by_group for named in instances(found.resources[url])]
    reports = dict.fromkeys(report for _, report, _, _ in stated)
    number = uuid_named(SEPARATOR.join(("", "DiagnosticReport")), space_of(number_of(found)))
    own = number if number in reports else next(iter(reports), "")  # others may have numbered the report anew
    known: set[tuple[str, str, str]] = set()
    for url, report, group_id, uid in stated:
        group = found.resources[url]["resourceType"], group_id, uid
        if report == own and group not in known and found.instances[uid].group_id == group_id:
            known.add(group)
            continue
        whose = "that is there already" if report == own else "of another report"
        message = f"stands for a group of answers {whose}"
        yield error("fhir-ambiguous", found.paths[url], message, ("the groups of one report, each once",))


def _strangers(found: View, referred: set[str]) -> Iterator[Issue]:
    """Yield everything that is about another patient than the report."""
    known: Subject | None = None
    for url, path, reference in _subjects(found, referred):
        about = subject(found, found.resources[url], reference)
        target, resource = found.resolve(reference, found.resources[url])
        if resource is not None and resource["resourceType"] == "Patient":
            about = about.and_(person(target, resource))
        if known is not None and not about.agrees(known):
            message = "not known to be about the patient of the report"
            yield error("fhir-ambiguous", path, message, ("the same reference or identifier as in the report",))
        known = known or about


def _subjects(found: View, referred: set[str]) -> Iterator[tuple[str, str, Json]]:
    """Yield URL, path and reference of everything live that says whom it is about.

    Orders and studies of an earlier version may stand beside what it withdraws; those of the report are checked.
    """
    for type_, path in ABOUT.items():
        for url, resource in found.of_type(type_):
            outside = _is_source(resource) and url not in referred
            if url not in found.negated and not outside:
                for reference in reach(resource, path):
                    yield url, f"{found.paths[url]}.{path[0]}", reference


def _is_source(resource: Json) -> bool:
    """Whether a resource is an order or a study, which are there before the report."""
    type_, intent = str(resource["resourceType"]), str(resource.get("intent"))
    return type_ == "ImagingStudy" or (type_ == "ServiceRequest" and intent == "order")


def _negated(found: View, referred: set[str]) -> Iterator[Issue]:
    """Yield every answer that was taken back, unless an earlier version gave it and nothing live refers to it."""
    for url, status in found.negated.items():
        if url not in referred and status == "entered-in-error":
            continue
        path, codes = found.paths[url], reach(found.resources[url], ("code", "coding", "system"))
        if PARTS in codes:
            message = (
                "a part of an answer that was entered in error or cancelled; without it the others say something else"
            )
            yield error("fhir-negated", path, message, ("the answer without any of its parts",))
        else:
            message = "entered in error, cancelled, or not done or not yet, so no answer is read from it"
            yield Issue("fhir-negated", Severity.WARNING, Where(path), message)


def _referred(found: View) -> set[str]:
    """Return the URLs of everything that report and live answers refer to."""
    live = (one for url, one in found.resources.items() if url not in found.negated and not _is_source(one))
    return {found.resolve(one, resource)[0] for resource in live for one in references(resource)}


def _outdated(found: View) -> Iterator[Issue]:
    """Yield everything that refers to another version of an answer than the one beside it."""
    for url, resource in found.resources.items():
        if url in found.negated or _is_source(resource):
            continue
        for one in references(resource):
            _, target = found.resolve(one, resource)
            stated = one["reference"].partition(HISTORY)[2]
            if stated and _is_answer(target) and target.get("meta", {}).get("versionId", stated) != stated:
                message = "refers to another version of an answer than the one in this bundle"
                yield error("fhir-reference", found.paths[url], message, ("the version that is in the bundle",))


def _is_answer(resource: Json) -> bool:
    """Whether answers are read from a resource, if it is there."""
    return resource is not None and resource["resourceType"] in NEGATED and not _is_source(resource)
