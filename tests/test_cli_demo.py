"""emh-report serve --demo: a published case through the service, and commands that work from where one stands."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from emh_report import demo, pipeline
from emh_report.cli import program
from emh_report.cli.demo import show
from tests.case_files import catalog
from tests.cli_program import PROGRAM
from tests.conftest import ROOT
from tests.service import address


def shown_below(heading: str, text: str) -> list[str]:
    return text.partition(heading)[2].splitlines()[1:]


def an_executable(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_demo_shows_a_published_case_through_the_service(tmp_path: Path) -> None:
    command = [os.path.relpath(PROGRAM, ROOT), "serve", "--demo", "--address", "localhost:0"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT, env=environment
    ) as process:
        assert process.stdout is not None
        shown = ""
        for line in process.stdout:
            shown += line
            if "grpcurl" in line:
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
    ):
        assert expected in shown
    commands = [shlex.split(line) for line in shown_below("What to try next", shown)[:-1]]
    assert [words[1] for words in commands] == ["templates", "vocabulary", "validate", "render", "export"]
    assert {ROOT / words[0] for words in commands} == {Path(PROGRAM)}
    for words in commands[2:]:
        assert (ROOT / words[2]).samefile(demo.case_file())
    assert shown.splitlines()[-1].startswith("Optional: grpcurl, which is not on PATH here")


def test_grpcurl_is_suggested_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    an_executable(tmp_path, "grpcurl")
    monkeypatch.setenv("PATH", str(tmp_path))
    show(address())
    shown = capsys.readouterr().out
    assert "Optional" not in shown
    assert shown.splitlines()[-1].startswith(f"  grpcurl -plaintext -d @ localhost:{address().rpartition(':')[2]} ")


def test_the_program_is_called_by_what_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, other = an_executable(tmp_path, "emh-report"), tmp_path / "other folder"
    other.mkdir()
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program.called() == "emh-report"
    for path in ("", str(an_executable(other, "emh-report").parent)):  # on PATH there is none, or another installation
        monkeypatch.setenv("PATH", path)
        for folder, expected in ((tmp_path.parent, f"{tmp_path.name}/emh-report"), (tmp_path, "./emh-report")):
            monkeypatch.chdir(folder)
            assert program.called() == expected
    monkeypatch.setattr(sys, "argv", [str(other / "emh-report")])
    monkeypatch.setenv("PATH", "")
    assert program.called() == "'other folder/emh-report'"
    monkeypatch.setattr(sys, "argv", ["site-packages/emh_report/__main__.py"])
    monkeypatch.setattr(sys, "executable", str(other / "python"))
    assert program.called() == "'other folder/python' -m emh_report"
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert program.called() == "emh-report"
