"""The narrative: a side is said once, and never so that it may be read as another one."""

import pytest

from emh_report.draft import Boolean, Coded, Group, Levels, Text
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from tests.narrative_samples import Answer, Answers, group, report_of, section, told
from tests.test_readback import altered


def complication(what: Answer, presence: str, **more: Answer) -> Group:
    answers = {f"complication_{name}": value for name, value in more.items()}
    return group("complication", complication=what, complication_presence=presence, **answers)


SIDES: dict[str, tuple[Group, str, tuple[str, str]]] = {
    "absent on both sides": (
        complication("hydronephrosis", "absent", side="bilateral"),
        "No hydronephrosis on either side.",
        (" on either side", ""),
    ),
    "absent on both sides at a level": (
        complication("obstructive-uropathy", "absent", side="bilateral", levels=Levels("L3", "L3")),
        "No obstructive uropathy at L3 on either side.",
        ("on either side", "on the left"),
    ),
    "absent on both sides, with a name that grades": (
        complication("tricuspid-regurgitation", "absent", side="bilateral"),
        "Severe tricuspid regurgitation: absent on both sides.",
        (" on both sides", ""),
    ),
    "absent on both sides, with a note": (
        complication([Coded("pleural-effusion")], "absent", side=[Coded("bilateral", text="supine")]),
        "No pleural effusion, bilateral (supine).",
        ("bilateral", "left"),
    ),
    "absent on one side": (
        complication("hydronephrosis", "absent", side="left"),
        "No left hydronephrosis.",
        ("left", "right"),
    ),
    "there on both sides": (
        complication("hydronephrosis", "present", side="bilateral"),
        "Bilateral hydronephrosis.",
        ("Bilateral ", ""),
    ),
    "a shift": (
        complication("mediastinal-shift", "present", side="left"),
        "Mediastinal shift to the left.",
        ("to the left", "to the right"),
    ),
    "no shift": (
        complication("mediastinal-shift", "absent", side="right"),
        "No mediastinal shift to the right.",
        ("to the right", "to the left"),
    ),
    "a shift with a note": (
        complication([Coded("midline-shift", text="of the falx")], "suspected", side="right"),
        "Suspected midline shift to the right (of the falx).",
        ("to the right ", ""),
    ),
    "a complication that was typed with its side": (
        complication([Coded("other", text="Swelling of both legs")], "present", side="bilateral"),
        "Swelling of both legs.",
        ("both legs", "legs"),
    ),
    "a shift that has no direction": (
        complication("mediastinal-shift", "present", side="bilateral"),
        "Bilateral mediastinal shift.",
        ("Bilateral ", ""),
    ),
}


@pytest.mark.parametrize(("said", "expected", "mistake"), SIDES.values(), ids=SIDES)
def test_a_complication_says_its_side(said: Group, expected: str, mistake: tuple[str, str]) -> None:
    report = report_of(said)
    narrative = narrate(report)
    assert section(narrative, "findings") == expected
    assert read_back(report, narrative) == []
    assert read_back(report, altered(narrative, *mistake)) != []


@pytest.mark.parametrize(
    ("typed", "side", "expected"),
    [
        ("left orbital fat", "left", "left orbital fat"),
        ("fat of the Left orbit", "left", "fat of the Left orbit"),
        ("fat of both orbits", "bilateral", "fat of both orbits"),
        ("Left-sided orbital fat", "left", "Left-sided orbital fat"),
        ("orbital fat (left)", "left", "orbital fat (left)"),
        ("orbital fat", "left", "left orbital fat"),
        ("left orbital fat", "right", "right left orbital fat"),
        ("fat between right and left orbit", "left", "left fat between right and left orbit"),
        ("leftover fat", "left", "left leftover fat"),
    ],
)
def test_a_place_that_was_typed_with_its_side_does_not_get_it_again(typed: str, side: str, expected: str) -> None:
    answers: Answers = {"site": [Coded("other", text=typed)], "laterality": side, "emh_certainty": "likely"}
    stated = group("impression", emh_conclusion="present", conclusion_certainty="likely")
    found = [group("finding", presence="present", **answers), group("clinical", symptom="visual-loss"), stated]
    report = report_of(*found)
    narrative = narrate(report)
    assert f"Lesion: {expected}." in narrative.text
    assert f" in the {expected} " in section(narrative, "impression")
    assert read_back(report, narrative) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("If fever occurs", "Hematology referral, if fever occurs."),
        ("fever occurs", "Hematology referral, if fever occurs."),
        ("If", "Hematology referral, if If."),
        ("iffy signs", "Hematology referral, if iffy signs."),
    ],
)
def test_a_condition_says_if_once(typed: str, expected: str) -> None:
    said = group("recommendation", recommendation="hematology-referral", recommendation_contingency=Text(typed))
    assert told(said) == expected
    report = report_of(said)
    assert read_back(report, narrate(report)) == []
    assert read_back(report, altered(narrate(report), typed[-4:], "x")) != []


def test_a_critical_finding_of_a_lesion_that_is_absent_says_so_with_the_lesion() -> None:
    yes = Boolean(value=True)
    answers: Answers = {"presence": "absent", "site": "epidural-spinal", "cord_compression": yes}
    one, two = (group("finding", uid, **answers) for uid in "ab")
    for found, where in (([one], "lesion stated absent"), ([one, two], "lesion 1, stated absent")):
        report = report_of(*found)
        label = f"Compression of cord or cauda equina ({where}, spinal epidural space)"
        assert report.critical[0].label == label
        assert read_back(report, narrate(report)) == []
        assert read_back(report, altered(narrate(report), "stated absent, ", "")) != []
    assert "No lesion:" not in narrate(report).text
