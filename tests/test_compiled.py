"""Compiled modules say what their sources say: the tests of validation, narrative and FHIR, once more on them.

`make compiled` builds them into build/compiled. The tests compare with the committed outputs of every published case,
byte for byte, whatever they run on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from benchmarks.compiled import COMPILED, furnished
from tests.conftest import ROOT

TESTS: Final = (
    "test_any_draft.py",
    "test_bad_input.py",
    "test_cases.py",
    "test_certain.py",
    "test_context.py",
    "test_critical.py",
    "test_decimals.py",
    "test_exclusive.py",
    "test_fhir*.py",
    "test_intake.py",
    "test_narrative*.py",
    "test_readback*.py",
    "test_rules*.py",
    "test_scoreboard.py",
    "test_snapshot.py",
    "test_truth.py",
    "test_urgency.py",
    "test_validation.py",
)
ELSEWHERE: Final = ("test_fhir_http", "test_fhir_package", "test_fhir_signature")
"""These test other modules."""
SHOW: Final = "import emh_report.validation as one; print(one.__file__)"


@pytest.fixture(scope="module")
def compiled() -> Path:
    if not list(COMPILED.glob("*__mypyc.*")) or sources(COMPILED) != sources(ROOT):
        pytest.skip("these sources are not compiled; `make compiled` does it, and .ci/run does")
    return furnished()


def sources(root: Path) -> dict[Path, bytes]:
    return {file.relative_to(root): file.read_bytes() for file in (root / "emh_report").rglob("*.py")}


def python(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    less = {**os.environ, "EMH_DRAW_LESS": "1"}
    return subprocess.run([sys.executable, *command], cwd=folder, env=less, capture_output=True, text=True, check=False)


def test_compiled_modules_say_the_same(compiled: Path) -> None:
    assert python(compiled, "-c", SHOW).stdout.strip().endswith((".so", ".pyd"))
    files = {file for pattern in TESTS for file in (ROOT / "tests").glob(pattern)}
    chosen = sorted(f"tests/{file.name}" for file in files if not file.name.startswith(ELSEWHERE))
    done = python(compiled, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen)
    assert done.returncode == 0, done.stdout[-4000:]
