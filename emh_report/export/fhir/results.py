"""Results that R5 wants gathered, and what each section of the Composition refers to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.codes import Concept
from emh_report.export.fhir.datatypes import Json, concept
from emh_report.export.fhir.versions import Version
from emh_report.export.fhir.writer import Writer
from emh_report.own_codes import STATEMENTS

FINDINGS: Final = "findings"
RESULTS: Final = Concept(STATEMENTS, "results", "All results of the report")


def collect(writer: Writer) -> None:
    """In R5, put one Observation ahead of the results that has them all as members.

    R5 compares what sections refer to with what the report lists (dgr-1) by an expression that is defined for exactly
    one Observation in all sections together: this one.
    """
    if writer.kind.version is Version.R4:
        return
    members: Json = {"hasMember": writer.results} if writer.results else {}
    writer.gathered = writer.observe(writer.name("", RESULTS.code), writer.stated, concept(RESULTS), members)
    writer.results = [writer.gathered, *writer.results]


def entries_of(writer: Writer) -> Mapping[str, list[Json]]:
    """Return what each section refers to. In R5 Observations are members of the one that gathers them."""
    if writer.gathered is None:
        return writer.sections
    listed = {reference["reference"] for reference in writer.results}
    found = {
        section: [one for one in references if one.get("reference") not in listed]
        for section, references in writer.sections.items()
    }
    return {**found, FINDINGS: [writer.gathered, *found.get(FINDINGS, ())]}
