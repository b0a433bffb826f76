"""What one report says twice and differently is found, and what only looks like it is not."""

from __future__ import annotations

from typing import Any

import pytest

from emh_report import pipeline
from emh_report.issues import Severity
from tests.rule_cases import catalog, context_of, draft_of

FETUS = {"focus": "fetus"}
COMPARED = {"comparison-available": True}
EPIDURAL = {"site": "epidural-spinal", "presence": "present"}
MOTHER: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "A01b": ("emh-perinatal", {"finding": EPIDURAL}, {"neuro-deficit-new": True}),
    "A01c": ("emh-perinatal", {"finding": EPIDURAL}, {"symptom": "paraparesis"}),
    "A08f": (
        "emh-perinatal",
        {"finding": {"site": "orbit", "laterality": "left", "presence": "present"}},
        {"symptom": "visual-loss"},
    ),
    "C06": (
        "emh-perinatal",
        {"finding": {"site": "adrenal", "presence": "present", "pattern": "focal-mass"}},
        {"splenectomy": True},
    ),
}
"""Rule → template, what is seen in a fetus, what is known of the mother."""


def rules_of(template: str, groups: dict[str, Any]) -> dict[str, Severity]:
    """Return the rules that speak, with their severities."""
    verdict = pipeline.validate(catalog(), draft_of(template, groups), context_of(groups))
    return {issue.rule_id: issue.severity for issue in verdict.issues}


@pytest.mark.parametrize("rule_id", MOTHER)
def test_what_is_known_of_the_mother_is_not_held_against_the_fetus(rule_id: str) -> None:
    template, seen, mother = MOTHER[rule_id]
    groups = {**seen, "clinical": mother}
    assert rule_id in rules_of(template, groups)
    assert rule_id not in rules_of(template, {**groups, "context": FETUS})


@pytest.mark.parametrize(
    ("status", "prior", "size", "contradicts"),
    [
        ("increased", "90x5 mm", "90x12 mm", False),  # in thickness, which is what the cord feels
        ("increased", "90x5 mm", "90x5 mm", True),
        ("increased", "90x12 mm", "80x5 mm", True),
        ("decreased", "90x12 mm", "90x5 mm", False),
        ("decreased", "90x12 mm", "95x12 mm", True),
        ("stable", "50x20 mm", "60x20 mm", True),
    ],
)
def test_a_lesion_changes_along_any_axis(status: str, prior: str, size: str, contradicts: bool) -> None:
    finding = {"change-status": status, "prior-size": prior, "size": size}
    found = rules_of("emh-ct-body", {"comparison-statement": COMPARED, "finding": finding})
    assert ("S15a" in found) is contradicts


@pytest.mark.parametrize(
    ("denied", "graded", "contradicts"),
    [
        ("left", "right", False),
        ("left", "left", True),
        ("left", "bilateral", True),
        ("bilateral", "right", True),
        ("", "right", True),
    ],
)
def test_a_side_that_is_denied_is_not_the_other_side(denied: str, graded: str, contradicts: bool) -> None:
    absent = {"complication": "hydronephrosis", "complication-presence": "absent", "complication-side": denied}
    kidney = {"organ": "kidney", "organ-side": graded, "hydronephrosis": "2"}
    assert ("S25a" in rules_of("emh-ct-body", {"complication": absent, "organ": kidney})) is contradicts


def test_a_level_that_is_denied_is_not_every_level() -> None:
    present = {
        "complication": "spinal-cord-compression",
        "complication-presence": "present",
        "complication-levels": "T5",
    }
    absent = {**present, "complication-presence": "absent", "complication-levels": "L1"}
    assert "S27a" not in rules_of("emh-mri-spine", {"complication": [present, absent]})
    assert "S27a" in rules_of("emh-mri-spine", {"complication": [present, {**absent, "complication-levels": ""}]})


def test_a_cord_is_not_denied_by_what_compresses_the_cauda() -> None:
    lesion = {"site": "epidural-spinal", "levels": "L4", "cord-compression": True}
    denied = {"complication": "spinal-cord-compression", "complication-presence": "absent"}
    cauda = {"complication": "cauda-equina-compression", "complication-presence": "present"}
    assert rules_of("emh-mri-spine", {"finding": lesion, "complication": denied})["S27c"] is Severity.WARNING
    assert "S27c" not in rules_of("emh-mri-spine", {"finding": lesion, "complication": [denied, cauda]})


@pytest.mark.parametrize("size", ["small", "large"])
def test_fluid_in_two_compartments_of_a_fetus_is_told_whatever_it_is_called(size: str) -> None:
    organs = [
        {"organ": "peritoneum", "effusion-size": size},
        {"organ": "pleura", "organ-side": "left", "effusion-size": size},
    ]
    groups = {"context": FETUS, "organ": organs, "perinatal": {"hydrops": "absent"}}
    verdict = pipeline.validate(catalog(), draft_of("emh-perinatal", groups), context_of(groups))
    assert "A14d" in {critical.rule_id for critical in verdict.critical}
    assert "S33b" in {issue.rule_id for issue in verdict.issues}
