"""Critical findings in the narrative: first, once, with their category, and as certain as they were stated."""

import pytest

from emh_report.draft import (
    Absent,
    Boolean,
    Text,
)
from emh_report.export.narrative import narrate
from emh_report.export.narrative.readback import read_back
from tests.narrative_samples import Answers, critical, group, report_of, section


def test_critical_findings_come_first_with_their_category() -> None:
    pending = critical("pending", communication_pending_reason=Text("surgeon in theater"))
    impression = group("impression", emh_conclusion="present", impression=Text("Masses."))
    narrative = narrate(report_of(pending, impression))
    expected = ["Critical finding (category 1, minutes): Hemothorax.", "Communication pending: surgeon in theater."]
    assert section(narrative, "impression").splitlines()[:2] == expected
    lines = narrative.text.splitlines()
    assert lines[lines.index("CRITICAL FINDINGS") + 1 :][:2] == expected
    assert lines.index("CRITICAL FINDINGS") < lines.index("IMPRESSION")


@pytest.mark.parametrize(
    ("presences", "first"),
    [
        (("suspected",), "Suspected renal failure"),
        (("suspected", "absent"), "Suspected renal failure"),
        (("suspected", "present"), "Renal failure"),
        (("present",), "Renal failure"),
        ((), "Renal failure"),
    ],
)
def test_a_critical_finding_of_the_author_is_as_certain_as_its_complication(
    presences: tuple[str, ...], first: str
) -> None:
    kinds = [
        group("complication", str(number), complication="renal-failure", complication_presence=presence)
        for number, presence in enumerate(presences)
    ]
    stated = group("critical", critical_present=Boolean(value=True), critical_finding="renal-failure")
    report = report_of(*kinds, stated)
    assert not report.critical
    assert f": {first}." in section(narrate(report), "impression").splitlines()[0]
    assert read_back(report, narrate(report)) == []


def test_a_critical_finding_that_a_rule_names_is_not_said_again() -> None:
    kind = group("complication", complication="hemothorax", complication_presence="suspected", complication_side="left")
    report = report_of(kind, critical("communicated"))
    first = section(narrate(report), "impression").splitlines()[0]
    assert first == "Critical finding (category 1, minutes): Suspected left hemothorax."
    assert "; Hemothorax." not in narrate(report).text
    assert read_back(report, narrate(report)) == []


@pytest.mark.parametrize(
    ("answers", "stated", "again"),
    [
        ({"cord_compression": Boolean(value=True)}, "spinal-cord-compression", False),
        ({"cord_compression": Boolean(value=True)}, "cauda-equina-compression", False),
        ({"cord_compression": Boolean(value=True)}, "hemothorax", True),
        ({"escc": "3"}, "spinal-cord-compression", True),
        ({"escc": "3", "cord_compression": Absent.UNKNOWN}, "spinal-cord-compression", True),
    ],
)
def test_a_critical_finding_that_a_rule_says_in_other_words_is_not_said_again(
    answers: Answers, stated: str, again: bool
) -> None:
    lesion = group("finding", presence="present", site="epidural-spinal", **answers)
    mark = group("critical", critical_present=Boolean(value=True), critical_category="cat-2", critical_finding=stated)
    report = report_of(lesion, mark)
    lines = section(narrate(report), "impression").splitlines()
    assert any(line.rstrip(".").casefold().endswith(stated.replace("-", " ")) for line in lines) == again
    assert read_back(report, narrate(report)) == []


@pytest.mark.parametrize(
    ("compressed", "expected"),
    [
        (True, "Marked by the author: No critical or actionable finding."),
        (False, "No critical or actionable finding."),
    ],
)
def test_that_nothing_is_critical_is_the_word_of_the_author_where_a_rule_found_something(
    compressed: bool, expected: str
) -> None:
    lesion = group("finding", presence="present", site="epidural-spinal", cord_compression=Boolean(value=compressed))
    report = report_of(lesion, group("critical", critical_present=Boolean(value=False)))
    assert bool(report.critical) == compressed
    assert section(narrate(report), "communication") == expected
    assert read_back(report, narrate(report)) == []


def test_a_new_mass_without_symptoms_is_told_once() -> None:
    lesion = group("finding", presence="present", site="liver", pattern="focal-mass", incidental=Boolean(value=True))
    mark: Answers = {"critical_present": Boolean(value=True), "critical_category": "cat-3"}
    expected = "Actionable finding (category 3, days): Focal mass, found incidentally (liver)."
    for stated in (mark, {**mark, "critical_finding": "mass-without-symptoms"}):
        report = report_of(lesion, group("critical", **stated))
        assert section(narrate(report), "impression").splitlines()[0] == expected
        assert read_back(report, narrate(report)) == []


def test_a_critical_finding_that_its_author_holds_for_more_urgent_is_said_again() -> None:
    kind = group("complication", complication="cord-edema", complication_presence="suspected")
    stated = group(
        "critical", critical_present=Boolean(value=True), critical_category="cat-1", critical_finding="cord-edema"
    )
    report = report_of(kind, stated)
    lines = section(narrate(report), "impression").splitlines()
    assert lines[0] == "Critical finding (category 1, minutes): Suspected cord edema."
    assert lines[1].startswith("Critical finding (category 2, hours): ")
    assert read_back(report, narrate(report)) == []


def test_critical_findings_of_rules_are_grouped_by_category_and_name_their_place() -> None:
    kinds = [
        group("complication", "k1", complication="hemothorax", complication_presence="suspected"),
        group("complication", "k2", complication="cardiac-tamponade", complication_presence="present"),
    ]
    first = section(narrate(report_of(*kinds)), "impression").splitlines()[0]
    assert first.startswith("Critical findings (category 1, minutes): ")
    assert first.endswith(": Suspected hemothorax; Cardiac tamponade.")
