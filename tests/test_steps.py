"""No change makes a request dearer: counted in steps of the interpreter, which a busy machine does not change."""

from pathlib import Path

import pytest

from benchmarks.steps import VERSION, landed, steps, work
from emh_report.catalog import load_catalog
from emh_report.catalog.source import builtin_root
from tests.rule_cases import catalog

LOSS = 1.15
NAMES = ("validate", "release", "transaction", "narrative")

VOCABULARY = 'id = "margins"\ntitle = "Margins"\nversion = "1.0.1"\nextends = true\n'
TERMS = "\n".join(f'[[term]]\ncode = "margin-{number}"\ndisplay = "Margin {number}"' for number in range(2000))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_dearer_than_what_landed(name: str) -> None:
    known = landed()
    if not known:
        pytest.skip(f"nothing is recorded for Python {VERSION}: python -m benchmarks.steps --write")
    found = steps(work(catalog())[name])
    advice = "make it cheaper, or say why and record it: python -m benchmarks.steps --write"
    assert found <= LOSS * known[name], advice


@pytest.mark.parametrize("name", NAMES)
def test_the_cost_is_linear_in_lesions(name: str) -> None:
    few, some, many = (steps(work(catalog(), lesions)[name]) for lesions in (2, 12, 22))
    assert many - some == pytest.approx(some - few, rel=0.1)


def test_more_templates_do_not_slow_a_request(tmp_path: Path) -> None:
    own = (builtin_root() / "emh-ct-body.toml").read_text(encoding="utf-8")
    for number in range(40):
        text = own.replace('id = "emh-ct-body"', f'id = "dept-{number}"', 1)
        (tmp_path / f"dept-{number}.toml").write_text(text, encoding="utf-8")
    more = load_catalog([tmp_path])
    assert len(more.plans) == len(catalog().plans) + 40
    larger = work(more)
    for name, call in work(catalog()).items():
        assert steps(larger[name]) == pytest.approx(steps(call), rel=0.02)


def test_a_larger_vocabulary_does_not_slow_a_request(tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "margins.toml").write_text(VOCABULARY + TERMS, encoding="utf-8")
    larger = work(load_catalog([tmp_path]))
    for name, call in work(catalog()).items():
        assert steps(larger[name]) == pytest.approx(steps(call), rel=0.02)
