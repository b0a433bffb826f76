"""What this program derives from answers, changed by another system: it is not read, and that is said."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.context import ReportStatus
from emh_report.export import fhir
from emh_report.intake.content import read_json
from emh_report.intake.derived import BYTES, LESS, TIME, WORDS, derived
from emh_report.intake.draft import read_draft
from emh_report.intake.versions import VERSIONS
from emh_report.intake.view import view
from emh_report.report import Report
from tests.drawing import draws
from tests.fhir_reports import complete
from tests.strategies import catalog, reports
from tests.test_intake import SENT, in_kind, in_state
from tests.test_intake_added import KINDS, changed

Json = Any
OTHER = "1999-01-02T08:00:00+00:00"


@draws(40)
@given(reports(), st.sampled_from(SENT), st.sampled_from(KINDS))
def test_what_this_program_derives_is_what_it_expects(report: Report, status: ReportStatus, kind: str) -> None:
    content = in_kind(in_state(report, status), fhir.KINDS[kind])
    if content is not None:
        found = view(read_json(content), VERSIONS[fhir.KINDS[kind].version.value])
        read_draft(found, catalog())
        assert list(derived(found)) == []


def rewritten(old: str, new: str) -> Callable[[str], str]:
    def rewrite(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return rewrite


def edited(element: str, edit: Callable[[str], str]) -> Callable[[Json], None]:
    """Return a change of a text: of an element, or of the first section that says what is replaced."""

    def change(resource: Json) -> None:
        match element:
            case "conclusion":
                resource["conclusion"] = edit(resource["conclusion"])
            case "text":
                resource["text"]["div"] = edit(resource["text"]["div"])
            case _:
                place = int(element.removeprefix("section[").partition("]")[0])
                resource["section"][place]["text"]["div"] = edit(resource["section"][place]["text"]["div"])

    return change


def impression(kind: str) -> str:
    """Return the path below the Composition of the text of its impression."""
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[kind])
    assert content is not None
    composition = next(
        entry["resource"] for entry in read_json(content)["entry"] if entry["resource"]["resourceType"] == "Composition"
    )
    titles = [section["title"] for section in composition["section"]]
    return f"section[{titles.index('Impression')}].text"


EDITS = {
    "more": rewritten("</p>", " No follow-up.</p>"),
    "a line more": rewritten("</p>", "</p><p>No follow-up.</p>"),
    "other words": rewritten("are diagnostic of", "are not diagnostic of"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("edit", EDITS)
def test_a_section_in_other_words_is_said(edit: str, kind: str) -> None:
    element = impression(kind)
    found, path = changed("Composition", edited(element, EDITS[edit]), kind)
    assert found.draft is not None
    assert [(one.where.path, one.message) for one in found.issues] == [(f"{path}.{element}", WORDS)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("element", ["conclusion", "text"])
def test_a_report_in_other_words_is_said(element: str, kind: str) -> None:
    edit = rewritten("diagnostic of", "not diagnostic of")
    found, path = changed("DiagnosticReport", edited(element, edit), kind)
    assert found.draft is not None
    assert [(one.where.path, one.message) for one in found.issues] == [(f"{path}.{element}", WORDS)]


def test_a_presented_report_that_is_not_that_of_its_hash_is_said() -> None:
    def change(report: Json) -> None:
        form = report["presentedForm"][0]
        form["data"] = base64.b64encode(base64.b64decode(form["data"]) + b"<p>More.</p>").decode()

    found, path = changed("DiagnosticReport", change)
    assert found.draft is not None
    assert [(one.where.path, one.message) for one in found.issues] == [(f"{path}.presentedForm[0]", BYTES)]


def test_a_report_without_a_presented_form_is_compared_with_nothing() -> None:
    found, _ = changed("DiagnosticReport", lambda one: one.pop("presentedForm") and one.update(conclusion="Words."))
    assert found.draft is not None
    assert found.issues == ()


@pytest.mark.parametrize("kind", [one for one in KINDS if one.endswith("document")])
def test_the_words_of_a_section_beside_its_text_are_compared_too(kind: str) -> None:
    place = impression(kind).replace("text", "extension")

    def change(document: Json) -> None:
        (note,) = document["section"][int(place[8:].partition("]")[0])]["extension"]
        note["valueAnnotation"]["text"] = note["valueAnnotation"]["text"].replace(
            "are diagnostic", "are not diagnostic"
        )

    found, path = changed("Composition", change, kind)
    assert [(one.where.path, one.message) for one in found.issues] == [(f"{path}.{place}", WORDS)]


TAKEN_OUT = "Communication pending: nobody answers."


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("element", ["section", "text", "conclusion"])
def test_a_line_that_was_taken_out_is_said(element: str, kind: str) -> None:
    type_, place = ("Composition", impression(kind)) if element == "section" else ("DiagnosticReport", element)
    line = f"{TAKEN_OUT}\n" if element == "conclusion" else f"<p>{TAKEN_OUT}</p>"
    found, path = changed(type_, edited(place, rewritten(line, "")), kind)
    assert found.draft is not None
    assert [(one.where.path, one.message) for one in found.issues] == [(f"{path}.{place}", LESS)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_of_words_that_was_taken_out_is_said(kind: str) -> None:
    def change(report: Json) -> None:
        head, name, rest = report["text"]["div"].partition("<h2>Recommendation</h2>")
        assert name
        report["text"]["div"] = head + rest.partition("</p>")[2]

    found, path = changed("DiagnosticReport", change, kind)
    assert [(one.where.path, one.message) for one in found.issues] == [(f"{path}.text", LESS)]


@pytest.mark.parametrize("kind", KINDS)
def test_words_that_a_server_takes_away_are_not_missed(kind: str) -> None:
    found, _ = changed(
        "Composition", lambda one: [part.pop("text", None) for part in one["section"] if "entry" in part], kind
    )
    assert (found.draft is not None, found.issues) == (True, ())


TIMES = {
    "DiagnosticReport": ("effectiveDateTime", "effective.ofType(dateTime)"),
    "Observation": ("effectiveDateTime", "effective.ofType(dateTime)"),
    "Composition": ("date", "date"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", TIMES)
def test_another_time_is_said_once_where_it_stands(type_: str, kind: str) -> None:
    element, shown = TIMES[type_]
    names = (element, "hasMember") if type_ == "Observation" else (element,)
    found, path = changed(type_, lambda one: one.update({element: OTHER}), kind, *names)
    assert found.draft is not None
    assert [(one.where.path, one.message) for one in found.issues] == [(f"{path}.{shown}", TIME)]


def test_another_time_of_the_study_is_said_once_at_the_report() -> None:
    found, _ = changed("ImagingStudy", lambda one: one.update(started=OTHER))
    assert found.context is not None
    assert found.context.studies[0].started == OTHER
    (issue,) = found.issues
    assert issue.where.path.endswith("effective.ofType(dateTime)")


@pytest.mark.parametrize(
    ("type_", "element"),
    [("DiagnosticReport", "effectiveDateTime"), ("DiagnosticReport", "issued"), ("Observation", "effectiveDateTime")],
)
def test_a_time_that_is_not_there_is_no_other_one(type_: str, element: str) -> None:
    names = (element, "hasMember") if type_ == "Observation" else (element,)
    found, _ = changed(type_, lambda one: one.pop(element), KINDS[0], *names)
    assert found.draft is not None
    assert TIME not in [one.message for one in found.issues]


def test_where_no_study_says_when_it_was_the_report_does() -> None:
    found, _ = changed("ImagingStudy", lambda one: one.pop("started"))
    assert found.draft is not None
    assert TIME not in [one.message for one in found.issues]


@pytest.mark.parametrize("state", ["active", "completed", "intended", "unknown"])
def test_a_drug_in_another_state_than_the_answer_beside_it_is_said(state: str) -> None:
    stated: list[str] = []

    def change(statement: Json) -> None:
        stated.append(statement["status"])
        statement["status"] = state

    found, path = changed("MedicationStatement", change)
    assert found.draft is not None
    said = [] if stated == [state] else [("answer-not-restored", f"{path}.status")]
    assert [(one.rule_id, one.where.path) for one in found.issues] == said


@pytest.mark.parametrize("code", ["taking", "not-taking", "unknown"])
def test_a_drug_that_is_taken_otherwise_than_answered_is_said(code: str) -> None:
    stated: list[str] = []

    def change(statement: Json) -> None:
        (coding,) = statement["adherence"]["code"]["coding"]
        stated.append(coding["code"])
        coding["code"] = code
        coding.pop("display", None)

    found, path = changed("MedicationStatement", change, "fhir-r5-transaction")
    assert found.draft is not None
    said = [] if stated == [code] else [("answer-not-restored", f"{path}.adherence")]
    assert [(one.rule_id, one.where.path) for one in found.issues] == said


def test_what_is_read_is_the_answer() -> None:
    plain, _ = changed("MedicationStatement", lambda one: one)
    found, _ = changed("MedicationStatement", lambda one: one.update(status="intended"))
    assert (found.draft, plain.issues) == (plain.draft, ())


@pytest.mark.parametrize("piece", [b"<", b"<head", b"<br", b"&", b" "])
def test_a_presented_report_of_pieces_without_an_end_is_read_once(piece: bytes) -> None:
    """Were each piece looked through to the end, this would go on for days."""

    def change(report: Json) -> None:
        form = report["presentedForm"][0]
        form |= {"data": base64.b64encode(piece * 1_000_000).decode()}
        for element in ("hash", "size"):
            form.pop(element)

    found, path = changed("DiagnosticReport", change)
    assert (f"{path}.conclusion", WORDS) in [(one.where.path, one.message) for one in found.issues]


def test_of_several_reports_nothing_follows() -> None:
    """They are refused elsewhere; each held against all that was seen would cost by the square."""
    content = in_kind(in_state(complete(), ReportStatus.FINAL), fhir.KINDS[KINDS[0]])
    assert content is not None
    bundle = read_json(content)
    (report,) = [one for one in bundle["entry"] if one["resource"]["resourceType"] == "DiagnosticReport"]
    report["resource"]["conclusion"] = "Other words."
    version = VERSIONS[fhir.KINDS[KINDS[0]].version.value]
    assert [one.message for one in derived(view(bundle, version))] == [WORDS]
    bundle["entry"].append({**report, "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001"})
    assert list(derived(view(bundle, version))) == []
