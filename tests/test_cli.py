"""The command line: what it prints for people and machines, its exit codes, and its files."""

import functools
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emh_report import __version__, demo, pipeline
from emh_report.catalog import Catalog, load_catalog
from emh_report.cli import main, options, output
from emh_report.cli.exits import EXIT_CODES, Exit
from emh_report.config import DEFAULT_ADDRESS, Settings, read_settings
from emh_report.context import ReportStatus
from emh_report.export import Format
from emh_report.wire import write_request
from emh_report.wire.draft_file import write_draft_file
from tests.case_files import catalog
from tests.service import in_state

CASE = str(demo.case_file())
PROGRAM = str(Path(sys.executable).with_name("emh-report"))


@pytest.fixture(autouse=True)
def _load_catalogs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "load_catalog", load_once)


@functools.cache
def load_once(site: tuple[Path, ...], maps: frozenset[str]) -> Catalog:
    return load_catalog(site, maps) if site or maps else catalog()


def run(*arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, env=env)


def data(*arguments: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_version() -> None:
    assert run("version").stdout == f"{__version__}\n"
    assert data("version") == {"version": __version__}


def test_help_names_every_command_and_exit_code() -> None:
    shown = run("--help").stdout
    for name in (*main.commands, *EXIT_CODES.splitlines()[2:]):
        assert name.strip() in shown
    assert sorted(main.commands) == sorted(
        ["completion", "export", "render", "serve", "templates", "validate", "version", "vocabulary"]
    )


def test_templates() -> None:
    assert [template["id"] for template in data("templates")] == sorted(catalog().newest)
    shown = run("templates").stdout
    assert all(template.id in shown and template.title in shown for template in catalog().templates)
    assert "\x1b" not in shown
    one = data("templates", "emh-minimal")
    assert one["summary"]["contentHash"] == catalog().plan("emh-minimal").template.content_hash
    shown = run("templates", "emh-minimal").stdout
    for group in catalog().plan("emh-minimal").template.groups.values():
        assert group.title in shown
        assert all(field.label in shown for field in group.fields.values())


def test_vocabulary() -> None:
    assert [vocabulary["id"] for vocabulary in data("vocabulary")] == sorted(catalog().vocabularies)
    assert "Site of extramedullary hematopoiesis" in run("vocabulary").stdout
    terms = catalog().vocabularies["site"].terms
    assert [term["code"] for term in data("vocabulary", "site")["terms"]] == list(terms)
    assert "epidural-spinal" in run("vocabulary", "site").stdout
    found = data("vocabulary", "--search", "HbSS")
    assert "sickle-cell-disease-hbss" in [match["term"]["code"] for match in found]
    assert "paraspinal-thoracic" in run("vocabulary", "site", "--search", "posterior mediastinum").stdout


@pytest.mark.parametrize("arguments", [("templates", "emh-ct-bdy"), ("vocabulary", "sit"), ("templates", "../etc")])
def test_what_is_not_installed_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == Exit.USAGE
    assert "no such" in result.stderr
    result = run(*arguments, "--json")
    assert json.loads(result.stderr)["error"]["kind"] == "NotFoundError"


def test_validate() -> None:
    found = data("validate", CASE, code=Exit.REPORT_HAS_ERRORS)
    verdict = pipeline.validate(catalog(), *demo.read_case())
    assert [issue["rule_id"] for issue in found["issues"]] == [issue.rule_id for issue in verdict.issues]
    assert found["can_release_preliminary"] is True
    assert found["critical"][0]["urgency"]
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
    found = data("render", CASE)
    assert (found["narrative"], found["paste_section"]) == (narrative.text, None)


def test_render_shows_the_section_of_a_companion(tmp_path: Path) -> None:
    file = tmp_path / "companion.json"
    file.write_text(Path(CASE).read_text(encoding="utf-8").replace("MODE_STANDALONE", "MODE_COMPANION"), "utf-8")
    assert "Section for the main report" in run("render", str(file)).stdout
    assert data("render", str(file))["paste_section"]


@pytest.mark.parametrize("format_", list(Format))
def test_export(format_: Format, tmp_path: Path) -> None:
    exported, _ = pipeline.export_report(catalog(), *demo.read_case(), format_)
    assert run("export", CASE, "--as", format_.value).stdout_bytes == exported.content
    file = tmp_path / "out"
    result = run("export", CASE, "--as", format_.value, "-o", str(file))
    assert file.read_bytes() == exported.content
    assert (result.stdout, result.exit_code) == ("", 0)
    assert f"{len(exported.content)} bytes" in result.stderr
    found = data("export", CASE, "--as", format_.value)
    assert found["content"].encode() == exported.content
    assert found["content_type"] == exported.content_type


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


def test_files_have_the_usual_permissions(tmp_path: Path) -> None:
    file, usual = tmp_path / "out", tmp_path / "usual"
    usual.touch()
    run("export", CASE, "--as", "text", "-o", str(file))
    assert file.stat().st_mode == usual.stat().st_mode


def test_a_report_that_cannot_be_final_is_not_exported(tmp_path: Path) -> None:
    file = tmp_path / "final.json"
    file.write_text(write_draft_file(write_request(*in_state(ReportStatus.FINAL))), "utf-8")
    for arguments in (("export", str(file), "--as", "text"), ("render", str(file))):
        result = run(*arguments)
        assert result.exit_code == Exit.REPORT_HAS_ERRORS
        assert "[missing-required]" in result.stderr
        assert result.stdout == ""
        issues = json.loads(run(*arguments, "--json").stderr)["error"]["issues"]
        assert len(issues) == len(pipeline.validate(catalog(), *in_state(ReportStatus.FINAL)).issues)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for name in (tmp_path / "none.json", tmp_path):
        result = run("validate", str(name))
        assert result.exit_code == Exit.FILE
        assert str(name) in result.stderr


def test_a_site_folder_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "emh-own.toml").write_text("id = 1\n", "utf-8")
    for arguments in (("--site", str(tmp_path)), ("--site", str(tmp_path / "none"))):
        result = run("templates", *arguments)
        assert result.exit_code == Exit.CATALOG
        assert str(tmp_path) in result.stderr
    assert run("templates", env={"EMH_SITE": str(tmp_path)}).exit_code == Exit.CATALOG


def test_maps() -> None:
    assert run("templates", "--map", "orphanet").exit_code == 0
    for arguments, env in ((("--map", "orphanett"), None), ((), {"EMH_MAPS": "orphanett"})):
        result = run("templates", *arguments, env=env)
        assert result.exit_code == Exit.USAGE
        assert "orphanet" in result.stderr


def test_settings() -> None:
    assert read_settings({}) == Settings(address=DEFAULT_ADDRESS)
    known = {"EMH_SITE": f"a{os.pathsep}b", "EMH_MAPS": "x, y", "EMH_ADDRESS": "localhost:1"}
    assert read_settings(known) == Settings((Path("a"), Path("b")), frozenset({"x", "y"}), "localhost:1")
    chosen = read_settings(known, site=[Path("c")], maps=["z"], address="localhost:2")
    assert chosen == Settings((Path("c"),), frozenset({"z"}), "localhost:2")


@pytest.mark.parametrize("address", ["localhost", ":1", "localhost:port", "localhost:99999", "localhost:-1"])
def test_an_address_that_is_none(address: str) -> None:
    assert run("serve", "--address", address).exit_code == Exit.USAGE


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    assert "_EMH_REPORT_COMPLETE" in run("completion", shell).stdout
    words = "emh-report va" if shell != "fish" else "va"
    env = {
        "_EMH_REPORT_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": "va" if shell == "fish" else "1",
    }
    done = subprocess.run([PROGRAM], env={**os.environ, **env}, capture_output=True, text=True, check=True)
    assert "validate" in done.stdout
    assert "vocabulary" not in done.stdout


def on_terminal(*arguments: str, **env: str) -> bytes:
    """Run the program on a terminal of its own and return what it showed."""
    terminal, end = pty.openpty()
    process = subprocess.Popen([PROGRAM, *arguments], stdout=end, stderr=end, stdin=end, env={**os.environ, **env})
    os.close(end)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # Linux: the program has closed its end
            break
        if not part:
            break
        shown += part
    process.wait()
    os.close(terminal)
    return shown


def test_colour_is_for_terminals_without_no_color() -> None:
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    os.environ.pop("NO_COLOR", None)
    try:
        assert b"\x1b[" in on_terminal("templates", TERM="xterm")
        assert b"\x1b[" not in on_terminal("templates", TERM="xterm", NO_COLOR="1")
    finally:
        os.environ.update(clean)


def test_slow_work_shows_a_sign_of_life(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import time

    monkeypatch.setattr(output, "SLOW_SECONDS", 0.02)
    with output.progress("waiting"):
        time.sleep(0.1)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "waiting …" in shown.err


def test_the_demo_shows_a_published_case_through_the_service() -> None:
    command = [PROGRAM, "serve", "--demo", "--address", "localhost:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        shown = ""
        for line in process.stdout:
            shown += line
            if "ReportService/ValidateReport <" in line:
                break
        process.terminate()
        assert process.wait(20) == 0
    verdict = pipeline.validate(catalog(), *demo.read_case())
    narrative, _, _ = pipeline.render(catalog(), *demo.read_case())
    for expected in (
        demo.CITATION,
        demo.CASE,
        f"{verdict.required_answered} of {verdict.required} required answers",
        narrative.text.splitlines()[0],
        "1 DiagnosticReport",
        "grpcurl -plaintext",
        "emh-report validate",
    ):
        assert expected in shown
