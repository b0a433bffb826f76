"""emh-report import: from a bundle to a draft file, and what a bundle that is not accepted leaves behind."""

import json
from pathlib import Path

import pytest

from emh_report import import_report
from emh_report.cli.exits import Exit
from emh_report.wire.draft_file import read_draft_file
from tests.case_files import catalog
from tests.cli_program import data, run
from tests.test_cli_json import BUNDLE

CONTENT = Path(BUNDLE).read_bytes()
BROKEN = CONTENT.replace(b'"status": "preliminary"', b'"status": "Zaphod-4711"', 1)


def test_a_bundle_becomes_a_draft_file(tmp_path: Path) -> None:
    expected = import_report(catalog(), CONTENT)
    shown = run("import", BUNDLE)
    assert shown.exit_code == Exit.OK
    assert read_draft_file(shown.stdout.encode()) == (expected.draft, expected.context)
    assert run("import", "-", stdin=CONTENT).stdout == shown.stdout
    file = tmp_path / "draft.json"
    said = run("import", BUNDLE, "-o", str(file))
    assert (said.exit_code, said.stdout) == (Exit.OK, "")
    assert file.read_text(encoding="utf-8") == shown.stdout
    assert data("import", BUNDLE, "-o", str(tmp_path / "other.json")) == {"issues": []}
    assert (tmp_path / "other.json").read_bytes() == file.read_bytes()
    assert run("validate", str(file)).exit_code == Exit.REPORT_HAS_ERRORS


@pytest.mark.parametrize("version", [(), ("--fhir", "4.0")])
def test_a_bundle_that_is_not_accepted_leaves_no_file(version: tuple[str, ...], tmp_path: Path) -> None:
    assert BROKEN != CONTENT
    file = tmp_path / "draft.json"
    shown = run("import", "-", "-o", str(file), *version, stdin=BROKEN)
    assert (shown.exit_code, shown.stdout, file.exists()) == (Exit.FILE, "", False)
    assert "status: not a code of the value set [fhir-code]" in shown.stderr
    assert "Zaphod" not in shown.output
    found = data("import", "-", stdin=BROKEN, code=Exit.FILE)
    assert list(found) == ["issues"]
    assert found["issues"][0]["path"].endswith(".status")


def test_content_that_cannot_be_read_at_all() -> None:
    shown = run("import", "-", stdin=b"<Bundle/>")
    assert (shown.exit_code, shown.stdout) == (Exit.FILE, "")
    assert "this is XML" in shown.stderr
    assert json.loads(run("import", "-", "--json", stdin=b"[" * 999).stderr)["error"]["kind"] == "InputError"
    assert run("import", "no-such-file.json").exit_code == Exit.FILE
    assert run("import", BUNDLE, "--fhir", "3.0").exit_code == Exit.USAGE


@pytest.mark.parametrize("command", [("import",), ("answers",), ("questionnaire", "emh-minimal", "--context")])
def test_the_file_that_is_wrong_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "cut.json"
    file.write_text("[", "utf-8")
    shown = run(*command, str(file))
    assert shown.exit_code == Exit.FILE
    assert shown.stderr.startswith(f"error: {file}: ")
