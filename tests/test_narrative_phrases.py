"""The narrative: answers that stand one behind the other make a phrase; what is read back is as strict about it."""

from dataclasses import replace

import pytest

from emh_report import pipeline
from emh_report.context import Focus
from emh_report.draft import Absent, Coded, Draft, Group, Item, Quantity, Text
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from emh_report.migration import Fate, migrate
from tests.case_files import catalog
from tests.narrative_samples import CONTEXT, Answer, code, group, report_of, told
from tests.phrase_samples import BABY, MR, PHRASES, lesion, mm
from tests.test_readback import altered


@pytest.mark.parametrize(("template", "said", "expected", "mistake"), PHRASES.values(), ids=PHRASES)
def test_answers_make_a_phrase_and_none_is_lost(
    template: str, said: Group, expected: str, mistake: tuple[str, str]
) -> None:
    report = report_of(said, template=template)
    assert told(said, template=template) == expected
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    wrong = altered(narrative, *mistake)
    assert wrong != narrative
    assert read_back(report, wrong) != []


def test_an_answer_that_is_not_known_does_not_part_two_that_make_a_phrase() -> None:
    said = lesion(size=mm("6"), size_descriptor=Absent.UNKNOWN, size_method="us")
    assert told(said, template=MR) == "Lesion: liver. Measuring 6 mm on ultrasound. Size in words unknown."
    report = report_of(said, template=MR)
    assert read_back(report, narrate(report)) == []


def test_what_was_written_beside_an_answer_stays_with_it() -> None:
    said = lesion(size=mm("6"), size_descriptor=[Coded("small", text="as on CT")], size_method="us")
    assert told(said, template=MR) == "Lesion: liver. Measuring 6 mm, small (as on CT), measured on ultrasound."
    report = report_of(said, template=MR)
    assert read_back(report, narrate(report)) == []


def test_a_velocity_and_its_multiple_are_one_quantity() -> None:
    flow = group("perinatal", mca_psv=Quantity("65", "cm/s"), mca_psv_mom=Quantity("1.83", "{M.o.M}"))
    report = report_of(flow, template=BABY, context=replace(CONTEXT, focus=Focus.FETUS))
    assert "MCA peak systolic velocity 65 cm/s (1.83 MoM)." in narrate(report).text
    assert read_back(report, narrate(report)) == []


@pytest.mark.parametrize(
    ("typed", "told", "mistake"),
    [
        (Quantity("27+3"), "gestational age 27 weeks 3 days", ("3 days", "4 days")),
        (Quantity("29+0", "wk"), "gestational age 29 weeks 0 days", (" 0 days", "")),
        (Quantity("197", "d"), "gestational age 28 weeks 1 day", ("28 weeks 1 day", "197 days")),
        (Quantity("27", "wk"), "gestational age 27 weeks", ("27 weeks", "27 weeks 0 days")),
        (Quantity("192.5", "d"), "gestational age 192.5 days", ("192.5 days", "27 weeks 3 days")),
    ],
    ids=str,
)
def test_a_pregnancy_is_dated_in_weeks_and_days(typed: Quantity, told: str, mistake: tuple[str, str]) -> None:
    age = group("perinatal", gestational_age=typed)
    report = report_of(age, template=BABY, context=replace(CONTEXT, focus=Focus.FETUS))
    narrative = narrate(report)
    assert f"Fetus and newborn: {told}." in narrative.text
    assert read_back(report, narrative) == []
    assert read_back(report, altered(narrative, *mistake)) != []


def test_an_age_after_birth_stays_in_its_unit() -> None:
    newborn = group("perinatal", postnatal_age=Quantity("10", "d"))
    assert told(newborn, template=BABY) == "Fetus and newborn: age after birth 10 days."


def test_what_was_not_seen_does_not_stand_before_a_size() -> None:
    said = group("finding", "one", presence="present", site="lung", size=mm("7"), lung_pattern="normal-on-ct")
    assert told(said) == "Lesion: lung. Measuring 7 mm, no parenchymal abnormality on CT."


def test_no_sentence_of_a_lesion_starts_with_a_number() -> None:
    for number in ("2-5", "6-10", "more-than-10"):
        assert "liver. Numbering " in told(lesion(number=number), template=MR)


def test_a_follow_up_of_the_version_before_is_brought_to_this_one_with_every_answer() -> None:
    before = group(
        "followup",
        diameter_sum_prior=Quantity("44", "mm"),
        spleen_volume_prior=Quantity("1480", "mL"),
        remark=Text("x"),
    )
    found = migrate(catalog(), Draft("emh-followup", "1.2.0", (before,), "0" * 64))
    assert (found.from_version, found.to_version, found.needed) == ("1.2.0", "1.3.0", True)
    assert found.draft.groups == (before,)
    assert {one.fate for one in found.carried} == {Fate.KEPT}
    rules = {issue.rule_id for issue in pipeline.validate(catalog(), found.draft, CONTEXT).issues}
    assert not rules & {"wrong-template-version", "unknown-field", "unknown-group"}
    assert Item("diameter-sum-prior", Quantity("44", "mm")) in found.draft.groups[0].items


@pytest.mark.parametrize(
    ("template", "said", "expected"),
    [
        (
            "emh-ct-body",
            lesion(bone_change="normal", calcification="absent"),
            "Lesion: liver. Adjacent bone unremarkable, no calcification.",
        ),
        ("emh-perinatal", group("perinatal", perinatal_skin="not-examined"), "Fetus and newborn: Skin: not examined."),
        (
            "emh-mri-brain-hn",
            group("finding", presence="present", site="orbit", laterality="left", head_compartment="orbit-extraconal"),
            "Lesion: left orbit. In the extraconal space of the orbit.",
        ),
    ],
)
def test_a_term_reads_well_behind_what_comes_before_it(template: str, said: Group, expected: str) -> None:
    assert told(said, template=template) == expected


def test_what_a_lesion_is_made_of_does_not_read_as_of_cord_or_canal() -> None:
    said = lesion(
        site="epidural-spinal",
        escc="2",
        cord_signal=[Coded("t2-high"), Coded("atrophy")],
        canal_diameter=Quantity("5", "mm"),
        fat="predominant",
        size=mm("9"),
        change_status="increased",
        prior_size=mm("6"),
        emh_certainty="may-represent",
        t1_signal="low",
        t2_signal="high",
    )
    assert told(said, template="emh-mri-spine") == (
        "Lesion: spinal epidural space. Measuring 9 mm, ESCC grade 2, predominantly fat, low signal on T1, high signal"
        " on T2. Increased, previously 6 mm. This may represent extramedullary hematopoiesis."
        " High T2 signal of the cord and cord atrophy, canal diameter 5 mm."
    )
    report = report_of(said, template="emh-mri-spine")
    assert read_back(report, narrate(report)) == []


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            {"pattern": "multifocal-masses", "number": "2-5"},
            "Multifocal masses, numbering 2 to 5, the largest measuring",
        ),
        (
            {"pattern": "multifocal-masses", "size_descriptor": "large"},
            "Large multifocal masses, the largest measuring",
        ),
        ({"number": "innumerable"}, "Innumerable, the largest measuring"),
        ({"pattern": "focal-mass", "number": "solitary"}, "Focal mass, solitary, measuring"),
    ],
)
def test_the_size_of_several_lesions_is_that_of_the_largest(answers: dict[str, str], words: str) -> None:
    said = lesion(**answers, size=mm("20", "18"), size_method="mr")
    assert told(said, template=MR) == f"Lesion: liver. {words} 20 × 18 mm on MR."
    report = report_of(said, template=MR)
    narrative = narrate(report)
    assert read_back(report, narrative) == []
    if "largest" in words:
        assert read_back(report, altered(narrative, "the largest measuring", "measuring")) != []


BOTH, DURA = {"laterality": "bilateral"}, {"site": "intracranial-dural", "laterality": "left"}
HEAD: dict[str, Answer] = {"head_compartment": "subdural", "cranial_location": "falx"}
SEVEN = Quantity("7", "mm")


@pytest.mark.parametrize(
    ("template", "answers", "words", "mistake"),
    [
        (
            MR,
            {**BOTH, "site": "kidney", "number": "2-5", "size_right": mm("62"), "size_left": mm("48")},
            "both kidneys. Numbering 2 to 5, the largest measuring 62 mm on the right, 48 mm on the left.",
            ("the largest measuring", "measuring"),
        ),
        (
            MR,
            {**BOTH, "site": "kidney", "number": "2-5", "size": mm("70"), "size_right": mm("62")},
            "both kidneys. Numbering 2 to 5, the largest measuring 70 mm, 62 mm on the right.",
            ("62 mm on the right", "62 mm on the left"),
        ),
        (
            "emh-mri-brain-hn",
            {**DURA, **HEAD, "swi_finding": "hemosiderin-rim", "lesion_thickness": SEVEN},
            "left intracranial dura. Subdural at the falx, thickness 7 mm, hemosiderin rim.",
            ("thickness 7 mm", "thickness 9 mm"),
        ),
        (
            "emh-mri-brain-hn",
            {**DURA, **HEAD, "swi_finding": "microbleeds", "lesion_thickness": SEVEN, "size": mm("40")}
            | {"size_descriptor": "small", "size_method": "mr"},
            "left intracranial dura. Subdural at the falx, small, measuring 40 mm on MR, thickness 7 mm, microbleeds.",
            ("40 mm on MR", "40 mm on CT"),
        ),
        (
            BABY,
            {"site": "skin", "skin_form": "plaque", "size_smallest": Quantity("2", "mm")},
            "skin. Plaques, smallest 2 mm.",
            ("smallest 2 mm", "largest 2 mm"),
        ),
        (
            MR,
            {"lesion_variability": code("size", "signal")},
            "liver. Size and signal variable between lesions.",
            ("Size and signal", "Size"),
        ),
    ],
)
def test_a_size_stands_where_it_is_of_the_lesion(
    template: str, answers: dict[str, Answer], words: str, mistake: tuple[str, str]
) -> None:
    report = report_of(lesion(**answers), template=template)
    narrative = narrate(report)
    assert told(lesion(**answers), template=template) == f"Lesion: {words}"
    assert read_back(report, narrative) == []
    assert read_back(report, altered(narrative, *mistake)) != []


def test_an_absent_answer_to_a_question_that_is_no_noun_stands_behind_a_colon() -> None:
    said = group(
        "cause",
        cause="primary-myelofibrosis",
        cause_onset_age=Absent.UNKNOWN,
        cause_since=Absent.UNKNOWN,
        cause_duration=Absent.NOT_EVALUABLE,
    )
    report = report_of(said)
    assert told(said) == (
        "Underlying cause: primary myelofibrosis. Known since: unknown. Age at diagnosis unknown. "
        "Known for: not evaluable."
    )
    assert read_back(report, narrate(report)) == []
    assert read_back(report, altered(narrate(report), "Known since: unknown.", "Known since: not evaluable.")) != []
