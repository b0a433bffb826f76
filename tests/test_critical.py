"""What somebody has to be told, in the words of the answers: polarity, side and level, every fact once."""

from pathlib import Path

import pytest

from emh_report.draft import Absent, Boolean, Coded, Group, Integer, Levels, Quantity, Text
from emh_report.errors import CatalogError
from tests.critical_samples import CORD, MR, YES, complication, department, labels
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


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        ("indeterminate", "cat-2 Lesion indeterminate: compression of cord or cauda equina (spinal epidural space)"),
        (
            Absent.UNKNOWN,
            "cat-2 Lesion, presence not stated: compression of cord or cauda equina (spinal epidural space)",
        ),
    ],
)
def test_a_lesion_that_is_not_surely_there_says_so(presence: str, expected: str) -> None:
    doubtful = group("finding", **CORD | {"presence": presence})
    assert labels(doubtful, MR, template="emh-mri-spine") == [expected]


def test_of_several_lesions_the_one_that_is_stated_as_absent_keeps_its_number() -> None:
    """How many there are of one that is absent is not asked, so the report does not keep it."""
    absent = group("finding", "b", **CORD | {"presence": "absent"}, count=Integer(3))
    assert labels(group("finding", "a", **CORD), absent, MR, template="emh-mri-spine") == [
        "cat-2 Compression of cord or cauda equina (lesion 1, spinal epidural space)",
        "cat-2 Compression of cord or cauda equina (lesion 2, stated absent, spinal epidural space)",
    ]


@pytest.mark.parametrize(
    ("typed", "side", "expected"),
    [
        ("orbital fat", "left", "left orbital fat"),
        ("left orbital fat", "left", "left orbital fat"),
        ("Left-sided fat", "left", "Left-sided fat"),
        ("left orbital fat", "right", "right left orbital fat"),
        ("fat of both orbits", "bilateral", "fat of both orbits"),
        ("orbital fat", "bilateral", "orbital fat on both sides"),
    ],
)
def test_a_place_that_was_typed_is_told_with_its_side_once(typed: str, side: str, expected: str) -> None:
    place: Answers = {"site": Coded("other", text=typed), "laterality": side}
    told = labels(group("finding", **CORD | place), MR, template="emh-followup")
    assert told == [f"cat-2 Compression of cord or cauda equina ({expected})"]


@pytest.mark.parametrize(
    ("presence", "expected"),
    [("indeterminate", "Lesion indeterminate with"), (Absent.UNKNOWN, "Lesion, presence not stated, with")],
)
def test_a_lesion_of_which_nothing_else_is_told_is_told_with_its_symptom(presence: str, expected: str) -> None:
    lesion = group("finding", presence=presence, site="orbit")
    told = labels(lesion, group("clinical", symptom="proptosis"), template="emh-mri-brain-hn")
    assert told == [f"cat-2 {expected} proptosis (orbit)"]


def test_what_no_answer_says_is_told_by_the_title_of_its_rule() -> None:
    perinatal, organs = group("perinatal", hydrops="absent"), ("pleura", "peritoneum")
    fluid = [group("organ", organ, organ=organ, effusion_size="small") for organ in organs]
    told = labels(perinatal, *fluid, template="emh-perinatal")
    assert told == ["cat-2 Fluid in two compartments of a fetus or newborn"]
    assert labels(group("perinatal", hydrops="present"), template="emh-perinatal") == ["cat-2 Hydrops"]


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
    narrow = group("head", airway_diameter=Quantity("8", "mm"))
    assert labels(narrow, MR, template="emh-mri-brain-hn") == ["cat-1 Smallest airway diameter 8 mm"]


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


def test_free_text_stays_on_its_line() -> None:
    told = labels(complication("hemothorax"), group("finding", presence="present", site="liver", remark=Text("a\nb")))
    assert told == ["cat-1 Hemothorax"]


# --- triggers of a department ----------------------------------------------------------------------------------------


def test_a_trigger_about_the_whole_report_is_refused(tmp_path: Path) -> None:
    when = 'when = { all = [ { field = "clinical.symptom", operator = "=", answer = "fever" } ] }'
    with pytest.raises(CatalogError, match="name that group"):
        department(tmp_path, "report", when)


DRAINED: Answers = {"organ": "pleura", "fluid_drained": Quantity("0.1", "L"), "lung_lobe": "left-lower"}
FLUID = "First drainage 0.1 L"
HAS_LOBE = '{ field = "lung-lobe", operator = "exists", answer = true }'
OF_THE_LUNG = """{ all = [
    { field = "fluid-drained", operator = ">", answer = 9 },
    { field = "organ", operator = "=", answer = "lung" },
  ] }"""
IN_PARTS = f"when = {{ any = [ {OF_THE_LUNG}, {HAS_LOBE} ] }}"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        *(
            (f'when = {{ all = [ {{ field = "fluid-drained", operator = "{operator}", answer = 100 }} ] }}', FLUID)
            for operator in (">=", "<=", "=")
        ),
        (IN_PARTS, "In the left lower lobe"),  # what is true of a part that is not is no reason
        (
            'predicate = "answers-none"\nparams = { lung-lobe = ["right-upper"] }\nreads = ["fluid-drained"]',
            FLUID,
        ),
    ],
)
def test_a_trigger_of_a_department_is_told_by_the_answers_that_set_it_off(
    tmp_path: Path, keys: str, expected: str
) -> None:
    named = group("critical", critical_present=YES, critical_finding="hemothorax")
    found = report_of(group("organ", **DRAINED), named, of=department(tmp_path, "organ", keys)).critical
    assert [finding[:3] for finding in found] == [("Z1", "cat-1", f"{expected} (pleura)")]


def test_a_number_that_a_trigger_asks_for_is_told(tmp_path: Path) -> None:
    keys = 'when = { all = [ { field = "count", operator = "=", answer = 3 } ] }'
    lesion = group("finding", presence="present", site="liver", count=Integer(3))
    found = report_of(lesion, of=department(tmp_path, "finding", keys)).critical
    assert [finding.label for finding in found] == ["Lesion (3 counted) (liver)"]


def test_of_other_groups_what_is_told_by_itself_is_not_told_beside(tmp_path: Path) -> None:
    others = {
        "finding.cord-compression": "true",
        "complication.complication": '"paraparesis"',
        "clinical.symptom": '["fever"]',
        "context.focus": '"patient"',
    }
    clauses = [f'{{ field = "{field}", operator = "=", answer = {answer} }}' for field, answer in others.items()]
    keys = f"when = {{ all = [ {HAS_LOBE}, {', '.join(clauses)} ] }}"
    groups = group("finding", **CORD), complication("paraparesis"), group("clinical", symptom=code("fever", "seizure"))
    of = department(tmp_path, "organ", keys)
    found = report_of(group("organ", **DRAINED), *groups, template="emh-followup", of=of).critical
    assert [one.label for one in found if one.rule_id == "Z1"] == ["In the left lower lobe, with fever (pleura)"]


# --- what was not asked ----------------------------------------------------------------------------------------------


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
