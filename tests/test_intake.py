"""The way back: the bundle of a report is the draft and the context that it was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emh_report import import_report, pipeline
from emh_report.context import Context, Identifier, Practitioner, ReportStatus
from emh_report.draft import Draft, Override, ReportMode
from emh_report.errors import InvalidReportError
from emh_report.export import Format, fhir
from emh_report.export.narrative import narrate
from emh_report.intake.content import Json, read_json
from emh_report.intake.context import read_context
from emh_report.intake.draft import read_draft
from emh_report.intake.versions import VERSIONS
from emh_report.intake.view import view
from emh_report.issues import Issue, Severity
from emh_report.report import Report
from tests.case_files import case_folders, read_report, synthetic_context, synthetic_drafts
from tests.drawing import draws
from tests.fhir_random import random_report
from tests.fhir_reports import context, group, lesion, release
from tests.strategies import catalog, reports
from tests.way_back import carried, draft_of, ordered

SENT = [status for status in ReportStatus if status is not ReportStatus.DRAFT]


def sent(report: Report, previous: Report | None = None) -> bytes:
    options = fhir.Options(create_patient=True)
    return fhir.to_json(fhir.transaction(report, options=options, previous=previous))


def back(content: bytes, version: str = "4.0") -> tuple[Draft, Context, list[Issue]]:
    """Read a bundle without the checks of content from outside, which have tests of their own."""
    found = view(read_json(content), VERSIONS[version])
    draft, issues = read_draft(found, catalog())
    assert draft is not None
    return draft, read_context(found), issues


def unordered(value: Json) -> Json:
    """Return JSON with every list sorted: issues come in the order of the draft, and bundles list them so."""
    if isinstance(value, dict):
        return {name: unordered(inner) for name, inner in value.items()}
    return sorted(map(unordered, value), key=str) if isinstance(value, list) else value


def in_state(report: Report, status: ReportStatus) -> Report:
    identity = replace(report.context.report, status=status)
    return replace(report, context=replace(report.context, report=identity))


def files() -> list[tuple[Path, Path]]:
    cases = [(folder / "draft.json", folder / "context.json") for folder in case_folders()]
    return [*cases, *((draft, synthetic_context(draft)) for draft in synthetic_drafts())]


@pytest.mark.parametrize("pair", files(), ids=lambda pair: f"{pair[0].parent.name}-{pair[0].stem}")
def test_every_case_and_every_fictional_report_comes_back(pair: tuple[Path, Path]) -> None:
    draft, known = read_report(*pair)
    verdict = pipeline.validate(catalog(), draft, known)
    unused = {issue.where.group_uid for issue in verdict.issues if issue.rule_id == "override-unused"}
    kept = tuple(one for one in draft.overrides if one.group_uid not in unused)
    report = pipeline.release(catalog(), draft, known).report
    found, around, issues = back(sent(report))
    assert found == ordered(catalog().plan(draft.template_id), draft._replace(overrides=kept))
    assert around == carried(known, draft.mode, sent(report))
    assert issues == []
    again = pipeline.release(catalog(), found, known).report
    assert unordered(read_json(sent(again))) == unordered(read_json(sent(report)))


OTHER_KINDS = [kind for kind in fhir.KINDS.values() if kind.document or kind.version is fhir.Version.R5]


def in_kind(report: Report, kind: fhir.Kind) -> bytes | None:
    """Return a bundle of another kind; None where the report has none of it."""
    try:
        return fhir.to_json(fhir.make(report, narrate(report), kind, fhir.Options(create_patient=True)))
    except InvalidReportError:
        return None


def listed(draft: Draft, kind: fhir.Kind) -> Draft:
    """Return a draft as a kind of bundle can tell its order: an R5 document lists Observations apart."""
    if kind is not fhir.KINDS["fhir-r5-document"]:
        return draft
    return draft._replace(groups=tuple(sorted(draft.groups, key=lambda group: (group.group_id, group.uid))))


@draws(40)
@given(st.integers(0, 2**32), st.sampled_from(SENT), st.sampled_from(OTHER_KINDS))
def test_any_report_comes_back_from_r5_and_from_documents(seed: int, status: ReportStatus, kind: fhir.Kind) -> None:
    report = in_state(random_report(seed), status)
    content = in_kind(report, kind)
    if content is None:
        assume(not kind.document)
        pytest.fail("a transaction of every report in every state")
    found, around, issues = back(content, kind.version.value)
    assert listed(found, kind) == listed(draft_of(report), kind)
    assert around == carried(report.context, report.mode, content)
    assert [issue.rule_id for issue in issues] == ["answer-not-restored"] * len(report.unresolved)


@pytest.mark.parametrize("kind", OTHER_KINDS, ids=lambda kind: kind.name)
def test_every_case_comes_back_from_r5_and_from_documents(kind: fhir.Kind) -> None:
    for pair in files():
        draft, known = read_report(*pair)
        report = pipeline.release(catalog(), draft, known).report
        content = in_kind(report, kind)
        if content is None:
            assert kind.document
            assert draft.mode is ReportMode.COMPANION
            continue
        found, around, issues = back(content, kind.version.value)
        assert (found, issues) == (draft_of(report), [])
        assert around == carried(known, draft.mode, content)


@pytest.mark.parametrize("signature", ["", "a..b"])
def test_an_imr_transaction_has_no_answers_and_says_so(signature: str) -> None:
    """Signed it contains a Provenance, which nothing refers to and which refers to its container."""
    draft, known = read_report(*files()[0])
    exported, _ = pipeline.export_report(catalog(), draft, known, Format.FHIR_R4_IMR, signature=signature)
    found = import_report(catalog(), exported.content)
    assert found.draft is None
    assert [issue.rule_id for issue in found.issues] == ["fhir-not-a-report"]


def test_a_contained_resource_that_refers_to_nothing_is_refused() -> None:
    draft, known = read_report(*files()[0])
    exported, _ = pipeline.export_report(catalog(), draft, known, Format.FHIR_R4_IMR, signature="a..b")
    assert exported.content.count(b'"target":[{"reference":"#"}]') == 1
    content = exported.content.replace(b'"target":[{"reference":"#"}]', b'"target":[{"reference":"Patient/1"}]')
    (issue,) = (one for one in import_report(catalog(), content).issues if one.rule_id == "fhir-reference")
    assert (issue.where.path, "dom-3" in issue.message) == ("Bundle.entry[0].resource.contained[0]", True)


@pytest.mark.parametrize("mode", ReportMode)
@pytest.mark.parametrize("format_", [Format.FHIR_R4_TRANSACTION, Format.FHIR_R5_TRANSACTION])
@pytest.mark.parametrize("status", [ReportStatus.PRELIMINARY, ReportStatus.FINAL, ReportStatus.CANCELLED])
def test_a_stored_version_comes_back_without_who_made_it(
    status: ReportStatus, format_: Format, mode: ReportMode
) -> None:
    """The same as without its Provenance: no answer and no issue more or less."""
    file = next(one for one in synthetic_drafts() if one.parent.name == "emh-ct-body")
    draft, known = read_report(file, synthetic_context(file))
    draft, known = draft._replace(mode=mode), replace(known, report=replace(known.report, status=status))
    clerk = Practitioner(Identifier("https://fhir.hospital.test/staff", "S-4"), "Clerk")
    signature = "a..b" if status is ReportStatus.FINAL else ""
    stored, _ = pipeline.export_report(catalog(), draft, known, format_, signature=signature, actor=clerk)
    plain, _ = pipeline.export_report(catalog(), draft, known, format_)
    assert stored.content.count(b'"resourceType":"Provenance"') == 1
    assert import_report(catalog(), stored.content) == import_report(catalog(), plain.content)


def test_a_withdrawn_report_comes_back_without_who_withdrew_it() -> None:
    draft, known = read_report(*files()[0])
    gone = replace(known, report=replace(known.report, status=ReportStatus.ENTERED_IN_ERROR))
    clerk = Practitioner(Identifier("https://fhir.hospital.test/staff", "S-4"), "Clerk")
    for format_ in (Format.FHIR_R4_TRANSACTION, Format.FHIR_R5_DOCUMENT):
        exported, _ = pipeline.export_report(catalog(), draft, gone, format_, signature="a..b", actor=clerk)
        plain, _ = pipeline.export_report(catalog(), draft, gone, format_)
        assert import_report(catalog(), exported.content) == import_report(catalog(), plain.content)


@pytest.mark.parametrize("format_", [Format.FHIR_R5_TRANSACTION, Format.FHIR_R4_DOCUMENT, Format.FHIR_R5_DOCUMENT])
def test_every_kind_passes_all_checks(format_: Format) -> None:
    draft, known = read_report(*files()[0])
    exported, _ = pipeline.export_report(catalog(), draft, known, format_)
    found = import_report(catalog(), exported.content)
    assert found.issues == ()
    assert found.draft == ordered(catalog().plan(draft.template_id), draft)


def test_a_file_comes_back_through_all_checks() -> None:
    draft, known = read_report(*files()[0])
    exported, _ = pipeline.export_report(catalog(), draft, known, Format.FHIR_R4_TRANSACTION)
    found = import_report(catalog(), exported.content)
    assert found.issues == ()
    assert found.draft == ordered(catalog().plan(draft.template_id), draft)
    # the patient was looked up, so the bundle has nothing but the identifier
    assert found.context == replace(known, patient=type(known.patient)(known.patient.identifiers))


@draws(60)
@given(st.integers(0, 2**32), st.sampled_from(SENT))
def test_any_report_in_any_state_comes_back(seed: int, status: ReportStatus) -> None:
    report = in_state(random_report(seed), status)
    found, around, issues = back(sent(report))
    assert found == draft_of(report)
    assert around == carried(report.context, report.mode, sent(report))
    assert [issue.rule_id for issue in issues] == ["answer-not-restored"] * len(report.unresolved)


@draws(40)
@given(st.integers(0, 2**32))
def test_what_was_not_accepted_is_missed_by_name_and_nothing_else_is(seed: int) -> None:
    report = random_report(seed, honest=False)
    found, _, issues = back(sent(report))
    assert found == draft_of(report)
    assert [issue.rule_id for issue in issues] == ["answer-not-restored"] * len(report.unresolved)
    assert {issue.severity for issue in issues} <= {Severity.WARNING}


@draws(25)
@given(reports())
def test_drawn_reports_come_back_and_give_the_same_bytes(report: Report) -> None:
    found, _, issues = back(sent(report))
    assert found == draft_of(report)
    assert issues == []
    assert sent(pipeline.release(catalog(), found, report.context).report) == sent(report)


@draws(30)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_what_an_earlier_version_said_does_not_come_back(first: int, second: int) -> None:
    previous, report = random_report(first), random_report(second)
    found, _, _ = back(sent(report, previous))
    assert found == draft_of(report)


def test_not_answered_and_answered_unknown_are_two_answers() -> None:
    from emh_report.draft import Absent, Coded

    silent = release(lesion(presence=None), group("complication", "k1", complication=Coded("hemothorax")))
    unknown = release(
        lesion(presence=Absent.UNKNOWN),
        group("complication", "k1", complication=Coded("hemothorax"), complication_presence=Absent.UNKNOWN),
    )
    assert back(sent(silent))[0] == draft_of(silent) != draft_of(unknown) == back(sent(unknown))[0]


def test_the_version_of_a_report_without_document_is_found_by_the_identifier_of_its_bundle() -> None:
    known = context(ReportStatus.CANCELLED)
    late = replace(known, report=replace(known.report, version=17))
    assert back(sent(release(lesion(), known=late)))[1].report == late.report


def test_a_warning_kept_for_a_group_without_accepted_answers_keeps_its_group() -> None:
    report = next(
        report
        for report in map(random_report, (439, 719, 1028))
        if any(one.override_reason and one.where.group_uid for one in report.issues)
    )
    assert all(isinstance(one, Override) for one in back(sent(report))[0].overrides)
    assert back(sent(report))[0] == draft_of(report)
