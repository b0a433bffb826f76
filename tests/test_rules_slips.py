"""Drafts that once slipped past the triggers: facts spread over groups, answered as unknown, or only in numbers."""

from __future__ import annotations

from typing import Any

import pytest

from emh_report import pipeline
from emh_report.report import CriticalFinding
from tests.rule_cases import catalog, context_of, draft_of

CT = {"modality": "CT"}
ELSEWHERE = {"site": "liver", "presence": "present"}
EPIDURAL = {"site": "epidural-spinal", "presence": "present"}
PARASPINAL = {"site": "paraspinal-thoracic", "laterality": "left", "presence": "present"}
DURAL = {"site": "intracranial-dural", "presence": "present"}
DEFICIT = {"neuro-deficit-new": True}
COMPARED = {"comparison-available": True}
LUNG = {"organ": "lung", "organ-pattern": "diffuse"}


def listed(code: str, presence: str = "present") -> dict[str, str]:
    """Return a complication as answered."""
    return {"complication": code, "complication-presence": presence}


def critical(template: str, groups: dict[str, Any]) -> tuple[CriticalFinding, ...]:
    """Return what somebody has to be told."""
    return tuple(pipeline.validate(catalog(), draft_of(template, groups), context_of(groups)).critical)


FLUID = {"procedure": CT}
SLIPS: dict[str, tuple[str, dict[str, Any], str]] = {
    "bone narrows a canal, the only lesion is elsewhere": (
        "emh-mri-spine",
        {"finding": ELSEWHERE, "skeleton": {"bone-change": "canal-narrowing"}, "clinical": {"symptom": "paraparesis"}},
        "cat-2",
    ),
    "epidural disease as complication, deficit, lesion elsewhere": (
        "emh-mri-spine",
        {"finding": ELSEWHERE, "complication": listed("spinal-canal-narrowing", "suspected"), "clinical": DEFICIT},
        "cat-1",
    ),
    "deficit as complication, further levels": (
        "emh-mri-spine",
        {"finding": ELSEWHERE, "complication": listed("paraparesis"), "spine": {"further-epidural-level": True}},
        "cat-1",
    ),
    "cord signal worse, signal itself not answered": (
        "emh-followup",
        {"finding": {**EPIDURAL, "cord-signal-change": "worse"}, "comparison-statement": COMPARED},
        "cat-2",
    ),
    "paraspinal lesion with plain weakness": (
        "emh-ct-body",
        {"finding": {**PARASPINAL, "epidural-extension": "?unknown"}, "clinical": {"symptom": "weakness"}},
        "cat-2",
    ),
    "presacral lesion, deficit as complication": (
        "emh-ct-body",
        {"finding": {"site": "presacral", "presence": "present"}, "complication": listed("limb-weakness", "suspected")},
        "cat-2",
    ),
    "dense pleural fluid, hemothorax unknown": (
        "emh-ct-body",
        FLUID
        | {
            "organ": {"organ": "pleura", "effusion-size": "large", "effusion-density": "60 [hnsf'U]"}
            | {"hemothorax": "?unknown"}
        },
        "cat-1",
    ),
    "dense fluid in the peritoneal cavity": (
        "emh-followup",
        FLUID | {"organ": {"organ": "peritoneum", "effusion-size": "small", "effusion-density": "55 [hnsf'U]"}},
        "cat-1",
    ),
    "bloody pleural fluid, blood not measured": (
        "emh-us-abdomen",
        {"organ": {"organ": "pleura", "fluid-hematocrit": "38 %", "blood-hematocrit": "?unknown"}},
        "cat-1",
    ),
    "mediastinal shift described with the lung": (
        "emh-chest-radiograph",
        {"organ": {"organ": "lung", "mediastinal-shift": True}},
        "cat-2",
    ),
    "dural mass with plain weakness": (
        "emh-mri-brain-hn",
        {"finding": DURAL, "clinical": {"symptom": "weakness"}},
        "cat-2",
    ),
    "dural mass, deficit as complication": (
        "emh-ct-body",
        {"finding": DURAL, "complication": listed("paraparesis", "suspected")},
        "cat-2",
    ),
    "dural mass that obstructs a sinus, without a question for it": (
        "emh-ct-body",
        {"finding": {**DURAL, "adjacent-effect": "venous-obstruction"}},
        "cat-2",
    ),
    "dural mass with falling vision": (
        "emh-followup",
        {"finding": DURAL, "clinical": {"vision-decline": True}},
        "cat-2",
    ),
    "massive narrowing of the bowel": (
        "emh-mri-abdomen",
        {"finding": {"site": "gi-small-bowel", "presence": "present", "stenosis": "massive"}},
        "cat-2",
    ),
    "orbital lesion that compresses, without a question for the nerve": (
        "emh-ct-body",
        {"finding": {"site": "orbit", "laterality": "left", "presence": "present", "adjacent-effect": "compression"}},
        "cat-2",
    ),
    "optic nerve displaced, vision falling": (
        "emh-mri-brain-hn",
        {"head": {"optic-nerve": "displaced"}, "clinical": {"vision-decline": True}},
        "cat-1",
    ),
    "narrow airway by its diameter alone": (
        "emh-mri-brain-hn",
        {"head": {"airway-diameter": "4 mm", "airway": "?unknown"}},
        "cat-1",
    ),
    "lung as an organ, wide pulmonary artery at the heart": (
        "emh-ct-body",
        {"organ": [LUNG, {"organ": "heart", "pulmonary-artery-diameter": "36 mm"}]},
        "cat-2",
    ),
    "lung as an organ, pulmonary hypertension suspected": (
        "emh-perinatal",
        {"organ": LUNG, "complication": listed("pulmonary-hypertension", "suspected")},
        "cat-2",
    ),
    "colloid shift to the lungs, strain of the right heart": (
        "emh-nm-marrow",
        {"nm": {"colloid-shift": "to-lung"}, "organ": {"organ": "heart", "rv-strain": True}},
        "cat-2",
    ),
    "tamponade listed, presence unknown": (
        "emh-us-abdomen",
        {"complication": listed("cardiac-tamponade", "?unknown")},
        "cat-2",
    ),
    "cord compression listed, presence not answered": (
        "emh-mri-spine",
        {"complication": {"complication": "spinal-cord-compression"}},
        "cat-2",
    ),
    "reexpansion edema": ("emh-chest-radiograph", {"complication": listed("reexpansion-edema", "suspected")}, "cat-1"),
    "fetal ascites": ("emh-perinatal", {"complication": listed("fetal-ascites")}, "cat-2"),
}


@pytest.mark.parametrize(("template", "groups", "urgency"), SLIPS.values(), ids=SLIPS)
def test_what_slipped_through_is_told(template: str, groups: dict[str, Any], urgency: str) -> None:
    assert [finding.urgency for finding in critical(template, groups)] == [urgency]


PASSES: dict[str, tuple[str, dict[str, Any]]] = {
    "bone narrows a canal without a deficit": ("emh-mri-spine", {"skeleton": {"bone-change": "canal-narrowing"}}),
    "dense pleural fluid that is pus": (
        "emh-ct-body",
        FLUID | {"organ": {"organ": "pleura", "effusion-density": "60 [hnsf'U]", "fluid-character": "purulent"}},
    ),
    "pleural fluid with little hematocrit": ("emh-ct-body", {"organ": {"organ": "pleura", "fluid-hematocrit": "2 %"}}),
    "narrow airway that is normal": ("emh-mri-brain-hn", {"head": {"airway-diameter": "6 mm", "airway": "normal"}}),
    "tamponade denied": ("emh-us-abdomen", {"complication": listed("cardiac-tamponade", "absent")}),
    "wide pulmonary artery, lung not involved": (
        "emh-ct-body",
        {"organ": [{**LUNG, "organ-pattern": "none"}, {"organ": "heart", "pulmonary-artery-diameter": "36 mm"}]},
    ),
    "lesion that is denied, with a deficit": (
        "emh-mri-spine",
        {"finding": {**PARASPINAL, "presence": "absent"}, "clinical": {"symptom": "weakness"}},
    ),
}


@pytest.mark.parametrize(("template", "groups"), PASSES.values(), ids=PASSES)
def test_what_is_denied_or_harmless_is_not_told(template: str, groups: dict[str, Any]) -> None:
    assert critical(template, groups) == ()


def test_a_complication_that_is_not_surely_there_says_so_and_hides_nothing() -> None:
    """What is certain of the organ stays certain; the complication of which nothing is known stays beside it."""
    pleura = {"organ": "pleura", "organ-side": "left", "hemothorax": "yes"}
    vague = {**listed("hemothorax", "?unknown"), "complication-side": "left", "complication-severity": "massive"}
    found = critical("emh-ct-body", {"organ": pleura, "complication": vague})
    assert [f"{one.urgency} {one.label}" for one in found] == [
        "cat-1 Hemothorax (left pleura)",
        "cat-2 Left hemothorax, massive, presence not stated",
    ]


DECIDED = {
    "sensory-disturbance": "only with a lesion that can press on cord, root or brain (A01g, A01j, A05k)",
    "seizure": "only beside an intracranial lesion (A05i)",
    "pericardial-effusion": "by its size, or with tamponade (A03b-A03d)",
    "constrictive-pericarditis": "not in the table of complications: develops over weeks",
    "pulmonary-hypertension": "only with involvement of the lung, as the table says (A10b, A10f, A10i)",
    "right-ventricular-strain": "only with involvement of the lung, as the table says (A10b, A10f, A10i)",
    "tricuspid-regurgitation": "only with involvement of the lung, as the table says (A10b, A10f, A10i)",
    "splenic-infarct": "only in a myeloproliferative neoplasm, as the table says (A11b)",
    "renal-failure": "no finding of imaging; its cause has a trigger (A06a, A06b)",
    "myeloid-transformation": "no finding of imaging",
}
"""Complications whose term names hours, and that are told only with more, each with the reason."""


def test_every_complication_to_be_told_within_hours_has_a_trigger_of_its_own() -> None:
    terms = catalog().vocabularies["complication"].terms
    urgent = [code for code, term in terms.items() if term.properties.get("urgency") in ("cat-1", "cat-2")]
    told = {code: critical("emh-ct-body", {"complication": listed(code)}) for code in urgent}
    for code, found in told.items():  # who reads the vocabulary is told what the report will say
        assert not found or min(one.urgency for one in found) == terms[code].properties["urgency"], code
    assert {code for code, found in told.items() if not found} == set(DECIDED)
    suspected = {code for code in urgent if not critical("emh-ct-body", {"complication": listed(code, "suspected")})}
    assert suspected == set(DECIDED)
    unknown = {code for code in urgent if not critical("emh-ct-body", {"complication": listed(code, "?unknown")})}
    deficits = {"paraparesis", "paraplegia", "spastic-paraplegia", "acute-flaccid-quadriplegia"}
    assert unknown - set(DECIDED) == deficits | {"sphincter-disturbance", "limb-weakness"}  # told with a lesion
