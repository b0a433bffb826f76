"""One and the same critical fact, answered in two places, is told once, as urgently as the most urgent that says it."""

from pathlib import Path

import pytest

from emh_report.critical.same import SAME
from emh_report.draft import Boolean, Group, Levels, Quantity
from tests.critical_samples import CORD, MR, YES, complication, department, labels
from tests.narrative_samples import code, group, report_of

LEFT = group("organ", "p", organ="pleura", organ_side="left", hemothorax="yes")
BLEEDING = group("organ", "p", organ="pleura", organ_side="left", active_bleeding=YES)
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
        (
            (
                group("organ", organ="pleura", hemothorax="yes", fluid_hematocrit=Quantity("38", "%")),
                complication("hemothorax", severity="massive"),
            ),
            ["cat-1 Fluid hematocrit 38% (pleura)", "cat-1 Hemothorax, massive"],
        ),
        ((BLEEDING, complication("active-bleeding", side="left")), ["cat-1 Active bleeding (left pleura)"]),
        (
            (BLEEDING, complication("active-bleeding", side="left", severity="severe")),
            ["cat-1 Active bleeding (left pleura)", "cat-1 Left active bleeding, severe"],
        ),
        (
            (group("organ", organ="spleen", active_bleeding=YES), complication("active-bleeding", severity="severe")),
            ["cat-1 Active bleeding (spleen)", "cat-1 Active bleeding, severe"],
        ),
        (
            (group("organ", organ="pericardium", tamponade_signs=YES), complication("cardiac-tamponade")),
            ["cat-1 Cardiac tamponade"],
        ),
        (
            (group("organ", organ="pleura", hemothorax="yes"), group("complication", complication="hemothorax")),
            ["cat-1 Hemothorax (pleura)", "cat-2 Hemothorax, presence not stated"],
        ),
        (
            (
                group("organ", organ="kidney", organ_side="left", hydronephrosis="4"),
                complication("hydronephrosis", side="left", severity="mild"),
            ),
            ["cat-2 SFU grade 4 hydronephrosis (left kidney)", "cat-2 Left hydronephrosis, mild"],
        ),
    ],
)
def test_an_organ_and_a_complication_tell_one_fact_once(groups: tuple[Group, ...], expected: list[str]) -> None:
    assert sorted(labels(*groups)) == sorted(expected)


ROWS = {
    ("organ", "pleura"): "hemothorax=yes mediastinal-shift=yes",
    ("organ", "spleen"): "spleen-feature=rupture spleen-feature=hemorrhage",
    ("organ", "kidney"): "hydronephrosis=2 hydronephrosis=3 hydronephrosis=4",
    ("head", ""): "mass-effect=midline-shift mass-effect=herniation mass-effect=hydrocephalus midline-shift= "
    "brain-edema=vasogenic venous-sinus=compressed venous-sinus=thrombosed optic-nerve=compressed "
    "chiasm-compression=yes proptosis-right= proptosis-left= airway=mild-narrowing airway=severe-narrowing",
    ("radiograph", ""): "radiograph-sign=bowel-obstruction",
}
"""Group and organ → answers that say what a complication says, each of them a finding by itself."""


@pytest.mark.parametrize(
    ("where", "row"), [(where, tuple(row.split("="))) for where, rows in ROWS.items() for row in rows.split()]
)
def test_whatever_says_what_a_complication_says_is_told_once(where: tuple[str, str], row: tuple[str, str]) -> None:
    (name, organ), (question, answer) = where, row
    value = YES if answer == "yes" and question != "hemothorax" else code(answer) if answer else Quantity("6", "mm")
    found = group(name, **{question.replace("-", "_"): value} | ({"organ": organ} if organ else {}))
    template = "emh-chest-radiograph" if name == "radiograph" else "emh-followup"
    (what,) = SAME[question, answer]
    (told,) = labels(found, template=template)
    assert labels(found, complication(what), template=template) == [told]


@pytest.mark.parametrize(("side", "severity"), [("left", None), (None, "severe")])
def test_a_number_is_not_lost_to_a_complication_that_has_none(side: str | None, severity: str | None) -> None:
    head = group("head", mass_effect=code("midline-shift"), midline_shift=Quantity("6", "mm"))
    more = {name: said for name, said in (("side", side), ("severity", severity)) if said}
    told = labels(head, complication("midline-shift", **more), MR, template="emh-mri-brain-hn")
    assert told == ["cat-1 Midline shift 6 mm", f"cat-1 Midline shift{' to the left' if side else ', severe'}"]


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
    signal = group("finding", **CORD, levels=Levels("T5", "T11"), cord_signal="t2-high")
    assert labels(signal, clinical, here, MR, template="emh-mri-spine") == [
        "cat-1 High T2 signal of the cord, with paraparesis (spinal epidural space, T5–T11)",
        "cat-1 Spinal cord compression at T6 with paraparesis",
    ]
    told = labels(lesion, clinical, elsewhere, MR, template="emh-mri-spine")
    assert sorted(told) == [
        "cat-1 Compression of cord or cauda equina, with paraparesis (spinal epidural space, T5–T11)",
        "cat-1 Spinal cord compression at L1 with paraparesis",
    ]


CORD_AT = "cat-1 Spinal cord compression at "
OF_LESION = "cat-{} Compression of cord or cauda equina{} (spinal epidural space, T5–T11)"


@pytest.mark.parametrize(
    ("symptoms", "entry", "expected"),
    [
        ("", complication("spinal-cord-compression"), [OF_LESION.format(1, "")]),
        ("", complication("spinal-cord-compression", levels=Levels("T5", "T5")), [f"{CORD_AT}T5"]),
        ("", complication("spinal-cord-compression", levels=Levels("T11", "T12")), [f"{CORD_AT}T11–T12"]),
        (
            "",
            complication("spinal-cord-compression", levels=Levels("T3", "T4")),
            [OF_LESION.format(2, ""), f"{CORD_AT}T3–T4"],
        ),
        (
            "",
            complication("spinal-cord-compression", severity="severe"),
            [OF_LESION.format(2, ""), "cat-1 Spinal cord compression, severe"],
        ),
        ("paraparesis", complication("spinal-cord-compression"), [OF_LESION.format(1, ", with paraparesis")]),
        ("paraparesis", complication("paraparesis"), [OF_LESION.format(1, ", with paraparesis")]),
        (
            "paraparesis",
            complication("paraparesis", levels=Levels("T6", "T6")),
            [OF_LESION.format(1, ", with paraparesis"), "cat-1 Paraparesis at T6"],
        ),
        (
            "paraparesis",
            complication("cord-edema"),
            [OF_LESION.format(1, ", with paraparesis"), "cat-1 Cord edema with paraparesis"],
        ),
    ],
)
def test_a_complication_and_its_lesion_are_told_once_where_neither_says_more(
    symptoms: str, entry: Group, expected: list[str]
) -> None:
    lesion = group("finding", **CORD, levels=Levels("T5", "T11"))
    clinical = [group("clinical", symptom=symptoms)] if symptoms else []
    assert labels(lesion, *clinical, entry, MR, template="emh-mri-spine") == expected


def test_a_new_mass_that_is_told_of_sooner_is_not_told_again() -> None:
    lesion = group("finding", **CORD | {"pattern": "focal-mass", "change_status": "new"})
    prior = group("comparison-statement", comparison_available=Boolean(value=True))
    told = labels(lesion, prior, MR, template="emh-mri-spine")
    assert told == ["cat-2 Compression of cord or cauda equina (spinal epidural space)"]
    liver = group("finding", "m", presence="present", site="liver", pattern="focal-mass", change_status="new")
    assert labels(liver, prior) == ["cat-3 Focal mass, new (liver)"]
    assert labels(liver, prior, group("clinical", symptom=code("abdominal-pain"))) == []


def test_the_side_of_one_answer_is_not_that_of_another() -> None:
    head = group("head", optic_nerve="compressed", optic_nerve_side="left", mass_effect=code("herniation"))
    herniation = complication("cerebral-herniation", side="right")
    told = labels(head, herniation, MR, template="emh-mri-brain-hn")
    assert told == ["cat-1 Right cerebral herniation", "cat-2 Optic nerve compressed on the left"]
    nerve = group("head", optic_nerve="compressed", optic_nerve_side="left")
    other = complication("optic-nerve-compression", side="right")
    told = labels(nerve, other, MR, template="emh-mri-brain-hn")
    assert told == ["cat-2 Optic nerve compressed on the left", "cat-2 Right optic nerve compression"]
    nowhere = group("head", optic_nerve="compressed", optic_nerve_side="unspecified")
    assert labels(nowhere, other, MR, template="emh-mri-brain-hn") == ["cat-2 Right optic nerve compression"]


def test_what_may_wait_is_told_beside_what_may_not() -> None:
    head = group("head", mass_effect=code("herniation"), optic_nerve="compressed")
    told = labels(head, MR, template="emh-mri-brain-hn")
    assert told == ["cat-1 Herniation", "cat-2 Optic nerve compressed"]
    liver, other = (
        group("finding", uid, presence="present", site="liver", pattern="focal-mass", change_status="new")
        for uid in ("m", "n")
    )
    assert labels(liver, other) == [f"cat-3 Focal mass, new (lesion {number}, liver)" for number in (1, 2)]
    tamponade = group("organ", organ="pericardium", tamponade_signs=YES)
    assert labels(liver, tamponade) == ["cat-3 Focal mass, new (liver)", "cat-1 Signs of tamponade (pericardium)"]


@pytest.mark.parametrize(
    ("side", "more"),
    [("bilateral", []), ("left", ["cat-2 Left proptosis"]), ("unspecified", [])],
)
def test_a_complication_of_the_side_of_its_lesion_is_told_with_it(side: str, more: list[str]) -> None:
    lesion = group("finding", "a", presence="present", site="orbit", laterality="bilateral")
    clinical = group("clinical", symptom=code("proptosis"))
    found = labels(lesion, clinical, complication("proptosis", side=side), template="emh-mri-brain-hn")
    assert found == ["cat-2 Lesion with proptosis (both orbits)", *more]


def test_a_complication_in_doubt_is_told_beside_the_lesion_that_has_it_as_a_symptom() -> None:
    lesion = group("finding", "a", presence="present", site="orbit", laterality="bilateral")
    clinical = group("clinical", symptom=code("proptosis"))
    found = labels(lesion, clinical, complication("proptosis", "suspected"), template="emh-mri-brain-hn")
    assert found == ["cat-2 Lesion with proptosis (both orbits)", "cat-2 Suspected proptosis"]


@pytest.mark.parametrize(("urgency", "told"), [("cat-1", ("Z1", "cat-1")), ("cat-3", ("A06b", "cat-2"))])
def test_what_a_department_tells_of_too_is_told_once_and_as_the_more_urgent(
    tmp_path: Path, urgency: str, told: tuple[str, str]
) -> None:
    when = 'when = { all = [ { field = "complication", operator = "=", answer = "obstructive-uropathy" } ] }'
    of = department(tmp_path, "complication", when, urgency)
    found = report_of(complication("obstructive-uropathy"), of=of).critical
    assert [finding[:3] for finding in found] == [(*told, "Obstructive uropathy")]
