"""What somebody has to be told, in the words of the answers: polarity, side and level, every fact once."""

from pathlib import Path

import pytest

from emh_report.catalog import load_catalog
from emh_report.draft import Absent, Boolean, Coded, Group, Levels, Quantity, Text
from emh_report.errors import CatalogError
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from tests.fhir_json import export, resources
from tests.narrative_samples import Answers, code, group, report_of

MR = group("procedure", modality="MR")
YES = Boolean(value=True)
CORD: Answers = {"presence": "present", "site": "epidural-spinal", "cord_compression": YES}


def labels(*groups: Group, template: str = "emh-ct-body") -> list[str]:
    """Return urgency and words of every critical finding; the narrative says each, and reads back."""
    report = report_of(*groups, template=template)
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    assert all(finding.label in narrative.text for finding in report.critical)
    return [f"{finding.urgency} {finding.label}" for finding in report.critical]


def complication(what: str, presence: str = "present", uid: str = "k", **more: object) -> Group:
    answers = {f"complication_{name}": value for name, value in more.items()}
    return group("complication", uid, complication=what, complication_presence=presence, **answers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (complication("hydronephrosis", "suspected", side="left"), "cat-2 Suspected left hydronephrosis"),
        (complication("hemothorax", "suspected", side="left"), "cat-1 Suspected left hemothorax"),
        (complication("hemothorax", severity="massive"), "cat-1 Hemothorax, massive"),
        (complication("hemothorax", severity="none"), "cat-1 Hemothorax"),
        (complication("hemothorax", side="unspecified"), "cat-1 Hemothorax, side not stated"),
        (complication("hemothorax", severity=Absent.UNKNOWN), "cat-1 Hemothorax"),
        (complication("spinal-cord-compression", levels=Levels("T6", "T6")), "cat-1 Spinal cord compression at T6"),
        (complication("proptosis", side="bilateral"), "cat-2 Bilateral proptosis"),
        (complication("obstructive-uropathy"), "cat-2 Obstructive uropathy"),
    ],
)
def test_a_complication_is_told_as_it_was_answered(entry: Group, expected: str) -> None:
    assert labels(entry) == [expected]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"organ": "pericardium", "tamponade_signs": Boolean(value=True)}, "cat-1 Signs of tamponade (pericardium)"),
        ({"organ": "pericardium", "fluid_character": "hemorrhagic"}, "cat-1 Hemorrhagic fluid (pericardium)"),
        (
            {"organ": "pleura", "organ_side": "left", "hemothorax": "suspected"},
            "cat-1 Suspected hemothorax (left pleura)",
        ),
        (
            {
                "organ": "pleura",
                "organ_side": "right",
                "fluid_hematocrit": Quantity("12.0", "%"),
                "blood_hematocrit": Quantity("40", "%"),
            },
            "cat-1 Fluid hematocrit 12.0%, blood hematocrit 40% (right pleura)",
        ),
        (
            {"organ": "kidney", "organ_side": "left", "hydronephrosis": "3"},
            "cat-2 SFU grade 3 hydronephrosis (left kidney)",
        ),
    ],
)
def test_an_organ_is_told_with_what_was_answered_only(answers: Answers, expected: str) -> None:
    assert labels(group("organ", **answers)) == [expected]


def test_a_lesion_is_told_with_its_place_and_number_and_what_makes_it_urgent() -> None:
    clinical = group("clinical", symptom=code("paraparesis", "back-pain"))
    two = [group("finding", uid, **CORD, levels=levels) for uid, levels in LEVELS.items()]
    assert labels(*two, clinical, MR, template="emh-mri-spine") == [
        "cat-1 Compression of cord or cauda equina, with paraparesis (lesion 1, spinal epidural space, T5–T11)",
        "cat-1 Compression of cord or cauda equina, with paraparesis (lesion 2, spinal epidural space, L5)",
    ]


LEVELS = {"a": Levels("T5", "T11"), "b": Levels("L5", "L5")}


def test_a_lesion_that_is_not_surely_there_says_so() -> None:
    doubtful = group("finding", **CORD | {"presence": "indeterminate"})
    expected = "cat-2 Lesion indeterminate: compression of cord or cauda equina (spinal epidural space)"
    assert labels(doubtful, MR, template="emh-mri-spine") == [expected]


def test_measured_signs_are_told_with_their_numbers_and_side() -> None:
    head = group("head", optic_nerve="compressed", optic_nerve_side="bilateral", proptosis_left=Quantity("4.0", "mm"))
    assert labels(head, MR, template="emh-mri-brain-hn") == [
        "cat-2 Optic nerve compressed on both sides, left proptosis 4.0 mm"
    ]


# --- one and the same fact -------------------------------------------------------------------------------------------

LEFT = group("organ", "p", organ="pleura", organ_side="left", hemothorax="yes")
BOTH = (LEFT, group("organ", "q", organ="pleura", organ_side="right", hemothorax="yes"))


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((LEFT, complication("hemothorax", side="left")), ["cat-1 Hemothorax (left pleura)"]),
        ((LEFT, complication("hemothorax", side="left", severity="massive")), ["cat-1 Left hemothorax, massive"]),
        ((LEFT, complication("hemothorax")), ["cat-1 Hemothorax (left pleura)"]),
        (
            (LEFT, complication("hemothorax", side="right")),
            ["cat-1 Hemothorax (left pleura)", "cat-1 Right hemothorax"],
        ),
        (
            (LEFT, complication("hemothorax", "suspected", side="left")),
            ["cat-1 Hemothorax (left pleura)", "cat-1 Suspected left hemothorax"],
        ),
        (
            (*BOTH, complication("hemothorax", severity="massive")),
            ["cat-1 Hemothorax (left pleura)", "cat-1 Hemothorax (right pleura)", "cat-1 Hemothorax, massive"],
        ),
        ((*BOTH, complication("hemothorax")), ["cat-1 Hemothorax (left pleura)", "cat-1 Hemothorax (right pleura)"]),
    ],
)
def test_an_organ_and_a_complication_tell_one_fact_once(groups: tuple[Group, ...], expected: list[str]) -> None:
    assert sorted(labels(*groups)) == sorted(expected)


def test_a_lesion_is_named_before_its_place_and_a_fact_is_told_once() -> None:
    lesion = group("finding", presence="present", site="intracranial-parenchymal", cranial_location=code("sella"))
    vision = group("clinical", symptom=code("visual-loss"))
    told = labels(lesion, vision, MR, template="emh-mri-brain-hn")
    assert told == ["cat-1 Lesion at the sella, with visual loss (brain parenchyma)"]
    pleura = group(
        "organ", "p", organ="pleura", organ_side="left", effusion_size="large", mediastinal_shift=Boolean(value=True)
    )
    assert labels(pleura) == ["cat-1 Large amount of fluid, mediastinal shift (left pleura)"]


def test_what_merges_is_as_urgent_as_the_most_urgent_that_says_it() -> None:
    lesion = group("finding", **CORD, levels=Levels("T5", "T11"))
    clinical = group("clinical", symptom=code("paraparesis"))
    here, elsewhere = (complication("spinal-cord-compression", levels=Levels(at, at)) for at in ("T6", "L1"))
    told = labels(lesion, clinical, here, MR, template="emh-mri-spine")
    assert told == ["cat-1 Spinal cord compression at T6 with paraparesis"]
    told = labels(lesion, clinical, elsewhere, MR, template="emh-mri-spine")
    assert sorted(told) == [
        "cat-1 Compression of cord or cauda equina, with paraparesis (spinal epidural space, T5–T11)",
        "cat-1 Spinal cord compression at L1 with paraparesis",
    ]


def test_a_new_mass_that_is_told_of_sooner_is_not_told_again() -> None:
    lesion = group("finding", **CORD | {"pattern": "focal-mass", "change_status": "new"})
    prior = group("comparison-statement", comparison_available=Boolean(value=True))
    told = labels(lesion, prior, MR, template="emh-mri-spine")
    assert told == ["cat-2 Compression of cord or cauda equina (spinal epidural space)"]
    liver = group("finding", "m", presence="present", site="liver", pattern="focal-mass", change_status="new")
    assert labels(liver, prior) == ["cat-3 Focal mass, new (liver)"]
    assert labels(liver, prior, group("clinical", symptom=code("abdominal-pain"))) == []


# --- where it is printed ---------------------------------------------------------------------------------------------


def test_the_resource_says_what_was_answered_and_names_the_rule_by_code() -> None:
    report = report_of(complication("hemothorax", "suspected", side="left"))
    codes = [observation["code"] for observation in resources(export(report), "Observation")]
    found = [code for code in codes if code["coding"][0]["code"] == "A02d"]
    assert [code["text"] for code in found] == ["Suspected left hemothorax"]
    assert all("display" not in code["coding"][0] for code in found)


def test_a_trigger_about_the_whole_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    rule = 'id = "Z1"\nseverity = "information"\nscope = "report"\ntitle = "t"\nmessage = "m"\n'
    rule += 'urgency = "cat-1"\non_unknown = "silent"\n'
    when = 'when = { all = [ { field = "clinical.symptom", operator = "=", answer = "fever" } ] }\n'
    (tmp_path / "rules" / "own.toml").write_text(f"[[rule]]\n{rule}{when}")
    with pytest.raises(CatalogError, match="name that group"):
        load_catalog([tmp_path])


def test_free_text_stays_on_its_line() -> None:
    told = labels(complication("hemothorax"), group("finding", presence="present", site="liver", remark=Text("a\nb")))
    assert told == ["cat-1 Hemothorax"]


@pytest.mark.parametrize("side", [Coded("left"), Coded("bilateral"), Coded("bilateral", text="more on the left")])
def test_a_side_that_was_not_asked_is_not_claimed(side: Coded) -> None:
    """The report keeps it among what was not accepted; what is critical is told all the same."""
    found = group("organ", "o", organ=Coded("pericardium", text="loculated"), organ_side=side, tamponade_signs=YES)
    assert labels(found) == ["cat-1 Signs of tamponade (pericardium (loculated))"]
    assert any(lost.where.field_id == "organ-side" for lost in report_of(found).unresolved)


def test_what_sets_off_a_trigger_is_told_whether_it_was_asked_or_not() -> None:
    found = group("organ", "o", organ="liver", hemothorax="suspected")
    assert labels(found) == ["cat-1 Suspected hemothorax (liver)"]
    assert any(lost.where.field_id == "hemothorax" for lost in report_of(found).unresolved)


@pytest.mark.parametrize(
    ("side", "more"),
    [("bilateral", []), ("left", ["cat-2 Left proptosis"]), ("unspecified", [])],
)
def test_a_complication_of_the_side_of_its_lesion_is_told_with_it(side: str, more: list[str]) -> None:
    lesion = group("finding", "a", presence="present", site="orbit", laterality="bilateral")
    clinical = group("clinical", symptom=code("proptosis"))
    found = labels(lesion, clinical, complication("proptosis", side=side), template="emh-mri-brain-hn")
    assert found == ["cat-2 Lesion with proptosis (both orbits)", *more]


def test_where_a_lesion_is_does_not_read_as_where_a_vein_is() -> None:
    lesion = group(
        "finding",
        presence="present",
        site="intracranial-dural",
        head_compartment="subdural",
        cranial_location="falx",
        adjacent_effect="venous-obstruction",
    )
    expected = ["cat-2 Subdural at the falx, obstruction of a vein (intracranial dura)"]
    assert labels(lesion, template="emh-mri-brain-hn") == expected
