"""Outputs that no file holds: fictional reports of every template, and one report in every state and mode."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from conformance import own_package
from conformance.findings import Json, Target
from conformance.targets import target_of
from emh_report import pipeline
from emh_report.context import Context, ReportStatus
from emh_report.draft import Draft, ReportMode
from emh_report.export import Format, fhir, narrative
from tests.case_files import SYNTHETIC, catalog, read_report, synthetic_context, synthetic_drafts

FORMATS: Final = tuple(one for one in Format if one.value.startswith("fhir-"))
SAMPLE: Final = SYNTHETIC / "emh-ct-body" / "draft-a.json"
"""The report that goes through every state."""

STATES: Final = tuple(status for status in ReportStatus if status is not ReportStatus.DRAFT)


def write(folder: Path) -> list[Target]:
    """Write every output to ``folder`` and return what to judge."""
    found = []
    for name, content in chain(outputs(), terms()):
        file = folder / f"{name}.json"
        file.write_bytes(content)
        if target := target_of(file):
            found.append(target)
    return sorted(found, key=lambda target: target.version)


def outputs() -> Iterator[tuple[str, bytes]]:
    """Yield each output with a name that ends in its format."""
    for path in synthetic_drafts():
        name = f"{path.parent.name}-{path.stem.rpartition('-')[2]}"
        yield from _formats(name, *read_report(path, synthetic_context(path)))
    draft, context = read_report(SAMPLE, synthetic_context(SAMPLE))
    for status in STATES:
        yield from _formats(f"state-{status.value}", draft, _in_state(context, status))
    yield from _formats("mode-companion", draft._replace(mode=ReportMode.COMPANION), context)
    yield "patient-created.fhir-r4-transaction", _with_patient(draft, context)
    yield "second-version.fhir-r4-transaction", _second_version(draft, context)


def terms() -> Iterator[tuple[str, bytes]]:
    """Yield the terminology of the project, one bundle for a FHIR version.

    R5 has only what differs from R4 and a sample of the rest: the validator takes a minute for all.
    """
    for name, version in (("terminology-r4", "4.0.1"), ("terminology-r5", "5.0.0")):
        chosen = [one for one in own_package.resources(version) if version == "4.0.1" or _differs(one)]
        entries = [{"fullUrl": one["url"], "resource": one} for one in chosen]
        bundle: Json = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        yield name, json.dumps(bundle).encode()


def _differs(resource: Json) -> bool:
    return resource["resourceType"] == "ConceptMap" or resource["id"] in {"statement", "unit", "answer-absent-reason"}


def _formats(name: str, draft: Draft, context: Context) -> Iterator[tuple[str, bytes]]:
    for format_ in FORMATS:
        yield f"{name}.{format_.value}", pipeline.export_report(catalog(), draft, context, format_)[0].content


def _in_state(context: Context, status: ReportStatus) -> Context:
    return replace(context, report=replace(context.report, status=status, version=2))


def _with_patient(draft: Draft, context: Context) -> bytes:
    report = pipeline.release(catalog(), draft, context).report
    options = fhir.Options(create_patient=True)
    return fhir.to_json(fhir.transaction(report, narrative.narrate(report), options))


def _second_version(draft: Draft, context: Context) -> bytes:
    """Return a correction that lacks the last group of the first version, which is withdrawn."""
    first = pipeline.release(catalog(), draft, context).report
    fewer = draft._replace(groups=draft.groups[:-1])
    changed = _in_state(context, ReportStatus.PRELIMINARY)
    second = pipeline.release(catalog(), fewer, changed).report
    return fhir.to_json(fhir.transaction(second, narrative.narrate(second), previous=first))
