"""What somebody has to be told, in the words of the answers: polarity, side and level, every fact once."""

from pathlib import Path

import pytest

from emh_report.catalog import load_catalog
from emh_report.draft import Absent, Boolean, Coded, Group, Levels, Quantity, Text
from emh_report.errors import CatalogError
from tests.critical_samples import CORD, MR, YES, complication, labels
from tests.fhir_json import export, resources
from tests.narrative_samples import Answers, code, group, report_of


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
        (group("complication", complication="hemothorax"), "cat-2 Hemothorax, presence not stated"),
        (
            group("complication", complication="hemothorax", complication_presence=Absent.UNKNOWN),
            "cat-2 Hemothorax, presence not stated",
        ),
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
            {"organ": "pleura", "fluid_hematocrit": Quantity("38", "%"), "blood_hematocrit": Absent.UNKNOWN},
            "cat-1 Fluid hematocrit 38% (pleura)",
        ),
        ({"organ": "pleura", "fluid_hematocrit": Quantity("38", "%")}, "cat-1 Fluid hematocrit 38% (pleura)"),
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


def test_what_is_not_there_is_no_reason_to_tell() -> None:
    """No earlier examination makes a mass one to tell of, and is not told as if there were one."""
    mass = group("finding", "m", presence="present", site="liver", pattern="focal-mass")
    first = group("comparison-statement", comparison_available=Boolean(value=False))
    clinical = group("clinical", symptom="asymptomatic", history_item="splenectomy")
    assert labels(mass, first, clinical) == ["cat-3 Focal mass, without symptoms (liver)"]


def test_a_lesion_is_not_told_with_a_complication_that_it_makes_urgent() -> None:
    answers: Answers = {"laterality": "left", "epidural_extension": YES, "escc": "1a"}
    beside = group("finding", presence="present", site="paraspinal-thoracic", **answers)
    assert labels(complication("paraparesis"), beside, MR, template="emh-mri-spine") == ["cat-1 Paraparesis"]


def test_a_number_is_told_once_with_what_it_measures() -> None:
    head = group("head", mass_effect=code("midline-shift"), midline_shift=Quantity("6", "mm"))
    assert labels(head, MR, template="emh-mri-brain-hn") == ["cat-1 Midline shift 6 mm"]


def test_measured_signs_are_told_with_their_numbers_and_side() -> None:
    head = group("head", optic_nerve="compressed", optic_nerve_side="bilateral", proptosis_left=Quantity("4.0", "mm"))
    assert labels(head, MR, template="emh-mri-brain-hn") == [
        "cat-2 Optic nerve compressed on both sides, left proptosis 4.0 mm"
    ]


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


def test_where_a_lesion_is_is_told_once() -> None:
    sight = group("clinical", vision_decline=YES)
    answers: Answers = {"head_compartment": "sellar-suprasellar", "cranial_location": code("falx", "sella")}
    lesion = group("finding", presence="present", site="intracranial-dural", **answers)
    expected = ["cat-1 Sellar or suprasellar at the falx and sella, with falling vision (intracranial dura)"]
    assert labels(sight, lesion, template="emh-mri-brain-hn") == expected
