"""Lines of the log: what libraries of others tell of a request is not in it; that the store is away is, once."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event

from emh_report.errors import StoreUnavailableError
from emh_report.store import outages
from tests.store_reports import complete, created, fresh, signed

ASKING = """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from emh_report.grpc_server import logs
from emh_report.remote.http import Connections
from emh_report.remote.server import ServerSettings


class Pacs(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


logs.configure()
pacs = HTTPServer(("127.0.0.1", 0), Pacs)
threading.Thread(target=pacs.handle_request, daemon=True).start()
url = f"http://127.0.0.1:{pacs.server_port}/studies"
connections = Connections(ServerSettings(url=url, timeout_seconds=30))
asked = connections.get(url, {}, 1000, [("PatientID", "Zaphod-4711")], None)
print(asked.status)
"""


def test_whose_study_was_asked_for_is_not_logged() -> None:
    done = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("200\n", "")


GONE = """
import logging

from emh_report.grpc_server import logs

logs.configure()
grpc = logging.getLogger("grpc._cython.cygrpc")
try:
    raise RuntimeError
except RuntimeError:
    grpc.exception("ExecuteBatchError raised in core by servicer method [%s]", "/GetReport")
grpc.error("Unexpected [%s] raised by servicer method", "OSError")
"""


def test_a_caller_that_has_gone_is_no_error_of_the_service() -> None:
    done = subprocess.run([sys.executable, "-c", GONE], capture_output=True, text=True, check=False)
    assert [line.partition(": ")[2] for line in done.stderr.splitlines()] == [
        "Unexpected [OSError] raised by servicer method"
    ]


def test_the_log_says_once_that_a_store_is_away_and_that_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh(tmp_path) as store:
        report_id = signed(store)
        event.listen(store.ledger.engine, "connect", lambda one, _: one.execute("PRAGMA busy_timeout=20"))
        store.ledger.engine.dispose()
        other = sqlite3.connect(tmp_path / "reports.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(StoreUnavailableError):
                created(store, *complete())
            store.get(report_id)  # what can be read says nothing of what can be written
        other.execute("ROLLBACK")
        other.close()
        for _ in range(2):
            created(store, *complete())
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "writing: the store cannot be used just now (SQLITE_BUSY)"),
        ("WARNING", "writing: the store can be used again"),
    ]


def test_callers_that_meet_two_reasons_by_turns_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    engine = create_engine("sqlite://")
    for why in ("away", "starting", "away", "starting"):
        outages.failed(engine, outages.READING, why)
    for _ in range(2):
        outages.worked(engine, outages.READING)
    outages.failed(engine, outages.READING, "away")
    said = [record.getMessage() for record in caplog.records]
    assert said == ["reading: away", "reading: starting", "reading: the store can be used again", "reading: away"]
