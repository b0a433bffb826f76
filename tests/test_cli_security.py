"""emh-report serve with certificate and issuers: every door of the process, what it says, and settings it refuses."""

from __future__ import annotations

import importlib
import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from emh_report.cli.exits import Exit
from emh_report.client import Client, NotSignedInError, secured
from emh_report.config import FhirOptions, Security, Settings, read_settings
from emh_report.errors import SettingError
from tests.cli_program import run
from tests.conftest import ROOT
from tests.locks import issuers, locked, token

PROGRAM = Path(sys.executable).with_name("emh-report")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_door_of_a_process_is_locked(tmp_path: Path, workers: str) -> None:
    security, authority = locked(tmp_path)
    doors = ["--address", "127.0.0.1:0", "--web", "127.0.0.1:0", "--fhir", "127.0.0.1:0", "--workers", workers]
    locks = ["--tls-certificate", security.certificate, "--tls-key", security.key]
    store = f"sqlite:///{tmp_path / 'reports.db'}"
    command = [str(PROGRAM), "serve", *doors, *locks, "--store", store, "--json"]
    environment = {**os.environ, "EMH_ISSUERS": security.issuers}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            event = json.loads(process.stdout.readline())
            context = ssl.create_default_context(cafile=str(authority.file))
            for place, path, status in ((event["web"], "/", 401), (event["fhir"], "/R4/DiagnosticReport", 401)):
                assert place.startswith("https://127.0.0.1:")
                with pytest.raises(urllib.error.HTTPError) as error:
                    urllib.request.urlopen(f"{place}{path}", context=context, timeout=30)  # noqa: S310 - our own address
                with error.value as answer:
                    assert answer.code == status
            trusted = authority.file.read_bytes()
            with Client(event["addresses"][0], credentials=secured(authorities=trusted, token=token)) as ris:
                assert ris.templates()
            nobody = secured(authorities=trusted)
            with Client(event["addresses"][0], credentials=nobody) as stranger, pytest.raises(NotSignedInError):
                stranger.templates()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_half_a_lock_is_refused(tmp_path: Path) -> None:
    security, _ = locked(tmp_path, clients=True)
    for half in (
        Security(certificate=security.certificate),
        Security(key=security.key),
        Security(client_ca=security.client_ca),
    ):
        with pytest.raises(SettingError, match="certificate and key go together"):
            read_settings({}, security=half)
    variables = {
        "EMH_TLS_CERTIFICATE": security.certificate,
        "EMH_TLS_KEY": security.key,
        "EMH_CLIENT_CA": security.client_ca,
        "EMH_ISSUERS": security.issuers,
    }
    assert read_settings(variables).security == security
    assert read_settings(variables, security=Security(issuers="other")).security == security._replace(issuers="other")


def test_a_service_whose_locks_do_not_work_never_listens(tmp_path: Path) -> None:
    security, authority = locked(tmp_path)
    other = authority.pair("other")
    mixed = ["--tls-certificate", security.certificate, "--tls-key", str(other.key)]
    for options, code, said in (
        (
            mixed,
            Exit.USAGE,
            f"({security.certificate}, {other.key}): accepted are",
        ),
        (["--tls-certificate", "none.pem", "--tls-key", "none.key"], Exit.FILE, "none.pem"),
        (["--issuers", "none.toml"], Exit.FILE, "none.toml"),
        (["--issuers", str(issuers(tmp_path, {"kty": "oct", "k": "AA"}))], Exit.USAGE, "only public keys"),
        (["--demo", "--issuers", "any.toml"], Exit.USAGE, "--demo"),
    ):
        result = run("serve", "--address", "127.0.0.1:0", "--store", "none", *options)
        assert result.exit_code == code, result.output
        assert said in result.output
        assert "listening" not in result.output


@pytest.mark.parametrize(
    ("security", "fhir", "lacking"),
    [
        (Security(), FhirOptions(), {"can read what is sent: no encryption, no authentication"}),
        (Security(issuers="i"), FhirOptions(), {"can read what is sent: no encryption"}),
        (Security("c", "k"), FhirOptions("0.0.0.0:2", tokens="t"), {"can read what is sent: no authentication"}),
        (Security("c", "k", "a"), FhirOptions("0.0.0.0:2"), {"can read all reports: no authentication"}),
        (Security("c", "k", "", "i"), FhirOptions("0.0.0.0:2"), set()),
    ],
)
def test_what_is_open_beyond_this_machine_is_said(
    capsys: pytest.CaptureFixture[str], security: Security, fhir: FhirOptions, lacking: set[str]
) -> None:
    serve = importlib.import_module("emh_report.cli.serve")  # the package has the command of this name
    serve._warn(Settings(address="0.0.0.0:1", security=security, fhir=fhir))
    said = capsys.readouterr().err.splitlines()
    assert {line.partition("0.0.0.0:")[2].partition(" ")[2] for line in said} == lacking
