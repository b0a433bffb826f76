"""The narrative: both sides in the plural, and nothing said twice; what is read back is as strict about it."""

import pytest

from emh_report.draft import Absent, Boolean, Coded, DateTime, Group, Levels, Measurement, Quantity
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from tests.case_files import catalog
from tests.narrative_samples import Answer, code, group, report_of, told
from tests.test_readback import altered

HEAD = "emh-mri-brain-hn"


def lesion(uid: str = "one", **answers: Answer) -> Group:
    return group("finding", uid, **({"presence": "present"} | answers))


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("orbit", "both orbits"),
        ("pleura", "both pleurae"),
        ("paraspinal-lumbar", "both lumbar paraspinal regions"),
        ("rib", "ribs on both sides"),
        ("paranasal-sinus", "paranasal sinuses on both sides"),
        ("intracranial-dural", "intracranial dura on both sides"),
        ("lymph-node", "lymph nodes on both sides"),
    ],
)
def test_both_sides_are_in_the_plural(site: str, expected: str) -> None:
    """In the paragraph of the lesion and in the impression."""
    found = [
        lesion(site=site, laterality="bilateral", emh_certainty="likely"),
        group("impression", conclusion_certainty="likely"),
    ]
    report = report_of(*found)
    narrative = narrate(report)
    assert f"Lesion: {expected}." in narrative.text
    of = expected if expected.startswith("both ") else f"the {expected}"
    assert f"The lesions in {of} are likely extramedullary hematopoiesis." in narrative.text
    assert read_back(report, narrative) == []


def test_a_place_of_ones_own_has_its_sides_too() -> None:
    elsewhere = lesion(site=[Coded("other", text="Sternal notch")], laterality="bilateral")
    assert told(elsewhere).startswith("Lesion: Sternal notch on both sides.")
    noted = lesion(site=[Coded("orbit", text="upper lid")], laterality="bilateral")
    assert told(noted, template=HEAD).startswith("Lesion: both orbits (upper lid).")
    assert read_back(report_of(noted, template=HEAD), narrate(report_of(noted, template=HEAD))) == []


@pytest.mark.parametrize(
    ("organ", "expected"), [("kidney", "Both kidneys"), ("adrenal", "Both adrenal glands"), ("pleura", "Both pleurae")]
)
def test_organs_of_both_sides_are_in_the_plural(organ: str, expected: str) -> None:
    both = group("organ", organ=organ, organ_side="bilateral", organ_state="normal")
    assert told(both) == f"{expected}: normal."


def test_every_paired_place_has_a_plural() -> None:
    """Data of the vocabulary: a term whose side is required says what both of them are called."""
    missing = [
        f"{name}/{term.code}"
        for name in ("site", "organ")
        for term in catalog().vocabularies[name].terms.values()
        if term.properties.get("laterality") == "required" and term.bilateral == f"{term.phrase} on both sides"
    ]
    assert missing == ["site/soft-tissue"]  # "soft tissues" is a plural already


def test_a_critical_finding_says_both_sides_in_the_plural() -> None:
    orbits = lesion(site="orbit", laterality="bilateral")
    report = report_of(orbits, group("clinical", symptom="proptosis"), template=HEAD)
    narrative = narrate(report)
    assert "Lesion with proptosis (both orbits)." in narrative.text
    assert read_back(report, narrative) == []
    wrong = altered(narrative, "(both orbits)", "(left orbit)")
    assert read_back(report, wrong) != []


def test_places_have_their_articles() -> None:
    places = [
        lesion("one", site="liver", emh_certainty="likely"),
        lesion("two", site="orbit", laterality="bilateral", emh_certainty="likely"),
        group("impression", conclusion_certainty="likely"),
    ]
    assert told(places[2], *places[:2]) == (
        "The lesions in the liver and both orbits are likely extramedullary hematopoiesis."
    )


ONCE: dict[str, tuple[Group, str, tuple[str, str]]] = {
    "a shift with its size": (
        group("head", mass_effect=code("sulcal-effacement", "midline-shift"), midline_shift=Quantity("6", "mm")),
        "Head and neck: sulcal effacement, midline shift 6 mm.",
        ("midline shift 6 mm", "midline shift"),
    ),
    "a shift alone": (
        group("head", mass_effect=code("sulcal-effacement", "midline-shift")),
        "Head and neck: sulcal effacement and midline shift.",
        (" and midline shift", ""),
    ),
    "a degree of enlargement": (
        group("organ", organ="heart", organ_state="enlarged", enlargement_degree="moderate"),
        "Heart: moderately enlarged.",
        ("moderately enlarged", "mildly enlarged"),
    ),
    "a degree with something written beside it": (
        group("organ", organ="heart", organ_state="enlarged", enlargement_degree=Coded("moderate", text="left atrium")),
        "Heart: enlarged, moderate enlargement (left atrium).",
        (" (left atrium)", ""),
    ),
    "a complication that is not known": (
        group("complication", complication=Absent.UNKNOWN, complication_presence="suspected"),
        "Suspected complication. Complication unknown.",
        ("Complication unknown", "Complication not evaluable"),
    ),
    "a degree of nothing": (
        group("organ", organ="heart", organ_state="normal", enlargement_degree="none"),
        "Heart: normal, no enlargement.",
        ("no enlargement", "enlargement"),
    ),
    "sizes on both sides": (
        lesion(
            site="orbit",
            laterality="bilateral",
            size_right=Measurement(("14", "8"), "mm"),
            size_left=Measurement(("16", "9"), "mm"),
        ),
        "Lesion: both orbits. Measuring 14 × 8 mm on the right, 16 × 9 mm on the left.",
        ("16 × 9 mm on the left", "14 × 8 mm on the left"),
    ),
    "the size of the larger side": (
        lesion(
            site="orbit",
            laterality="bilateral",
            size=Measurement(("16", "9"), "mm"),
            size_right=Measurement(("14", "8"), "mm"),
            size_left=Measurement(("16", "9"), "mm"),
        ),
        "Lesion: both orbits. Measuring 14 × 8 mm on the right, 16 × 9 mm on the left.",
        ("16 × 9 mm on the left", "14 × 8 mm on the left"),
    ),
    "a size that no side has": (
        lesion(
            site="orbit",
            laterality="bilateral",
            size=Measurement(("16", "9"), "mm"),
            size_left=Measurement(("16.0", "9"), "mm"),
        ),
        "Lesion: both orbits. Measuring 16 × 9 mm, 16.0 × 9 mm on the left.",
        ("16 × 9 mm, ", ""),
    ),
    "a change and its degree": (
        group("skeleton", bone_change="rib-expansion", bone_location="ribs", rib_expansion="severe"),
        "Skeleton and bone marrow: severe rib expansion.",
        ("severe rib expansion", "rib expansion"),
    ),
    "a change and its degree in places": (
        group("skeleton", bone_change="rib-expansion", rib_expansion="mild", rib_expansion_location="posterior-ribs"),
        "Skeleton and bone marrow: mild rib expansion in the posterior ribs.",
        ("mild rib expansion", "rib expansion"),
    ),
    "a change and its degree, in an unknown place": (
        group("skeleton", bone_change="rib-expansion", bone_location=Absent.UNKNOWN, rib_expansion="severe"),
        "Skeleton and bone marrow: severe rib expansion. Bones affected unknown.",
        (" Bones affected unknown.", ""),
    ),
    "a change in more places than its degree": (
        group("skeleton", bone_change="rib-expansion", bone_location="posterior-ribs", rib_expansion="severe"),
        "Skeleton and bone marrow: rib expansion in the posterior ribs, severe rib expansion.",
        (" in the posterior ribs", ""),
    ),
    "a change and no degree": (
        group("skeleton", bone_change="rib-expansion", bone_location="ribs", rib_expansion="present"),
        "Skeleton and bone marrow: rib expansion in the ribs, ungraded rib expansion.",
        ("rib expansion in the ribs, ", ""),
    ),
    "signals": (
        lesion(site="liver", t2_signal=code("intermediate", "high")),
        "Lesion: liver. Intermediate and high signal on T2.",
        ("Intermediate and high signal", "High signal"),
    ),
    "a place that is not sure": (
        group("finding", presence="indeterminate", site="liver"),
        "Lesion: liver. Presence of lesion indeterminate.",
        ("Presence of lesion indeterminate", "Lesion indeterminate"),
    ),
    "a bleeding after its procedure": (
        group(
            "complication",
            complication="biopsy-bleeding",
            complication_presence="present",
            complication_timing="after-procedure",
        ),
        "Bleeding after biopsy.",
        ("Bleeding after biopsy", "No bleeding after biopsy"),
    ),
    "another after a procedure": (
        group(
            "complication",
            complication="hemothorax",
            complication_presence="present",
            complication_timing="after-procedure",
        ),
        "Hemothorax, after a procedure.",
        (", after a procedure", ""),
    ),
}


@pytest.mark.parametrize(("said", "expected", "mistake"), ONCE.values(), ids=ONCE)
def test_nothing_is_said_twice_and_nothing_is_lost(said: Group, expected: str, mistake: tuple[str, str]) -> None:
    assert told(said, template=HEAD) == expected
    report = report_of(said, template=HEAD)
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    wrong = altered(narrative, *mistake)
    assert wrong != narrative
    assert read_back(report, wrong) != []


def test_adjectives_of_one_noun_stand_before_it_once() -> None:
    avid = lesion(site="spleen", uptake_intensity="marked", uptake_pattern="diffuse")
    assert told(avid, template="emh-pet") == "Lesion: spleen. Marked, diffuse uptake."
    faint = lesion(site="spleen", uptake_intensity="none", uptake_pattern="diffuse")
    assert (
        told(faint, template="emh-pet") == "Lesion: spleen. No significant uptake, diffuse uptake."
    )  # a "no" is of its own noun only


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (code("splenectomy-for-trauma", "viral-hepatitis"), "History: splenectomy for trauma, and viral hepatitis."),
        (code("chronic-transfusion", "viral-hepatitis"), "History: many transfusions and viral hepatitis."),
        (code("viral-hepatitis", "splenectomy-for-trauma"), "History: viral hepatitis and splenectomy for trauma."),
    ],
)
def test_two_are_told_apart_where_the_first_is_compound(history: Answer, expected: str) -> None:
    assert told(group("clinical", history_item=history)) == expected


@pytest.mark.parametrize("organ", ["liver", "spleen"])
def test_an_organ_of_which_nothing_is_known_says_so_once(organ: str) -> None:
    """The question has the name of the organ, so that it is not said again; the read-back finds it there."""
    unknown = group("organ", organ=organ, **{f"{organ}_state": Absent.UNKNOWN})
    report = report_of(unknown)
    narrative = narrate(report)
    assert told(unknown) == f"{organ.capitalize()}: unknown."
    assert read_back(report, narrative) == []
    assert (
        read_back(report, altered(narrative, f"{organ.capitalize()}: unknown.", f"{organ.capitalize()}: normal.")) != []
    )


def test_an_alternative_in_the_second_of_two_is_of_the_second() -> None:
    lesion_ = lesion(site="presacral", differential=code("lymphoma", "splenosis"))
    assert told(lesion_).endswith("Differential diagnosis: lymphoma, and splenosis or accessory spleen.")
    report = report_of(lesion_)
    assert read_back(report, narrate(report)) == []


def test_levels_are_counted_in_one_sentence() -> None:
    """Where the spine was asked how its levels were counted, that is where it is said."""
    epidural = [
        lesion(uid, site="epidural-spinal", levels=Levels(upper, lower, "from-c2"))
        for uid, upper, lower in (("one", "T4", "T6"), ("two", "L1", "L2"))
    ]
    counted = group("spine", spine_coverage="whole-spine", level_numbering="from-c2")
    text = told(*epidural, counted, template="emh-mri-spine")
    assert text.casefold().count("levels counted from c2") == 1
    assert "Levels counted from C2." in told(*epidural, template="emh-mri-spine")
    report = report_of(*epidural, counted, template="emh-mri-spine")
    assert read_back(report, narrate(report)) == []


def test_an_examination_without_a_method_is_an_examination() -> None:
    when = DateTime("2026-05-04")
    assert told(group("procedure", exam_date=when)) == "Examination performed on 2026-05-04."
    report = report_of(group("procedure", exam_date=when))
    assert read_back(report, narrate(report)) == []
    assert read_back(report, altered(narrate(report), "Examination performed", "Performed")) != []
    assert told(group("procedure", modality="CT", exam_date=when)) == "CT, performed on 2026-05-04."


def test_a_colloid_scan_is_not_done_with_scintigraphy() -> None:
    scan = group("recommendation", recommendation="tc-99m-sc-scan", recommendation_modality="NM")
    assert told(scan) == "Tc-99m sulfur colloid scintigraphy."


def test_what_the_author_marked_without_a_name_points_to_the_impression() -> None:
    marked = group("critical", critical_present=Boolean(value=True), critical_category="cat-3")
    report = report_of(marked)
    assert "Actionable finding (category 3, days): Marked by the author; see the impression." in narrate(report).text
    assert read_back(report, narrate(report)) == []
