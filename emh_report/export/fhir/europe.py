"""What the HL7 Europe Imaging Report adds to a DiagnosticReport: categories, and extensions that refer to its parts."""

from __future__ import annotations

from typing import Final

from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, coded
from emh_report.export.fhir.kinds import Kind
from emh_report.export.fhir.procedures import BODY_REGION
from emh_report.export.fhir.versions import Version
from emh_report.export.fhir.writer import Writer
from emh_report.report import Choice
from emh_report.template import Role

CATEGORIES: Final = {
    version: [coded(fixed.FIXED[f"category-medical-imaging-{version.name.lower()}"]), coded(fixed.IMAGING_REPORT)]
    for version in Version
}
"""Required by the guide; the system of the first differs between versions."""

REGIONS: Final = frozenset((code.system, code.code) for key, code in fixed.FIXED.items() if key.startswith("region-"))
"""The codes of the guide's value set of anatomical regions, which is required."""


def categories_of(kind: Kind) -> list[Json]:
    """Return the categories that mark a European imaging report; none in other kinds of bundles."""
    return CATEGORIES[kind.version] if kind.document else []


def extensions(writer: Writer) -> list[Json]:
    """Return the regions examined and references to what each section is made of; none in other kinds of bundles."""
    return [*_regions(writer), *_links(writer)] if writer.kind.document else []


def _regions(writer: Writer) -> list[Json]:
    """Return the regions that a code of the guide names exactly; the Procedure has them all."""
    groups = writer.report.in_role(Role.PROCEDURE)
    values = [item.value for group in groups for item in group.of(BODY_REGION)]
    codes = [code for value in values if isinstance(value, Choice) for code in value.term.concept.codes]
    known = dict.fromkeys(code for code in codes if (code.system, code.code) in REGIONS)
    return [{"url": writer.kind.guide.region, "valueCodeableConcept": coded(code)} for code in known]


def _links(writer: Writer) -> list[Json]:
    types = {entry["fullUrl"]: _type(entry["resource"]) for entry in writer.entries}
    return [
        {"url": link.url, "valueReference": reference}
        for section, link in writer.kind.guide.sections.items()
        for reference in writer.sections.get(section, ())
        if not link.types or types.get(reference["reference"]) in link.types
    ]


def _type(resource: object) -> str:
    return str(resource["resourceType"]) if isinstance(resource, dict) else ""
