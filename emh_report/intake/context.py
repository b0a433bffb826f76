"""A bundle as the context of its report: number and state, patient, orders, studies, people.

What a bundle does not carry stays empty; docs/fhir.md lists it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.context import (
    Context,
    Focus,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Study,
)
from emh_report.export.fhir import fixed
from emh_report.export.fhir.identity import space_of, version_of
from emh_report.export.fhir.urls import COMPOSITION_VERSION, INSTANCES, ITEMS
from emh_report.export.fhir.writer import FETUS
from emh_report.intake.content import Json
from emh_report.intake.sources import first_number, identifier, order, organization, person, study
from emh_report.intake.subjects import stated_patient
from emh_report.intake.versions import reach
from emh_report.intake.view import View
from emh_report.statuses import STATUSES

BY_REPORT: Final = {row.diagnostic_report: status for status, row in STATUSES.items()}
BY_OBSERVATION: Final = {row.observation: status for status, row in STATUSES.items()}
"""State of the report by DiagnosticReport.status, and by Observation.status where there is no DiagnosticReport."""

TRIED: Final = 100
"""Versions that are tried where only the identifier of the bundle says which one it is."""


def read_context(found: View) -> Context:
    """Return the context that a bundle carries."""
    report = next((one for _, one in found.of_type("DiagnosticReport")), None)
    seen = observation(found)
    about = report or seen
    people = [one for reference in about.get("resultsInterpreter", ()) if (one := person(found, reference, about))]
    studies = found.version.studies if report else ("derivedFrom",)
    return Context(
        report=_identity(found, report, seen),
        patient=stated_patient(found, about, about.get("subject", {})) or Patient(),
        focus=focus(found),
        orders=tuple(_orders(found, about)),
        studies=tuple(_studies(found, about, studies)),
        author=people[0] if people else Practitioner(),
        supervisor=people[1] if len(people) > 1 else None,
        organization=next(_organizations(found, about), Organization()),
        test_data=_is_test(found),
    )


def observation(found: View) -> Json:
    """Return an Observation that was made on the images, since only those name the studies; else any."""
    every = [one for _, one in found.of_type("Observation")]
    seen: Json = next((one for one in every if "category" in one), next(iter(every), {}))
    return seen


def number_of(found: View) -> Identifier:
    """Return the number of the report, which everything that is born in it has in a companion."""
    report = next((one for _, one in found.of_type("DiagnosticReport")), None)
    if report is not None:
        return first_number(report)
    numbers = (one for one in observation(found).get("identifier", ()) if one.get("system") not in (ITEMS, INSTANCES))
    return identifier(next(numbers, {}))


def _identity(found: View, report: Json | None, seen: Json) -> ReportIdentity:
    number = number_of(found)
    if report is not None:
        status = BY_REPORT.get(report.get("status", ""), ReportStatus.DRAFT)
    else:
        status = BY_OBSERVATION.get(seen.get("status", ""), ReportStatus.DRAFT)
    issued = report.get("issued", "") if report else ""
    return ReportIdentity(number, _version(found, number), status, issued or found.bundle.get("timestamp", ""))


def _version(found: View, number: Identifier) -> int:
    """Return the version of the report: stated by its Composition, else found by the identifier of the bundle.

    0 where the bundle does not say.
    """
    for _, composition in found.of_type("Composition"):
        stated = next(reach(composition, ("version",)), None) or next(_extension(composition), None)
        if stated and stated.isdigit():
            return int(stated)
    known = found.bundle.get("identifier", {}).get("value", "")
    space = space_of(number)
    return next((n for n in range(1, TRIED) if known == version_of(space, n).value), 0)


def _extension(composition: Json) -> Iterator[str]:
    for one in composition.get("extension", ()):
        if one.get("url") == COMPOSITION_VERSION:
            yield one.get("valueString", "")


def focus(found: View) -> Focus:
    """Return who the images show: a fetus is the focus of what was seen, in words."""
    focused = (one for _, resource in found.of_type("Observation") for one in resource.get("focus", ()))
    return Focus.FETUS if any(one.get("display") == FETUS["display"] for one in focused) else Focus.PATIENT


def _orders(found: View, about: Json) -> Iterator[Order]:
    """Yield the orders: those of a section of the document, since a report there is not based on all, then others."""
    listed: dict[str, Json] = {}
    for reference, home in (*_ordered(found), *((one, about) for one in about.get("basedOn", ()))):
        url, resource = found.resolve(reference, home)
        if resource is not None and resource["resourceType"] == "ServiceRequest":
            listed.setdefault(url, resource)
        elif resource is None and "identifier" in reference:
            listed.setdefault(url or str(reference["identifier"]), {"identifier": [reference["identifier"]]})
    return (order(numbers) for numbers in listed.values())


def _ordered(found: View) -> Iterator[tuple[Json, Json]]:
    """Yield what sections of the document refer to as orders, and the document; recommendations are proposals."""
    for _, composition in found.of_type("Composition"):
        for entry in reach(composition, ("section", "entry")):
            _, resource = found.resolve(entry, composition)
            if resource and (resource["resourceType"], resource.get("intent")) == ("ServiceRequest", "order"):
                yield entry, composition


def _studies(found: View, about: Json, path: tuple[str, ...]) -> Iterator[Study]:
    for reference in reach(about, path):
        _, resource = found.resolve(reference, about)
        if resource is not None and resource["resourceType"] == "ImagingStudy":
            yield study(found, resource)
        elif resource is None and reference.get("type") == "ImagingStudy" and "identifier" in reference:
            yield study(found, {"identifier": [reference["identifier"]]})


def _organizations(found: View, about: Json) -> Iterator[Organization]:
    """Yield the organizations among those who answer for the report; a person is none."""
    for reference in about.get("performer", ()):
        if known := organization(found, reference, about):
            yield known


def _is_test(found: View) -> bool:
    tag = found.tags().get(fixed.TEST_DATA.system)
    return tag is not None and bool(tag.get("code") == fixed.TEST_DATA.code)
