"""Outputs that no file holds: published cases and fictional reports of every template, and one report in every state.

README.md says which reports are judged as which kind of bundle, and why not all as all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from conformance import own_package, served
from conformance.findings import Json, Target
from conformance.targets import target_of
from emh_report import pipeline, questionnaires
from emh_report.context import Context, Patient, ReportStatus, Study
from emh_report.draft import Draft, Group, ReportMode
from emh_report.errors import InvalidReportError
from emh_report.export import Format, fhir, narrative
from emh_report.export.questionnaire import Release as FormRelease
from scripts.cases import exports_of
from tests.case_files import (
    SYNTHETIC,
    case_folders,
    catalog,
    read_case,
    read_report,
    synthetic_context,
    synthetic_drafts,
)

OF_A_CASE: Final = (Format.FHIR_R4_TRANSACTION, Format.FHIR_R4_DOCUMENT)
OF_A_TEMPLATE: Final = (*OF_A_CASE, Format.FHIR_R5_DOCUMENT, Format.FHIR_R4_IMR)
"""The R5 document has all that the R5 transaction has."""
OF_A_REPORT: Final = (Format.FHIR_R4_TRANSACTION,)
TRANSACTIONS: Final = (Format.FHIR_R4_TRANSACTION, Format.FHIR_R5_TRANSACTION)
FIRST: Final = "a"
"""Letter of the first report of a template."""
SAMPLE: Final = SYNTHETIC / "emh-ct-body" / "draft-a.json"
"""The report that goes through every state."""

FORMS: Final = (
    ("emh-minimal", FormRelease.R4),
    ("emh-ct-body", FormRelease.R4),
    ("emh-minimal", FormRelease.R5),
)

FIRST_LOOK: Final = ReportStatus.PRELIMINARY
STATES: Final = tuple(status for status in ReportStatus if status is not ReportStatus.DRAFT)


def write(folder: Path) -> list[Target]:
    """Write every output to ``folder`` and return what to judge."""
    found = []
    for name, content in chain(outputs(), terms(), forms(), served.outputs()):
        file = folder / f"{name}.json"
        file.write_bytes(content)
        if target := target_of(file):
            found.append(target)
    return sorted(found, key=lambda target: target.version)


def forms() -> Iterator[tuple[str, bytes]]:
    """Yield the Questionnaires of a small and a large template, and responses to them."""
    for template_id, release in FORMS:
        name = f"{template_id}.questionnaire-{release.value}"
        yield name, questionnaires.questionnaire(catalog(), template_id, release).content
        draft = SYNTHETIC / template_id / f"draft-{FIRST}.json"
        response = questionnaires.response(catalog(), *read_report(draft, synthetic_context(draft)))
        yield name.replace("questionnaire-", "response-"), response


def outputs() -> Iterator[tuple[str, bytes]]:
    """Yield each output with a name that ends in its format."""
    for case in map(read_case, case_folders()):
        kept = exports_of(case.id).values()
        left = [format_ for format_ in OF_A_CASE if format_ not in kept]
        yield from _formats(case.id, case.draft, case.context, left)
    for path in synthetic_drafts():
        letter = path.stem.rpartition("-")[2]
        formats = OF_A_TEMPLATE if letter == FIRST else OF_A_REPORT
        yield from _formats(f"{path.parent.name}-{letter}", *read_report(path, synthetic_context(path)), formats)
    draft, context = read_report(SAMPLE, synthetic_context(SAMPLE))
    for status in STATES:
        yield from _formats(f"state-{status.value}", draft, _in_state(context, status), OF_A_TEMPLATE)
    yield from _formats("mode-companion", draft._replace(mode=ReportMode.COMPANION), context, TRANSACTIONS)
    yield from _formats("least-known", draft._replace(groups=draft.groups[:2]), _least(context), OF_A_TEMPLATE)
    yield from _formats(
        "first-look", draft._replace(groups=_looked_at(draft)), _in_state(context, FIRST_LOOK), OF_A_TEMPLATE
    )
    for version in fhir.Version:
        kind = f"fhir-{version.name.lower()}-transaction"
        yield f"patient-created.{kind}", _with_patient(draft, context, version)
        yield f"second-version.{kind}", _second_version(draft, context, version)


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


def _formats(name: str, draft: Draft, context: Context, formats: Iterable[Format]) -> Iterator[tuple[str, bytes]]:
    for format_ in formats:
        try:
            content = pipeline.export_report(catalog(), draft, context, format_)[0].content
        except InvalidReportError as refused:
            if {issue.rule_id for issue in refused.issues} != {"no-such-bundle"}:
                raise
            continue
        yield f"{name}.{format_.value}", content


def _in_state(context: Context, status: ReportStatus) -> Context:
    return replace(context, report=replace(context.report, status=status, version=2))


def _looked_at(draft: Draft) -> tuple[Group, ...]:
    """Return procedure and first finding: a report without history, whose section has to say why."""
    return tuple(next(group for group in draft.groups if group.group_id == known) for known in ("procedure", "finding"))


def _least(context: Context) -> Context:
    """Return a context of which only what no document can do without is known."""
    identity = replace(context.report, status=ReportStatus.PRELIMINARY)
    studies = tuple(Study(study.study_instance_uid) for study in context.studies[:1])
    patient = Patient(identifiers=context.patient.identifiers)
    return Context(report=identity, patient=patient, studies=studies, test_data=context.test_data)


def _with_patient(draft: Draft, context: Context, version: fhir.Version) -> bytes:
    report = pipeline.release(catalog(), draft, context).report
    options = fhir.Options(create_patient=True)
    return fhir.to_json(fhir.transaction(report, narrative.narrate(report), options, version=version))


def _second_version(draft: Draft, context: Context, version: fhir.Version) -> bytes:
    """Return a correction that lacks the last group of the first version, which is withdrawn."""
    first = pipeline.release(catalog(), draft, context).report
    fewer = draft._replace(groups=draft.groups[:-1])
    changed = _in_state(context, ReportStatus.PRELIMINARY)
    second = pipeline.release(catalog(), fewer, changed).report
    return fhir.to_json(fhir.transaction(second, narrative.narrate(second), previous=first, version=version))
