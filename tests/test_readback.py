"""Reading back: a faithful narrative has no discrepancy, and every kind of mistake in one is found."""

from dataclasses import replace

import pytest

from emh_report.draft import Absent, Boolean, Date, DateTime, Image, Levels, Measurement, Quantity, Text
from emh_report.export.narrative import narrate, paste_section
from emh_report.export.narrative.readback import read_back
from emh_report.export.narrative.sections import PASTED
from emh_report.report import Narrative, Report
from tests.narrative_samples import Answers, code, group, report_of

ONE = group(
    "finding",
    "one",
    presence="present",
    site="paraspinal-thoracic",
    laterality="right",
    levels=Levels("T5", "T11"),
    pattern="focal-mass",
    size=Measurement(("84", "73.50"), "mm"),
    foraminal_extension=Boolean(value=False),
    fat="macroscopic",
    iron=Absent.NOT_EVALUABLE,
    hu_mean=Quantity("-20", "[hnsf'U]"),
    calcification="absent",
    emh_certainty="most-likely",
    diagnosis_basis="imaging-plus-clinical",
    differential=code("lymphoma", "metastasis"),
    change_status="increased",
    remark=Text("Compare the scout."),
)
TWO = group(
    "finding", "two", presence="absent", site="adrenal", laterality="left", prior_size=Measurement(("25",), "mm")
)
GROUPS = (
    group("procedure", modality="CT", exam_date=DateTime("2026-05-04T09:12:00+02:00")),
    group("cause", "c", cause="primary-myelofibrosis", cause_status="suspected"),
    group("medication", "m", drug="luspatercept", drug_start=Date("2024-03")),
    group("comparison-statement", comparison_available=Boolean(value=True)),
    ONE,
    TWO,
    group("organ", "s", organ="spleen", spleen_state="enlarged", spleen_length=Quantity("182", "mm")),
    group("organ", "p", organ="pleura", organ_side="right", effusion_size="large", hemothorax="suspected"),
    group("complication", "k", complication="cardiac-tamponade", complication_presence="absent"),
    group("complication", "q", complication="spinal-cord-compression", complication_presence="suspected"),
    group(
        "critical",
        critical_present=Boolean(value=True),
        critical_category="cat-2",
        critical_finding="hemothorax",
        communication_status="pending",
        communication_pending_reason=Text("line busy"),
    ),
    group(
        "impression",
        emh_conclusion="absent",
        conclusion_certainty="very-unlikely",
        impression=[Text("Mass at T5."), Text("Large spleen")],
    ),
    group("recommendation", "r", recommendation="interval-imaging", recommendation_interval=Quantity("12", "wk")),
)
MISTAKES = {
    "dropped negation": ("No extension into the neural foramina", "Extension into the neural foramina"),
    "dropped negation of a feature": ("no calcification", "calcification"),
    "absent complication as present": ("No cardiac tamponade", "Cardiac tamponade"),
    "suspected complication as present": ("Suspected spinal cord compression", "Spinal cord compression"),
    "suspected feature as present": ("suspected hemothorax", "hemothorax"),
    "absent lesion as present": (". No lesion", ". Lesion present"),
    "denied conclusion as stated": ("No extramedullary hematopoiesis", "Extramedullary hematopoiesis"),
    "lost certainty": ("; its presence is very unlikely", ""),
    "other degree of certainty": ("is very unlikely", "is unlikely"),
    "suspected cause as established": ("cause, suspected", "cause, established"),
    "changed digit": ("182 mm", "128 mm"),
    "changed decimals": ("73.50", "73.5"),
    "changed sign": ("-20 HU", "20 HU"),
    "changed unit": ("84 × 73.50 mm", "84 × 73.50 cm"),
    "changed level": ("T5–T11", "T5–T12"),
    "changed date": ("2024-03", "2024-04"),
    "changed time": ("09:12", "09:21"),
    "changed interval": ("12 weeks", "2 weeks"),
    "changed category": ("category 2, hours", "category 3, days"),
    "swapped side": ("left adrenal gland", "right adrenal gland"),
    "swapped side of an organ": ("Right pleura", "Left pleura"),
    "other certainty": ("Most likely extramedullary", "Likely extramedullary"),
    "other organ": ("Spleen:", "Liver:"),
    "other lesion": ("Lesion 2:", "Lesion 1:"),
    "missing feature": ("Macroscopic fat, ", ""),
    "missing differential": ("lymphoma and metastasis", "lymphoma"),
    "missing gap": (" Iron not evaluable.", ""),
    "gap of another question": (" Iron not evaluable.", " Fat not evaluable."),
    "other reason": (" Iron not evaluable.", " Iron unknown."),
    "day as a month": ("on 2026-05-04", "in 2026-05-04"),
    "missing text": (" Remark: Compare the scout.", ""),
    "changed text": ("Compare the scout", "Compare the scouts"),
    "missing line": ("Large spleen", ""),
    "missing change": ("Increased. ", ""),
    "missing pending": ("line busy", ""),
    "said twice": ("length 182 mm", "length 182 mm, length 182 mm"),
    "invented finding": ("No cardiac tamponade.", "No cardiac tamponade. Hepatic infarct."),
    "invented number": ("Spleen: enlarged", "Spleen: enlarged, volume 900 mL"),
}


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(*GROUPS)


def altered(narrative: Narrative, old: str, new: str) -> Narrative:
    """The same mistake everywhere: text, HTML and sections agree with each other."""
    parts = [
        part._replace(text=part.text.replace(old, new), html=part.html.replace(old, new)) for part in narrative.sections
    ]
    text, html = narrative.text.replace(old, new), narrative.html.replace(old, new)
    return narrative._replace(text=text, html=html, sections=tuple(parts))


def test_a_faithful_narrative_has_no_discrepancy(report: Report) -> None:
    assert read_back(report, narrate(report)) == []
    assert read_back(report, paste_section(report), PASTED) == []


@pytest.mark.parametrize(("old", "new"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_found(report: Report, old: str, new: str) -> None:
    narrative = narrate(report)
    assert any(old in part.text for part in narrative.sections)
    assert read_back(report, altered(narrative, old, new)) != []


def test_doubt_that_a_critical_finding_lost_is_found() -> None:
    kind = group("complication", complication="renal-failure", complication_presence="suspected")
    stated = group("critical", critical_present=Boolean(value=True), critical_finding="renal-failure")
    report = report_of(kind, stated)
    narrative = narrate(report)
    wrong = altered(narrative, "finding: Suspected renal failure", "finding: Renal failure")
    assert wrong != narrative
    assert read_back(report, narrative) == []
    assert read_back(report, wrong) != []


CORDS = (
    group("procedure", modality="MR"),
    group("clinical", symptom="paraparesis"),
    group("finding", "a", presence="present", site="epidural-spinal", levels=Levels("T5", "T11")),
    group("finding", "b", presence="present", site="epidural-spinal", levels=Levels("L5", "L5")),
    group(
        "complication",
        complication="hemothorax",
        complication_presence="suspected",
        complication_side="left",
        complication_severity="massive",
    ),
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(lesion 1, ", "("),
        ("(lesion 1, ", "(lesion 2, "),
        (" (lesion 1, spinal epidural space, T5–T11)", ""),
        ("T5–T11);", "T5–T10);"),
        (" (lesion 2, spinal epidural space, L5)", " (lesion 1 and lesion 2, spinal epidural space, L5)"),
        ("with paraparesis (lesion 2", "(lesion 2"),
        ("Suspected left hemothorax, massive", "Left hemothorax, massive"),
        ("Suspected left hemothorax, massive", "Suspected right hemothorax, massive"),
        ("Suspected left hemothorax, massive", "Suspected hemothorax, massive"),
        ("Suspected left hemothorax, massive", "Suspected left hemothorax"),
    ],
)
def test_where_and_how_sure_a_critical_finding_is_are_read(old: str, new: str) -> None:
    report = report_of(*CORDS, template="emh-mri-spine")
    wrong = altered(narrate(report), old, new)
    assert wrong != narrate(report)
    assert read_back(report, narrate(report)) == []
    assert read_back(report, wrong) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("in the liver", "in the spleen"),
        ("The lesion in the liver is", "The findings are"),
        ("is indeterminate and", "is"),
        ("unlikely to be", "likely to be"),
        ("(T5)", "(T6)"),
        ("The lesion in the left", "The lesion in the right"),
    ],
)
def test_of_what_a_conclusion_is_and_how_sure_is_read(old: str, new: str) -> None:
    conclusion = group("impression", emh_conclusion="indeterminate", conclusion_certainty="unlikely")
    liver = group("finding", presence="present", site="liver")
    spine = group(
        "finding", presence="present", site="paraspinal-thoracic", laterality="left", levels=Levels("T5", "T5")
    )
    found = []
    for lesion in (liver, spine):
        report = report_of(lesion, conclusion)
        assert read_back(report, narrate(report)) == []
        wrong = altered(narrate(report), old, new)
        found += read_back(report, wrong)
        assert wrong == narrate(report) or read_back(report, wrong)
    assert found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.2.3.4.5.6", "1.2.3.4.5.7"),
        ("2.25.1234.5.6.7", "2.25.1234.5.6.8"),
        ("Series Instance UID", "Study Instance UID"),
        ("key image 2", "key image 1"),
        ("Key image 2 (", "Key image 3 ("),
        ("Levels counted from C2.", "Levels counted from L5."),
        ("Levels counted from C2.", ""),
    ],
)
def test_what_is_said_once_is_read_too(old: str, new: str) -> None:
    images = [
        Image(sop_instance_uid="1.2.3.4.5.6", series_number=3),
        Image(sop_instance_uid="1.2.3.4.5.8", series_instance_uid="1.2.3.4.5.9", frames=(1, 2)),
    ]
    spine = [
        group("finding", uid, presence="present", site="paraspinal-thoracic", laterality="left", **more)
        for uid, more in SPINE.items()
    ]
    report = report_of(
        *spine, group("finding", "c", site="liver", image=[*images], tracking_uid=Text("2.25.1234.5.6.7"))
    )
    assert read_back(report, narrate(report)) == []
    wrong = altered(narrate(report), old, new)
    assert wrong != narrate(report)
    assert read_back(report, wrong) != []


SPINE: dict[str, Answers] = {
    "a": {"levels": Levels("T5", "T6", "from-c2")},
    "b": {"levels": Levels("T8", "T9", "from-c2")},
}


def test_a_label_that_lost_its_place_is_found() -> None:
    report = report_of(*CORDS, template="emh-mri-spine")
    for finding in report.critical:
        for words in ("Suspected ", "left ", "lesion 1, ", "spinal epidural space", "T5–T11", ", L5"):
            label = finding.label.replace(words, "")
            others = tuple(one._replace(label=label) if one is finding else one for one in report.critical)
            lost = replace(report, critical=others)
            assert (read_back(lost, narrate(lost)) != []) is (label != finding.label)


@pytest.mark.parametrize(
    ("old", "new"), [(": absent", ""), ("Severe tricuspid", "Tricuspid"), (" Severity: severe.", "")]
)
def test_mistakes_about_an_absent_complication_are_found(old: str, new: str) -> None:
    report = report_of(
        group(
            "complication",
            complication="tricuspid-regurgitation",
            complication_presence="absent",
            complication_severity="severe",
        )
    )
    assert read_back(report, narrate(report)) == []
    assert read_back(report, altered(narrate(report), old, new)) != []


def test_measurements_of_two_lesions_that_change_places_are_found(report: Report) -> None:
    narrative = altered(narrate(report), "84 × 73.50 mm", "@")
    narrative = altered(altered(narrative, "25 mm", "84 × 73.50 mm"), "@", "25 mm")
    assert {entry.split(":")[0] for entry in read_back(report, narrative)} >= {
        "findings/one/size",
        "findings/two/prior-size",
    }


def test_text_and_html_that_differ_are_found(report: Report) -> None:
    narrative = narrate(report)
    parts = [part._replace(html=part.html.replace("No cardiac", "Cardiac")) for part in narrative.sections]
    found = read_back(report, narrative._replace(sections=tuple(parts)))
    assert "findings: text and HTML differ" in found
    assert "findings: the document has another text of this section" in found


def test_a_missing_section_or_paragraph_is_found(report: Report) -> None:
    narrative = narrate(report)
    without = tuple(part for part in narrative.sections if part.section.code != "comparison")
    assert "comparison: the section is missing" in read_back(report, narrative._replace(sections=without))
    paragraph = next(line for line in narrative.text.splitlines() if line.startswith("Spleen:"))
    assert read_back(report, altered(narrative, f"{paragraph}\n", "")) != []


@pytest.mark.parametrize(
    "words", ["Jane", "1980-05-06", "P-7", "A-77", "masses?", "1.2.840.1", "Roe", "Poe", "PRELIMINARY", "version 2"]
)
def test_what_stands_around_the_sections_is_read_too(report: Report, words: str) -> None:
    assert any("not said" in entry for entry in read_back(report, altered(narrate(report), words, "")))
