"""What is missing from a draft as a whole: entries that nobody made, and a template of another modality."""

from __future__ import annotations

from typing import Any

import pytest

from emh_report import pipeline
from emh_report.issues import Issue, Severity
from tests.rule_cases import catalog, context_of, draft_of


def found(template_id: str, groups: dict[str, Any], rule_id: str) -> list[Issue]:
    issues = pipeline.validate(catalog(), draft_of(template_id, groups), context_of(groups)).issues
    return [issue for issue in issues if issue.rule_id == rule_id]


@pytest.mark.parametrize(
    ("template_id", "studied", "answered", "told"),
    [
        ("emh-mri-spine", ["CT"], [], True),
        ("emh-mri-spine", [], ["CT"], True),
        ("emh-mri-spine", ["CT"], ["CT"], True),
        ("emh-mri-spine", ["MR"], [], False),
        ("emh-mri-spine", ["PT", "MR"], [], False),
        ("emh-mri-spine", ["CT"], ["MR"], False),
        ("emh-mri-spine", [], [], False),
        ("emh-mri-spine", [], "?unknown", False),
        ("emh-minimal", ["CT"], [], False),
    ],
)
def test_a_template_for_other_modalities_than_those_read_is_told_and_may_be_kept(
    template_id: str, studied: list[str], answered: list[str] | str, told: bool
) -> None:
    groups = {"context": {"modality": studied}, "procedure": {"modality": answered}}
    issues = found(template_id, groups, "template-modality")
    assert [(one.severity, one.overridable, one.where.path) for one in issues] == [
        (Severity.WARNING, True, "draft.template_id")
    ] * told


def missing(template_id: str, groups: dict[str, Any], group_id: str) -> list[tuple[str, str, str, tuple[str, ...]]]:
    issues = found(template_id, groups, "missing-required")
    return [
        (one.where.path, one.where.field_id, one.message, one.accepted)
        for one in issues
        if one.where.group_id == group_id
    ]


def test_an_organ_that_every_report_speaks_of_is_asked_for_by_name() -> None:
    nothing = ("draft.groups", "organ", "Organ: a statement about spleen is needed", ("spleen",))
    assert missing("emh-mri-abdomen", {"organ": [{"organ": "liver"}]}, "organ")[0] == nothing
    both = missing("emh-mri-abdomen", {}, "organ")
    assert [accepted for _, _, _, accepted in both] == [("spleen",), ("liver",)]
    stated = {"organ": [{"organ": "liver"}, {"organ": "spleen"}]}
    assert not any(path == "draft.groups" for path, *_ in missing("emh-mri-abdomen", stated, "organ"))


def test_a_follow_up_names_what_it_was_compared_with() -> None:
    needed = [one for one in missing("emh-followup", {}, "comparison") if one[0] == "draft.groups"]
    assert [(field_id, "at least 1 needed" in message) for _, field_id, message, _ in needed] == [("", True)]
    named = {"comparison": [{"prior-date": "2024-01-10"}]}
    assert not any(one[0] == "draft.groups" for one in missing("emh-followup", named, "comparison"))


def test_a_group_that_occurs_once_is_asked_for_where_it_is() -> None:
    absent = missing("emh-ct-body", {}, "procedure")
    there = missing("emh-ct-body", {"procedure": {"remark": "as ever"}}, "procedure")
    assert {path for path, *_ in absent} == {"draft.groups"}
    assert {path for path, *_ in there} == {"draft.groups[0]"}
    assert [field_id for _, field_id, *_ in absent] == [field_id for _, field_id, *_ in there]


def test_what_is_needed_is_counted_and_what_of_it_is_answered() -> None:
    def counted(groups: dict[str, Any]) -> tuple[int, int]:
        verdict = pipeline.validate(catalog(), draft_of("emh-minimal", groups), context_of(groups))
        assert verdict.required - verdict.required_answered == sum(
            issue.rule_id == "missing-required" and issue.where.field_id != "" for issue in verdict.issues
        )
        return verdict.required, verdict.required_answered

    needed, answered = counted({})
    assert (needed > 1, answered) == (True, 0)
    assert counted({"procedure": {"modality": "CT"}}) == (needed, 1)
    organ = {"organ": {"organ": "spleen"}}
    more, also = counted(organ)
    assert (more >= needed, also) == (True, 2)  # the entry that is needed, and the question that says which it is


LESION = {"presence": "present", "site": "paraspinal-thoracic"}


def asked(template_id: str, groups: dict[str, Any], *fields: str) -> set[str]:
    """Return which of ``fields`` need an answer that they do not have."""
    return {issue.where.field_id for issue in found(template_id, groups, "missing-required")} & set(fields)


@pytest.mark.parametrize(
    ("tracer", "needed"),
    [
        ("tc99m-sulfur-colloid", {"colloid-uptake"}),
        ("tc99m-nanocolloid", {"colloid-uptake"}),
        ("tc99m-tin-colloid", {"colloid-uptake"}),
        ("in111-chloride", {"tracer-uptake"}),
        ("tc99m-denatured-rbc", {"tracer-uptake"}),
        ("tc99m-rbc", {"tracer-uptake"}),
        ("tc99m-bone-agent", set()),
    ],
)
def test_a_scan_says_the_uptake_of_each_lesion(tracer: str, needed: set[str]) -> None:
    groups: dict[str, Any] = {"procedure": {"modality": ["NM"], "tracer": [tracer]}, "finding": [LESION]}
    both = "colloid-uptake", "tracer-uptake"
    assert asked("emh-nm-marrow", groups, *both) == needed
    assert asked("emh-nm-marrow", groups | {"finding": [LESION | {"presence": "absent"}]}, *both) == set()
    assert asked("emh-followup", groups, *both) == set()


@pytest.mark.parametrize("state", ["normal", "enlarged", "small", "transplant", "not-imaged"])
def test_mr_of_the_abdomen_says_the_iron_of_a_liver_that_was_imaged(state: str) -> None:
    liver = {"organ": "liver", "liver-state": state}
    groups = {"procedure": {"modality": ["MR"]}, "organ": [liver, {"organ": "spleen", "spleen-state": "enlarged"}]}
    assert asked("emh-mri-abdomen", groups, "organ-iron") == ({"organ-iron"} if state != "not-imaged" else set())
    assert asked("emh-mri-abdomen", groups | {"organ": [liver | {"organ-iron": "none"}]}, "organ-iron") == set()
    assert asked("emh-mri-spine", groups, "organ-iron") == set()


@pytest.mark.parametrize(
    ("lesion", "needed"),
    [
        ({"site": "orbit"}, True),
        ({"site": "intracranial-dural", "cranial-location": ["skull-base"]}, True),
        ({"site": "intracranial-parenchymal", "cranial-location": ["sella"]}, True),
        ({"site": "lacrimal-gland", "head-compartment": ["orbit-extraconal"]}, True),
        (
            {"site": "intracranial-dural", "cranial-location": ["falx"], "head-compartment": ["extra-axial-dural"]},
            False,
        ),
    ],
)
def test_disease_of_orbit_or_skull_base_says_the_optic_nerve_and_its_canal(
    lesion: dict[str, Any], needed: bool
) -> None:
    groups = {"procedure": {"modality": ["MR"]}, "finding": [lesion | {"presence": "present"}]}
    optic = "optic-nerve", "optic-canal"
    assert asked("emh-mri-brain-hn", groups, *optic) == (set(optic) if needed else set())


@pytest.mark.parametrize("template_id", ["emh-ct-body", "emh-mri-abdomen"])
def test_the_involvement_of_a_liver_that_was_imaged_is_said(template_id: str) -> None:
    normal = {"organ": [{"organ": "liver", "liver-state": "normal"}]}
    assert asked(template_id, normal, "liver-pattern") == {"liver-pattern"}
    assert asked("emh-us-abdomen", normal, "liver-pattern") == set()
    assert asked(template_id, {"organ": [{"organ": "liver", "liver-state": "not-imaged"}]}, "liver-pattern") == set()


def test_a_chest_radiograph_says_whether_there_are_masses() -> None:
    film: dict[str, Any] = {"procedure": {"modality": ["DX"]}}
    assert asked("emh-chest-radiograph", film, "radiograph-sign") == {"radiograph-sign"}
    assert (
        asked("emh-chest-radiograph", film | {"radiograph": {"radiograph-sign": ["none"]}}, "radiograph-sign") == set()
    )
    assert asked("emh-ct-body", film, "radiograph-sign") == set()
