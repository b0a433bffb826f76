"""Lines of the log: what libraries of others tell of a request is not in it."""

import subprocess
import sys

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
