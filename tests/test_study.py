"""Which examination a report is about: named only where the answers fit, in every case and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emh_report import pipeline
from emh_report.conditions import Gap
from emh_report.report import Choice, Report
from emh_report.study import Answers, answers_of, study_type
from emh_report.template import Role
from tests.case_files import case_folders, read_case
from tests.rule_cases import catalog


def named(template_id: str, modalities: str, regions: str = "", tracers: str = "") -> str:
    told = Answers(*(frozenset(part.split()) for part in (modalities, regions, tracers)))
    return study_type(catalog().plan(template_id).template, told).code


@pytest.mark.parametrize(
    ("template_id", "modalities", "regions", "tracers", "expected"),
    [
        ("emh-ct-body", "CT", "chest abdomen pelvis", "", "ct-chest-abdomen-pelvis"),
        ("emh-ct-body", "CT", "chest", "", "ct-chest"),
        ("emh-ct-body", "CT", "", "", "ct-unspecified"),
        ("emh-ct-body", "CT", "head", "", "ct-unspecified"),
        ("emh-ct-body", "", "chest abdomen pelvis", "", "imaging-study"),
        ("emh-ct-body", "MR", "chest abdomen pelvis", "", "imaging-study"),
        ("emh-ct-body", "CT DX", "chest", "", "imaging-study"),
        ("emh-chest-radiograph", "CR", "chest", "", "xr-chest"),
        ("emh-chest-radiograph", "CR DX", "chest", "", "xr-chest"),
        ("emh-mri-spine", "MR", "spine", "", "mr-spine"),
        ("emh-mri-spine", "MR", "thoracic-spine", "", "mr-thoracic-spine"),
        ("emh-mri-spine", "MR", "thoracic-spine lumbar-spine", "", "mr-spine"),
        ("emh-mri-spine", "MR", "spine head", "", "imaging-study"),
        ("emh-nm-marrow", "NM CT", "whole-body", "tc99m-sulfur-colloid", "nm-bone-marrow"),
        ("emh-nm-marrow", "NM", "whole-body", "", "imaging-study"),
        ("emh-nm-marrow", "NM", "whole-body", "tc99m-denatured-rbc", "imaging-study"),
        ("emh-nm-marrow", "NM CT", "abdomen", "tc99m-denatured-rbc", "nm-spleen-denatured-rbc"),
        ("emh-nm-marrow", "NM", "whole-body", "tc99m-bone-agent", "imaging-study"),
        ("emh-pet", "PT CT", "whole-body", "fdg", "pet-whole-body"),
        ("emh-pet", "PT MR", "whole-body", "", "pet-whole-body"),
        ("emh-pet", "CT", "whole-body", "", "imaging-study"),
        ("emh-minimal", "CT", "chest", "", "imaging-study"),
    ],
)
def test_an_examination_is_named_where_the_answers_fit(
    template_id: str, modalities: str, regions: str, tracers: str, expected: str
) -> None:
    assert named(template_id, modalities, regions, tracers) == expected


def test_the_modalities_of_the_studies_count_where_none_is_answered() -> None:
    """A reason why there is no answer is none; entries of the procedure count together."""
    read, nothing = frozenset({"MR"}), frozenset[str]()
    unknown = {"modality": Gap.UNKNOWN, "body-region": Gap.UNKNOWN}
    assert answers_of([], read) == answers_of([unknown], read) == (read, nothing, nothing)
    rows = [
        {"modality": frozenset({"CT"}), "body-region": frozenset({"chest"})},
        {"body-region": frozenset({"pelvis"})},
    ]
    assert answers_of(rows, read) == (frozenset({"CT"}), frozenset({"chest", "pelvis"}), nothing)


@pytest.mark.parametrize("folder", case_folders(), ids=lambda folder: folder.name)
def test_no_published_case_gets_an_examination_that_its_answers_do_not_state(folder: Path) -> None:
    case = read_case(folder)
    report = pipeline.release(catalog(), case.draft, case.context).report
    answered = {choice.term.code for choice in _modalities(report)}
    stated = answered or {code for study in report.context.studies for code in study.modalities}
    properties = report.study_type.properties
    meant = frozenset(properties.get("modalities", ()))
    assert not meant or stated & meant
    assert not meant or stated <= meant | frozenset(properties.get("hybrid", ()))
    assert report.title in {report.template.title, report.study_type.display}


def _modalities(report: Report) -> Iterator[Choice]:
    items = (item for group in report.in_role(Role.PROCEDURE) for item in group.of("modality"))
    return (item.value for item in items if isinstance(item.value, Choice))
