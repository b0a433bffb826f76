"""What a command prints arrives, or the command says that it does not: a full disk, a closed output, a full device."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli_program import CASE, PROGRAM

FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="/dev/full: only where the system has it")

COMMANDS = [
    ("export", CASE, "--as", "fhir-r4-transaction"),
    ("export", CASE, "--as", "text"),
    ("questionnaire", "emh-minimal"),
    ("render", CASE),
    ("templates",),
    ("version",),
    ("--help",),
    ("export", "--help"),
]


def written(*arguments: str, output: str) -> tuple[int, str]:
    """Run a command whose standard output the shell opens, and return exit code and standard error."""
    script = f'exec "$@" {output}'
    done = subprocess.run(["/bin/sh", "-c", script, "sh", PROGRAM, *arguments], stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_told_and_has_its_exit_code(command: tuple[str, ...]) -> None:
    code, errors = written(*command, output=f">{FULL}")
    assert (code, errors.count("\n")) == (3, 1), errors
    assert errors.startswith("error: ")
    assert errors.endswith("No space left on device\n")


@pytest.mark.parametrize("argument", ["templates", "--help"])
def test_a_closed_output_is_told_and_not_taken_for_success(argument: str) -> None:
    assert written(argument, output=">&-") == (3, "error: standard output: it is closed\n")


def test_a_program_reads_the_same_in_json() -> None:
    code, errors = written("validate", CASE, "--json", output=f">{FULL}")
    assert (code, json.loads(errors)["error"]["kind"]) == (3, "OSError")


def test_a_file_that_cannot_be_written_is_named() -> None:
    expected = f"error: {FULL}: {os.strerror(28)}\n"
    assert written("export", CASE, "--as", "text", "-o", str(FULL), output="") == (3, expected)


QUICK = str(Path(__file__).parents[1] / "docs" / "examples" / "quick.json")
LATIN_1 = {**os.environ, "PYTHONIOENCODING": "latin-1"}
"""It has the sign between two sizes, and no dash as it stands between two levels."""
LEVELS = "T7{}T9"


@pytest.mark.parametrize("arguments", [(), ("--format", "html"), ("--json",)])
def test_a_pipe_gets_utf_8_whatever_the_locale(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([PROGRAM, "render", QUICK, *arguments], capture_output=True, check=True, env=LATIN_1)
    assert LEVELS.format("\N{EN DASH}") in done.stdout.decode("utf-8")


def test_a_terminal_shows_the_number_of_what_it_has_no_sign_for() -> None:
    ours, its = pty.openpty()
    with subprocess.Popen([PROGRAM, "render", QUICK], stdout=its, env=LATIN_1):
        os.close(its)
        shown = b"".join(iter(lambda: read(ours), b"")).decode("latin-1")
    os.close(ours)
    assert LEVELS.format("\\u2013") in shown
    assert "4.20 \N{MULTIPLICATION SIGN} 2.8 cm" in shown


def read(terminal: int) -> bytes:
    """Return what a terminal shows next; on Linux its end is an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
