"""Any narrative reads back, and whatever is changed in it is found."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.context import Focus
from emh_report.draft import Boolean, Coded, DateTime, Text
from emh_report.export.narrative import narrate, paste_section
from emh_report.export.narrative.readback import compare, html_paragraphs, read_back, text_paragraphs
from emh_report.export.narrative.readback.references import told_groups
from emh_report.export.narrative.readback.repeats import said_once
from emh_report.export.narrative.readback.surroundings import name
from emh_report.export.narrative.sections import PASTED
from emh_report.report import Report, ReportGroup
from tests.drawing import draws
from tests.narrative_samples import CONTEXT, Answers, group, report_of
from tests.strategies import reports
from tests.test_readback import altered

FEW = draws(40)
"""A report has many places to go wrong in, so that few reports are enough."""

# --- any report ------------------------------------------------------------------------------------------------------


@given(st.booleans().flatmap(lambda honest: reports(honest=honest)))
def test_every_narrative_reads_back(report: Report) -> None:
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    assert read_back(report, paste_section(report), PASTED) == []
    for part in narrative.sections:
        assert text_paragraphs(part.text) == html_paragraphs(part.html)


def told(report: Report) -> Iterator[tuple[ReportGroup, str]]:
    """Every group of a report with the paragraph that tells it."""
    for part in narrate(report).sections:
        here = [g for g in said_once(told_groups(report)) if g.items and g.definition.section == part.section.code]
        groups = [g for g in here if list(compare(g, "", report.template, name(g, report)))]
        paragraphs = text_paragraphs(part.text)
        yield from zip(groups, paragraphs[len(paragraphs) - len(groups) :], strict=True)


def wrong(report: Report, found: tuple[ReportGroup, str], paragraph: str) -> bool:
    """Whether a paragraph that is not the one of the report is found out."""
    group, faithful = found
    return paragraph == faithful or list(compare(group, paragraph, report.template, name(group, report))) != []


@FEW
@given(reports(), st.data())
def test_any_changed_digit_is_found(report: Report, data: st.DataObject) -> None:
    places = [(pair, match) for pair in told(report) for match in re.finditer(r"[0-9]", pair[1])]
    if places:
        pair, match = data.draw(st.sampled_from(places))
        digit = data.draw(st.sampled_from("0123456789"))
        assert wrong(report, pair, f"{pair[1][: match.start()]}{digit}{pair[1][match.end() :]}")


@FEW
@given(reports(), st.data())
def test_any_missing_word_is_found(report: Report, data: st.DataObject) -> None:
    places = [(pair, match) for pair in told(report) for match in re.finditer(r"\b[A-Za-z]+\b", pair[1])]
    places = [(pair, match) for pair, match in places if match[0] != "and"]
    if places:
        pair, match = data.draw(st.sampled_from(places))
        assert wrong(report, pair, f"{pair[1][: match.start()]}{pair[1][match.end() :]}")


@pytest.mark.parametrize("answers", [{"body_region": "head"}, {"exam_date": DateTime("2024-05-06")}])
def test_an_examination_that_lost_its_noun_is_found(answers: Answers) -> None:
    report = report_of(group("procedure", **answers))
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    assert read_back(report, altered(narrative, "Examination ", "")) != []


@FEW
@given(reports(), st.data())
def test_any_invented_finding_is_found(report: Report, data: st.DataObject) -> None:
    for pair in told(report):
        fields = pair[0].definition.fields.values()
        phrases = [term.phrase for field in fields if field.vocabulary for term in field.vocabulary.terms.values()]
        invented = data.draw(st.sampled_from(phrases)) if phrases else "lesion"
        end = data.draw(st.sampled_from([f" {invented}.", f" No {invented}.", f" Suspected {invented}."]))
        assert wrong(report, pair, f"{pair[1]}{end}")


def test_whom_the_findings_are_of_is_read_too() -> None:
    context = replace(CONTEXT, focus=Focus.FETUS)
    fetal = report_of(group("organ", "l", organ="liver"), template="emh-perinatal", context=context)
    narrative = narrate(fetal)
    assert read_back(fetal, narrative) == []
    assert read_back(fetal, altered(narrative, "refer to the fetus", "refer to the patient")) != []


def test_discrepancies_do_not_repeat_what_was_typed() -> None:
    secret = group("finding", "a", presence="present", site=Coded("other", text="Secret"), remark=Text("Hidden 99"))
    report = report_of(secret)
    narrative = altered(altered(narrate(report), "Secret", "Else"), "Hidden 99", "Other 98")
    found = read_back(report, narrative)
    assert found
    assert not any(word in entry for entry in found for word in ("Secret", "Else", "Hidden", "Other", "9"))


@pytest.mark.parametrize("side", ["left", "unspecified"])
def test_the_same_side_of_two_things_reads_back(side: str) -> None:
    """One goes on from what it is the side of, the other has nothing to go on from and names its question."""
    found = group("head", brain_edema_side=side, optic_nerve="displaced", optic_nerve_side=side)
    report = report_of(found, template="emh-mri-brain-hn")
    assert read_back(report, narrate(report)) == []


@pytest.mark.parametrize("remark", ["", "more on the vertex", "{{ 7*7 }}"])
@pytest.mark.parametrize("side", ["left", "right", "bilateral", "midline"])
def test_a_side_with_a_remark_reads_back(side: str, remark: str) -> None:
    edema = group("head", brain_edema="vasogenic", brain_edema_side=Coded(side, text=remark))
    report = report_of(edema, template="emh-mri-brain-hn")
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    assert not remark or f"({remark})" in narrative.text
    other = altered(narrative, "vasogenic edema", "vasogenic edema on the wrong side")
    assert read_back(report, other) != []


def test_a_group_with_nothing_to_say_has_no_paragraph() -> None:
    action = group("recommendation", "one", recommendation="tc-99m-sc-scan")
    report = report_of(action, group("recommendation", "two", bleeding_caution=Boolean(value=False)))
    assert [found.uid for found, _ in told(report)] == ["one"]
