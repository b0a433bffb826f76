"""Whom and what a report names, and the context does not have: whom the bundle does not carry, or one too many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.context import Organization, Practitioner
from emh_report.export.fhir.sources import NOT_KNOWN_WHO
from emh_report.intake.content import Json
from emh_report.intake.context import observation
from emh_report.intake.sources import organization, person
from emh_report.intake.subjects import stated_patient
from emh_report.intake.versions import reach
from emh_report.intake.view import View, is_ours
from emh_report.issues import Issue, Severity, Where

NO_PATIENT: Final = "names no patient by a number, nor leads to one whom the bundle carries; the context has none"
NOBODY: Final = "names no person, nor leads to one whom the bundle carries; it is not in the context"
NO_PLACE: Final = "names no organization, nor leads to one that the bundle carries; it is not in the context"
NO_SOURCE: Final = "names none by a number, nor leads to one that the bundle carries; it is not in the context"
FURTHER: Final = "one more than a report has here; it is not in the context"
OTHERS: Final = "somebody else than the report names, which was read; it is not in the context"

READERS: Final = 2
"""Author and supervisor."""
ATTESTER: Final = "attester"
"""Who signed: the last of the readers (export/fhir/composition.py)."""
ANSWERABLE: Final = {
    "Composition": (("author",), ("custodian",), (ATTESTER, "party")),
    "ServiceRequest": (("requester",),),
    "Task": (("requester",),),
}
"""Elements that name who answers for the report, by type of what is born in it."""


def links(found: View) -> Iterator[Issue]:
    """Yield a warning for every person, organization, order and study that the context does not have."""
    url, report = next(found.of_type("DiagnosticReport"), ("", None))
    about = report or observation(found)
    home = found.homes.get(id(about), "")
    if home and stated_patient(found, about, about.get("subject", {})) is None:
        yield _warning(found, home, "subject", NO_PATIENT)
    if report is not None:
        yield from _people(found, url, report)
        yield from _sources(found, url, report)
        yield from _answerable(found, report)


def _people(found: View, url: str, report: Json) -> Iterator[Issue]:
    """Yield a warning for every reader and organization that the context does not have."""
    readers: list[Practitioner] = []
    for place, reference in enumerate(report.get("resultsInterpreter", ())):
        reader = person(found, reference, report)
        readers += [reader] if reader else []
        if reader is None or len(readers) > READERS:
            yield _warning(found, url, f"resultsInterpreter[{place}]", FURTHER if reader else NOBODY)
    responsible: Organization | None = None
    for place, reference in enumerate(report.get("performer", ())):
        stated = organization(found, reference, report) or Organization()
        responsible = responsible or (stated if stated != Organization() else None)
        if stated != Organization() and stated != responsible:
            yield _warning(found, url, f"performer[{place}]", FURTHER)
        elif stated == Organization() and person(found, reference, report) not in readers[:READERS]:
            yield _warning(found, url, f"performer[{place}]", NO_PLACE)


def _sources(found: View, url: str, report: Json) -> Iterator[Issue]:
    """Yield a warning for every order and study that the context does not have."""
    (studies,) = found.version.studies
    for name, type_ in (("basedOn", "ServiceRequest"), (studies, "ImagingStudy")):
        for place, reference in enumerate(report.get(name, ())):
            _, resource = found.resolve(reference, report)
            numbered = reference.get("type", type_) == type_ and reference.get("identifier", {}).get("value")
            if not numbered if resource is None else resource["resourceType"] != type_:
                yield _warning(found, url, f"{name}[{place}]", NO_SOURCE)


def _answerable(found: View, report: Json) -> Iterator[Issue]:
    """Yield a warning for everybody who is said to answer for the report and whom the report does not name."""
    readers = [_who(found, reference, report) for reference in report.get("resultsInterpreter", ())]
    known = {*readers, *(_who(found, reference, report) for reference in report.get("performer", ()))}
    for url, resource in found.resources.items() if known else ():
        type_ = resource["resourceType"]
        if url in found.negated or not (type_ == "Composition" or is_ours(resource)):
            continue
        for path in ANSWERABLE.get(type_, ()):
            named = [one for one in reach(resource, path) if one.get("display") != NOT_KNOWN_WHO["display"]]
            accepted = set(readers[-1:]) if path[0] == ATTESTER else known
            if any(_who(found, reference, resource) not in accepted for reference in named):
                yield _warning(found, url, path[0], OTHERS)


def _who(found: View, reference: Json, home: Json) -> tuple[Practitioner | None, Organization | None]:
    """Return what tells who is named from others."""
    return person(found, reference, home), organization(found, reference, home)


def _warning(found: View, url: str, element: str, message: str) -> Issue:
    return Issue("fhir-not-read", Severity.WARNING, Where(f"{found.paths[url]}.{element}"), message)
