"""Bundles of every kind in tests: as a receiver reads them, once they parsed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from fhir.resources.bundle import Bundle as BundleR5
from fhir.resources.R4B.bundle import Bundle as BundleR4B

from emh_report.context import ReportStatus
from emh_report.draft import ReportMode
from emh_report.export import fhir, narrative
from emh_report.export.fhir.kinds import KINDS, Kind
from emh_report.report import Report
from tests.fhir_json import Json, nodes

R4, R5 = fhir.Version.R4, fhir.Version.R5
DOCUMENTS: Final = [kind for kind in KINDS.values() if kind.document]
ALL: Final = list(KINDS.values())
MODELS: Final[dict[fhir.Version, Any]] = {R4: BundleR4B, R5: BundleR5}


def made(report: Report, kind: Kind) -> Json:
    """The bundle as a receiver reads it, once it parsed."""
    return as_received(report, kind, fhir.Options())


def as_received(report: Report, kind: Kind, options: fhir.Options) -> Json:
    """The same, of an installation that decided otherwise."""
    told = narrative.narrate(report)
    content = fhir.serialize(report, told, kind, options)
    assert content == fhir.to_json(fhir.make(report, told, kind, options))
    MODELS[kind.version].model_validate_json(content)
    found: Json = json.loads(content, parse_float=str)
    return found


def standalone(report: Report, status: ReportStatus = ReportStatus.PRELIMINARY) -> Report:
    identity = replace(report.context.report, status=status)
    return replace(report, mode=ReportMode.STANDALONE, context=replace(report.context, report=identity))


def references(content: Any) -> set[str]:  # noqa: ANN401 - JSON
    found = [value.get("reference") for _, value in nodes(content) if isinstance(value, dict)]
    return {one for one in found if isinstance(one, str)}


def named(kind: Kind) -> str:
    return kind.name


def bundle_url(bundle: Json, type_: str) -> str:
    return next(str(entry["fullUrl"]) for entry in bundle["entry"] if entry["resource"]["resourceType"] == type_)
