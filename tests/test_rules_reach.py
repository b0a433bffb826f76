"""What a rule reaches and what it leaves alone, where one case each (tests/rules) does not show it."""

from __future__ import annotations

from typing import Any

import pytest

from emh_report import pipeline
from tests.rule_cases import catalog, context_of, draft_of

EPIDURAL = {"site": "epidural-spinal", "presence": "present"}
PARASPINAL = {"site": "paraspinal-thoracic", "presence": "present"}
CT = {"modality": "CT"}
CALCIFIED = {"presence": "present", "calcification": "coarse"}
SPLENECTOMY = {"splenectomy": True}
DEFICIT = {"neuro-deficit-new": True}
VISION = {"symptom": "visual-loss"}
CORD_SUSPECTED = {"complication": "spinal-cord-compression", "complication-presence": "suspected"}
DURAL = {"site": "intracranial-dural", "presence": "present"}
SINUS = {"site": "paranasal-sinus", "presence": "present"}
MASS = {"site": "liver", "presence": "present", "pattern": "focal-mass"}
INFARCT = {"organ": "spleen", "spleen-feature": "infarct"}
DENSE = {"organ": "pleura", "effusion-size": "large", "effusion-density": "60 [hnsf'U]"}
FETUS = {"focus": "fetus"}
MCA = {"mca-psv-mom": "1.6 {M.o.M}"}
ALL_PARTS = ["cervical", "thoracic", "lumbar", "sacral"]
STATEMENT = {"bleeding-risk-statement": "Lesions of this disease can bleed massively."}
BIOPSY = {"recommendation": "biopsy"}
MR = {"modality": "MR"}
BOTH = {"modality": ["CT", "MR"]}
OF_MR = {"modality": ["MR"]}
CORD_NAMED = {"critical-present": True, "critical-finding": "spinal-cord-compression", "critical-category": "cat-2"}
IN_UTC = {"issued": "2024-05-05T23:30:00Z"}
AT_NIGHT = {"issued": "2024-05-05T23:30:00+02:00"}
NO_EXTENSION = {**PARASPINAL, "epidural-extension": False}
IN_FORAMEN = {**NO_EXTENSION, "foraminal-extension": True}
UNSEEN_EXTENSION = {**PARASPINAL, "epidural-extension": "?not-evaluable"}
NOT_COMPARED = {"comparison-available": False}
FIBROSIS = {"cause": "primary-myelofibrosis"}
DATED = {"exam-date": "2024-05-06"}
ORBIT = {"site": "orbit", "presence": "present", "laterality": "right"}
SETTLED = {**EPIDURAL, "cord-compression": False, "change-status": "stable"}
OLD_DEFICIT = {
    "comparison-statement": {"comparison-available": True},
    "clinical": {"symptom": "gait-disturbance", "neuro-deficit-new": False},
}
NERVE = {"optic-nerve": "compressed", "optic-nerve-side": "left"}


def rules(template: str, groups: dict[str, Any]) -> set[str]:
    """Return the rules that fire on a draft in short form."""
    verdict = pipeline.validate(catalog(), draft_of(template, groups), context_of(groups))
    return {issue.rule_id for issue in verdict.issues if not issue.message.startswith("could not be checked")}


FIRES = [
    ("A13i", "emh-minimal", {"critical": CORD_NAMED}),
    ("A01c", "emh-mri-spine", {"finding": EPIDURAL, "clinical": {"symptom": "weakness"}}),
    (
        "A01g",
        "emh-mri-spine",
        {
            "finding": EPIDURAL,
            "complication": {"complication": "sensory-disturbance", "complication-presence": "suspected"},
        },
    ),
    ("A01l", "emh-mri-spine", {"finding": {**EPIDURAL, "cord-signal": ["t2-high", "atrophy"]}}),
    ("A01l", "emh-mri-spine", {"finding": {**EPIDURAL, "cord-signal": "t2-high", "cord-signal-change": "worse"}}),
    ("C20a", "emh-ct-body", {"procedure": {"modality": "CT", "body-region": "whole-body"}, "finding": EPIDURAL}),
    ("C20a", "emh-pet", {"procedure": {"modality": ["PT", "CT"], "body-region": "spine"}, "finding": EPIDURAL}),
    ("C20a", "emh-mri-spine", {"spine": {"spine-coverage": ALL_PARTS[1:]}, "finding": EPIDURAL}),
    (
        "C20b",
        "emh-ct-body",
        {"procedure": {"modality": "CT", "body-region": "whole-body"}, "finding": PARASPINAL, "clinical": DEFICIT},
    ),
    ("C05c", "emh-ct-body", {"organ": {"organ": "spleen", "spleen-length": "120 mm"}, "clinical": SPLENECTOMY}),
    ("C28", "emh-biopsy-plan", {"biopsy": {"target-lesion": "T9"}, "recommendation": BIOPSY}),
    ("S24b", "emh-mri-spine", {"finding": {**EPIDURAL, "escc": "1c", "cord-compression": True}}),
    ("C10", "emh-ct-body", {"procedure": CT, "finding": {**CALCIFIED, "site": "liver"}}),
    ("C10", "emh-ct-body", {"procedure": CT, "finding": CALCIFIED}),
    ("C19a", "emh-minimal", {"finding": EPIDURAL}),
    ("C19a", "emh-minimal", {"finding": {**PARASPINAL, "epidural-extension": True}}),
    ("C19a", "emh-mri-abdomen", {"finding": {**PARASPINAL, "epidural-extension": True}}),
    ("C19a", "emh-mri-brain-hn", {"finding": EPIDURAL}),
    ("C19a", "emh-chest-radiograph", {"finding": {**PARASPINAL, "epidural-extension": True}}),
    ("A01b", "emh-mri-spine", {"finding": {**EPIDURAL, "presence": "?not-evaluable"}, "clinical": DEFICIT}),
    ("A01c", "emh-ct-body", {"finding": {**EPIDURAL, "presence": "?unknown"}, "clinical": {"symptom": "paraplegia"}}),
    ("A01f", "emh-ct-body", {"complication": CORD_SUSPECTED, "clinical": {"symptom": "leg-weakness"}}),
    ("A01i", "emh-ct-body", {"finding": {"site": "rib", "presence": "present"}, "clinical": DEFICIT}),
    ("A01i", "emh-ct-body", {"procedure": CT, "finding": NO_EXTENSION, "clinical": DEFICIT}),
    ("A01i", "emh-mri-spine", {"procedure": MR, "finding": UNSEEN_EXTENSION, "clinical": DEFICIT}),
    ("A01i", "emh-mri-spine", {"procedure": BOTH, "finding": NO_EXTENSION, "clinical": DEFICIT}),
    ("A01i", "emh-mri-spine", {"procedure": MR, "finding": IN_FORAMEN, "clinical": DEFICIT}),
    ("A01i", "emh-ct-body", {"procedure": CT, "context": OF_MR, "finding": NO_EXTENSION, "clinical": DEFICIT}),
    ("A12a", "emh-biopsy-plan", {"biopsy": STATEMENT, "finding": {**MASS, "incidental": True}}),
    ("C09", "emh-mri-spine", {"procedure": {**MR, "body-region": "thoracic-spine"}, "cause": FIBROSIS}),
    ("C09", "emh-mri-brain-hn", {"procedure": MR, "cause": FIBROSIS}),
    ("C09", "emh-ct-body", {"procedure": {"body-region": "?unknown"}, "cause": FIBROSIS}),
    ("C09", "emh-ct-body", {"procedure": {"body-region": ["neck", "chest"]}, "cause": FIBROSIS}),
    ("S12h", "emh-ct-body", {"context": AT_NIGHT, "communication": {"communication-time": "2024-05-06"}}),
    ("S12h", "emh-ct-body", {"context": IN_UTC, "communication": {"communication-time": "2024-05-07"}}),
    ("S12f", "emh-followup", {"procedure": DATED, "comparison": {"prior-date": "2023", "prior-interval": "3 a"}}),
    ("S34a", "emh-mri-brain-hn", {"finding": ORBIT, "head": {**NERVE, "optic-canal": "normal"}}),
    ("A01c", "emh-followup", {**OLD_DEFICIT, "finding": {**SETTLED, "cord-compression": "?unknown"}}),
    ("A01c", "emh-followup", {**OLD_DEFICIT, "finding": {**SETTLED, "cord-compression": True}}),
    ("A01c", "emh-followup", {**OLD_DEFICIT, "finding": {**SETTLED, "change-status": "increased"}}),
    ("A01c", "emh-followup", {**OLD_DEFICIT, "finding": SETTLED, "clinical": {"symptom": "gait-disturbance"}}),
    ("A02f", "emh-ct-body", {"organ": {"organ": "pleura", "effusion-size": "moderate", "mediastinal-shift": True}}),
    ("A03c", "emh-us-abdomen", {"organ": {"organ": "pericardium", "effusion-size": "large"}}),
    ("A05j", "emh-mri-brain-hn", {"finding": {**DURAL, "head-compartment": "subdural"}}),
    ("A05g", "emh-mri-brain-hn", {"finding": {**DURAL, "presence": "?unknown"}, "clinical": DEFICIT}),
    ("A08a", "emh-mri-brain-hn", {"head": {"optic-nerve": "atrophy"}}),
    ("A08h", "emh-mri-brain-hn", {"finding": {**DURAL, "cranial-location": "sella"}, "clinical": VISION}),
    ("A08f", "emh-mri-brain-hn", {"finding": {**SINUS, "presence": "?not-evaluable"}, "clinical": VISION}),
    ("A09b", "emh-ct-body", {"finding": {"site": "airway-larynx", "presence": "present", "stenosis": "present"}}),
    ("A09f", "emh-ct-body", {"finding": {**PARASPINAL, "adjacent-effect": "airway-effect"}}),
    ("A11a", "emh-ct-body", {"organ": INFARCT, "cause": {"cause": "systemic-mastocytosis"}}),
    ("A12a", "emh-ct-body", {"finding": {**MASS, "incidental": True}}),
    ("A01l", "emh-mri-spine", {"finding": {**EPIDURAL, "cord-signal": "t2-high", "cord-signal-change": "?unknown"}}),
    ("A14c", "emh-perinatal", {"context": FETUS, "perinatal": {**MCA, "mca-psv-limit": "1.55 {M.o.M}"}}),
    ("A14c", "emh-perinatal", {"context": FETUS, "perinatal": {**MCA, "mca-psv-above": "?unknown"}}),
    ("A14a", "emh-perinatal", {"perinatal": {"hydrops": "present", "postnatal-age": "2 d"}}),
    ("C23", "emh-ct-body", {"procedure": CT, "organ": {**DENSE, "hemothorax": "?not-evaluable"}}),
    (
        "C05a",
        "emh-minimal",
        {"organ": {"organ": "spleen", "spleen-state": "absent-surgical", "spleen-length": "90 mm"}},
    ),
]
SILENT = [
    ("A01c", "emh-followup", {**OLD_DEFICIT, "finding": SETTLED}),
    ("A01i", "emh-mri-spine", {"procedure": MR, "finding": NO_EXTENSION, "clinical": DEFICIT}),
    ("A01i", "emh-mri-spine", {"context": {"modality": ["MR", "SR"]}, "finding": NO_EXTENSION, "clinical": DEFICIT}),
    ("S12b", "emh-ct-body", {"context": IN_UTC, "procedure": {"exam-date": "2024-05-06"}}),
    ("S12h", "emh-ct-body", {"context": IN_UTC, "communication": {"communication-time": "2024-05-06"}}),
    ("A12a", "emh-biopsy-plan", {"biopsy": STATEMENT, "finding": MASS, "comparison-statement": NOT_COMPARED}),
    ("C09", "emh-mri-brain-hn", {"procedure": {**MR, "body-region": "head"}, "cause": FIBROSIS}),
    ("S12f", "emh-followup", {"procedure": DATED, "comparison": {"prior-date": "2023", "prior-interval": "1 a"}}),
    ("S34a", "emh-mri-brain-hn", {"finding": ORBIT, "head": {**NERVE, "optic-canal": "narrowed-left"}}),
    ("S34a", "emh-mri-brain-hn", {"finding": [ORBIT, {**DURAL, "laterality": "left"}], "head": NERVE}),
    (
        "S34b",
        "emh-mri-brain-hn",
        {"finding": {**ORBIT, "laterality": "left"}, "head": {"proptosis-right": "2 mm", "proptosis-left": "6 mm"}},
    ),
    ("C20a", "emh-mri-spine", {"spine": {"spine-coverage": ALL_PARTS}, "finding": EPIDURAL}),
    ("C20a", "emh-pet", {"procedure": {"modality": ["PT", "MR"], "body-region": "whole-body"}, "finding": EPIDURAL}),
    ("C05c", "emh-ct-body", {"organ": {"organ": "spleen", "spleen-state": "absent-surgical"}, "clinical": SPLENECTOMY}),
    ("C28", "emh-biopsy-plan", {"biopsy": STATEMENT, "recommendation": BIOPSY}),
    ("S24b", "emh-mri-spine", {"finding": {**EPIDURAL, "escc": "2", "cord-compression": True}}),
    ("C19a", "emh-minimal", {"finding": {**EPIDURAL, "cord-compression": False}}),
    ("C10", "emh-ct-body", {"procedure": CT, "finding": {**CALCIFIED, "site": "thyroid"}}),
    ("C19a", "emh-minimal", {"finding": PARASPINAL}),
    ("C19a", "emh-mri-abdomen", {"finding": {**PARASPINAL, "epidural-extension": True, "canal-grade": "mild"}}),
    ("A03c", "emh-us-abdomen", {"organ": {"organ": "pericardium", "effusion-size": "large", "tamponade-signs": False}}),
    ("A14c", "emh-perinatal", {"context": FETUS, "perinatal": {**MCA, "mca-psv-limit": "1.65 {M.o.M}"}}),
    ("A14c", "emh-perinatal", {"context": FETUS, "perinatal": {**MCA, "mca-psv-above": False}}),
    ("A08f", "emh-mri-brain-hn", {"finding": {**SINUS, "presence": "absent"}, "clinical": VISION}),
    ("A12a", "emh-ct-body", {"finding": {**MASS, "incidental": True}, "clinical": {"history-item": "previous-emh"}}),
    ("C19a", "emh-chest-radiograph", {"finding": {**EPIDURAL, "cord-compression": "?not-evaluable"}}),
    ("C19d", "emh-us-abdomen", {"procedure": {"modality": "US"}, "finding": {**EPIDURAL, "cord-compression": False}}),
    ("C23", "emh-ct-body", {"procedure": CT, "organ": {**DENSE, "hemothorax": "suspected"}}),
    (
        "A13c",
        "emh-ct-body",
        {
            "cause": {"cause": "sickle-cell-disease-hbss"},
            "complication": {"complication": "splenic-infarct", "complication-presence": "present"},
        },
    ),
]


@pytest.mark.parametrize(("rule_id", "template", "groups"), FIRES)
def test_fires(rule_id: str, template: str, groups: dict[str, Any]) -> None:
    assert rule_id in rules(template, groups)


@pytest.mark.parametrize(("rule_id", "template", "groups"), SILENT)
def test_is_silent(rule_id: str, template: str, groups: dict[str, Any]) -> None:
    assert rule_id not in rules(template, groups)


def test_what_is_told_within_minutes_promises_no_override() -> None:
    """A finding of category 1 that is not marked is an error, which nobody overrides."""
    suspected = {"complication": {"complication": "cardiac-tamponade", "complication-presence": "suspected"}}
    verdict = pipeline.validate(catalog(), draft_of("emh-ct-body", suspected), context_of(suspected))
    said = {issue.rule_id: issue.message for issue in verdict.issues}
    assert "critical-unflagged" in said
    assert "override" not in said["C26c"]


def missing(template: str, groups: dict[str, Any]) -> set[str]:
    """Return the questions of ``groups`` that a final report still needs."""
    verdict = pipeline.validate(catalog(), draft_of(template, groups), context_of(groups))
    return {issue.where.field_id for issue in verdict.issues if issue.rule_id == "missing-required"}


@pytest.mark.parametrize("template", [template.id for template in catalog().templates])
def test_no_form_takes_an_epidural_lesion_without_the_cord(template: str) -> None:
    """A final report needs the answer, and "not evaluable" is one; of other lesions it is not asked."""
    assert "C19a" in rules(template, {"finding": EPIDURAL})
    told = {**EPIDURAL, "cord-compression": "?not-evaluable"}
    assert "C19a" not in rules(template, {"finding": told})
    assert "cord-compression" not in missing(template, {"finding": told})
    outside = {**PARASPINAL, "epidural-extension": False, "cord-compression": False}
    assert "not-asked" in rules(template, {"finding": outside})


@pytest.mark.parametrize(
    "template", ["emh-minimal", "emh-us-abdomen", "emh-chest-radiograph", "emh-biopsy-plan", "emh-perinatal"]
)
def test_forms_that_hardly_show_the_canal_ask_at_the_question(template: str) -> None:
    asked = [
        name
        for name, lesion in (("epidural", EPIDURAL), ("paraspinal", PARASPINAL))
        if "cord-compression" in missing(template, {"finding": lesion})
    ]
    assert asked == ["epidural"]


WITH_SPLEEN = [template.id for template in catalog().templates if "spleen-length" in template.groups["organ"].fields]


@pytest.mark.parametrize("template", WITH_SPLEEN)
@pytest.mark.parametrize(
    ("state", "asked"),
    [
        ({}, True),
        ({"spleen-state": "enlarged"}, True),
        ({"spleen-state": "normal"}, True),
        ({"spleen-state": "small"}, False),
        ({"spleen-state": "absent-surgical"}, False),
        ({"spleen-state": "not-imaged"}, False),
        ({"spleen-state": "?unknown"}, False),
    ],
)
def test_the_length_of_a_spleen_is_needed_until_it_is_said_not_to_be_there(
    template: str, state: dict[str, Any], asked: bool
) -> None:
    """Silence is not absence: a form in which nothing is said of the spleen still asks for its length."""
    assert ("spleen-length" in missing(template, {"organ": {"organ": "spleen", **state}})) is asked
    assert "spleen-length" not in missing(template, {"organ": {"organ": "liver"}})


@pytest.mark.parametrize("template", WITH_SPLEEN)
def test_the_length_of_a_spleen_that_is_not_there_is_not_asked(template: str) -> None:
    spleen = {"organ": "spleen", "spleen-length": "90 mm"}
    assert "not-asked" in rules(template, {"organ": {**spleen, "spleen-state": "absent-surgical"}})
    assert "not-asked" not in rules(template, {"organ": {**spleen, "spleen-state": "small"}})
    assert "not-asked" not in rules(template, {"organ": spleen})


def test_a_fetus_is_not_asked_for_a_splenectomy() -> None:
    verdict = pipeline.validate(catalog(), draft_of("emh-perinatal", {"clinical": {"indication": "x"}}), context_of({}))
    assert "splenectomy" not in {issue.where.field_id for issue in verdict.issues}


@pytest.mark.parametrize("extension", [False, "?unknown"])
def test_a_deficit_beside_a_mass_is_told_without_what_is_denied_or_unknown(extension: bool | str) -> None:
    groups = {"procedure": CT, "finding": {**PARASPINAL, "epidural-extension": extension}, "clinical": DEFICIT}
    verdict = pipeline.validate(catalog(), draft_of("emh-ct-body", groups), context_of(groups))
    expected = "Lesion with new or progressive neurological deficit (thoracic paraspinal region)"
    assert [(one.urgency, one.label) for one in verdict.critical] == [("cat-2", expected)]


def test_an_old_deficit_is_told_without_a_change_that_settles_nothing() -> None:
    groups = {**OLD_DEFICIT, "finding": {**SETTLED, "cord-compression": "?not-evaluable"}}
    verdict = pipeline.validate(catalog(), draft_of("emh-followup", groups), context_of(groups))
    expected = "Lesion with gait disturbance (spinal epidural space)"
    assert [(one.urgency, one.label) for one in verdict.critical] == [("cat-1", expected)]
