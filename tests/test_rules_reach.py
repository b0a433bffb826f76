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
ALL_PARTS = ["cervical", "thoracic", "lumbar", "sacral"]
STATEMENT = {"bleeding-risk-statement": "Lesions of this disease can bleed massively."}
BIOPSY = {"recommendation": "biopsy"}


def rules(template: str, groups: dict[str, Any]) -> set[str]:
    """Return the rules that fire on a draft in short form."""
    verdict = pipeline.validate(catalog(), draft_of(template, groups), context_of(groups))
    return {issue.rule_id for issue in verdict.issues if not issue.message.startswith("could not be checked")}


FIRES = [
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
]
SILENT = [
    ("C20a", "emh-mri-spine", {"spine": {"spine-coverage": ALL_PARTS}, "finding": EPIDURAL}),
    ("C20a", "emh-pet", {"procedure": {"modality": ["PT", "MR"], "body-region": "whole-body"}, "finding": EPIDURAL}),
    ("C05c", "emh-ct-body", {"organ": {"organ": "spleen", "spleen-state": "absent-surgical"}, "clinical": SPLENECTOMY}),
    ("C28", "emh-biopsy-plan", {"biopsy": STATEMENT, "recommendation": BIOPSY}),
    ("S24b", "emh-mri-spine", {"finding": {**EPIDURAL, "escc": "2", "cord-compression": True}}),
    ("C19a", "emh-minimal", {"finding": {**EPIDURAL, "cord-compression": False}}),
    ("C10", "emh-ct-body", {"procedure": CT, "finding": {**CALCIFIED, "site": "thyroid"}}),
    ("C19a", "emh-minimal", {"finding": PARASPINAL}),
    ("C19a", "emh-mri-abdomen", {"finding": {**PARASPINAL, "epidural-extension": True, "canal-grade": "mild"}}),
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


def test_the_quick_form_asks_for_the_cord_of_an_epidural_lesion_only() -> None:
    """A question that a final report needs; elsewhere it is not asked."""
    asked = {}
    for name, lesion in (("epidural", EPIDURAL), ("paraspinal", PARASPINAL)):
        verdict = pipeline.validate(catalog(), draft_of("emh-minimal", {"finding": lesion}), context_of({}))
        missing = {issue.where.field_id for issue in verdict.issues if issue.rule_id == "missing-required"}
        asked[name] = "cord-compression" in missing
    assert asked == {"epidural": True, "paraspinal": False}


def test_a_fetus_is_not_asked_for_a_splenectomy() -> None:
    verdict = pipeline.validate(catalog(), draft_of("emh-perinatal", {"clinical": {"indication": "x"}}), context_of({}))
    assert "splenectomy" not in {issue.where.field_id for issue in verdict.issues}
