"""emh-report serve with FHIR over HTTP: one process for everything, its address printed, its settings checked."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from emh_report.cli import fhir
from emh_report.cli.exits import Exit
from emh_report.config import FhirOptions, Settings
from emh_report.errors import SettingError
from tests.case_files import catalog
from tests.cli_program import run
from tests.conftest import ROOT
from tests.fhir_service import ask, refused

PROGRAM = Path(sys.executable).with_name("emh-report")


def test_one_process_serves_everything_and_says_where(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{'a' * 40}\n\n{'b' * 64}\n")
    store = f"sqlite:///{tmp_path / 'reports.db'}"
    command = [str(PROGRAM), "serve", "--address", "127.0.0.1:0", "--fhir", "127.0.0.1:0", "--store", store, "--json"]
    environment = {**os.environ, "EMH_FHIR_TOKENS": str(tokens)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            event = json.loads(process.stdout.readline())
            place = event["fhir"]
            assert place.startswith("http://127.0.0.1:")
            assert ask("R4/metadata", base=place).json["fhirVersion"] == "4.0.1"
            refused(ask("R5/DiagnosticReport", base=place), 401)
            known = {"Authorization": f"Bearer {'b' * 64}"}
            assert ask("R5/DiagnosticReport", headers=known, base=place).json["type"] == "searchset"
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_settings_that_cannot_be_used(tmp_path: Path) -> None:
    short, empty = tmp_path / "short", tmp_path / "empty"
    short.write_text("secret\n")
    empty.write_text("\n")
    for options in (
        FhirOptions("127.0.0.1:0", tokens=str(short)),
        FhirOptions("127.0.0.1:0", tokens=str(empty)),
        FhirOptions("127.0.0.1:0", url="fhir.hospital.test"),
        FhirOptions("127.0.0.1:0", url="https://fhir.hospital.test/?x"),
    ):
        with pytest.raises(SettingError) as error, fhir.served(Settings(fhir=options), catalog(), None):
            pass
        assert "secret" not in str(error.value)
    with (
        pytest.raises(FileNotFoundError),
        fhir.served(Settings(fhir=FhirOptions("127.0.0.1:0", tokens=str(tmp_path / "none"))), catalog(), None),
    ):
        pass
    for address in ("nowhere", "localhost:http", "localhost:70000"):
        assert run("serve", "--fhir", address).exit_code == Exit.USAGE


def test_a_taken_port_is_said_and_only_ends_the_service_where_it_was_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConnectionError), fhir.served(Settings(fhir=FhirOptions(address)), catalog(), None):
            pass
        monkeypatch.setattr(fhir, "DEFAULT_FHIR", address)
        with fhir.served(Settings(), catalog(), None) as place:
            assert place == ""
        said = f"FHIR is not served: cannot listen on {address}: Address already in use; --fhir HOST:PORT"
        assert said in capsys.readouterr().err
    monkeypatch.setattr(fhir, "DEFAULT_FHIR", "no-such-host.invalid:8081")  # as localhost is where /etc/hosts is empty
    with fhir.served(Settings(), catalog(), None) as place:
        assert place == ""
    assert "cannot listen on no-such-host.invalid:8081: no such host" in capsys.readouterr().err
    with fhir.served(Settings(fhir=FhirOptions("off")), catalog(), None) as place:
        assert place == ""
