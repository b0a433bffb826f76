"""Limits of change are data, borrowed and labelled so, and the rules use the same ones."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from emh_report.catalog import load_catalog
from emh_report.errors import CatalogError
from emh_report.priors import follow
from tests.case_files import catalog
from tests.conftest import ROOT
from tests.prior_reports import L, examined

LIMITS = catalog().thresholds


def test_rules_and_thresholds_have_the_same_limits() -> None:
    rules = tomllib.loads((ROOT / "templates/rules/comparison.toml").read_text(encoding="utf-8"))["rule"]
    params = {rule["id"]: rule.get("params", {}) for rule in rules}
    for rule_id in ("S15a", "S15b"):
        limits = [Decimal(params[rule_id][name]) for name in ("grow-percent", "grow-by", "shrink-percent")]
        assert limits == [LIMITS.increase.percent, LIMITS.increase.by, LIMITS.decrease.percent]
    assert Decimal(params["C35"]["percent"]) == LIMITS.spleen.percent
    assert {limit.borrowed_from for limit in LIMITS} == {"RECIST 1.1", "IWG-MRT/ELN 2013"}
    assert all(limit.references for limit in LIMITS)


@pytest.mark.parametrize(
    ("change_", "reason"),
    [
        (('percent = "20"', 'percent = "0"'), "increase.percent: a decimal above 0"),
        (('unit = "mm"', 'unit = "cm"'), "increase.unit: diameters are compared in mm"),
        (('borrowed_from = "RECIST 1.1"\n', ""), "borrowed_from: this key is missing"),
        (("[spleen]", "[liver]"), "spleen: this key is missing"),
    ],
)
def test_wrong_limits_are_refused_at_load(tmp_path: Path, change_: tuple[str, str], reason: str) -> None:
    text = (ROOT / "templates/thresholds.toml").read_text(encoding="utf-8")
    (tmp_path / "thresholds.toml").write_text(text.replace(*change_, 1), encoding="utf-8")
    with pytest.raises(CatalogError, match=reason):
        load_catalog([tmp_path])


def test_a_site_has_its_own_limits(tmp_path: Path) -> None:
    text = (ROOT / "templates/thresholds.toml").read_text(encoding="utf-8").replace('percent = "20"', 'percent = "10"')
    (tmp_path / "thresholds.toml").write_text(text, encoding="utf-8")
    own = load_catalog([tmp_path]).thresholds
    prior, current = examined("2024-01-10", L("a", "50 mm")), examined("2024-06-10", L("b", "55 mm"))
    assert follow(current, [prior], own).lesions[0].status == "increased"
