"""A short run of the kill test, with writers on either database. The long one is `make kill-test KILLS=200`."""

import subprocess
import sys

from tests.conftest import ROOT


def test_nothing_acknowledged_is_lost_or_doubled(store_url: str) -> None:
    command = [sys.executable, "-m", "scripts.kill_test", "--kills", "2", "--store", store_url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, doubled 0, damaged 0" in done.stdout
