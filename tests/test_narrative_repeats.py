"""The narrative: a finding and the complication that it implies are said once, and neither is lost.

A complication that is not named denies nothing, and a no that needs no words is silent.
"""

import pytest

from emh_report.draft import Absent, Boolean, Group, Integer, Quantity
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from tests.narrative_samples import Answer, Answers, report_of, section, told
from tests.narrative_samples import group as made
from tests.test_readback import altered

HEAD = "emh-mri-brain-hn"
YES = Boolean(value=True)


def complication(what: str, presence: str = "present", **more: Answer) -> Group:
    return made("complication", complication=what, complication_presence=presence, **more)


def organ(name: str, **answers: Answer) -> Group:
    return made("organ", organ=name, **answers)


ONCE: dict[str, tuple[list[Group], list[str]]] = {
    "a valve": (
        [organ("heart", tricuspid_regurgitation="severe"), complication("tricuspid-regurgitation")],
        ["Heart: severe tricuspid regurgitation."],
    ),
    "a side": (
        [
            organ("kidney", organ_side="left", hydronephrosis="2"),
            complication("hydronephrosis", complication_side="left"),
        ],
        ["Left kidney: SFU grade 2 hydronephrosis."],
    ),
    "a shift with its number": (
        [made("head", midline_shift=Quantity("6", "mm")), complication("midline-shift")],
        ["Head and neck: midline shift 6 mm."],
    ),
    "a side of its own": (
        [
            made("head", brain_edema="vasogenic", brain_edema_side="right", brain_edema_location="frontal-lobe"),
            complication("vasogenic-edema", complication_side="right"),
        ],
        ["Head and neck: vasogenic edema on the right in the frontal lobe."],
    ),
    "a doubt": (
        [
            organ("pleura", organ_side="right", effusion_size="large", hemothorax="suspected"),
            complication("hemothorax", "suspected", complication_side="right"),
        ],
        ["Right pleura: large amount of fluid, suspected hemothorax."],
    ),
    "a complication that says more": (
        [
            organ("pleura", organ_side="left", effusion_size="large", hemothorax="present"),
            complication("hemothorax", complication_side="left", complication_severity="massive"),
        ],
        ["Left pleura: large amount of fluid.", "Left hemothorax, massive."],
    ),
    "a yes": (
        [
            organ("pleura", organ_side="left", effusion_size="large", active_bleeding=YES),
            complication("active-bleeding", complication_side="left"),
        ],
        ["Left pleura: large amount of fluid. There is active bleeding."],
    ),
}
TWICE: dict[str, list[Group]] = {
    "the other side": [
        organ("kidney", organ_side="left", hydronephrosis="2"),
        complication("hydronephrosis", complication_side="right"),
    ],
    "no finding": [
        organ("kidney", organ_side="left", hydronephrosis="0"),
        complication("hydronephrosis", complication_side="left"),
    ],
    "a finding that is in doubt": [
        organ("pleura", organ_side="left", hemothorax="suspected"),
        complication("hemothorax", complication_side="left"),
    ],
    "a complication that is not there": [
        organ("pleura", organ_side="left", hemothorax="absent"),
        complication("hemothorax", "absent", complication_side="left"),
    ],
    "a yes that names the organ of more": [
        organ("pleura", organ_side="left", effusion_size="large", active_bleeding=YES),
        complication("active-bleeding", complication_side="left", complication_severity="severe"),
    ],
    "a yes in doubt": [organ("pleura", active_bleeding=YES), complication("active-bleeding", "suspected")],
    "a yes of signs": [organ("heart", rv_strain=YES), complication("right-ventricular-strain")],
    "no shift": [made("head", midline_shift=Quantity("0", "mm")), complication("midline-shift")],
    "all that an organ has to say": [
        organ("pleura", organ_side="left", hemothorax="present"),
        complication("hemothorax", complication_side="left", complication_severity="massive"),
    ],
    "more on both": [
        organ("kidney", organ_side="left", hydronephrosis="2"),
        complication("hydronephrosis", complication_side="left", complication_episodes=Integer(2)),
    ],
}


@pytest.mark.parametrize(("groups", "expected"), ONCE.values(), ids=ONCE)
def test_what_a_finding_says_is_not_said_again(groups: list[Group], expected: list[str]) -> None:
    report = report_of(*groups, template=HEAD if groups[0].group_id == "head" else "emh-ct-body")
    narrative = narrate(report)
    assert section(narrative, "findings").splitlines() == expected
    assert read_back(report, narrative) == []


@pytest.mark.parametrize("groups", TWICE.values(), ids=TWICE)
def test_what_is_not_the_same_is_said_by_each(groups: list[Group]) -> None:
    report = report_of(*groups, template=HEAD if groups[0].group_id == "head" else "emh-ct-body")
    narrative = narrate(report)
    assert len(section(narrative, "findings").splitlines()) == len(groups)
    assert read_back(report, narrative) == []


@pytest.mark.parametrize(("groups", "expected"), ONCE.values(), ids=ONCE)
def test_the_one_that_says_it_has_to(groups: list[Group], expected: list[str]) -> None:
    """Nothing is waived: without its words in the paragraph that is left the narrative does not read back."""
    report = report_of(*groups, template=HEAD if groups[0].group_id == "head" else "emh-ct-body")
    name = next(
        word
        for word in ("regurgitation", "hydronephrosis", "shift", "edema", "hemothorax", "bleeding")
        if word in expected[-1]
    )
    assert read_back(report, altered(narrate(report), name, "")) != []


def test_a_finding_twice_is_not_taken_for_once() -> None:
    """A narrative that says the complication again is one paragraph too long."""
    groups = [organ("heart", tricuspid_regurgitation="severe"), complication("tricuspid-regurgitation")]
    report = report_of(*groups)
    once, both = narrate(report), narrate(report_of(groups[0], complication("pulmonary-hypertension")))
    assert read_back(report, once) == []
    assert read_back(report, both) != []


def test_a_bleeding_that_is_denied_is_said() -> None:
    denied = organ("pleura", organ_side="left", active_bleeding=Boolean(value=False), effusion_size="none")
    report = report_of(denied, complication("hemothorax", "absent", complication_side="left"))
    assert section(narrate(report), "findings").splitlines() == [
        "Left pleura: no fluid. No active bleeding.",
        "No left hemothorax.",
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"complication_presence": "absent"}, "Unnamed complication: absent."),
        (
            {"complication": Absent.NOT_EVALUABLE, "complication_presence": "absent"},
            "Unnamed complication: absent. Complication not evaluable.",
        ),
        (
            {"complication": Absent.UNKNOWN, "complication_presence": "absent", "complication_side": "bilateral"},
            "Unnamed complication: absent on both sides. Complication unknown.",
        ),
        (
            {"complication": Absent.UNKNOWN, "complication_presence": "suspected"},
            "Suspected complication. Complication unknown.",
        ),
    ],
)
def test_a_complication_that_is_not_named_is_no_denial_of_all(answers: Answers, expected: str) -> None:
    entry = made("complication", **answers)
    assert told(entry) == expected
    report = report_of(entry)
    assert read_back(report, narrate(report)) == []


def test_a_no_that_needs_no_words_leaves_no_full_stop_behind() -> None:
    report = report_of(made("recommendation", bleeding_caution=Boolean(value=False)))
    narrative = narrate(report)
    assert "RECOMMENDATION" not in narrative.text
    assert read_back(report, narrative) == []
