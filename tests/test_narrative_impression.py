"""The impression of the narrative, and what is said once in it."""

import pytest

from emh_report.draft import Absent, Image, Levels, Text
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from tests.narrative_samples import Answers, group, report_of, section, told
from tests.test_readback import altered

# --- impression ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"emh_conclusion": "absent"}, "No extramedullary hematopoiesis."),
        ({"emh_conclusion": "present"}, "Extramedullary hematopoiesis present."),
        (
            {"emh_conclusion": "present", "conclusion_certainty": "likely"},
            "The findings are likely extramedullary hematopoiesis.",
        ),
        (
            {"emh_conclusion": "present", "conclusion_certainty": "unlikely"},
            "Extramedullary hematopoiesis present; certainty: unlikely.",
        ),
        (
            {"emh_conclusion": "indeterminate", "impression": [Text("Mass at T6."), Text("New")]},
            "1. Presence of extramedullary hematopoiesis indeterminate.\n2. Mass at T6.\n3. New.",
        ),
    ],
)
def test_impression(answers: Answers, expected: str) -> None:
    report = report_of(group("impression", **answers))
    assert narrate(report).impression.strip() == section(narrate(report), "impression") == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (("present", "diagnostic-of"), "The lesion in the left pleura is diagnostic of extramedullary hematopoiesis."),
        (("present", "may-represent"), "The lesion in the left pleura may represent extramedullary hematopoiesis."),
        (
            ("indeterminate", "may-represent"),
            "The lesion in the left pleura is indeterminate and may represent extramedullary hematopoiesis.",
        ),
        (
            ("indeterminate", "unlikely"),
            "The lesion in the left pleura is indeterminate and unlikely to be extramedullary hematopoiesis.",
        ),
        (("absent", "very-unlikely"), "No extramedullary hematopoiesis; its presence is very unlikely."),
        (("absent", "likely"), "No extramedullary hematopoiesis; certainty: likely."),
    ],
)
def test_conclusion_and_certainty_are_one_sentence(answers: tuple[str, str], expected: str) -> None:
    lesion = group("finding", presence="present", site="pleura", laterality="left")
    conclusion, certainty = answers
    report = report_of(lesion, group("impression", emh_conclusion=conclusion, conclusion_certainty=certainty))
    assert section(narrate(report), "impression") == expected
    assert read_back(report, narrate(report)) == []


LESIONS: dict[str, tuple[list[Answers], str, str]] = {
    "all as certain as it": (
        [
            {"site": "liver", "emh_certainty": "most-likely"},
            {"presence": "absent", "site": "spleen"},
            {"presence": "indeterminate", "site": "skin", "emh_certainty": "most-likely"},
        ],
        "The lesions in the liver and the skin are",
        "",
    ),
    "none with a certainty of its own": (
        [{"site": "liver"}, {"site": "skin"}],
        "The lesions in the liver and the skin are",
        "",
    ),
    "one less certain": (
        [{"site": "liver", "emh_certainty": "most-likely"}, {"site": "skin", "emh_certainty": "may-represent"}],
        "The findings are",
        " (lesion 1, liver: most likely; lesion 2, skin: may represent)",
    ),
    "one less certain that may not be there": (
        [
            {"site": "liver", "emh_certainty": "most-likely"},
            {"presence": "absent", "site": "spleen"},
            {
                "presence": "indeterminate",
                "site": "paraspinal-thoracic",
                "laterality": "left",
                "levels": Levels("T5", "T6"),
                "emh_certainty": "unlikely",
            },
        ],
        "The findings are",
        " (lesion 1, liver: most likely; lesion 3, left thoracic paraspinal region, T5–T6: unlikely)",
    ),
    "one not rated yet": (
        [{"site": "liver", "emh_certainty": "most-likely"}, {"site": "skin"}],
        "The findings are",
        "",
    ),
    "one that cannot be rated": (
        [{"site": "liver", "emh_certainty": "most-likely"}, {"site": "skin", "emh_certainty": Absent.UNKNOWN}],
        "The findings are",
        "",
    ),
    "one less certain beside some without": (
        [
            {"site": "liver", "emh_certainty": "unlikely"},
            {"site": "skin"},
            {"site": "breast", "emh_certainty": Absent.NOT_EVALUABLE},
        ],
        "The findings are",
        " (lesion 1, liver: unlikely; lesion 2, skin: not rated; lesion 3, breast: not evaluable)",
    ),
    "none as certain as it": (
        [{"site": "skin", "emh_certainty": "likely"}],
        "The findings are",
        " (lesion, skin: likely)",
    ),
}


@pytest.mark.parametrize(("entries", "subject", "beside"), LESIONS.values(), ids=LESIONS)
def test_a_conclusion_is_of_lesions_as_certain_as_it_or_says_each_with_its_own(
    entries: list[Answers], subject: str, beside: str
) -> None:
    lesions = [
        group("finding", str(number), **({"presence": "present"} | answers)) for number, answers in enumerate(entries)
    ]
    report = report_of(*lesions, group("impression", emh_conclusion="present", conclusion_certainty="most-likely"))
    assert section(narrate(report), "impression") == f"{subject} most likely extramedullary hematopoiesis{beside}."
    assert read_back(report, narrate(report)) == []
    wrong = altered(narrate(report), beside, beside.replace("; lesion", ", lesion").replace("unlikely", "likely"))
    assert not beside or wrong == narrate(report) or read_back(report, wrong) != []


def test_a_conclusion_that_names_some_of_the_lesions_is_not_taken() -> None:
    lesions = [
        group("finding", site, presence="present", site=site, emh_certainty=certainty)
        for site, certainty in (("paraspinal-unspecified", "most-likely"), ("breast", "may-represent"))
    ]
    stated = group("impression", emh_conclusion="indeterminate", conclusion_certainty="may-represent")
    report = report_of(*lesions, stated)
    narrative = narrate(report)
    assert "The findings are indeterminate and may represent extramedullary hematopoiesis (lesion 1" in narrative.text
    wrong = altered(narrative, "The findings are", "The lesion in the breast is")
    assert wrong != narrative
    assert read_back(report, wrong) != []


@pytest.mark.parametrize(
    ("answers", "subject"),
    [
        ({"pattern": "multifocal-masses"}, "The lesions in the mediastinum are"),
        ({"number": "2-5"}, "The lesions in the mediastinum are"),
        ({"laterality": "bilateral"}, "The lesions in the mediastinum on both sides are"),
        ({"number": "solitary", "laterality": "midline"}, "The lesion in the midline mediastinum is"),
        ({"number": "solitary", "laterality": "bilateral"}, "The lesion in the mediastinum on both sides is"),
        ({"number": "diffuse", "pattern": "infiltrative"}, "The lesion in the mediastinum is"),
    ],
)
def test_an_entry_that_stands_for_several_lesions_is_concluded_of_in_the_plural(answers: Answers, subject: str) -> None:
    lesion = group("finding", presence="present", site="mediastinum-unspecified", **answers)
    report = report_of(lesion, group("impression", emh_conclusion="present", conclusion_certainty="likely"))
    assert section(narrate(report), "impression") == f"{subject} likely extramedullary hematopoiesis."
    assert read_back(report, narrate(report)) == []


# --- said once -------------------------------------------------------------------------------------------------------


def test_a_numbering_that_all_levels_share_is_said_once() -> None:
    spine = [
        group("finding", uid, presence="present", site="paraspinal-thoracic", laterality="left", levels=levels)
        for uid, levels in (("a", Levels("T5", "T6", "from-c2")), ("b", Levels("T8", "T9", "from-c2")))
    ]
    assert told(*spine).splitlines() == [
        "Levels counted from C2.",
        "Lesion 1: left thoracic paraspinal region, T5–T6. Lesion present.",
        "Lesion 2: left thoracic paraspinal region, T8–T9. Lesion present.",
    ]
    other = group(
        "complication",
        "k",
        complication="cord-edema",
        complication_presence="present",
        complication_levels=Levels("T5", "T5", "from-l5"),
    )
    assert told(*spine, other).splitlines()[0] == (
        "Lesion 1: left thoracic paraspinal region, T5–T6 (levels counted from C2). Lesion present."
    )


def test_identifiers_stand_at_the_end_and_the_text_refers_to_them() -> None:
    image = Image(sop_instance_uid="1.2.3.4.5.6", sop_class_uid="1.2.840.10008.5.1.4.1.1.2", series_number=3)
    lesion = group("finding", presence="present", site="liver", image=image, tracking_uid=Text("2.25.1234.5.6.7"))
    assert told(lesion) == "Lesion: liver. Lesion present. See key image 1 (series 3)."
    text = narrate(report_of(lesion)).text
    assert text[text.index("KEY IMAGES") :].splitlines()[1:3] == [
        "Tracking UID (lesion): 2.25.1234.5.6.7.",
        "Key image 1 (lesion): SOP Instance UID 1.2.3.4.5.6, SOP Class UID 1.2.840.10008.5.1.4.1.1.2.",
    ]
