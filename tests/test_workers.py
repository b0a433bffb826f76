"""Several server processes: what each of them logs."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from tests.cli_program import PROGRAM
from tests.conftest import ROOT
from tests.service import PACKAGE, demo_request, read_refusal

LINE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"
BROKEN = """
from emh_report import pipeline
from emh_report.cli import main

def fail(*_: object) -> None:
    raise RuntimeError("Jane Doe")

pipeline.validate = fail
if __name__ == "__main__":
    main(["serve", "--json", "--address", "127.0.0.1:0", "--workers", "2"])
"""
"""The program with a defect. Workers run the file that was started, so they have it too."""


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def first_address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    addresses: list[str] = json.loads(process.stdout.readline())["addresses"]
    return addresses[0]


def stop(process: subprocess.Popen[str]) -> str:
    """Stop the program and return what it logged."""
    process.send_signal(signal.SIGTERM)
    _, logged = process.communicate(timeout=30)
    assert process.returncode == 0
    return logged


@pytest.mark.parametrize("count", [1, 2])
def test_every_process_says_that_it_stops(count: int) -> None:
    with start(PROGRAM, "serve", "--json", "--address", "localhost:0", "--workers", str(count)) as process:
        first_address(process)
        logged = stop(process)
    assert re.fullmatch(rf"({LINE} INFO emh_report.grpc_server.run: stopping: .*\n){{{count}}}", logged)


def test_the_error_of_a_worker_is_logged_with_the_reference_its_caller_got(tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text(BROKEN, encoding="utf-8")
    with start(sys.executable, str(program)) as process:
        with grpc.insecure_channel(first_address(process)) as channel:
            unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
                f"{PACKAGE}ReportService/ValidateReport"
            )
            with pytest.raises(grpc.RpcError) as caught:
                unary(demo_request().SerializeToString(), timeout=30)
        logged = stop(process)
    code, fault = read_refusal(caught.value)
    assert code is grpc.StatusCode.INTERNAL
    where = "ERROR emh_report.grpc_server.dispatch: ReportService/ValidateReport failed"
    assert re.search(
        rf"^{LINE} {where}, reference {fault.metadata['reference']}: RuntimeError at ", logged, re.MULTILINE
    )
    assert "Jane" not in logged
