"""Why an answer cannot be read, in the language of the page: every reason that a form can meet is a phrase."""

from __future__ import annotations

import pytest

from emh_report import earlier
from emh_report.phrases import Phrase
from emh_report.web.language import GERMAN
from emh_report.web.messages import messages, too_large
from emh_report.web.reasons import (
    ACCEPTED,
    COMMA,
    DATE,
    GROUPED,
    KINDS,
    MOMENT,
    PRIORS,
    READING,
    SLASHES,
    STORING,
    UNUSED,
)
from emh_report.web.sheet import blank, from_pairs, to_draft
from tests.web_service import desk, studies

STUDY = studies()["spine-mr"]
LESION = ("entry", "finding.1 lesion-a")
EXAM = ("entry", "procedure.1 procedure")


def said(*pairs: tuple[str, str]) -> list[str]:
    """Return what is said of errors and hints, in German where it is a phrase."""
    plan = desk().plan("emh-mri-spine")
    sheet = from_pairs(plan, pairs)
    found = messages(sheet, desk().review(sheet, STUDY.context).verdict.issues, desk().index)
    return [GERMAN.say(message.text) for message in found if isinstance(message.text, Phrase)]


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([LESION, ("finding.1.size", "1,200 mm")], "mehrdeutig"),
        ([LESION, ("finding.1.size", "big mm")], "keine Dezimalzahl"),
        ([LESION, ("finding.1.size", "12")], "Die Einheit fehlt"),
        ([LESION, ("finding.1.size", "12 miles")], "keine Einheit"),
        ([LESION, ("finding.1.size", "1 x 2 x 3 x 4 mm")], "eine bis drei Achsen"),
        ([LESION, ("finding.1.size", "0 mm")], "größer als null"),
        ([LESION, ("finding.1.size", "99999 mm")], "außerhalb von"),
        ([LESION, ("finding.1.levels", "Z9")], "keine Wirbelhöhe"),
        ([LESION, ("finding.1.levels", "T9-T5")], "kranial"),
        ([LESION, ("finding.1.presence", "Present"), ("finding.1.presence", "Absent")], "nur eine Antwort"),
        ([EXAM, ("procedure.1.exam-date", "03/04/2025")], "nicht zu unterscheiden"),
        ([EXAM, ("procedure.1.exam-date", "31.02.2025")], "30.04.2025"),
        ([EXAM, ("procedure.1.exam-date", "30.04.2025 14:05")], "Zeitzone"),
        ([("entry", "clinical.1 clinical"), ("clinical.1.splenectomy", "perhaps")], "Ja oder Nein"),
        ([LESION, ("finding.1.site", "Other (free text required): ")], "bitte in Worten angeben"),
        ([LESION, ("finding.1.site", "nowhere at all")], "nicht in der Liste"),
        ([LESION, ("finding.1.image", "series -3 image 4")], "nicht negativ"),
        (
            [
                ("entry", "clinical.1 clinical"),
                ("clinical.1.symptom", "No symptoms"),
                ("clinical.1.symptom", "Back pain"),
            ],
            "Symptoms and signs: neben 'no symptoms' ist keine andere Antwort möglich",
        ),
        ([("keep.S07.lesion-a", "because")], "nicht mehr vorhanden"),
        ([], "Underlying cause: mindestens 1 nötig"),
    ],
)
def test_what_cannot_be_read_is_told_in_german(pairs: list[tuple[str, str]], words: str) -> None:
    assert any(words in one for one in said(*pairs)), said(*pairs)


@pytest.mark.parametrize(
    "known",
    [*READING, *STORING, *PRIORS, *KINDS.values(), *ACCEPTED, COMMA, GROUPED, DATE, SLASHES, MOMENT, UNUSED],
    ids=str,
)
def test_german_has_words_for_it(known: Phrase) -> None:
    assert GERMAN.say(known) != known


def test_what_cannot_be_stored_is_told_in_german() -> None:
    plan = desk().plan("emh-mri-spine")
    for text in ("x" * 30_000, "a\u202eb"):
        sheet = from_pairs(plan, [LESION, ("finding.1.remark", text)])
        (message,) = too_large(sheet, desk().violations(to_draft(sheet, desk().words)))
        assert isinstance(message.text, Phrase)
        assert GERMAN.say(message.text) != message.text


def test_every_doubt_about_an_earlier_report_is_a_phrase() -> None:
    assert {*PRIORS} == {earlier.DATED, earlier.DIFFERENT, earlier.UNREADABLE, *earlier.ABOUT.values()}


def test_what_a_rule_says_stays_as_it_is() -> None:
    plan = desk().plan("emh-mri-spine")
    sheet = from_pairs(plan, [("entry", "critical.1 critical"), ("critical.1.critical-present", "yes")])
    found = messages(sheet, desk().review(sheet, STUDY.context).verdict.issues, desk().index)
    rule = next(message for message in found if message.rule_id == "S18")
    assert not isinstance(rule.text, Phrase)


def test_what_is_missing_is_listed_in_the_order_of_the_form() -> None:
    sheet = blank(desk().plan("emh-mri-spine"))
    found = messages(sheet, desk().review(sheet, STUDY.context).verdict.issues, desk().index)
    missing = [message.target.split(".")[0] for message in found if message.kind == "missing"]
    order = list(dict.fromkeys(entry.definition.id for entry in sheet.entries))
    asked = [group for group in missing if group in order]
    assert asked == sorted(asked, key=order.index)
    assert asked[0] == "procedure"
