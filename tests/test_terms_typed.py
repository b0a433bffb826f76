"""What people type: which term it is read as, which terms it lists, and which it must not be taken for."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from emh_report.catalog import load_catalog
from emh_report.search import SearchIndex
from emh_report.web.terms import address
from emh_report.web.typed.terms import Index
from tests import case_files

FOLDER = Path(__file__).parent.parent / "templates" / "vocabulary"


@functools.cache
def search() -> SearchIndex:
    return SearchIndex(case_files.catalog().vocabularies)


def read(name: str, typed: str) -> str:
    """Return the code that the form reads; empty where it is none, or several."""
    return Index(case_files.catalog().vocabularies[name]).code(typed)


SIGNS = {
    ("mr-sequence", "T2*"): "t2-star",
    ("mr-sequence", "T2 star"): "t2-star",
    ("mr-sequence", "R2*"): "t2-star",
    ("mr-sequence", "T2"): "t2",
    ("cause", "β-thalassemia"): "beta-thalassemia-unspecified",
    ("cause", "β-thalassaemia intermedia"): "beta-thalassemia-intermedia",
    ("cause", "\u03b1-thal"): "alpha-thalassemia",
}


@pytest.mark.parametrize(("name", "typed"), sorted(SIGNS))
def test_signs_are_not_left_out_of_what_is_typed(name: str, typed: str) -> None:
    assert read(name, typed) == SIGNS[name, typed]
    assert search().search(typed, name)[0].term.code == SIGNS[name, typed]


def test_a_list_that_is_found_by_other_words_has_another_address(tmp_path: Path) -> None:
    drugs = (FOLDER / "drug.toml").read_text(encoding="utf-8")
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "drug.toml").write_text(drugs.replace('"Revlimid"', '"Lenalid"'), encoding="utf-8")
    ours, theirs = case_files.catalog(), load_catalog([tmp_path])
    before, after = (one.plan("emh-ct-body").template for one in (ours, theirs))
    assert before.content_hash == after.content_hash, "the same answers"
    assert address(ours, before) != address(theirs, after), "a browser keeps what it had under the first"
