"""The command line: what is installed, settings, exit codes, terminals."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from emh_report import __version__
from emh_report.cli import main, output
from emh_report.cli.exits import EXIT_CODES, Exit
from emh_report.config import DEFAULT_ADDRESS, Settings, StoreOptions, default_store, read_settings
from tests.case_files import catalog
from tests.cli_program import PROGRAM, data, run


def test_version() -> None:
    assert run("version").stdout == f"{__version__}\n"
    assert data("version") == {"version": __version__}


def test_the_package_is_the_program_too() -> None:
    command = [sys.executable, "-m", "emh_report"]
    assert (
        subprocess.run([*command, "version"], capture_output=True, text=True, check=True).stdout == f"{__version__}\n"
    )
    wrong = subprocess.run([*command, "none"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr.split()[:2]) == (2, ["Usage:", "emh-report"])


COMMANDS = {
    "answers",
    "compare",
    "completion",
    "deliver",
    "deliveries",
    "export",
    "export-all",
    "import",
    "keys",
    "questionnaire",
    "render",
    "reports",
    "response",
    "serve",
    "templates",
    "terminology",
    "validate",
    "verify",
    "version",
    "vocabulary",
}


def test_help_names_every_command_and_exit_code() -> None:
    shown = run("--help").stdout
    for name in (*main.commands, *EXIT_CODES.splitlines()[2:]):
        assert name.strip() in shown
    assert set(main.commands) == COMMANDS


def test_templates() -> None:
    assert [template["id"] for template in data("templates")] == sorted(catalog().newest)
    shown = run("templates").stdout
    assert all(template.id in shown and template.title in shown for template in catalog().templates)
    assert "\x1b" not in shown
    one = data("templates", "emh-minimal")
    assert one["summary"]["content_hash"] == catalog().plan("emh-minimal").template.content_hash


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
    kept = default_store({"XDG_DATA_HOME": "/d"})
    assert kept == "sqlite:////d/emh-report/reports.db"
    assert default_store({"XDG_DATA_HOME": "/d", "STATE_DIRECTORY": "/s:/t"}) == "sqlite:////s/reports.db"
    folders = {"XDG_DATA_HOME": "/d", "XDG_CACHE_HOME": "/c"}
    assert read_settings(folders) == Settings(address=DEFAULT_ADDRESS, store=kept, cache=Path("/c/emh-report"))
    assert read_settings({**folders, "CACHE_DIRECTORY": "/s:/t"}).cache == Path("/s")
    assert read_settings({**folders, "EMH_CACHE": "/own"}).cache == Path("/own")
    known = {"EMH_SITE": f"a{os.pathsep}b", "EMH_MAPS": "x, y", "EMH_ADDRESS": "localhost:1", "EMH_STORE": "none"}
    known |= {"EMH_STORE_KEYS": "k", "EMH_SIGNING_KEYS": "s", "EMH_CACHE": "none"}
    assert read_settings(known) == Settings(
        (Path("a"), Path("b")),
        frozenset({"x", "y"}),
        "localhost:1",
        store_keys=Path("k"),
        signing_keys=Path("s"),
    )
    options = StoreOptions("sqlite:///f", "l", "t")
    chosen = read_settings(known, site=[Path("c")], maps=["z"], address="localhost:2", store=options)
    assert chosen == Settings(
        (Path("c"),),
        frozenset({"z"}),
        "localhost:2",
        store="sqlite:///f",
        store_keys=Path("l"),
        signing_keys=Path("t"),
    )


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


@pytest.mark.parametrize("terminal", [True, False])
def test_slow_work_shows_a_sign_of_life_on_a_terminal(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import time

    monkeypatch.setattr(output, "SLOW_SECONDS", 0.02)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with output.progress("waiting"):
        time.sleep(0.1)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("waiting …" in shown.err) is terminal


def test_a_reader_who_has_seen_enough_is_no_trouble() -> None:
    command = f"{PROGRAM} templates emh-mri-spine | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)  # noqa: S607
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_the_start_loads_nothing_that_only_later_calls_need() -> None:
    later = ("jinja2", "orjson", "multiprocessing", "emh_report.client", "emh_report.demo", "emh_report.export.fhir")
    code = f"import sys, emh_report.cli, emh_report.grpc_server.run; print([m for m in {later} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
