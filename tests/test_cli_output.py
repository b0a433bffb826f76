"""What a command prints arrives, or the command says that it does not: a full disk, a closed output, a full device."""

from __future__ import annotations

import json
import os
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
