"""Outputs that no file holds: every report as every kind of bundle, one report in every state, all Questionnaires.

A report is a published case or a fictional one. README.md says what it costs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from conformance import own_package, served
from conformance.findings import Json, Target
from conformance.targets import target_of
from emh_report import pipeline, questionnaires
from emh_report.context import Context, Identifier, Patient, Practitioner, ReportStatus, Study
from emh_report.draft import Draft, Group, ReportMode
from emh_report.errors import InvalidReportError, MissingExtraError
from emh_report.export import Format, fhir, narrative
from emh_report.export.fhir.kinds import KINDS as BUNDLES
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

KINDS: Final = tuple(format_ for format_ in Format if format_.is_fhir)
TRANSACTIONS: Final = (Format.FHIR_R4_TRANSACTION, Format.FHIR_R5_TRANSACTION)
SAMPLE: Final = SYNTHETIC / "emh-ct-body" / "draft-a.json"
"""The report that goes through every state."""
NAMED: Final = SYNTHETIC / "emh-minimal" / "draft-a.json"
"""A report whose examination has a LOINC code, as US Core wants it."""
SIGNATURE: Final = "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl"
"""Stands for a detached JWS: a judge of FHIR does not verify it."""
CLERK: Final = Practitioner(Identifier("https://fhir.hospital.test/staff", "S-4"), "Clerk", ("Clara",))
"""Who cancels and withdraws reports, and is not named in them."""
MARKED: Final = "emh-minimal"
"""A template whose Questionnaire is also judged with Observation templates."""
NAMED_KINDS: Final = (Format.FHIR_R4_TRANSACTION, Format.FHIR_R4_IMR)

FIRST_LOOK: Final = ReportStatus.PRELIMINARY
SIGNED: Final = (ReportStatus.FINAL, ReportStatus.ENTERED_IN_ERROR)
"""States whose versions are signed in different ways; corrections and addenda are signed as final reports are."""
UNSIGNED: Final = (ReportStatus.PRELIMINARY, ReportStatus.CANCELLED)
STATES: Final = tuple(status for status in ReportStatus if status is not ReportStatus.DRAFT)


def write(folder: Path) -> list[Target]:
    """Write every output to ``folder`` and return what to judge."""
    files: list[tuple[Path, Path | None]] = []
    for name, content in chain(outputs(), terms(), forms()):
        file = folder / f"{name}.json"
        file.write_bytes(content)
        files.append((file, None))
    files += served.write(folder)
    found = [target for file, context in files if (target := target_of(file, context))]
    return sorted(found, key=lambda target: target.version)


def forms() -> Iterator[tuple[str, bytes]]:
    """Yield the Questionnaire of every template, and every report as a response: the same content in R4 and R5."""
    for release in FormRelease:
        for template in catalog().templates:
            content = questionnaires.questionnaire(catalog(), template.id, release).content
            yield f"{template.id}.questionnaire-{release.value}", content
        marked = questionnaires.questionnaire(catalog(), MARKED, release, extraction="template").content
        yield f"{MARKED}.questionnaire-template-{release.value}", marked
        for name, draft, context in reports():
            yield f"{name}.response-{release.value}", questionnaires.response(catalog(), draft, context)


def reports() -> Iterator[tuple[str, Draft, Context]]:
    """Yield name, draft and context of every published case and every fictional report."""
    for case in map(read_case, case_folders()):
        yield case.id, case.draft, case.context
    yield from fictional()


def fictional() -> Iterator[tuple[str, Draft, Context]]:
    """Yield name, draft and context of every fictional report."""
    for path in synthetic_drafts():
        letter = path.stem.rpartition("-")[2]
        yield f"{path.parent.name}-{letter}", *read_report(path, synthetic_context(path))


def outputs(kinds: Sequence[Format] = KINDS) -> Iterator[tuple[str, bytes]]:
    """Yield each output with a name that ends in its format."""
    for case in map(read_case, case_folders()):
        kept = exports_of(case.id).values()
        yield from _formats(case.id, case.draft, case.context, [kind for kind in kinds if kind not in kept])
    for name, draft, context in fictional():
        yield from _formats(name, draft, context, kinds)
    draft, context = read_report(SAMPLE, synthetic_context(SAMPLE))
    for status in STATES:
        yield from _formats(f"state-{status.value}", draft, _in_state(context, status), kinds)
        yield from _formats(f"named-{status.value}", *_named(status), NAMED_KINDS)
    yield from _formats("mode-companion", draft._replace(mode=ReportMode.COMPANION), context, TRANSACTIONS)
    yield from _formats("least-known", draft._replace(groups=draft.groups[:2]), _least(context), kinds)
    yield from _formats("first-look", draft._replace(groups=_looked_at(draft)), _in_state(context, FIRST_LOOK), kinds)
    for version in fhir.Version:
        kind = f"fhir-{version.name.lower()}-transaction"
        yield f"patient-created.{kind}", _with_patient(draft, context, version)
        yield f"second-version.{kind}", _second_version(draft, context, version)
    for status in (*SIGNED, *UNSIGNED):
        yield from _stored(f"stored-{status.value}", draft, _in_state(context, status), BUNDLES)
    companion = draft._replace(mode=ReportMode.COMPANION)
    yield from _stored("stored-companion", companion, _in_state(context, ReportStatus.FINAL), TRANSACTIONS)
    yield from _printed(*read_report(NAMED, synthetic_context(NAMED)))


def terms() -> Iterator[tuple[str, bytes]]:
    """Yield the terminology of the project, one bundle for a FHIR version."""
    for name, version in (("terminology-r4", "4.0.1"), ("terminology-r5", "5.0.0")):
        entries = [{"fullUrl": one["url"], "resource": one} for one in own_package.resources(version)]
        bundle: Json = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        yield name, json.dumps(bundle).encode()


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


def _named(status: ReportStatus) -> tuple[Draft, Context]:
    draft, context = read_report(NAMED, synthetic_context(NAMED))
    return draft, _in_state(context, status)


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


def _stored(name: str, draft: Draft, context: Context, kinds: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield a report as a version of a store: who made it, and the signature of one that is signed."""
    report = pipeline.release(catalog(), draft, context).report
    signature = "" if context.report.status in UNSIGNED else SIGNATURE
    for kind in kinds:
        if context.report.status is ReportStatus.CANCELLED and kind == Format.FHIR_R4_DOCUMENT:
            continue  # documents of R4 cannot be cancelled
        options = fhir.Options(signature=signature, actor=CLERK)
        yield f"{name}.{kind}", fhir.serialize(report, narrative.narrate(report), BUNDLES[kind], options)


def _printed(draft: Draft, context: Context) -> Iterator[tuple[str, bytes]]:
    """Yield a report that is presented as PDF too, as every kind; nothing where the extra for PDF is not installed."""
    for format_ in KINDS:
        try:
            made, _ = pipeline.export_report(catalog(), draft, context, format_, with_pdf=True)
        except MissingExtraError:
            return
        yield f"printed.{format_.value}", made.content


def _second_version(draft: Draft, context: Context, version: fhir.Version) -> bytes:
    """Return a correction that lacks the last group of the first version, which is withdrawn."""
    first = pipeline.release(catalog(), draft, context).report
    fewer = draft._replace(groups=draft.groups[:-1])
    changed = _in_state(context, ReportStatus.PRELIMINARY)
    second = pipeline.release(catalog(), fewer, changed).report
    return fhir.to_json(fhir.transaction(second, narrative.narrate(second), previous=first, version=version))
