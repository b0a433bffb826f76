"""The form in Firefox, which all other tests of it leave out: published cases, typed key by key."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scripts import keystrokes
from tests.conftest import ROOT
from tests.test_form_browser import without_uids
from tests.web_service import Visitor, fresh, site, stored, studies

NARROW = 380
RUNS = [(template, steps) for template, steps, _ in keystrokes.RUNS]


@pytest.mark.parametrize(("template", "steps"), RUNS, ids=[template for template, _ in RUNS])
def test_a_published_case_is_entered_and_released_by_keyboard(
    template: str,
    steps: tuple[keystrokes.Step, ...],
    component: Callable[[str], Path],
    node_packages: Path,
    tmp_path: Path,
) -> None:
    assert node_packages.is_dir()
    visitor = Visitor()
    typed = [step if isinstance(step, str) else step._asdict() for step in steps]
    task = {
        "address": site() + visitor.begin(fresh(keystrokes.CASE, empty=True), template),
        "cookies": visitor.cookies,
        "steps": typed,
        "end": ".released",
    }
    program, script = component("firefox-esr"), ROOT / "tests" / "node" / "firefox.mjs"
    command = [component("node"), script, program, tmp_path / "released.png"]
    done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["failed"] == []
    assert "PRELIMINARY REPORT" in found["shown"]
    assert found["width"] == NARROW
    case = studies()[keystrokes.CASE].draft
    assert case is not None
    draft = stored(urlsplit(found["address"]).path).draft
    assert draft.groups
    if case.template_id == template:
        assert without_uids(draft) == without_uids(case)
