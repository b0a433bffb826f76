"""grpcurl as an independent client: Go, and nothing of the contract but what reflection tells it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from emh_report import demo, pipeline
from emh_report.grpc_server.server import SERVICES
from tests.case_files import catalog
from tests.service import address

Curl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def curl(component: Callable[[str], Path]) -> Curl:
    """Return a function that runs grpcurl against the service."""
    program = component("grpcurl")

    def run(*arguments: str, data: str | None = None) -> subprocess.CompletedProcess[str]:
        options = ["-plaintext", *([] if data is None else ["-d", "@"])]
        command = [str(program), *options, address(), *arguments]
        return subprocess.run(command, input=data, capture_output=True, text=True, check=False, timeout=30)

    return run


def test_reflection_lists_and_describes(curl: Curl) -> None:
    assert set(SERVICES) < set(curl("list").stdout.split())
    described = curl("describe", "emh_report.v1.Draft").stdout
    assert "repeated .emh_report.v1.Group groups = 5" in described


def test_the_commands_the_demo_shows(curl: Curl) -> None:
    assert "emh_report.v1.ReportService.ValidateReport" in curl("list", "emh_report.v1.ReportService").stdout
    case = demo.case_file().read_text(encoding="utf-8")
    done = curl("emh_report.v1.ReportService/ValidateReport", data=case)
    assert done.returncode == 0, done.stderr
    verdict = pipeline.validate(catalog(), *demo.read_case())
    sent = json.loads(done.stdout)["verdict"]
    assert [issue["rule_id"] for issue in sent["issues"]] == [issue.rule_id for issue in verdict.issues]
    assert sent["can_release_preliminary"] is True


def test_an_error_names_the_field(curl: Curl) -> None:
    done = curl("emh_report.v1.ReportService/ValidateReport", data='{"draft": {"templateId": "a\\u202eb"}}')
    assert "Code: InvalidArgument" in done.stderr
    assert "draft.template_id" in done.stderr


def test_health(curl: Curl) -> None:
    assert json.loads(curl("grpc.health.v1.Health/Check", data="{}").stdout) == {"status": "SERVING"}
    assert "Code: NotFound" in curl("grpc.health.v1.Health/Check", data='{"service": "none"}').stderr
