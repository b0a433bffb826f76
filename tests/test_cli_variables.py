"""Variables that look like settings and are none are said, not ignored in silence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emh_report import config
from emh_report.cli import variables
from tests.cli_program import run
from tests.conftest import ROOT

CLUSTER = {
    "EMH_REPORT_SERVICE_HOST": "10.0.0.7",
    "EMH_REPORT_SERVICE_PORT_GRPC": "50051",
    "EMH_REPORT_PORT": "tcp://10.0.0.7:50051",
    "EMH_REPORT_PORT_50051_TCP_ADDR": "10.0.0.7",
}
"""What Kubernetes tells every pod beside the service of deploy/kubernetes."""


def test_the_settings_are_those_that_are_read() -> None:
    code = Path(config.__file__).read_text("utf-8").split('"""Every variable', 1)[1]
    assert set(re.findall(r"EMH_\w+", code)) == config.SETTINGS.keys()


def test_every_variable_of_building_and_testing_is_known() -> None:
    read = ("benchmarks/*.py", "conformance/*.py", "scripts/*.py", "tests/conftest.py", "tests/drawing.py")
    files = [file for places in (*read, "hatch_build.py", ".ci/run") for file in ROOT.glob(places)]
    found = {name for file in files for name in re.findall(r"\bEMH_[A-Z_]+", file.read_text("utf-8"))}
    assert found - {*config.SETTINGS, *variables.ELSEWHERE} == set()
    assert found >= variables.ELSEWHERE


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("EMH_STROE", "; did you mean EMH_STORE?"),
        ("EMH_FHIR_TOKEN", "; did you mean EMH_FHIR_TOKENS?"),
        ("emh_store_keys", "; did you mean EMH_STORE_KEYS?"),
        ("EMH_REPORT_AUDIT_READS", "; did you mean EMH_AUDIT_READS?"),
        ("EMH_QQQQQQQ", ""),
    ],
)
def test_a_misspelt_variable_is_said(name: str, hint: str) -> None:
    result = run("templates", env={name: "x"})
    assert f"warning: {name} is no setting of this program and is ignored{hint}\n" in result.stderr
    assert result.exit_code == 0
    assert "warning" not in result.stdout


def test_what_others_set_is_not_warned_of() -> None:
    others = dict.fromkeys(variables.ELSEWHERE, "x")
    assert "warning" not in run("templates", env={**CLUSTER, **others, "EMH_STROE": ""}).stderr


def test_what_a_file_of_the_installation_names_is_not_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "peers.toml"
    file.write_text('token_env = "EMH_EHR_TOKEN"\n', "utf-8")
    assert "EMH_EHR_TOKEN" in run("templates", env={"EMH_EHR_TOKEN": "x"}).stderr
    for variable in ("EMH_PEERS", "EMH_SIGNING_KEYS", "EMH_STUDIES"):
        assert "warning" not in run("templates", env={"EMH_EHR_TOKEN": "x", variable: str(file)}).stderr
    missing = run("templates", env={"EMH_EHR_TOKEN": "x", "EMH_PEERS": str(tmp_path / "none")})
    assert "EMH_EHR_TOKEN" in missing.stderr
