"""Whether bundles carry the patient: the setting, and the way from every door to the exporter. The default is no."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from emh_report import config, demo, pipeline
from emh_report.cli.exits import Exit
from emh_report.client import Client
from emh_report.config import Settings, read_settings
from emh_report.errors import SettingError
from emh_report.export import Format
from emh_report.grpc_server import running
from tests.case_files import catalog
from tests.cli_program import CASE, PROGRAM, run
from tests.paper import possible

FHIR = Format.FHIR_R4_TRANSACTION
TRANSACTIONS = (Format.FHIR_R4_TRANSACTION, Format.FHIR_R5_TRANSACTION)
ON = {config.CREATE_PATIENT: "true"}


def patients(content: bytes) -> int:
    """Number of patients in a bundle, whose observations agree."""
    found = [entry["resource"] for entry in json.loads(content)["entry"]]
    looked_up = any(one.get("subject", {}).get("reference", "").startswith("Patient?") for one in found)
    created = [one["resourceType"] for one in found].count("Patient")
    assert looked_up == (not created)
    return created


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("TRUE", True), ("1", True), ("false", False), ("0", False), ("", False), (" ", False)],
)
def test_the_variable(value: str, expected: bool) -> None:
    environment = {config.CREATE_PATIENT: value, "EMH_STORE": config.NO_STORE, "EMH_CACHE": config.NO_CACHE}
    assert read_settings(environment) == Settings(create_patient=expected)


def test_an_option_takes_the_place_of_the_variable() -> None:
    assert not read_settings({}).create_patient
    assert not read_settings(ON, create_patient=False).create_patient
    assert read_settings({}, create_patient=True).create_patient


@pytest.mark.parametrize("value", ["yes please", "2", "tru"])
def test_a_value_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match=r"EMH_CREATE_PATIENT: accepted are true, 1, false, 0"):
        read_settings({config.CREATE_PATIENT: value})
    for command in (("templates",), ("export", CASE, "--as", "text"), ("serve", "--address", "localhost:0")):
        result = run(*command, env={config.CREATE_PATIENT: value})
        assert result.exit_code == Exit.USAGE
        assert config.CREATE_PATIENT in result.stderr


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ((), {}, 0),
        (("--create-patient",), {}, 1),
        ((), ON, 1),
        (("--no-create-patient",), ON, 0),
    ],
)
def test_export(options: tuple[str, ...], environment: dict[str, str], expected: int) -> None:
    result = run("export", CASE, "--as", FHIR.value, *options, env={config.CREATE_PATIENT: "", **environment})
    assert result.exit_code == 0, result.output
    assert patients(result.stdout_bytes) == expected


def test_the_pipeline_passes_it_on_to_transactions_alone_or_attached() -> None:
    case = demo.read_case()
    for format_ in possible():
        usual = pipeline.export_report(catalog(), *case, format_)[0]
        created = pipeline.export_report(catalog(), *case, format_, create_patient=True)[0]
        assert (usual == created) == (format_ not in (*TRANSACTIONS, Format.PDF))
    assert patients(pipeline.export_report(catalog(), *case, FHIR, create_patient=True)[0].content) == 1


@pytest.mark.parametrize("create_patient", [False, True])
def test_the_service_does_what_it_was_started_with(create_patient: bool) -> None:
    with running(catalog(), create_patient=create_patient) as address, Client(address) as client:
        assert patients(client.export(*demo.read_case(), FHIR)) == create_patient


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_program_hands_it_to_every_process(workers: str, tmp_path: Path) -> None:
    command = [PROGRAM, "serve", "--json", "--address", "127.0.0.1:0", "--workers", workers, "--create-patient"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        (address,) = json.loads(process.stdout.readline())["addresses"]
        with Client(address) as client:
            assert patients(client.export(*demo.read_case(), FHIR)) == 1
        process.send_signal(signal.SIGTERM)
