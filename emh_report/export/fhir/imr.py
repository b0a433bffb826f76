"""IHE IMR transaction: the report as a whole, its orders and its studies, and nothing else (closed slicing)."""

from __future__ import annotations

from typing import Final

from emh_report.export.fhir import us_core
from emh_report.export.fhir.datatypes import Json, identifier, search
from emh_report.export.fhir.kinds import R4_IMR
from emh_report.export.fhir.needs import require
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.provenance import contained
from emh_report.export.fhir.report import whole
from emh_report.export.fhir.sources import NOT_KNOWN, NOT_KNOWN_WHO, add_sources
from emh_report.export.fhir.writer import Writer
from emh_report.report import Narrative, Report

PARTS: Final = frozenset({"extension", "composition", "result"})
"""Elements that refer to what the bundle may not carry."""


def imr(report: Report, narrative: Narrative, options: Options) -> Json:
    """Return the transaction for a Report Repository (RAD-141).

    The profile has every request a POST. A report is created once for each version: sent again it changes nothing,
    and a correction never disappears behind the report that it corrects. The bundle may not carry a Provenance; the
    report may contain that of a stored version.
    """
    require(report, R4_IMR)
    writer = Writer(report, options, R4_IMR)
    add_sources(writer)
    version = writer.version(report.context.report.version)
    numbers = [identifier(report.context.report.identifier), identifier(version)]
    body = {name: value for name, value in whole(writer, narrative).items() if name not in PARTS}
    body.setdefault("resultsInterpreter", [NOT_KNOWN_WHO])
    if not report.context.report.issued:
        body["_issued"] = NOT_KNOWN
    if made := contained(writer):
        body["contained"] = made
    writer.add_document("DiagnosticReport", numbers, body, *us_core.profiles(writer, body))
    *others, entry = writer.entries
    entry["request"] = {
        "method": "POST",
        "url": "DiagnosticReport",
        "ifNoneExist": search(version.system, version.value),
    }
    return {**writer.bundle("transaction"), "entry": [entry, *others]}
