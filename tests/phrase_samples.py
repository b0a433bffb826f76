"""Answers that make one phrase, for the tests of the narrative: what is told of them, and a mistake in it."""

from emh_report.draft import Boolean, Coded, Date, DateTime, Group, Integer, Measurement, Quantity
from tests.narrative_samples import Answer, code, group

FOLLOW_UP, MR, PET, BABY = "emh-followup", "emh-mri-abdomen", "emh-pet", "emh-perinatal"
YES, NO = Boolean(value=True), Boolean(value=False)


def lesion(**answers: Answer) -> Group:
    return group("finding", "one", **({"presence": "present", "site": "liver"} | answers))


def mm(*axes: str) -> Measurement:
    return Measurement(axes, "mm")


PHRASES: dict[str, tuple[str, Group, str, tuple[str, str]]] = {
    "sums of diameters": (
        FOLLOW_UP,
        group(
            "followup",
            overall_status="decreased",
            diameter_sum=Quantity("26", "mm"),
            diameter_sum_prior=Quantity("44", "mm"),
        ),
        "Follow-up: sum of diameters 26 mm, smallest previous sum of diameters 44 mm. Overall decreased.",
        ("smallest previous sum", "largest previous sum"),
    ),
    "spleen volumes": (
        FOLLOW_UP,
        group("followup", spleen_volume_prior=Quantity("1480", "mL"), spleen_volume_change=Quantity("-2", "%")),
        "Follow-up: previous spleen volume 1480 mL, spleen volume decreased by 2%.",
        ("decreased by 2%", "changed by 2%"),
    ),
    "a change above zero": (
        FOLLOW_UP,
        group("followup", spleen_volume_prior=Quantity("900", "mL"), spleen_volume_change=Quantity("33", "%")),
        "Follow-up: previous spleen volume 900 mL, spleen volume increased by 33%.",
        ("increased by 33%", "changed by 33%"),
    ),
    "a compartment beside an effect, and a carcinoma of the organ": (
        "emh-mri-brain-hn",
        lesion(adjacent_effect="airway-effect", head_compartment="airway", differential="carcinoma"),
        "Lesion: liver. In the wall of the airway, narrowing of the airway. Differential diagnosis: primary carcinoma.",
        ("primary carcinoma", "carcinoma"),
    ),
    "a change, the size before, and what else changed": (
        "emh-mri-spine",
        lesion(
            site="epidural-spinal",
            canal_diameter_change="narrower",
            change_status="increased",
            prior_size=mm("90", "5"),
        ),
        "Lesion: spinal epidural space. Increased, previously 90 × 5 mm. Canal narrower than before.",
        ("previously 90 × 5 mm", "previously 90 mm"),
    ),
    "a size in words, a number, and what it was measured on": (
        MR,
        lesion(size=mm("6"), size_descriptor="small", size_method="us"),
        "Lesion: liver. Small, measuring 6 mm on ultrasound.",
        ("on ultrasound", "on CT"),
    ),
    "a size in words of a mass": (
        MR,
        lesion(pattern="focal-mass", size=mm("60", "40"), size_descriptor="huge", size_method="mr"),
        "Lesion: liver. Huge focal mass, measuring 60 × 40 mm on MR.",
        ("Huge focal", "Focal"),
    ),
    "a size in words that compares": (
        MR,
        lesion(pattern="focal-mass", size_descriptor="smaller-than-other-side"),
        "Lesion: liver. Focal mass, smaller than on the other side.",
        (", smaller than", ", larger than"),
    ),
    "several numbers, measured on one": (
        MR,
        lesion(size_smallest=Quantity("4", "mm"), size_largest=Quantity("9", "mm"), size_method="us"),
        "Lesion: liver. Smallest 4 mm, largest 9 mm, measured on ultrasound.",
        ("measured on ultrasound", "measured on CT"),
    ),
    "a density and its phase": (
        "emh-ct-body",
        lesion(hu_mean=Quantity("51", "[hnsf'U]"), hu_phase="unenhanced"),
        "Lesion: liver. Mean attenuation 51 HU in the unenhanced phase.",
        ("in the unenhanced phase", ""),
    ),
    "a size and a phase that is not its own": (
        "emh-ct-body",
        lesion(size=mm("6"), hu_phase="unenhanced"),
        "Lesion: liver. Measuring 6 mm, measured in the unenhanced phase.",
        (", measured in the unenhanced phase", ""),
    ),
    "what a lesion is before its size": (
        BABY,
        group("finding", "one", presence="present", site="skin", size=mm("7"), skin_form="nodule"),
        "Lesion: skin. Nodules, measuring 7 mm.",
        ("Nodules, m", "M"),
    ),
    "a number and how many were counted": (
        MR,
        lesion(pattern="multifocal-masses", number="2-5", count=Integer(3)),
        "Lesion: liver. Multifocal masses, numbering 2 to 5 (3 counted).",
        ("(3 counted)", "(4 counted)"),
    ),
    "a number that the pattern says": (
        MR,
        lesion(pattern="diffuse-organ-enlargement", number="diffuse", echogenicity="isoechoic"),
        "Lesion: liver. Diffuse organ enlargement, isoechoic.",
        ("Diffuse organ", "Organ"),
    ),
    "one signal on two images": (
        MR,
        lesion(t1_signal="low", t1_reference="liver", t2_signal="low", t2_reference="liver"),
        "Lesion: liver. Low signal on T1 and T2 relative to liver.",
        ("on T1 and T2", "on T1"),
    ),
    "one signal relative to two tissues": (
        MR,
        lesion(t1_signal="low", t1_reference="liver", t2_signal="low", t2_reference="muscle"),
        "Lesion: liver. Low signal on T1 relative to liver, low signal on T2 relative to muscle.",
        ("T2 relative to muscle", "T2"),
    ),
    "two signals": (
        MR,
        lesion(t1_signal="low", t2_signal="high"),
        "Lesion: liver. Low signal on T1, high signal on T2.",
        (", high signal on T2", " and T2"),
    ),
    "earlier signals": (
        MR,
        lesion(change_status="stable", prior_t2_signal="high", prior_dwi_signal="high"),
        "Lesion: liver. Stable, previously high signal on T2 and DWI.",
        (" and DWI", ""),
    ),
    "uptake": (
        PET,
        lesion(fdg_uptake="above-liver", uptake_intensity="moderate", uptake_pattern="focal"),
        "Lesion: liver. FDG uptake above liver, moderate and focal.",
        (", moderate and focal", ", moderate"),
    ),
    "enhancement": (
        MR,
        lesion(enhancement_degree="mild", enhancement_pattern="heterogeneous"),
        "Lesion: liver. Mild heterogeneous enhancement.",
        ("Mild heterogeneous", "Mild homogeneous"),
    ),
    "enhancement that is no adjective": (
        MR,
        lesion(enhancement_degree="mild", enhancement_pattern="hypervascular-no-washout"),
        "Lesion: liver. Mild enhancement, hypervascular without washout.",
        (", hypervascular without washout", ""),
    ),
    "enhancement with a remark": (
        MR,
        lesion(enhancement_degree="mild", enhancement_pattern=[Coded("heterogeneous", text="as before")]),
        "Lesion: liver. Mild enhancement, enhancement pattern heterogeneous (as before).",
        ("(as before)", ""),
    ),
    "uptake that is absent": (
        PET,
        lesion(fdg_uptake="none", uptake_pattern="diffuse"),
        "Lesion: liver. FDG uptake absent, diffuse uptake.",
        (", diffuse uptake", ""),
    ),
    "fluid": (
        "emh-ct-body",
        group(
            "organ",
            organ="pleura",
            organ_side="left",
            effusion_size="large",
            effusion_density=Quantity("52", "[hnsf'U]"),
            fluid_character="hemorrhagic",
        ),
        "Left pleura: large amount of hemorrhagic fluid, fluid density 52 HU.",
        ("hemorrhagic fluid", "fluid"),
    ),
    "drainage": (
        "emh-ct-body",
        group(
            "organ",
            organ="pericardium",
            fluid_drained=Quantity("850", "mL"),
            fluid_drained_total=Quantity("1500", "mL"),
            fluid_drained_period=Quantity("3", "d"),
        ),
        "Pericardium: first drainage 850 mL, total drainage 1500 mL over 3 days.",
        ("first drainage", "total drainage"),
    ),
    "two signs of one organ": (
        "emh-ct-body",
        group("organ", organ="pericardium", tamponade_signs=NO, pericardial_constriction=NO),
        "Pericardium: No signs of tamponade or pericardial constriction.",
        (" or pericardial constriction", ""),
    ),
    "one sign of two": (
        "emh-ct-body",
        group("organ", organ="pericardium", tamponade_signs=YES, pericardial_constriction=NO),
        "Pericardium: There are signs of tamponade. No signs of pericardial constriction.",
        ("No signs", "There are signs"),
    ),
    "extension": (
        MR,
        group(
            "finding",
            "one",
            presence="present",
            site="paraspinal-lumbar",
            laterality="left",
            foraminal_extension=YES,
            epidural_extension=YES,
        ),
        "Lesion: left lumbar paraspinal region. It extends into the neural foramina and epidural space.",
        (" and epidural space", ""),
    ),
    "a part of a site": (
        MR,
        group("finding", "one", presence="indeterminate", site="orbit", laterality="left", site_part="eyelid"),
        "Lesion: left orbit, eyelid. Presence of lesion indeterminate.",
        ("left orbit, eyelid", "left orbit"),
    ),
    "a part that names its site": (
        MR,
        lesion(site_part="liver-segment-6", pattern="focal-mass"),
        "Lesion: liver segment 6. Focal mass.",
        ("segment 6", "segment 5"),
    ),
    "one quantity in two units": (
        MR,
        group("clinical", creatinine=Quantity("2.3", "mg/dL"), creatinine_molar=Quantity("203", "umol/L")),
        "Serum creatinine 2.3 mg/dL (203 µmol/L).",
        ("(203 µmol/L)", "(204 µmol/L)"),
    ),
    "a splenectomy with its date": (
        MR,
        group(
            "clinical",
            hemoglobin=Quantity("8.1", "g/dL"),
            splenectomy=YES,
            splenectomy_date=Date("2018-05"),
            splenectomy_interval=Quantity("6", "a"),
        ),
        "Hemoglobin 8.1 g/dL. Splenectomy in 2018-05, 6 years ago.",
        (", 6 years ago", ""),
    ),
    "a splenectomy without a date": (
        MR,
        group("clinical", splenectomy=YES, history_item="chronic-transfusion"),
        "The patient has had a splenectomy. History: many transfusions.",
        ("The patient has had a splenectomy", "No previous splenectomy"),
    ),
    "since and for": (
        MR,
        group(
            "cause",
            "one",
            cause="polycythemia-vera",
            cause_since=Date("1985"),
            cause_duration=Quantity("14", "a"),
        ),
        "Underlying cause: polycythemia vera, known since 1985, for 14 years.",
        (", for 14 years", ""),
    ),
    "what was examined, not how": (
        MR,
        group("procedure", body_region="head", exam_date=DateTime("2024-01-15")),
        "Examination of the head, performed on 2024-01-15.",
        ("of the head", ""),
    ),
    "sequences": (
        MR,
        group("procedure", mr_sequence=code("t1", "flair", "t2")),
        "Sequences: T1-weighted and T2-weighted images, and FLAIR.",
        (", and FLAIR", ""),
    ),
    "an earlier examination": (
        MR,
        group(
            "comparison", "one", prior_date=Date("2023-09-05"), prior_interval=Quantity("6", "mo"), prior_modality="CT"
        ),
        "Previous examination of 2023-09-05 (6 months earlier): CT.",
        ("(6 months earlier)", "(7 months earlier)"),
    ),
    "a biopsy": (
        MR,
        group("recommendation", "one", recommendation="biopsy", recommendation_modality="CT"),
        "Cautious biopsy guided by CT.",
        ("guided by CT", "guided by MR"),
    ),
    "not comparable": (
        MR,
        lesion(change_status="not-comparable"),
        "Lesion: liver. Not comparable with previous imaging.",
        ("Not comparable with previous imaging", "Stable"),
    ),
}
