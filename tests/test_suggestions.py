"""The template that modality and body part suggest, as the table of templates/ says."""

from __future__ import annotations

from pathlib import Path

import pytest

from emh_report.catalog import load_catalog
from emh_report.errors import CatalogError
from tests.case_files import catalog
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("modalities", "words", "template"),
    [
        (["MR"], "SPINE", "emh-mri-spine"),
        (["MR", "SR", "PR"], "MR whole spine, contrast", "emh-mri-spine"),
        (["MR"], "LSPINE", "emh-mri-spine"),
        (["MR"], "MRI abdomen and pelvis", "emh-mri-abdomen"),
        (["MR"], "Brain", "emh-mri-brain-hn"),
        (["CT"], "Head", "emh-mri-brain-hn"),
        (["CT"], "Orbits and sinuses", "emh-mri-brain-hn"),
        (["CT"], "HEADNECK", "emh-mri-brain-hn"),
        (["MR"], "LSSPINE", "emh-mri-spine"),
        (["MR"], "ABDOMENPELVIS", "emh-mri-abdomen"),
        (["US"], "Newborn abdomen", "emh-perinatal"),
        (["CT"], "", "emh-ct-body"),
        (["US"], "", "emh-us-abdomen"),
        (["US"], "Fetal US", "emh-perinatal"),
        (["CR"], "Chest, two views", "emh-chest-radiograph"),
        (["DX"], "CHEST", "emh-chest-radiograph"),
        (["DX"], "Hand", "emh-minimal"),
        (["PT", "CT"], "", "emh-pet"),
        (["NM"], "", "emh-nm-marrow"),
        (["MR"], "Knee", "emh-minimal"),
        (["MR", "CT"], "Knee", "emh-minimal"),
        (["SR"], "spine", "emh-minimal"),
        ([], "spine", "emh-minimal"),
    ],
)
def test_modality_and_body_part_suggest_a_template(modalities: list[str], words: str, template: str) -> None:
    assert catalog().suggestions.template(modalities, [words]) == template


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('template = "emh-pet"', 'template = "emh-pat"'), r"suggestion\[0\].template: no such template"),
        (('otherwise = "emh-minimal"', 'otherwise = "x"'), "otherwise: no such template"),
        (('needs = ["NM"]', 'needs = ["MG"]'), r"suggestion\[1\].needs: needs only"),
        (('modalities = ["US"]', 'modality = ["US"]'), "modalit"),
    ],
)
def test_a_wrong_table_is_refused_at_load(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    text = (ROOT / "templates/suggestions.toml").read_text(encoding="utf-8")
    (tmp_path / "suggestions.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(CatalogError, match=reason):
        load_catalog([tmp_path])
