"""The narrative as a document: what stands around the answers, and that nothing typed can change how it is read."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from emh_report.catalog import load_catalog
from emh_report.context import Context, Focus, ReportStatus
from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    Group,
    Integer,
    Item,
    Levels,
    Override,
    Quantity,
    ReportMode,
    Text,
    Value,
)
from emh_report.export.narrative import narrate, paste_section
from emh_report.report import Report
from tests.narrative_samples import CONTEXT, code, critical, group, report_of, section, told
from tests.strategies import TRAPS, reports

ALLOWED = {"div", "p", "b", "ul", "ol", "li", "br"}
"""What the fragments use of the elements that a FHIR narrative may have (R4, narrative.html)."""
NEW_FORM = """
id = "site-form"
title = "Form of a site"
version = "1.0.0"
description = "Fields that no code knows."
study_types = []
sections = ["procedure", "findings"]

[[group]]
use = ["procedure"]

[[group]]
id = "gallbladder-check"
title = "Gallbladder check"
section = "findings"
repeats = true
  [[group.field]]
  id = "stones"
  label = "Stones"
  kind = "boolean"
  [[group.field]]
  id = "wall"
  label = "Wall thickness"
  kind = "quantity"
  units = ["mm"]
  [[group.field]]
  id = "bile-level"
  label = "T2 level"
  kind = "levels"
  [[group.field]]
  id = "polyps"
  label = "Polyps"
  kind = "integer"
  [[group.field]]
  id = "sludge"
  label = "Sludge"
  kind = "coded"
  vocabulary = "presence"
  [[group.field]]
  id = "seen"
  label = "Seen on"
  kind = "date"
  [[group.field]]
  id = "in-words"
  label = "In words"
  kind = "text"
"""


def parsed(html: str) -> ET.Element:
    return ET.fromstring(html.removeprefix("<!DOCTYPE html>"))  # noqa: S314 - our own output


def with_status(status: ReportStatus) -> Context:
    return replace(CONTEXT, report=replace(CONTEXT.report, status=status))


def as_status(report: Report, status: ReportStatus) -> Report:
    """The same answers in another state, whether or not they would be released in it."""
    return replace(report, context=with_status(status))


def test_header_and_signature() -> None:
    report = report_of(group("procedure", modality="CT"))
    text = narrate(as_status(report, ReportStatus.FINAL)).text
    assert text.splitlines()[:6] == [
        "EXTRAMEDULLARY HEMATOPOIESIS: CT",
        "",
        "Patient: Doe, Jane M.; born 1980-05-06; female; P-7 (urn:example:pid)",
        "Order: accession number A-77 (urn:example:acc); CT trunk; reason: masses?",
        "Study: 2026-05-04 09:12 (UTC+02:00); CT; CT trunk; Study Instance UID 1.2.840.1",
        "Report: R-1 (urn:example:report); version 2; final",
    ]
    assert text.splitlines()[-3:] == [
        "Author: Roe, Richard; D1 (urn:example:staff)",
        "Signed by: Poe, Paula; D2 (urn:example:staff)",
        "Date and time: 2026-05-04 11:02 (UTC)",
    ]


def test_an_author_without_a_supervisor_signs() -> None:
    report = as_status(report_of(group("procedure", modality="CT")), ReportStatus.FINAL)
    text = narrate(replace(report, context=replace(report.context, supervisor=None))).text
    assert text.splitlines()[-2] == "Signed by: Roe, Richard; D1 (urn:example:staff)"
    assert "Poe, Paula" not in text


@pytest.mark.parametrize(
    ("status", "banner", "author"),
    [
        (ReportStatus.DRAFT, "*** DRAFT", "Author (not signed)"),
        (ReportStatus.PRELIMINARY, "*** PRELIMINARY REPORT", "Author (not signed)"),
        (ReportStatus.CORRECTED, "*** CORRECTED REPORT", "Author"),
        (ReportStatus.APPENDED, "*** APPENDED REPORT", "Author"),
        (ReportStatus.CANCELLED, "*** CANCELLED REPORT", "Author"),
        (ReportStatus.ENTERED_IN_ERROR, "*** ENTERED IN ERROR", "Author"),
    ],
)
def test_a_state_that_is_not_final_is_said_first(status: ReportStatus, banner: str, author: str) -> None:
    text = narrate(as_status(report_of(group("procedure", modality="CT")), status)).text
    assert text.splitlines()[1].startswith(banner)
    assert f"\n{author}: Roe, Richard" in text


def test_test_data_and_fetus_are_said() -> None:
    context = replace(CONTEXT, focus=Focus.FETUS, test_data=True)
    narrative = narrate(report_of(group("organ", organ="liver"), template="emh-perinatal", context=context))
    assert "*** TEST DATA: no real patient ***" in narrative.text
    assert "Patient (mother): Doe" in narrative.text
    assert section(narrative, "findings").splitlines()[0] == "All findings refer to the fetus."


def test_an_incomplete_report_says_what_is_missing_and_what_was_typed() -> None:
    lesion = group("finding", "a", presence="present", site="paraspinal-thoracic", size=Quantity("4,200", "mm"))
    text = narrate(report_of(lesion, group("organ", "s", organ="spleen", organ_side="nowhere"))).text
    missing = text.partition("INCOMPLETE REPORT\nWithout an answer:\n")[2]
    assert "  - Lesion, vertebral levels\n" in missing
    assert "  - Spleen\n" in missing
    assert "  - Organ, liver\n" in missing
    typed = missing.partition("Not accepted, as typed:\n")[2]
    assert "  - Lesion, Size: 4,200 mm\n" in typed
    assert "  - Spleen, Side: nowhere\n" in typed
    assert "INCOMPLETE" not in narrate(as_status(report_of(lesion), ReportStatus.FINAL)).text


def test_warnings_that_were_kept_are_said_with_their_reason() -> None:
    spleen = group("organ", "s", organ="spleen", spleen_state="enlarged", spleen_length=Quantity("90", "mm"))
    plain = report_of(spleen)
    warning = next(issue for issue in plain.issues if issue.overridable and issue.where.group_uid == "s")
    kept = report_of(spleen, overrides=(Override(warning.rule_id, "s", "small patient\nsee growth chart"),))
    text = narrate(kept).text.partition("WARNINGS THAT WERE KEPT\n")[2]
    assert f"({warning.rule_id}). Reason given: small patient\n  see growth chart.\n" in text
    assert "WARNINGS THAT WERE KEPT" not in narrate(plain).text


def test_a_companion_hands_over_who_was_told() -> None:
    call = group(
        "communication",
        communicated_by=Text("Dr. Poe"),
        communicated_to=Text("Dr. Moe"),
        communication_method="in-person",
    )
    pasted = paste_section(report_of(critical("communicated"), call, mode=ReportMode.COMPANION))
    assert "by Dr. Poe to Dr. Moe by personal contact" in section(pasted, "communication")
    assert "COMMUNICATION\n" in pasted.text


def test_a_companion_hands_over_findings_impression_and_recommendation() -> None:
    report = report_of(
        group("procedure", modality="CT"),
        group("organ", organ="liver", liver_state="normal"),
        group("impression", emh_conclusion="absent"),
        group("recommendation", recommendation="no-further"),
        mode=ReportMode.COMPANION,
    )
    pasted = paste_section(report)
    assert [part.section.code for part in pasted.sections] == ["findings", "impression", "recommendation"]
    assert "Doe" not in pasted.text + pasted.html
    assert "Roe" not in pasted.text + pasted.html
    assert "PRELIMINARY" in pasted.text
    assert "No extramedullary hematopoiesis." in pasted.text


# --- fields that no code knows ---------------------------------------------------------------------------------------


def test_fields_added_as_data_are_narrated(tmp_path: Path) -> None:
    (tmp_path / "site-form.toml").write_text(NEW_FORM, encoding="utf-8")
    answers: dict[str, Value] = {
        "stones": Boolean(value=True),
        "wall": Quantity("3.50", "mm"),
        "bile-level": Levels("L1", "L2"),
        "polyps": Integer(2),
        "sludge": Coded("absent"),
        "seen": Date("2024"),
        "in-words": Text("fine"),
        "remark": Text("nothing else"),
    }
    first = Group("gallbladder-check", "a", tuple(Item(field, value) for field, value in answers.items()))
    second = Group("gallbladder-check", "b", (Item("stones", Boolean(value=False)), Item("wall", Absent.UNKNOWN)))
    report = report_of(first, second, template="site-form", of=load_catalog([tmp_path]))
    assert section(narrate(report), "findings") == (
        "Gallbladder check 1: Stones: yes. Wall thickness: 3.50 mm. T2 level: L1–L2. Polyps: 2. No sludge. "
        "Seen on: 2024. In words: fine. Remark: nothing else.\n"
        "Gallbladder check 2: Stones: no. Wall thickness unknown."
    )


# --- what is typed is only ever text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("trap", TRAPS)
def test_typed_text_is_neither_template_nor_markup(trap: str) -> None:
    narrative = narrate(report_of(group("clinical", indication=Text(trap))))
    assert trap.replace("\n", "\n  ") in section(narrative, "clinical")
    html = next(part.html for part in narrative.sections)
    assert trap.replace("\n", "") in "".join(parsed(f"<div>{html}</div>").itertext())
    assert "<b>bold" not in narrative.html


def test_typed_text_cannot_look_like_a_heading_or_another_paragraph() -> None:
    text = told(group("clinical", indication=Text("pain\n\nIMPRESSION\r\nNo lesion.\u2028End")))
    assert text == "Indication: pain\n  IMPRESSION\n  No lesion.\n  End."


def test_a_context_from_other_systems_is_made_visible() -> None:
    patient = replace(CONTEXT.patient, family="Do\u202ee\x00")
    narrative = narrate(report_of(group("procedure", modality=code("CT")), context=replace(CONTEXT, patient=patient)))
    assert r"Do\u202ee\u0000" in narrative.text
    parsed(narrative.html)


@given(reports(honest=False))
def test_every_narrative_is_well_formed(report: Report) -> None:
    for narrative in (narrate(report), paste_section(report)):
        page = parsed(narrative.html)
        assert page.find(".//{*}script") is None
        for part in narrative.sections:
            elements = list(parsed(f"<div>{part.html}</div>").iter())
            assert {element.tag for element in elements} <= ALLOWED
            assert not any(element.attrib for element in elements)
            assert part.text.endswith("\n")
            assert part.text.strip()
