"""@grpc/grpc-js as an independent client: another HTTP/2 stack, another protobuf, the same answers."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emh_report import demo, pipeline
from emh_report.client import SERVICE_CONFIG
from emh_report.context import ReportStatus
from emh_report.export import Format
from emh_report.wire.statuses import Fault, read_status
from tests.case_files import catalog
from tests.conftest import ROOT
from tests.service import address, in_state


@pytest.fixture(scope="module")
def results(node_packages: Path, component: Callable[[str], Path]) -> dict[str, Any]:
    """What the client got, all in one run."""
    assert node_packages.is_dir()
    script = ROOT / "tests" / "node" / "client.js"
    command = [str(component("node")), str(script), address(), SERVICE_CONFIG]
    done = subprocess.run(command, input=demo.case_file().read_bytes(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def fault(result: dict[str, str]) -> Fault:
    found = read_status(base64.b64decode(result["status"]))
    assert found is not None
    assert found.message == result["message"]
    return found


def test_pages_are_followed(results: dict[str, Any]) -> None:
    assert results["templates"] == sorted(catalog().newest)
    assert results["template"]["content_hash"] == catalog().plan("emh-minimal").template.content_hash


def test_the_verdict_is_that_of_the_pipeline(results: dict[str, Any]) -> None:
    verdict = pipeline.validate(catalog(), *demo.read_case())
    sent = [(issue["rule_id"], issue["path"], issue["message"]) for issue in results["verdict"]["issues"]]
    assert sent == [(issue.rule_id, issue.where.path, issue.message) for issue in verdict.issues]
    assert results["verdict"]["required_count"] == verdict.required


def test_narrative_and_stream(results: dict[str, Any]) -> None:
    assert results["narrative"] == pipeline.render(catalog(), *demo.read_case())[0].text
    exported, _ = pipeline.export_report(catalog(), *demo.read_case(), Format.FHIR_R4_TRANSACTION)
    assert results["export"]["sha256"] == hashlib.sha256(exported.content).hexdigest()
    assert results["export"]["content_length"] == len(exported.content)
    assert results["export"]["content_type"] == exported.content_type
    assert results["export"]["chunks"] > 1


def test_errors_arrive_with_their_details(results: dict[str, Any]) -> None:
    assert results["not_found"]["code"] == "NOT_FOUND"
    assert fault(results["not_found"]).reason == "NOT_INSTALLED"
    assert results["unsafe"]["code"] == "INVALID_ARGUMENT"
    assert [violation.path for violation in fault(results["unsafe"]).violations] == ["draft.template_id"]
    issues = pipeline.validate(catalog(), *in_state(ReportStatus.FINAL)).issues
    for name in ("rejected", "rejected_stream"):
        assert results[name]["code"] == "INVALID_ARGUMENT"
        assert fault(results[name]).reason == "INVALID_REPORT"
        assert fault(results[name]).metadata["violations"] == str(len(issues))
    assert results["late"]["code"] == "DEADLINE_EXCEEDED"
