"""emh-report validate, render, export: what they take, what they print for people, what they leave behind."""

import json
import os
from pathlib import Path

import pytest

from emh_report import demo, pipeline
from emh_report.cli.exits import Exit
from emh_report.context import ReportStatus
from emh_report.export import Format
from emh_report.wire import write_request
from emh_report.wire.draft_file import write_draft_file
from tests.case_files import CASES, catalog
from tests.cli_program import CASE, data, run
from tests.paper import formats
from tests.service import in_state

APART = CASES / demo.CASE.lower()
"""The demo case as tests/cases has it: draft and context in a file each."""


def test_validate() -> None:
    verdict = pipeline.validate(catalog(), *demo.read_case())
    shown = run("validate", CASE)
    assert shown.exit_code == Exit.REPORT_HAS_ERRORS
    for issue in verdict.issues:
        assert issue.message in shown.stdout
        assert f"[{issue.rule_id}]" in shown.stdout
    assert "preliminary report: can be released" in shown.stdout


def test_standard_input() -> None:
    result = run("validate", "-", stdin=Path(CASE).read_bytes())
    assert (result.exit_code, result.stdout) == (Exit.REPORT_HAS_ERRORS, run("validate", CASE).stdout)


def test_render() -> None:
    narrative, _, _ = pipeline.render(catalog(), *demo.read_case())
    assert run("render", CASE).stdout == narrative.text + "\n"
    assert run("render", CASE, "--format", "html").stdout == narrative.html + "\n"


def test_render_shows_the_section_of_a_companion(tmp_path: Path) -> None:
    file = tmp_path / "companion.json"
    file.write_text(Path(CASE).read_text(encoding="utf-8").replace("MODE_STANDALONE", "MODE_COMPANION"), "utf-8")
    assert "Section for the main report" in run("render", str(file)).stdout
    assert data("render", str(file))["paste_section"]


@pytest.mark.parametrize("format_", formats())
def test_export(format_: Format, tmp_path: Path) -> None:
    exported, _ = pipeline.export_report(catalog(), *demo.read_case(), format_)
    assert run("export", CASE, "--as", format_.value).stdout_bytes == exported.content
    file = tmp_path / "out"
    result = run("export", CASE, "--as", format_.value, "-o", str(file))
    assert file.read_bytes() == exported.content
    assert (result.stdout, result.exit_code) == ("", 0)
    assert f"{len(exported.content)} bytes" in result.stderr


def test_an_export_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out"
    file.write_bytes(b"before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = run("export", CASE, "--as", "text", "-o", str(file))
    assert result.exit_code == Exit.FILE
    assert "No space left on device" in result.stderr
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_a_new_report_is_for_its_owner_and_a_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "out"
    run("export", CASE, "--as", "text", "-o", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    run("export", CASE, "--as", "text", "-o", str(file))
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_report_that_cannot_be_final_is_not_exported(tmp_path: Path) -> None:
    file = tmp_path / "final.json"
    file.write_text(write_draft_file(write_request(*in_state(ReportStatus.FINAL))), "utf-8")
    for arguments in (("export", str(file), "--as", "text"), ("render", str(file))):
        result = run(*arguments)
        assert result.exit_code == Exit.REPORT_HAS_ERRORS
        assert "[missing-required]" in result.stderr
        assert result.stdout == ""


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for name in (tmp_path / "none.json", tmp_path):
        result = run("validate", str(name))
        assert result.exit_code == Exit.FILE
        assert str(name) in result.stderr


def test_draft_and_context_in_a_file_each() -> None:
    for command in (("validate",), ("render",), ("export", "--as", "fhir-r4-transaction")):
        apart = run(*command, str(APART / "draft.json"), "--context", str(APART / "context.json"))
        assert (apart.exit_code, apart.stdout) == ((one := run(*command, CASE)).exit_code, one.stdout)


def test_either_of_both_files_may_be_standard_input() -> None:
    draft, context = APART / "draft.json", APART / "context.json"
    shown = run("validate", CASE).stdout
    assert run("validate", "-", "--context", str(context), stdin=draft.read_bytes()).stdout == shown
    assert run("validate", str(draft), "--context", "-", stdin=context.read_bytes()).stdout == shown
    result = run("validate", "-", "--context", "-", stdin=b"{}")
    assert result.exit_code == Exit.USAGE
    assert "cannot both be standard input" in result.stderr


@pytest.mark.parametrize("part", ["draft", "context"])
def test_half_of_a_report_is_told_both_ways(part: str) -> None:
    result = run("validate", str(APART / f"{part}.json"))
    assert result.exit_code == Exit.FILE
    assert f"this is a {part} on its own" in result.stderr
    assert '{"draft": {...}, "context": {...}}' in result.stderr
    assert "--context FILE" in result.stderr


def test_what_an_absent_group_lacks_is_said_in_words() -> None:
    shown = run("validate", "-", stdin=json.dumps({"draft": {"template_id": "emh-ct-body"}}).encode()).stdout
    for said in (
        "draft.groups (indication): Clinical information: Indication needs an answer",
        "draft.groups (organ): Organ: a statement about spleen is needed",
        "draft.groups: Underlying cause: at least 1 needed",
    ):
        assert said in shown
    lacking = json.dumps({"draft": {"template_id": "emh-ct-body", "groups": [{"group_id": "clinical", "uid": "c"}]}})
    assert "draft.groups[0] (indication): Indication needs" in run("validate", "-", stdin=lacking.encode()).stdout
