"""One order with its patient and studies, as FHIR states them, as the context of a report. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from emh_report.catalog import Catalog
from emh_report.context import Context
from emh_report.export.fhir import to_json
from emh_report.intake.content import Json
from emh_report.intake.imports import import_context
from emh_report.issues import Severity
from emh_report.phrases import Line, phrase
from emh_report.sources.found import ANOTHER_STUDY, NO_IMAGES, Found, Wanted, refusal

_ENTRY: Final = re.compile(r"Bundle\.entry\[(\d+)\]\.resource")


class Case(NamedTuple):
    """Resources of a server at ``base``; no patient where the server has none of that id."""

    base: str
    order: Json
    patient: Json | None
    studies: list[Json]


def read_case(catalog: Catalog, case: Case, wanted: Wanted) -> tuple[Found | None, list[str]]:
    """Return the study and what is to be said of it, or none and why, in words without anything of the patient."""
    if case.patient is None:
        return None, [Line("ServiceRequest.subject", phrase("leads to no patient of this server"), between=": ")]
    if not case.studies:
        return None, [NO_IMAGES]
    resources = (case.order, case.patient, *case.studies)
    entries = [{"fullUrl": f"{case.base}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources]
    read = import_context(catalog, to_json({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    said = [(issue, _place(issue.where.path, resources)) for issue in read.issues]
    lines: list[str] = [
        Line(place, one.message, between=": ") for one, place in said if one.severity is not Severity.INFORMATION
    ]
    if read.context is None:
        return None, lines[:1]
    for type_, left in (("ServiceRequest", read.context.orders), ("ImagingStudy", read.context.studies)):
        if not left:  # what does not count is left out, and said
            own = [line for line in lines if line.startswith(type_)]
            return None, (own or lines)[:1]
    reason = refusal(read.context) or _another(read.context, wanted)
    if reason:
        return None, [reason]
    return Found(read.context, tuple(dict.fromkeys(_body_parts(case)))), list(dict.fromkeys(lines))


def _place(path: str, resources: Sequence[Json]) -> str:
    """Return a path of the bundle as one of the resource that the server answered."""
    within = _ENTRY.match(path)
    return f"{resources[int(within[1])]['resourceType']}{path[within.end() :]}" if within else path


def _another(context: Context, wanted: Wanted) -> str:
    """Return why a case is not what was asked for: a server may ignore a parameter, and answer with anybody's."""
    uids = {study.study_instance_uid for study in context.studies}
    accessions = {order.accession.value for order in context.orders}
    for asked, answered in ((wanted.study_instance_uid, uids), (wanted.accession, accessions)):
        if asked and asked not in answered:
            return ANOTHER_STUDY
    return ""


def _body_parts(case: Case) -> Iterator[str]:
    """Yield the words for what was examined: a Coding in R4, a concept in R5. What is FHIR has been checked."""
    sites = list(case.order.get("bodySite", ()))
    listed = [series for study in case.studies for series in study.get("series", ())]
    sites += [series["bodySite"] for series in listed if "bodySite" in series]
    for site in sites:
        concept = site.get("concept", site)
        for coding in (concept, *concept.get("coding", ())):
            if word := coding.get("display") or coding.get("text"):
                yield word
