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
from tests.narrative_samples import CONTEXT, group, report_of, told
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


def test_a_signal_of_the_lesion_does_not_read_as_one_of_the_cord() -> None:
    said = lesion(
        site="epidural-spinal",
        escc="2",
        cord_signal=[Coded("t2-high"), Coded("atrophy")],
        t1_signal="low",
        t2_signal="high",
    )
    assert told(said, template="emh-mri-spine") == (
        "Lesion: spinal epidural space. ESCC grade 2, high T2 signal of the cord and cord atrophy."
        " Low signal on T1, high signal on T2."
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
