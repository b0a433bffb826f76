"""The narrative: what radiologists read, word for word."""

import pytest

from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Image,
    Integer,
    Levels,
    Measurement,
    Quantity,
    Text,
    Value,
)
from tests.narrative_samples import Answers, code, group, told

CT = group("procedure", modality="CT")
MR = group("procedure", modality="MR")


# --- lesions ---------------------------------------------------------------------------------------------------------


def test_a_lesion_reads_as_location_morphology_size_features_diagnosis() -> None:
    lesion = group(
        "finding",
        presence="present",
        site="paraspinal-thoracic",
        laterality="bilateral",
        levels=Levels("T5", "T11", "from-c2"),
        pattern="multifocal-masses",
        number="2-5",
        margins=code("smooth", "lobulated"),
        size=Measurement(("84", "73"), "mm"),
        foraminal_extension=Boolean(value=False),
        fat="macroscopic",
        calcification="absent",
        emh_certainty="most-likely",
        diagnosis_basis="imaging-plus-clinical",
        differential=code("lymphoma", "neurogenic-tumor"),
    )
    assert told(lesion, CT) == (
        "Lesion: both thoracic paraspinal regions, T5–T11 (levels counted from C2). Multifocal masses, "
        "numbering 2 to 5, smooth and lobulated margins, the largest measuring 84 × 73 mm. No extension into the "
        "neural foramina. Macroscopic fat, no calcification. Most likely extramedullary hematopoiesis, based on "
        "imaging and clinical data. Differential diagnosis: lymphoma and neurogenic tumor."
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"cause": Absent.UNKNOWN}, "Underlying cause: unknown."),
        (
            {"cause": Absent.UNKNOWN, "cause_detail": Text("Work-up begun.")},
            "Underlying cause: Work-up begun. Cause unknown.",
        ),
    ],
)
def test_a_cause_that_is_not_known_is_named_once(answers: Answers, expected: str) -> None:
    assert told(group("cause", **answers)) == expected


def test_lesions_are_numbered_when_there_are_several() -> None:
    first = group("finding", "a", presence="present", site="liver")
    assert told(first) == "Lesion: liver. Lesion present."
    second = group("finding", "b", presence="absent", site="adrenal", laterality="right")
    assert told(first, second).splitlines() == [
        "Lesion 1: liver. Lesion present.",
        "Lesion 2: right adrenal gland. No lesion.",
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"presence": "indeterminate", "site": "spleen"}, "Lesion: spleen. Presence of lesion indeterminate."),
        ({"site": "spleen"}, "Lesion: spleen. Presence not stated."),
        ({"presence": "present", "site": Coded("other", text="chest wall")}, "Lesion: chest wall. Lesion present."),
        (
            {"presence": "present", "site": "pleura", "laterality": "unspecified"},
            "Lesion: pleura, side not stated. Lesion present.",
        ),
        (
            {"presence": "present", "site": "presacral", "levels": Levels("S1", "S1")},
            "Lesion: presacral space, S1. Lesion present.",
        ),
        (
            {"presence": "present", "site": "liver", "iron": Absent.NOT_EVALUABLE, "fat": Absent.NOT_EVALUABLE},
            "Lesion: liver. Lesion present. Fat and iron not evaluable.",
        ),
        (
            {"presence": "present", "site": "liver", "levels": Absent.NOT_APPLICABLE, "number": Absent.UNKNOWN},
            "Lesion: liver. Lesion present. Vertebral levels not applicable. Number unknown.",
        ),
        ({"presence": Absent.UNKNOWN, "site": "liver"}, "Lesion: liver. Presence unknown."),
        (
            {"presence": Absent.NOT_EVALUABLE, "site": "liver", "iron": Absent.NOT_EVALUABLE},
            "Lesion: liver. Presence not evaluable. Iron not evaluable.",
        ),
        (
            {"presence": "present", "site": "liver", "palpable": Absent.UNKNOWN},
            "Lesion: liver. Lesion present. It is not known whether the lesion is palpable.",
        ),
        (
            {"presence": "present", "site": "rib", "rib_number": [Integer(5), Integer(7), Integer(9)]},
            "Lesion: rib. Ribs 5, 7, and 9.",
        ),
        (
            {"presence": "present", "site": "liver", "image": Image(series_number=3, instance_number=45)},
            "Lesion: liver. Lesion present. See series 3, image 45.",
        ),
        (
            {"presence": "present", "site": "liver", "prior_size": Measurement(("31", "24"), "mm")},
            "Lesion: liver. Lesion present. Previously 31 × 24 mm.",
        ),
        (
            {
                "presence": "present",
                "site": "liver",
                "prior_size": Measurement(("31",), "mm"),
                "change_status": "stable",
            },
            "Lesion: liver. Stable, previously 31 mm.",
        ),
    ],
)
def test_lesion_variants(answers: Answers, expected: str) -> None:
    assert told(group("finding", **answers), CT) == expected


@pytest.mark.parametrize(
    ("certainty", "words"),
    [
        ("diagnostic-of", "Diagnostic of extramedullary hematopoiesis"),
        ("most-likely", "Most likely extramedullary hematopoiesis"),
        ("likely", "Likely extramedullary hematopoiesis"),
        ("may-represent", "This may represent extramedullary hematopoiesis"),
        ("unlikely", "Extramedullary hematopoiesis is unlikely"),
        ("very-unlikely", "Extramedullary hematopoiesis is very unlikely"),
        ("consistent-with", "Consistent with extramedullary hematopoiesis"),
    ],
)
def test_certainty_is_said_in_the_words_of_its_scale(certainty: str, words: str) -> None:
    text = told(group("finding", presence="indeterminate", site="liver", emh_certainty=certainty))
    assert text.endswith(f". {words}.")


def test_numbers_and_units_are_as_entered() -> None:
    spleen = group(
        "organ", organ="spleen", spleen_length=Quantity("182.00", "mm"), spleen_volume=Quantity("900.0", "mL")
    )
    assert told(spleen) == "Spleen: length 182.00 mm, volume 900.0 mL."
    lesion = group("finding", presence="present", site="liver", size=Measurement(("4.20", "3", "2.0"), "cm"))
    assert "Measuring 4.20 × 3 × 2.0 cm" in told(lesion)
    advice = group("recommendation", recommendation="interval-imaging", recommendation_interval=Quantity("1", "wk"))
    assert told(advice) == "Follow-up imaging in 1 week."
    advice = group("recommendation", recommendation="interval-imaging", recommendation_interval=Quantity("12", "wk"))
    assert told(advice) == "Follow-up imaging in 12 weeks."


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026-05-04", "2026-05-04"),
        ("2026-05-04T10:31:00+02:00", "2026-05-04 10:31 (UTC+02:00)"),
        ("2026-05-04T10:31:07Z", "2026-05-04 10:31:07 (UTC)"),
        ("2026-05-04T10:31:00.250-05:00", "2026-05-04 10:31:00.250 (UTC-05:00)"),
    ],
)
def test_moments_are_as_entered(typed: str, expected: str) -> None:
    assert told(group("procedure", exam_date=DateTime(typed))) == f"Examination performed on {expected}."


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("2020-11-09", "on 2020-11-09"), ("2020-11", "in 2020-11"), ("2020", "in 2020")],
)
def test_a_day_needs_on_and_a_month_needs_in(typed: str, expected: str) -> None:
    """Whichever of the two the phrase of the question has."""
    removed = group("clinical", splenectomy=Boolean(value=True), splenectomy_date=Date(typed))
    assert told(removed) == f"Splenectomy {expected}."
    assert told(group("procedure", exam_date=DateTime(typed))) == f"Examination performed {expected}."


def test_units_that_are_annotations() -> None:
    plan = group("biopsy", inr=Quantity("1.20", "{INR}"), platelets=Quantity("88", "10*9/L"))
    assert told(plan, template="emh-biopsy-plan") == "Biopsy or intervention: platelets 88 ×10⁹/L, INR 1.20."
    lesion = group("finding", presence="present", site="liver", suv_max=Quantity("4.70", "g/ml{SUVbw}"))
    assert told(lesion, group("procedure", modality="PT"), template="emh-pet") == "Lesion: liver. SUVmax 4.70 (SUVbw)."


# --- other groups ----------------------------------------------------------------------------------------------------


def test_an_organ_of_which_nothing_else_is_said_is_told() -> None:
    assert told(group("organ", organ="spleen")) == "Spleen: not described."


def test_organs() -> None:
    assert told(group("organ", organ="spleen", spleen_state="absent-surgical")) == "Spleen: surgically absent."
    kidneys = group(
        "organ", organ="kidney", organ_side="bilateral", hydronephrosis="0", hydroureter=Boolean(value=False)
    )
    assert told(kidneys) == "Both kidneys: no hydronephrosis. The ureter is not dilated."
    pleura = group("organ", organ="pleura", organ_side="right", effusion_size="moderate", hemothorax="suspected")
    assert told(pleura) == "Right pleura: moderate amount of fluid, suspected hemothorax."


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        ("present", "Right hemothorax, severe."),
        ("suspected", "Suspected right hemothorax, severe."),
        ("absent", "No right hemothorax. Severity: severe."),
        (Absent.NOT_EVALUABLE, "Right hemothorax: not evaluable, severe."),
        (None, "Right hemothorax: presence not stated, severe."),
    ],
)
def test_a_complication_says_whether_it_is_there(presence: Value | str | None, expected: str) -> None:
    answers: Answers = {"complication": "hemothorax", "complication_side": "right"}
    answers |= {"complication_presence": presence} if presence is not None else {}
    assert told(group("complication", **answers, complication_severity="severe")) == expected


@pytest.mark.parametrize(
    ("complication", "presence", "expected"),
    [
        ("tricuspid-regurgitation", "present", "Severe tricuspid regurgitation."),
        ("tricuspid-regurgitation", "absent", "Severe tricuspid regurgitation: absent. Severity: severe."),
        ("spinal-canal-narrowing", "suspected", "Suspected epidural disease without cord compression, severe."),
        ("spinal-canal-narrowing", "absent", "Epidural disease without cord compression: absent. Severity: severe."),
    ],
)
def test_a_name_that_denies_or_grades_is_neither_denied_nor_graded_twice(
    complication: str, presence: str, expected: str
) -> None:
    entry = group(
        "complication", complication=complication, complication_presence=presence, complication_severity="severe"
    )
    assert told(entry) == expected


def test_a_cause_has_its_status_before_its_name() -> None:
    cause = group("cause", cause="primary-myelofibrosis", cause_status="excluded", cause_source="histology")
    assert told(cause) == "Underlying cause, excluded: primary myelofibrosis, according to histology."


def test_what_a_phrase_continues_is_never_another_question() -> None:
    """A place such as "in the lower ribs" goes with its bone change, never with whatever happens to stand before."""
    both = group("skeleton", rib_expansion="mild", bone_change=code("sclerosis"), bone_location=code("lower-ribs"))
    assert told(both, CT).startswith("Skeleton and bone marrow: bone sclerosis in the lower ribs, mild rib expansion")
    alone = group("skeleton", marrow=code("reconversion"), bone_location=code("lower-ribs"))
    assert told(alone, CT) == "Skeleton and bone marrow: marrow reconversion. Bones affected: lower ribs."


def test_comparison_medication_communication() -> None:
    prior = group("comparison", "p", prior_date=Date("2024-11"), prior_modality=code("PT", "CT"))
    assert told(prior) == "Previous examination of 2024-11: PET and CT."
    drug = group("medication", "m", drug="luspatercept", drug_status="current", drug_start=Date("2024-03"))
    assert told(drug) == "Relevant medication: luspatercept, current, started 2024-03."
    call = group(
        "communication",
        "c",
        communicated_by=Text("Dr. Roe"),
        communicated_to=Text("Dr. Moe"),
        recipient_role="nurse",
        communication_method="telephone",
        communication_time=DateTime("2026-05-04T10:31:00+02:00"),
        read_back=Boolean(value=True),
    )
    assert told(call) == (
        "Communicated by Dr. Roe to Dr. Moe (nurse) by telephone on 2026-05-04 10:31 (UTC+02:00). "
        "The message was read back and confirmed."
    )


def test_what_an_action_says_is_not_said_again() -> None:
    advice = group("recommendation", recommendation="whole-spine-mr", recommendation_modality="MR")
    assert told(advice) == "MR of the whole spine."
    advice = group("recommendation", recommendation="interval-imaging", recommendation_modality=code("MR", "CT"))
    assert told(advice) == "Follow-up imaging with MR and CT."


def test_bleeding_caution() -> None:
    advice = group("recommendation", recommendation="biopsy", bleeding_caution=Boolean(value=True))
    assert "Percutaneous biopsy carries a bleeding risk" in told(advice)
